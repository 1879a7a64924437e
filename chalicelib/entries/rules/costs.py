"""What an entry costs on which day. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from chalicelib.entries.words import Cost


def cost_fen(costs: Iterable[Cost], first: date, last: date) -> int:
    """What falls on these days, both counted in: each cost spread evenly over its own, so that days always add up to the whole."""
    return sum(_until(cost, last) - _until(cost, date.fromordinal(first.toordinal() - 1)) for cost in costs)


def _until(cost: Cost, day: date) -> int:
    """What of a cost falls on its days up to one."""
    days = (cost.last - cost.first).days + 1
    passed = min(max((day - cost.first).days + 1, 0), days)
    return cost.fen * passed // days
