"""How the archive is laid out: which files belong together, what is merged, what goes. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from chalicelib.archive.words.catalogue import ArchiveShown, Catalogue, DayShown, File, Shelf
from chalicelib.ids import moment_of

ANSWERS_KEPT = timedelta(days=7)
BROKEN_OFF = timedelta(days=1)
MADE = re.compile(r"(?<=/)[0-7][0-9A-HJKMNP-TV-Z]{25}")
MOST_FILES = 6
"""Of a day: more are merged into one."""


def file_name(on: date, unique: str) -> str:
    return f"columns/{on.isoformat()}/{unique}.parquet"


def people_name(unique: str) -> str:
    return f"owners/{unique}.parquet"


def shelf_of(catalogue: Catalogue, on: date) -> Shelf:
    return next((shelf for shelf in catalogue.shelves if shelf.on == on), Shelf(on=on, files=()))


def is_closed(on: date, now: datetime) -> bool:
    """Is a day over, with an hour for what was late?"""
    return on < (now - timedelta(hours=1)).date()


def needs_merge(shelf: Shelf, now: datetime) -> bool:
    """Would a question have to open more files of the day than it should?"""
    return len(shelf.files) > (1 if is_closed(shelf.on, now) else MOST_FILES)


def put_on_shelves(catalogue: Catalogue, changed: Mapping[date, Sequence[File]], *, people: str, now: datetime) -> Catalogue:
    """The catalogue with other files for some days, which have to be settled again."""
    others = [shelf for shelf in catalogue.shelves if shelf.on not in changed]
    made = [Shelf(on=on, files=tuple(files)) for on, files in changed.items()]
    shelves = sorted([*others, *made], key=lambda shelf: shelf.on)
    return msgspec.structs.replace(
        catalogue, revision=catalogue.revision + 1, shelves=tuple(shelves), people=people or catalogue.people, changed_at=now
    )


def settle(catalogue: Catalogue, on: date) -> Catalogue:
    """The catalogue with one day settled."""
    shelves = tuple(msgspec.structs.replace(shelf, settled=True) if shelf.on == on else shelf for shelf in catalogue.shelves)
    return msgspec.structs.replace(catalogue, revision=catalogue.revision + 1, shelves=shelves)


def unsettle(catalogue: Catalogue, shelves: Iterable[Shelf]) -> Catalogue:
    """The catalogue with some days to be counted again."""
    days = {shelf.on for shelf in shelves}
    again = tuple(msgspec.structs.replace(shelf, settled=False) if shelf.on in days else shelf for shelf in catalogue.shelves)
    return msgspec.structs.replace(catalogue, revision=catalogue.revision + 1, shelves=again)


def forget_before(catalogue: Catalogue, first: date) -> tuple[Catalogue, list[str]]:
    """The catalogue without the days before one, and the files that go."""
    kept = tuple(shelf for shelf in catalogue.shelves if shelf.on >= first)
    gone = [file.name for shelf in catalogue.shelves if shelf.on < first for file in shelf.files]
    return msgspec.structs.replace(catalogue, shelves=kept), gone


def unsettled(catalogue: Catalogue, now: datetime) -> list[Shelf]:
    """Days that are over and whose counts nobody has compared yet, the oldest first."""
    return [shelf for shelf in catalogue.shelves if not shelf.settled and is_closed(shelf.on, now)]


def forgotten(names: Iterable[str], catalogue: Catalogue, now: datetime) -> list[str]:
    """Of the archive's own objects those nobody needs: files that broke off a day ago or were replaced, answers whose week is over."""
    needed = {catalogue.people, *(file.name for shelf in catalogue.shelves for file in shelf.files)}
    return [
        name
        for name in names
        if name not in needed and _made_at(name) < now - (ANSWERS_KEPT if name.startswith("answers/") else BROKEN_OFF)
    ]


def _made_at(name: str) -> datetime:
    """When an object was made: its name holds a ULID."""
    match = MADE.search(name)
    return moment_of(match[0]) if match else datetime.max.replace(tzinfo=UTC)


def between(catalogue: Catalogue, first: date, last: date) -> list[Shelf]:
    return [shelf for shelf in catalogue.shelves if first <= shelf.on <= last]


def show(catalogue: Catalogue, *, waiting: int) -> ArchiveShown:
    """What lies in the archive, as callers see it."""
    days = tuple(
        DayShown(on=shelf.on, lines=sum(file.rows for file in shelf.files), files=len(shelf.files), settled=shelf.settled)
        for shelf in catalogue.shelves
    )
    return ArchiveShown(days=days, lines=sum(day.lines for day in days), waiting=waiting, changed_at=catalogue.changed_at)
