"""What is kept goes to the archive too: one sealed object for each part of a batch, the same one however often it is written."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from chalicelib.hub.rules.archived import object_name, write_line
from chalicelib.hub.words.archived import Belonging, Line
from chalicelib.hub.words.records import Part, Ready
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Key
from chalicelib.world import World


def archive(part: Part, name: str, brought: Sequence[tuple[Ready, Key]], *, known: Mapping[Key, str], world: World, now: datetime) -> None:
    """Hand records, each with the identifier that brought it, to the archive, or raise `Busy`. `known`: whose some of these are."""
    if not brought:
        return
    strangers = {owner for _, owner in brought} - known.keys()
    persons = {**known, **identity.persons_of(part.brand, strangers)} if strangers else known
    persons = {**persons, **{owner: identity.find_person_by_key(part.brand, owner) for owner in strangers - persons.keys()}}
    lines = [write_line(ready, owner, persons[owner], part.source, now) for ready, owner in brought]
    put(part.brand, name, lines, world=world, now=now)


def put(brand: str, name: str, lines: Sequence[Line] | Sequence[Belonging], *, world: World, now: datetime) -> None:
    """An object of lines; one of the same name takes its place."""
    kind = "people" if isinstance(lines[0], Belonging) else "parts"
    packed = gzip.compress(b"\n".join(map(msgspec.json.encode, lines)), compresslevel=1, mtime=0)
    world.archive.put(brand, object_name(kind, name), packed, now=now)
