"""What `/l/{entry}` tells of one visit."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Arrived(msgspec.Struct, frozen=True, kw_only=True, tag="arrived"):
    """One visit through an entry: `visit` tells it from every other and cannot be guessed, `opened_in` wechat, mobile or desktop."""

    brand: str
    entry: str
    visit: str
    opened_in: str
    at: datetime
    utm: dict[str, str]
