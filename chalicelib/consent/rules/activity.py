"""In which hours somebody is there: a histogram over the hours of the day in UTC, in which older visits count for less. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from chalicelib.consent.words import Active, Side

HALF_LIFE = timedelta(days=30)
VISIT = 1000
"""What one visit counts at first; halved every thirty days, until it is nothing after a year."""


def was_there(side: Side, at: datetime) -> Side:
    """What lies under an identifier after a visit. Once in an hour is enough, and what is heard late or again is not counted."""
    active = side.active
    if active is not None and at < active.at + timedelta(hours=1):
        return side
    hours = list(_fade(active, at)) if active is not None else [0] * 24
    hours[at.hour] += VISIT
    return msgspec.structs.replace(side, active=Active(tuple(hours), at))


def forget(side: Side, at: datetime) -> Side:
    """What lies under an identifier once its hours up to then are forgotten."""
    if side.active is None or side.active.at > at:
        return side
    return msgspec.structs.replace(side, active=None)


def histogram(sides: Iterable[Side], now: datetime) -> tuple[int, ...]:
    """A person's hours in UTC, over all their identifiers, as of now."""
    faded = [_fade(side.active, now) for side in sides if side.active is not None]
    return tuple(sum(hours) for hours in zip(*faded, strict=True)) if faded else (0,) * 24


def _fade(active: Active, at: datetime) -> tuple[int, ...]:
    share = 0.5 ** (max(at - active.at, timedelta(0)) / HALF_LIFE)
    return tuple(int(count * share) for count in active.hours)
