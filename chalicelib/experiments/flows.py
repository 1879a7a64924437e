"""Experiments as other rooms use them: who gets what, and how many have met it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from chalicelib.errors import Busy
from chalicelib.experiments import rules, tables
from chalicelib.experiments.words import Experiment, Exposed
from chalicelib.world import World

TRIES = 5


def choose_variant(experiment: Experiment, subject: str) -> str:
    """The variant of a subject: an identifier's key, or a visitor's anonymous id. Nothing is written."""
    return rules.assign(experiment, subject)


def note_exposure(experiment: Experiment, variant: str, subject: str, *, world: World, now: datetime) -> None:
    """A subject has met its variant: counted once a day."""
    day = day_of(now, world.settings.utc_offset_h)
    for _ in range(TRIES):
        if tables.count_once(experiment.brand, experiment.name, variant, subject, day=day, now=now):
            return
        if tables.is_counted(experiment.brand, experiment.name, subject, day=day):
            return
    raise Busy("Too many are counted at once; try again.")


def count_exposures(brand: str, experiment: str, *, since: str, until: str) -> list[Exposed]:
    """How many subjects met each variant on each of these days."""
    totals: Counter[tuple[str, str]] = Counter()
    for each in tables.list_exposed(brand, experiment, since=since, until=until):
        totals[each.day, each.variant] += each.subjects
    return [Exposed(day=day, variant=variant, subjects=count) for (day, variant), count in sorted(totals.items())]


def day_of(now: datetime, utc_offset_h: int) -> str:
    """The day of figures a moment is in."""
    return f"{now + timedelta(hours=utc_offset_h):%Y-%m-%d}"
