"""What the archive is brought becomes columns: each line once, sorted, merged by the day, and the counts of each day made exact."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from chalicelib.accounts import tables as accounts
from chalicelib.archive.flows.fetching import IN_ORDER, Desk, names_of, open_desk
from chalicelib.archive.rules import catalogue as rules
from chalicelib.archive.rules.pieces import in_pieces
from chalicelib.archive.tables import catalogue as tables
from chalicelib.archive.tables.columns import Columns
from chalicelib.archive.words.catalogue import ArchiveShown, Catalogue, Compact, File, Shelf
from chalicelib.errors import Busy
from chalicelib.hub.rules import behaviour
from chalicelib.hub.tables import behaviour as days
from chalicelib.hub.words.behaviour import Day
from chalicelib.world import World

log = logging.getLogger("liandong.archive")
MOST_PARTS = 2000
"""Objects that are taken in one go."""
MOST_ROUNDS = 10
MOST_SHOWN = 1000
MOST_SWEPT = 20_000
OWNERS_AT_ONCE = 100
MOST_SETTLED = 3
"""Days that are counted in one go."""


def plan_compaction(*, world: World) -> None:
    """Have what every brand's archive was brought taken into its columns; `Busy` when the queue did not take all of them."""
    bodies = [msgspec.json.encode(Compact(brand=brand)).decode() for brand in accounts.list_brands()]
    if world.queues.send_all("archive", bodies):
        raise Busy("The queue did not take every brand's compaction: the next hour brings it again.")


def compact(brand: str, *, world: World, now: datetime) -> None:
    """Take what was brought into the columns, then count the days that are over. What breaks off is begun anew: each line is there once."""
    parts, people = (world.archive.list_names(brand, f"{kind}/", most=MOST_PARTS) for kind in ("parts", "people"))
    catalogue = tables.read_catalogue(brand)
    with open_desk(brand, world) as desk:
        if parts or people:
            catalogue = _take(desk, catalogue, parts, people, world=world, now=now)
        _sweep(catalogue, world=world, now=now)
        waiting = rules.unsettled(catalogue, now)
        for shelf in waiting[:MOST_SETTLED]:
            catalogue = _settle(desk, catalogue, shelf, world=world, now=now)
    if len(parts) == MOST_PARTS or len(people) == MOST_PARTS or len(waiting) > MOST_SETTLED:
        world.queues.send("archive", msgspec.json.encode(Compact(brand=brand)).decode())


def take_backlog(brand: str, *, most: int, world: World, now: datetime) -> None:
    """Take what waits into the columns, until so many objects wait at most."""
    for _ in range(MOST_ROUNDS):
        parts = world.archive.list_names(brand, "parts/", most=MOST_PARTS)
        if len(parts) <= most:
            return
        with open_desk(brand, world) as desk:
            _take(desk, tables.read_catalogue(brand), parts, (), world=world, now=now)
    raise Busy(IN_ORDER)


def show_archive(brand: str, *, world: World) -> ArchiveShown:
    """What lies in a brand's archive, and how much waits to be taken in."""
    return rules.show(tables.read_catalogue(brand), waiting=len(world.archive.list_names(brand, "parts/", most=MOST_SHOWN)))


def _take(desk: Desk, catalogue: Catalogue, parts: Sequence[str], people: Sequence[str], *, world: World, now: datetime) -> Catalogue:
    """New files beside the old ones, then the catalogue that names them, then what they replace is removed."""
    unique = world.new_id()
    whose = rules.people_name(unique)
    changed = _write_files(desk, catalogue, parts, people, unique, now=now)
    new = [*({file.name for files in changed.values() for file in files} - set(names_of(catalogue.shelves))), whose]
    for name in new:
        world.archive.put(catalogue.brand, name, desk.place(name).read_bytes(), now=now)
    after = rules.put_on_shelves(catalogue, changed, people=whose, now=now)
    after, gone = rules.forget_before(after, (now - timedelta(days=world.settings.archive_days)).date())
    if not tables.keep_catalogue(after, now=now) and tables.read_catalogue(catalogue.brand).people != whose:
        world.archive.remove(catalogue.brand, new)  # nobody names them; a catalogue that does may be ours, its answer lost
        raise Busy(IN_ORDER)
    replaced = set(names_of(catalogue.shelves)) - set(names_of(after.shelves))
    world.archive.remove(catalogue.brand, [*parts, *people, *replaced, *gone, *([catalogue.people] if catalogue.people else [])])
    log.info("%s: %s objects became lines of %s days", catalogue.brand, len(parts), len(changed))
    return after


def _write_files(
    desk: Desk, catalogue: Catalogue, parts: Sequence[str], people: Sequence[str], unique: str, *, now: datetime
) -> dict[date, Sequence[File]]:
    """The files of each day with what was brought of it, and the one that says whose each identifier is, all on the desk as yet."""
    known, brought, told = desk.demand([catalogue.people] if catalogue.people else []), desk.fetch(parts), desk.fetch(people)
    if not (brought or told):
        raise Busy(IN_ORDER)
    changed: dict[date, Sequence[File]] = {}
    with Columns(desk.folder) as columns:
        if brought:
            columns.take(brought)
            for on in columns.days():
                shelf = _add(desk, columns, rules.shelf_of(catalogue, on), unique, now=now)
                if shelf is not None:
                    changed[on] = shelf.files
        columns.write_people(known[0] if known else None, told, desk.place(rules.people_name(unique)))
    return changed


def _add(desk: Desk, columns: Columns, shelf: Shelf, unique: str, *, now: datetime) -> Shelf | None:
    """A day with what was brought of it; nothing when all of that was there."""
    old = desk.demand(names_of([shelf]))
    beside = File(rules.file_name(shelf.on, unique), 0)
    rows = columns.write_day(shelf.on, old, desk.place(beside.name))
    if rows == 0:
        return None
    more = msgspec.structs.replace(shelf, files=(*shelf.files, File(beside.name, rows)))
    if not rules.needs_merge(more, now):
        return more
    merged = rules.file_name(shelf.on, f"{unique}-merged")
    rows = columns.merge([*old, desk.place(beside.name)], desk.place(merged))
    return msgspec.structs.replace(shelf, files=(File(merged, rows),))


def _sweep(catalogue: Catalogue, *, world: World, now: datetime) -> None:
    """Remove what broke off before a catalogue named it, and answers nobody may read any more."""
    for kind in ("columns/", "owners/", "answers/"):
        names = world.archive.list_names(catalogue.brand, kind, most=MOST_SWEPT)
        world.archive.remove(catalogue.brand, rules.forgotten(names, catalogue, now))


def _settle(desk: Desk, catalogue: Catalogue, shelf: Shelf, *, world: World, now: datetime) -> Catalogue:
    """Make what was counted of a day what lies in the archive of it, and say so in the catalogue."""
    files = desk.demand(names_of([shelf]))
    mended = 0
    with Columns(desk.folder) as columns:
        for some in in_pieces(columns.count_events(files), OWNERS_AT_ONCE):
            mended += _settle_owners(catalogue.brand, shelf.on, some, now=now)
    log.info("%s: %s days of behaviour of %s were mended", catalogue.brand, mended, shelf.on)
    after = rules.settle(catalogue, shelf.on)
    if not tables.keep_catalogue(after, now=now):
        raise Busy(IN_ORDER)
    return after


def _settle_owners(brand: str, on: date, exact: Iterable[tuple[str, dict[str, int]]], *, now: datetime) -> int:
    """Mend those of some identifiers' counts that differ. One that changes meanwhile is left: what changed it is brought here too."""
    counts = dict(exact)
    known = days.read_days(brand, [(owner, on) for owner in counts], consistent=True)
    mended = [behaviour.settle(known.get((owner, on), Day(owner=owner, on=on)), numbers) for owner, numbers in counts.items()]
    return sum(days.keep_day(brand, day, now=now) for day in mended if day is not None)
