"""Sources counted with the very writes that take and keep their records, watched, and shown."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby

from chalicelib.accounts import tables as accounts
from chalicelib.aws.metrics import Figure, put_figures, put_metric
from chalicelib.errors import Busy
from chalicelib.hub.rules import sources as rules
from chalicelib.hub.tables import batches
from chalicelib.hub.tables import sources as tables
from chalicelib.hub.words.records import Batch, BatchState, Part, PartDone, Ready
from chalicelib.hub.words.sources import HourCount, SourceShown, Tally, Unaccounted, Waiting
from chalicelib.patience import LONG_PAUSE_S, step_aside
from chalicelib.world import World

log = logging.getLogger("liandong.sources")
TRIES = 12
NOTED_EVERY_S = 60
UNACCOUNTED_AFTER = timedelta(hours=1)
MOST_LOOKED_AT = 250
"""Marks of each shard that are looked at in one run: whoever finds so many has enough to do."""
MOST_FIGURES = 50
"""Sources of a brand that have figures of their own in CloudWatch, which are paid for one by one; the others are one together."""
TOLD = ("received", "rejected", "accepted", "stored", "quarantined", "duplicate")


def begin_counted(batch: Batch, *, lease: timedelta, world: World, now: datetime) -> bool:
    """Keep a batch that is being taken and count what came, both or neither; `False` when it is there already."""
    _note(batch.brand, batch.source, world=world, now=now)
    hour = rules.hour_of(batch.made_at)
    for attempt in range(TRIES):
        if batches.begin_batch(batch, hour=hour, attempt=attempt, lease=lease, now=now):
            return True
        if batches.read_batch(batch.brand, batch.id) is not None:
            return False
        step_aside(world, LONG_PAUSE_S)
    raise Busy("Too many batches are counted at once; try again.")


def keep_counted(part: Part, records: Sequence[Ready], done: PartDone, *, world: World, now: datetime) -> None:
    """Keep what came of a part and count it in the hour its batch came, both or neither, once however often this runs."""
    tallies, facts = rules.tally_part(records, done.verdicts, now=now), rules.facts_of(part.batch, part.source, done.verdicts)
    hour = rules.hour_of(part.made_at or now)
    for attempt in range(TRIES):
        if batches.keep_part(
            part.brand, part.batch, done, source=part.source, hour=hour, tallies=tallies, facts=facts, attempt=attempt, now=now
        ) or batches.is_part_done(part.brand, part.batch, part.part):
            return
        step_aside(world, LONG_PAUSE_S)
    raise Busy("Too many parts are counted at once; try again.")


def settle(part: Part) -> None:
    """Take the mark away from a batch whose last part is done. A crash before it leaves the mark to `watch`, which looks."""
    if part.made_at is not None and (part.parts == 1 or batches.count_parts_done(part.brand, part.batch) >= part.parts):
        tables.unmark(tables.waiting_for(part.brand, part.batch, part.source, part.made_at))


def list_sources(brand: str, *, after: str | None, most: int, now: datetime) -> tuple[list[SourceShown], str | None]:
    """Sources by name with the counts of their last 24 hours, and where the next page begins."""
    named = tables.list_sources(brand, after=after, most=most)
    counts = list(tables.list_counts(brand, since=rules.hours_before(now, rules.HOURS), until=rules.hour_of(now)))
    shown = [rules.show_source(source, seen_at, [each for each in counts if each.source == source]) for source, seen_at in named]
    return shown, named[-1][0] if len(named) == most else None


def watch(*, world: World, now: datetime) -> list[Unaccounted]:
    """Look for batches that are not done an hour after they came, and tell every brand's counts of this hour and the last."""
    found = []
    for brand in accounts.list_brands():
        found += list(_find_unaccounted(brand, now=now))
        put_figures(_figures_of(brand, now=now))
    for each in found:
        said = "acknowledged" if each.acknowledged else "never acknowledged"
        log.warning("batch %s of %s, brand %s, %s: %d records wait", each.batch, each.source, each.brand, said, each.waiting)
    put_metric("RecordsUnaccounted", sum(each.waiting for each in found if each.acknowledged))
    return found


def _note(brand: str, source: str, *, world: World, now: datetime) -> None:
    world.cache.remember(("source", brand, source), NOTED_EVERY_S, lambda: tables.note_source(brand, source, now=now), now=now)


def _find_unaccounted(brand: str, *, now: datetime) -> Iterator[Unaccounted]:
    for waiting in tables.list_waiting(brand, until=now - UNACCOUNTED_AFTER, most=MOST_LOOKED_AT):
        unaccounted = _look_at(waiting)
        if unaccounted is None:
            tables.unmark(waiting)
        else:
            yield unaccounted


def _look_at(waiting: Waiting) -> Unaccounted | None:
    """What of a marked batch is still to come; nothing where all of it is done, or it is gone."""
    kept = batches.read_batch(waiting.brand, waiting.batch)
    if kept is None:
        return None
    batch, done = kept
    left = batch.received - batch.rejected - sum(len(part.verdicts) for part in done)
    if left == 0:
        return None
    acknowledged = batch.state is BatchState.taken
    return Unaccounted(brand=batch.brand, batch=batch.id, source=batch.source, waiting=left, acknowledged=acknowledged)


def _figures_of(brand: str, *, now: datetime) -> Iterator[Figure]:
    counts = tables.list_counts(brand, since=rules.hours_before(now, 2), until=rules.hour_of(now))
    for (hour, source), tally in _sum_up(list(counts)).items():
        at = datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=UTC)
        for name in TOLD:
            of = {"Brand": brand, "Source": source}
            yield Figure(name=f"Records{name.capitalize()}", value=getattr(tally, name), at=at, of=of)


def _sum_up(counts: list[HourCount]) -> dict[tuple[str, str], Tally]:
    """Sums by hour and source; of a crowd of sources those that bring most stand alone."""
    by_source = groupby(sorted(counts, key=lambda each: each.source), key=lambda each: each.source)
    sums = sorted(((source, rules.by_hour(own)) for source, own in by_source), key=lambda each: -rules.add_all(each[1].values()).received)
    told: dict[tuple[str, str], Tally] = {}
    for place, (source, hours) in enumerate(sums):
        for hour, tally in hours.items():
            name = (hour, source if place < MOST_FIGURES else "*")
            told[name] = rules.add(told.get(name, Tally()), tally)
    return told
