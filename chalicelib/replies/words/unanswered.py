"""Words of the replies room: what people wrote that no rule was for."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

MOST_TEXTS = 200
"""Kept apart on one day: what else comes is only counted."""


class Unanswered(msgspec.Struct, frozen=True, kw_only=True):
    """A text that only the default rule answered, or none: how often it came on that day. Its numbers are masked."""

    text: str
    count: int
    first_at: datetime
    last_at: datetime


class UnansweredShown(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what matched nothing on one day, the most frequent first. `others`: messages beyond the texts that are kept apart."""

    account: str
    on: date
    texts: tuple[Unanswered, ...]
    others: int
    cursor: str | None
