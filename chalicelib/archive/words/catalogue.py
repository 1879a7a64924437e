"""Words of the catalogue: which files the archive consists of, and what its queue carries."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import msgspec

from chalicelib.hub.words.dictionary import TypeName


class File(msgspec.Struct, frozen=True):
    """One file of columns, with so many lines of one day."""

    name: str
    rows: int


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """The files of one day of UTC. `settled`: what was counted of its events is what lies here."""

    on: date
    files: tuple[File, ...]
    settled: bool = False


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """What a brand's archive consists of. `people`: the file that says whose each identifier is. It changes as a whole, or not at all."""

    brand: str
    revision: int = 0
    shelves: tuple[Shelf, ...] = ()
    people: str = ""
    changed_at: datetime | None = None


class Compact(msgspec.Struct, frozen=True, kw_only=True, tag="compact"):
    """Take what a brand's archive was brought into its columns."""

    brand: str


class Ask(msgspec.Struct, frozen=True, kw_only=True, tag="ask"):
    """Answer one question."""

    brand: str
    query: str


class Replay(msgspec.Struct, frozen=True, kw_only=True, tag="replay"):
    """Bring the records of some days again; each is kept once however often it comes."""

    brand: str
    first: date
    last: date
    types: tuple[str, ...]


Errand = Compact | Ask | Replay


class ReplayOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which records to bring again: of the days of UTC from `first` to `last`, of some types, or of all when none is named."""

    first: date
    last: date
    types: Annotated[tuple[TypeName, ...], msgspec.Meta(max_length=50)] = ()


class Replaying(msgspec.Struct, frozen=True, kw_only=True):
    """What will be brought again: so many lines, events among them, which are counted anew where they lie."""

    days: int
    lines: int


class DayShown(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in the archive of one day of UTC."""

    on: date
    lines: int
    files: int
    settled: bool


class ArchiveShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a brand's archive holds. `waiting`: objects that were brought and are not in the columns yet, a thousand at most."""

    days: tuple[DayShown, ...]
    lines: int
    waiting: int
    changed_at: datetime | None
