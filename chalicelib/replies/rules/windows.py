"""Whether a rule is for this time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from chalicelib.replies.words import Window

DAY = timedelta(days=1)


def is_open(within: Sequence[Window], at: datetime) -> bool:
    """Is it the time of one of the windows? Without any it always is."""
    return not within or any(_holds(window, at) for window in within)


def _holds(window: Window, at: datetime) -> bool:
    local = at.replace(tzinfo=None) - (at.utcoffset() or timedelta()) + _offset(window.zone)
    begun_on = _begun_on(window, local)
    return (
        begun_on is not None
        and (not window.weekdays or begun_on.isoweekday() in window.weekdays)
        and (window.first_on is None or begun_on >= window.first_on)
        and (window.last_on is None or begun_on <= window.last_on)
    )


def _begun_on(window: Window, local: datetime) -> date | None:
    """The day on which the window began that is open now, looking at the clock alone."""
    clock = f"{local:%H:%M}"
    if window.since < window.until:
        return local.date() if window.since <= clock < window.until else None
    if clock >= window.since:
        return local.date()
    return local.date() - DAY if clock < window.until else None


def _offset(zone: str) -> timedelta:
    distance = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:]))
    return -distance if zone[0] == "-" else distance
