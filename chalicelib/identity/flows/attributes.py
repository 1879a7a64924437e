"""What is known about somebody: kept under the identifier that brought it, folded for the person.

So a join moves nothing, and after a split each has what their own identifiers brought.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec

from chalicelib.identity.flows.linking import meet, until_quiet
from chalicelib.identity.flows.people import describe_of, read_person
from chalicelib.identity.rules.attributes import add_attributes, fold_attributes
from chalicelib.identity.tables import attributes as tables
from chalicelib.identity.words import Identifier, Key
from chalicelib.identity.words.attributes import Attribute, KnownPerson
from chalicelib.world import World

Attributes = dict[str, Attribute]


def note_attributes(brand: str, identifier: Identifier, new: Attributes, *, world: World, now: datetime) -> str:
    """Keep what an identifier brings; the person it is of. The later word about each attribute stays, whichever comes first."""
    place = meet(brand, identifier, world=world, now=now)

    def look() -> bool | None:
        found = tables.read_attributes(brand, place.key)
        old, version = (_open(brand, found[0], world=world), found[1]) if found else ({}, None)
        joined = add_attributes(old, new)
        if joined == old:
            return True
        sealed = world.keyring.encrypt(brand, msgspec.json.encode(joined).decode(), now=now)
        return tables.keep_attributes(brand, place.key, sealed, version=version) or None

    until_quiet(look, world)
    return place.person


def forget_attributes(brand: str, key: Key, names: Collection[str] | None, *, at: datetime, world: World, now: datetime) -> tuple[str, ...]:
    """Empty attributes an identifier has brought, of these names or all with nothing: which had a value. What is said of them later stays.

    An empty one stays in their place, so that what is stored once more from before does not come back. Asked again at the same moment,
    which they were is told once more.
    """

    def look() -> tuple[str, ...] | None:
        found = tables.read_attributes(brand, key)
        if found is None:
            return ()
        old = _open(brand, found[0], world=world)
        empty = Attribute(value=None, at=at, source="wechat")
        named = {name: each for name, each in old.items() if names is None or name in names}
        gone = sorted(name for name, each in named.items() if each == empty or (each.value is not None and each.at <= at))
        emptied = {**old, **dict.fromkeys(gone, empty)}
        if emptied == old:
            return tuple(gone)
        sealed = world.keyring.encrypt(brand, msgspec.json.encode(emptied).decode(), now=now)
        return tuple(gone) if tables.keep_attributes(brand, key, sealed, version=found[1]) else None

    return until_quiet(look, world)


def describe_known_person(brand: str, person_id: str, *, world: World) -> KnownPerson:
    """A person with all identifiers and what those brought, as of now."""
    cluster, person_id, said = read_person(brand, person_id)
    person = describe_of(brand, cluster, person_id, said)
    sealed = tables.list_attributes(brand, [key for key in said.keys if cluster.person_of(key) == person_id])
    folded = fold_attributes(_open(brand, each, world=world) for each in sealed.values())
    return KnownPerson(id=person.id, identifiers=person.identifiers, first_at=person.first_at, attributes=folded)


def _open(brand: str, sealed: str, *, world: World) -> Attributes:
    return msgspec.json.decode(world.keyring.decrypt(brand, sealed), type=Attributes)
