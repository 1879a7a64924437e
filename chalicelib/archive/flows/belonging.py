"""Whose each identifier is, told to the archive whenever people are joined or parted."""

from __future__ import annotations

from datetime import datetime

from chalicelib.aws.facts import Fact
from chalicelib.hub.flows.archiving import put
from chalicelib.hub.words.archived import Belonging
from chalicelib.identity import flows as identity
from chalicelib.ids import digest
from chalicelib.world import World


def hear(fact: Fact, *, world: World, now: datetime) -> None:
    """Look whose the identifiers of the people in a fact are now. What is read later counts, so hearing it twice or late does no harm."""
    told = {fact.body["person"], *fact.body.get("parted", ())}
    people = dict(identity.resolve_keys(fact.brand, person) for person in sorted(told))
    seen_ms = int(now.timestamp() * 1000)
    lines = [Belonging(owner=str(key), person=person, seen_ms=seen_ms) for person, keys in people.items() for key in keys]
    put(fact.brand, digest(fact.id), lines, world=world, now=now)
