"""What an entry costs on which day. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from chalicelib.entries.words import Cost


def cost_fen(costs: Iterable[Cost], first: date, last: date) -> int:
    """What falls on these days, both counted in: each cost spread evenly over its own, so that days always add up to the whole."""
    return sum(_until(cost, last) - _until(cost, date.fromordinal(first.toordinal() - 1)) for cost in costs)


def spread_costs(costs: Iterable[Cost], first: date, last: date) -> dict[date, int]:
    """What falls on each of these days, both counted in; days that cost nothing are left out."""
    spread: Counter[date] = Counter()
    for cost in costs:
        for number in range(max(first, cost.first).toordinal(), min(last, cost.last).toordinal() + 1):
            day = date.fromordinal(number)
            spread[day] += cost_fen([cost], day, day)
    return {day: fen for day, fen in spread.items() if fen}


def _until(cost: Cost, day: date) -> int:
    """What of a cost falls on its days up to one."""
    days = (cost.last - cost.first).days + 1
    passed = min(max((day - cost.first).days + 1, 0), days)
    return cost.fen * passed // days
