"""Words of receipts: what WeChat told us to let go of, and what went."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What went when, upon which word of WeChat's about which identifier (its key, no value). `revoke_info`: WeChat's code of what."""

    id: str
    event: str
    account: str
    identifier: str
    revoke_info: str
    attributes: tuple[str, ...]
    removed: tuple[str, ...]
    told_at: datetime
    done_at: datetime


class ReceiptsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Receipts, the latest first. `cursor` leads to earlier ones; there are none where it is absent."""

    receipts: tuple[Receipt, ...]
    cursor: str | None
