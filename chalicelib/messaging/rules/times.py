"""When a message may go: not before it is asked for, not in quiet hours, in the best hour if it has time. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

import msgspec

from chalicelib.due import whole_second
from chalicelib.errors import Invalid

FURTHEST = timedelta(days=366)
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
SLOT = timedelta(minutes=15)
LOOKED_AHEAD = timedelta(hours=26)
"""For the best hour: every hour of the day is in it, also where the clocks are changed."""
A_DAY = 24 * 60
MOST_MOVES = 8


class Span(msgspec.Struct, frozen=True):
    """Hours of quiet by the local clock, in minutes since midnight; over midnight where `since` is the later. Equal: none."""

    since: int
    until: int


class Clockwork(msgspec.Struct, frozen=True):
    """What decides about hours: quiet ones, the zone, by how much this message is shifted behind them, how active each hour is in UTC."""

    zone: tzinfo
    quiet: tuple[Span, ...] = ()
    jitter: timedelta = timedelta(0)
    hours: tuple[int, ...] = ()


def check_end(expires_at: datetime | None, not_before: datetime | None) -> None:
    """`Invalid` for an end before the beginning, or so far from any day of ours that its row could not be read again."""
    if expires_at is None:
        return
    if not EARLIEST <= expires_at < LATEST:
        raise Invalid("Messages expire between the years 2000 and 2200 - at `$.expires_at`.")
    if not_before is not None and expires_at <= not_before:
        raise Invalid("It would expire before it may go - at `$.expires_at`.")


def due_at(not_before: datetime | None, now: datetime) -> datetime:
    """When a message is due: a whole second, never earlier than asked, in UTC, by which the due rows go. `Invalid` over a year ahead."""
    if not_before is None or not_before <= now:
        return now
    if not_before - now > FURTHEST:
        raise Invalid(f"A message can be planned {FURTHEST.days} days ahead - at `$.not_before`.")
    return whole_second(not_before)


def minutes_of(time_of_day: str) -> int:
    """A time as `21:30` in minutes since midnight."""
    hours, _, minutes = time_of_day.partition(":")
    return int(hours) * 60 + int(minutes)


def next_allowed(at: datetime, clockwork: Clockwork, *, expires_at: datetime | None = None) -> datetime | None:
    """The moment to send at: `at` or later, in no quiet hour, and not after it expires; nothing where there is none.

    Asked again at that moment it is the same moment.
    """
    moved = _after_quiet(at, clockwork, expires_at)
    if moved is None or (expires_at is not None and moved > expires_at):
        return None
    if not clockwork.hours:
        return moved
    return _in_best_hour(moved, clockwork, expires_at)


def is_quiet(at: datetime, zone: tzinfo, quiet: Sequence[Span]) -> bool:
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    return any(_covers(span, minute) for span in quiet)


def _after_quiet(at: datetime, clockwork: Clockwork, expires_at: datetime | None) -> datetime | None:
    """`at` itself, or shifted behind the end of the quiet hours, by less where there is less time; nothing where it is quiet all day."""
    if not is_quiet(at, clockwork.zone, clockwork.quiet):
        return at
    end = at
    for _ in range(MOST_MOVES):
        if not is_quiet(end, clockwork.zone, clockwork.quiet):
            shifted = end + _shift(clockwork.jitter, None if expires_at is None else expires_at - end)
            return end if is_quiet(shifted, clockwork.zone, clockwork.quiet) else shifted
        end = min(_end_of(span, end, clockwork.zone) for span in clockwork.quiet if is_quiet(end, clockwork.zone, [span]))
    return None


def _shift(jitter: timedelta, room: timedelta | None) -> timedelta:
    """Whole seconds, within the room there is."""
    if room is None or jitter <= room:
        return jitter
    return timedelta(seconds=int(jitter.total_seconds()) % (max(int(room.total_seconds()), 0) + 1))


def _in_best_hour(at: datetime, clockwork: Clockwork, expires_at: datetime | None) -> datetime:
    """Of the quarters of an hour ahead, the first of those that are most active; `at` itself is one."""
    until = at + LOOKED_AHEAD if expires_at is None else min(at + LOOKED_AHEAD, expires_at)
    best, best_weight = at, _weight(at, clockwork)
    slot = at + SLOT - timedelta(seconds=at.timestamp() % SLOT.total_seconds())
    while slot <= until:
        weight = _weight(slot, clockwork)
        if weight > best_weight and not is_quiet(slot, clockwork.zone, clockwork.quiet):
            best, best_weight = slot, weight
        slot += SLOT
    shifted = best + clockwork.jitter % SLOT
    fits = best != at and shifted <= until and not is_quiet(shifted, clockwork.zone, clockwork.quiet)
    return whole_second(shifted) if fits and whole_second(shifted) <= until else best


def _weight(at: datetime, clockwork: Clockwork) -> int:
    return clockwork.hours[at.astimezone(UTC).hour]


def _covers(span: Span, minute: int) -> bool:
    if span.since <= span.until:
        return span.since <= minute < span.until
    return minute >= span.since or minute < span.until


def _end_of(span: Span, at: datetime, zone: tzinfo) -> datetime:
    """The next moment the local clock shows the span's end."""
    local = at.astimezone(zone)
    end = local.replace(hour=span.until // 60 % 24, minute=span.until % 60, second=0, microsecond=0)
    for days in (0, 1, 2):
        moment = (end + timedelta(days=days)).astimezone(UTC)
        if moment > at:
            return moment
    raise AssertionError("a day has an end")
