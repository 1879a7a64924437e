"""Words of quotas: of what WeChat gives an account only so many, and how many of them are used."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class Quota(StrEnum):
    """What there are only so many of, each for one account."""

    links = "links"
    """URL Links and Schemes together, a day."""
    short_links = "short"
    follow_codes = "follow"
    """Parametric QR codes of an official account, of all kinds, a day."""
    codes_for_good = "for_good"
    limited_codes = "limited"
    """Mini-program codes with their path in them, for the life of the mini program."""
    unchecked_pages = "unchecked"
    """Pages in codes that WeChat does not look for, each counted once."""


class QuotaShown(msgspec.Struct, frozen=True, kw_only=True):
    """How many of something are used, by our own count, and how many there may be. `ends_at`: when a new day begins; none: for good."""

    quota: str
    used: int
    most: int
    ends_at: datetime | None


class QuotasShown(msgspec.Struct, frozen=True, kw_only=True):
    """What an account has used of its codes and links."""

    account: str
    quotas: tuple[QuotaShown, ...]
