"""How often something may happen, counted before it does."""

from __future__ import annotations

from datetime import datetime
from math import ceil

from chalicelib.errors import TooMany
from chalicelib.sessions import tables
from chalicelib.sessions.words import Limit


def spend(limits: tuple[Limit, ...], *, refusal: str, now: datetime) -> None:
    """Count one more within every limit; over one of them, none counts, and `TooMany` says with the code `refusal` how long to wait."""
    for place, limit in enumerate(limits):
        free_at = tables.spend(limit, now=now)
        if free_at is not None:
            for spent in limits[:place]:
                tables.give_back(spent)
            raise TooMany(code=refusal, retry_after_s=max(1, ceil((free_at - now).total_seconds())))
