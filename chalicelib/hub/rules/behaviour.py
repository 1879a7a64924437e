"""Behaviour counted: each event once as far as a day's memory reaches. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import msgspec

from chalicelib.hub.words.behaviour import Behaviour, Counted, Day
from chalicelib.hub.words.records import Ready
from chalicelib.ids import digest

EVENT_BYTES, BRINGER_BYTES = 5, 3
MARK_BYTES = EVENT_BYTES + BRINGER_BYTES
"""Of an event and of the place of the batch that brought it: so that who brings it again is told what was told the first time.

Two events of one identifier and day are taken for one in one of 17,000,000,000 cases, and settled when the day is over.
"""
RING = 64
"""Events that are remembered of a day; a repeat of an earlier one is counted again, until the archive tells better."""
MOST_NAMES = 40
OTHERS = "…"
"""Under this name the events of further names are counted, so that a day's row stays small."""


def key_of(ready: Ready, source: str) -> str:
    """What an event is known by: the same id of the same source is the same event, whatever it says."""
    return digest(source, ready.type, ready.id)


def day_of(at: datetime) -> date:
    """Days of behaviour are those of UTC."""
    return at.date()


def bringer_of(ready: Ready, batch: str) -> str:
    """What the place of an event in its batch is known by, however often that is delivered."""
    return digest(batch, str(ready.place))


def count_events(day: Day, events: Iterable[tuple[str, str, str]]) -> tuple[Day, list[bool]]:
    """A day with events, each by key, bringer and name, counted in; and of each whether it counts for this bringer, now or before.

    The same day when all of them were counted.
    """
    ring = {day.ring[at : at + EVENT_BYTES]: day.ring[at + EVENT_BYTES : at + MARK_BYTES] for at in range(0, len(day.ring), MARK_BYTES)}
    counts, counted = dict(day.counts), []
    for key, by, name in events:
        event, bringer = bytes.fromhex(key)[:EVENT_BYTES], bytes.fromhex(by)[:BRINGER_BYTES]
        if event not in ring:
            ring[event] = bringer
            known = name if name in counts or len(counts) < MOST_NAMES else OTHERS
            counts[known] = counts.get(known, 0) + 1
        counted.append(ring[event] == bringer)
    if counts == day.counts:
        return day, counted
    marks = [event + bringer for event, bringer in ring.items()]
    return msgspec.structs.replace(day, ring=b"".join(marks[-RING:]), counts=counts, revision=day.revision + 1), counted


def settle(day: Day, exact: dict[str, int]) -> Day | None:
    """A day with the numbers the archive counted; nothing when it has them."""
    few = dict(sorted(exact.items())[:MOST_NAMES])
    left = sum(exact.values()) - sum(few.values())
    counts = {**few, OTHERS: left} if left else few
    return None if counts == day.counts else msgspec.structs.replace(day, counts=counts, revision=day.revision + 1)


def fold(days: Iterable[Day], *, within: int) -> Behaviour:
    """What one person did, by all identifiers of theirs."""
    counts: defaultdict[str, int] = defaultdict(int)
    on: defaultdict[str, set[date]] = defaultdict(set)
    for day in days:
        for name, count in day.counts.items():
            counts[name] += count
            on[name].add(day.on)
    told = [Counted(name=name, count=count, days=len(on[name]), last_on=max(on[name])) for name, count in counts.items()]
    return Behaviour(days=within, events=tuple(sorted(told, key=lambda each: (-each.count, each.name))))


def first_day(now: datetime, within: int) -> date:
    """The first of so many days that end today."""
    return day_of(now) - timedelta(days=within - 1)
