"""Records brought again from the archive, as if their source had sent them once more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import msgspec

from chalicelib.archive.flows.fetching import IN_ORDER, names_of, open_desk
from chalicelib.archive.rules import catalogue as rules
from chalicelib.archive.rules.pieces import in_pieces
from chalicelib.archive.tables import catalogue as tables
from chalicelib.archive.tables.columns import Columns
from chalicelib.archive.words.catalogue import Replay, Replaying, ReplayOrder, Shelf
from chalicelib.errors import Busy, Invalid
from chalicelib.hub.flows import taking
from chalicelib.hub.flows.dictionaries import live_dictionary
from chalicelib.hub.words.records import Ready
from chalicelib.staff import flows as staff
from chalicelib.world import World

MOST_DAYS = 366
TRIES = 5


def order_replay(brand: str, order: ReplayOrder, *, actor: str, world: World, now: datetime) -> Replaying:
    """Have the records of some days brought again, in the background."""
    if not order.first <= order.last or (order.last - order.first).days >= MOST_DAYS:
        raise Invalid(f"A replay is of 1 to {MOST_DAYS} days - at `$.last`.")
    about = {"first": order.first.isoformat(), "last": order.last.isoformat(), "types": list(order.types)}
    staff.record(brand, "archive.replayed", about, actor=actor, world=world, now=now)
    replay = Replay(brand=brand, first=order.first, last=order.last, types=order.types)
    world.queues.send("archive", msgspec.json.encode(replay).decode())
    shelves = rules.between(tables.read_catalogue(brand), order.first, order.last)
    return Replaying(days=len(shelves), lines=sum(file.rows for shelf in shelves for file in shelf.files))


def replay(errand: Replay, *, world: World, now: datetime) -> None:
    """Put the records of the first day on the queue of records again, and hand the other days on: a year takes longer than one go may.

    Doing it again changes nothing.
    """
    shelves = _recount(errand, now=now)
    if not shelves:
        return
    _bring_day(errand, shelves[0], world=world, now=now)
    if len(shelves) > 1:
        following = msgspec.structs.replace(errand, first=shelves[1].on)
        world.queues.send("archive", msgspec.json.encode(following).decode())


def _recount(errand: Replay, *, now: datetime) -> list[Shelf]:
    """The days, and their events to be counted once more."""
    for _ in range(TRIES):
        catalogue = tables.read_catalogue(errand.brand)
        shelves = rules.between(catalogue, errand.first, errand.last)
        if not any(shelf.settled for shelf in shelves) or tables.keep_catalogue(rules.unsettle(catalogue, shelves), now=now):
            return shelves
    raise Busy(IN_ORDER)


def _bring_day(errand: Replay, shelf: Shelf, *, world: World, now: datetime) -> None:
    dictionary = live_dictionary(errand.brand, world=world, now=now)
    with open_desk(errand.brand, world) as desk, Columns(desk.folder) as columns:
        files = desk.demand(names_of([shelf]))
        for source, ready in _batches(columns.read_lines(files, errand.types)):
            taking.hand_on_quietly(errand.brand, ready, source=source, dictionary=dictionary.version, world=world, now=now)


def _batches(lines: Iterator[dict[str, Any]]) -> Iterator[tuple[str, list[Ready]]]:
    for source, of_source in groupby(lines, key=lambda line: str(line["source"])):
        for some in in_pieces(of_source, taking.PART_RECORDS):
            yield source, [_reopen(line, place) for place, line in enumerate(some)]


def _reopen(line: dict[str, Any], place: int) -> Ready:
    """A line as the record it was."""
    return Ready(
        place=place,
        type=line["type"],
        id=line["id"],
        at=datetime.fromtimestamp(line["at_ms"] / 1000, UTC),
        version=line["version"],
        who=(),
        data=msgspec.json.decode(line["data"], type=dict[str, Any]),
        raw=msgspec.json.decode(line["raw"], type=dict[str, Any]),
        owner=line["owner"],
    )
