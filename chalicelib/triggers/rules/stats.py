"""What rules brought about, summed up by day. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from chalicelib.messaging.words import Tally
from chalicelib.triggers.rules.standing import read_place
from chalicelib.triggers.words import Figure, Standing
from chalicelib.triggers.words.figures import DayOfRule, OutcomeCounted, RuleStats


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
