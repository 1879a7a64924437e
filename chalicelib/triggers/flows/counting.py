"""What rules brought about, told by day."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import partial

from chalicelib.errors import Missing
from chalicelib.messaging import flows as messaging
from chalicelib.triggers import tables
from chalicelib.triggers.rules import stats
from chalicelib.triggers.rules.standing import gate_of
from chalicelib.triggers.words import Standing
from chalicelib.triggers.words.figures import RuleStats, StatsAsked
from chalicelib.world import World


def tell(brand: str, asked: StatsAsked, *, utc_offset_h: int, world: World) -> tuple[tuple[RuleStats, ...], str | None]:
    """Rules that are in force, and others that did something on these days; and after which place further ones come.

    Those that were gone before are told of by name alone. One query for each rule of a page, several at once: the more days, the fewer
    rules. `Missing` (rule_missing) where there never was one of this name.
    """
    days = (asked.first, asked.until + timedelta(days=1))
    begins, ends = (datetime.combine(day, time(), UTC) - timedelta(hours=utc_offset_h) for day in days)
    known = tables.list_standings(brand)
    if asked.name and not stats.find_named(known, asked.name):
        raise Missing("There never was a rule of this name.", code="rule_missing")
    places = [place for place in stats.find_told(known, asked.name, since=begins) if place > asked.after]
    page = places[: stats.page_of(asked)]

    def read(place: str) -> RuleStats:
        tallies = messaging.read_tallies(brand, gate_of(place), begins, ends)
        return stats.sum_up(place, known[place].standing, tallies, utc_offset_h=utc_offset_h)

    told = world.together([partial(read, place) for place in page])
    shown = tuple(each for each in told if each.days or asked.name or each.standing is not Standing.gone)
    return shown, page[-1] if len(places) > len(page) else None
