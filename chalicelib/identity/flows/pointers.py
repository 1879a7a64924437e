"""Devices, push tokens and anonymous ids: they point to somebody and join nobody."""

from __future__ import annotations

from datetime import datetime

from chalicelib.errors import Invalid
from chalicelib.identity.flows.linking import meet, seal, until_quiet
from chalicelib.identity.rules.pointers import add_owner, latest_owner
from chalicelib.identity.tables import pointers as tables
from chalicelib.identity.words import POINTERS, Folded, Identifier, IdentifierType, Key, Place
from chalicelib.world import World


def claim(brand: str, a: Identifier, b: Identifier, *, at: datetime, world: World, now: datetime) -> Place:
    """Somebody was seen with a device, push token or anonymous id; where the first of the two stands then.

    Claims join by the latest time for each owner, so their order and number do not matter. A push token is noted with its owner first:
    where only that was written, nobody is found behind the token, and the claim comes again.
    """
    if a.type in POINTERS and b.type in POINTERS:
        raise Invalid("One of the two has to be an identifier of a person, not of a device - at `$.b`.")
    pointer, owner = (a, b) if a.type in POINTERS else (b, a)
    place = meet(brand, owner, world=world, now=now)
    newcomer = seal(brand, pointer, world=world, now=now)
    if pointer.type is IdentifierType.push_token:
        until_quiet(lambda: tables.note_token(brand, place.key, newcomer.key, at) or None, world)

    def look() -> Place | None:
        old = tables.read_pointer(brand, newcomer.key, consistent=True)
        owners = add_owner(old.owners if old else {}, place.key, at)
        done = (old is not None and owners == old.owners) or tables.keep_pointer(brand, newcomer, owners, old=old)
        return place if done else None

    return until_quiet(look, world)


def push_tokens_of(folded: Folded) -> dict[Key, datetime]:
    """The push tokens of a person, those that nobody else was seen with later, and when they were seen last. Two batches of reads."""
    noted = tables.read_tokens(folded.brand, folded.keys)
    seen = {token: pointer.owners for token, pointer in tables.read_pointers(folded.brand, noted).items()}
    return {token: max(owners.values()) for token, owners in seen.items() if latest_owner(owners) in folded.keys}


def reveal_push_token(brand: str, key: Key, *, world: World) -> str:
    """A push token itself, by its key: for our own use, never for an answer."""
    return world.keyring.decrypt(brand, tables.read_sealed(brand, key))
