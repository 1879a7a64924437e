"""Devices, push tokens and anonymous ids: they point to somebody and join nobody."""

from __future__ import annotations

from datetime import datetime

from chalicelib.errors import Invalid
from chalicelib.identity.flows.linking import meet, seal, until_quiet
from chalicelib.identity.rules.pointers import add_owner
from chalicelib.identity.tables import pointers as tables
from chalicelib.identity.words import POINTERS, Identifier, Place
from chalicelib.world import World


def claim(brand: str, a: Identifier, b: Identifier, *, at: datetime, world: World, now: datetime) -> Place:
    """Somebody was seen with a device, push token or anonymous id; where the first of the two stands then.

    Claims join by the latest time for each owner, so their order and number do not matter.
    """
    if a.type in POINTERS and b.type in POINTERS:
        raise Invalid("One of the two has to be an identifier of a person, not of a device - at `$.b`.")
    pointer, owner = (a, b) if a.type in POINTERS else (b, a)
    place = meet(brand, owner, world=world, now=now)
    newcomer = seal(brand, pointer, world=world, now=now)

    def look() -> Place | None:
        old = tables.read_pointer(brand, newcomer.key, consistent=True)
        owners = add_owner(old.owners if old else {}, place.key, at)
        done = (old is not None and owners == old.owners) or tables.keep_pointer(brand, newcomer, owners, old=old)
        return place if done else None

    return until_quiet(look, world)
