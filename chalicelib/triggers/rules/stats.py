"""What rules brought about, summed up by day. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.messaging.words import Tally
from chalicelib.triggers.rules.standing import name_of, read_place
from chalicelib.triggers.words import Figure, Standing, Stands
from chalicelib.triggers.words.figures import DayOfRule, OutcomeCounted, RuleStats, StatsAsked

MOST_AT_ONCE = 1000
"""Rules times days of one page: a busy rule counts some hundreds of rows a day."""


def find_told(known: Mapping[str, Stands], name: str, *, since: datetime) -> list[str]:
    """The rules that are told of, in their order: of this name, or every one that was in force later than that."""
    if name:
        return find_named(known, name)
    return sorted(place for place, each in known.items() if each.standing is not Standing.gone or each.at >= since)


def find_named(known: Mapping[str, Stands], name: str) -> list[str]:
    """The rules there ever were by a name, of whichever type."""
    return sorted(place for place in known if name_of(place) == name)


def page_of(asked: StatsAsked) -> int:
    """How many rules a page has."""
    days = (asked.until - asked.first).days + 1
    return min(asked.most, max(MOST_AT_ONCE // days, 1))


def sum_up(place: str, standing: Standing, tallies: Iterable[Tally], *, utc_offset_h: int) -> RuleStats:
    """What was counted of a rule, by the days of a clock so many hours ahead of UTC."""
    days: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for each in tallies:
        days[(each.at + timedelta(hours=utc_offset_h)).date()][each.what] += each.number
    name, kind, last = read_place(place)
    whole = sum(days.values(), Counter[str]())
    told = tuple(DayOfRule(day=day, **_figures(days[day])) for day in sorted(days))
    return RuleStats(rule=name, type=kind, last=last, standing=standing, **_figures(whole), days=told)


def _figures(counted: Counter[str]) -> dict[str, Any]:
    outcomes = [(what, number) for what, number in counted.most_common() if what not in set(Figure)]
    return {
        "matched": counted[Figure.first],
        "planned": counted[Figure.first] + counted[Figure.again],
        "taken_back": counted[Figure.taken_back],
        "refused": counted[Figure.refused],
        "outcomes": tuple(OutcomeCounted(state=state, why=why, messages=number) for state, why, number in map(_part, outcomes)),
    }


def _part(outcome: tuple[str, int]) -> tuple[str, str, int]:
    state, _, why = outcome[0].partition(": ")
    return state, why, outcome[1]
