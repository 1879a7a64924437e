"""Words of exclusive codes: issued to a person once, redeemed for an order once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.offers.words.registry import Name, OrderId

Written = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class CodeOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose code: of this offer."""

    offer: Name


class RedeemOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code as somebody wrote it, and the order it is for."""

    code: Written
    order: OrderId


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A code as it is kept, without its letters. `hash`: keyed; `key`: whose identifier it was issued to; `order`: what it was used for."""

    brand: str
    hash: str
    offer: str
    key: str
    sealed: str
    issued_at: datetime
    ends_at: datetime
    order: str = ""
    redeemed_at: datetime | None = None


class CodeShown(msgspec.Struct, frozen=True, kw_only=True):
    """A code to the person it is of."""

    code: str
    offer: str
    ends_at: datetime
    redeemed: bool


class CodeRedeemed(msgspec.Struct, frozen=True, kw_only=True):
    """What a code was good for. `person`: whose it is, to the brand's systems."""

    offer: str
    order: str
    redeemed_at: datetime
    person: str | None = None
