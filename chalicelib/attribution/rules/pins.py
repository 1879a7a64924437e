"""Which touches something has to thank, and what is counted for them: functions of the set of touches, never of their order. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from chalicelib.attribution.words import UNATTRIBUTED, Lines, Mode, OutcomeKind, Presence, Touch

A_SECOND = timedelta(seconds=1)
JUST_BEFORE_A_SECOND = timedelta(milliseconds=999)
IN_SECONDS = frozenset({OutcomeKind.order, OutcomeKind.follow})
"""They tell their time in whole seconds: a touch of the same second came before them."""
LATE_FOR = timedelta(hours=1)
"""So long after something was heard a touch from before it, or a join, still changes which touches it has to thank."""
INHERITS_FOR = timedelta(minutes=30)
"""An arrival that names no entry is still of the way of one so long before it: a login right after the follow by a poster."""


def pin(touches: Iterable[Touch], *, since: datetime, until: datetime) -> tuple[Touch | None, Touch | None]:
    """The first and the last touch that names an entry, from one moment to another, both counted in."""
    named = [touch for touch in touches if touch.entry and since <= touch.at <= until]
    if not named:
        return None, None
    return min(named, key=_place), max(named, key=_place)


def pin_for(kind: OutcomeKind, touches: Iterable[Touch], *, at: datetime, within: timedelta) -> tuple[Touch | None, Touch | None]:
    """The two touches of something of this kind. An arrival without an entry is of the last one just before it, by either rule."""
    if kind is OutcomeKind.visit:
        last = pin(touches, since=at - INHERITS_FOR, until=at)[1]
        return last, last
    return pin(touches, since=at - within, until=at + JUST_BEFORE_A_SECOND if kind in IN_SECONDS else at)


def is_open(heard_at: datetime, now: datetime) -> bool:
    """May what comes late still change the two touches?"""
    return now - heard_at <= LATE_FOR


def add_touch(presence: Presence | None, touch: Touch, *, new: bool) -> Presence:
    """Somebody's day with one more touch, whichever of them is heard first."""
    before = presence or Presence(new=new)
    if not touch.entry:
        return before
    named = [each for each in (before.first, before.last, touch) if each is not None]
    return Presence(new=before.new, first=min(named, key=_place), last=max(named, key=_place))


def count_presence(presence: Presence | None, day: date) -> Lines:
    """What somebody's day counts for."""
    if presence is None:
        return {}
    return count(day, presence.first, presence.last, {"people": 1, "new_people": int(presence.new)})


def count(day: date, first: Touch | None, last: Touch | None, worth: dict[str, int]) -> Lines:
    """Figures under the entry of the first touch by one rule, under that of the last by the other."""
    lines: Lines = {}
    for mode, touch in ((Mode.first, first), (Mode.last, last)):
        line = lines.setdefault(line_of(day, touch.entry if touch else UNATTRIBUTED), {})
        line.update({f"{figure}_{mode}": number for figure, number in worth.items() if number})
    return {name: line for name, line in lines.items() if line}


def difference(counted: Lines, before: Lines) -> Lines:
    """What has to be added to the counters so that they hold the one and no longer the other."""
    names = {(line, figure) for lines in (counted, before) for line, figures in lines.items() for figure in figures}
    changes: Lines = {}
    for line, figure in sorted(names):
        change = counted.get(line, {}).get(figure, 0) - before.get(line, {}).get(figure, 0)
        if change:
            changes.setdefault(line, {})[figure] = change
    return changes


def add_lines(*all_lines: Lines) -> Lines:
    """Several counts as one, so that each counter is written once."""
    total: Lines = {}
    for lines in all_lines:
        for line, figures in lines.items():
            for figure, number in figures.items():
                total.setdefault(line, {})[figure] = total.get(line, {}).get(figure, 0) + number
    return total


def line_of(day: date, entry: str) -> str:
    return f"{day}#{entry}"


def _place(touch: Touch) -> tuple[datetime, str]:
    return touch.place
