"""What rules brought about, told by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from chalicelib.messaging import flows as messaging
from chalicelib.triggers import tables
from chalicelib.triggers.rules.standing import gate_of
from chalicelib.triggers.rules.stats import sum_up
from chalicelib.triggers.words import Standing
from chalicelib.triggers.words.figures import TriggerStats


def tell(brand: str, first: date, until: date, *, utc_offset_h: int) -> TriggerStats:
    """Every rule there ever was that did something on these days, and those in force; both days are counted in."""
    begins, ends = (datetime.combine(day, time(), UTC) - timedelta(hours=utc_offset_h) for day in (first, until + timedelta(days=1)))
    told = (
        sum_up(place, stands.standing, messaging.read_tallies(brand, gate_of(place), begins, ends), utc_offset_h=utc_offset_h)
        for place, stands in tables.list_standings(brand).items()
    )
    return TriggerStats(first=first, until=until, rules=tuple(each for each in told if each.days or each.standing is not Standing.gone))
