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
    persons = {fact.body["person"], *fact.body.get("parted", ())}
    seen_ms = int(now.timestamp() * 1000)
    lines = {
        (str(key), person): Belonging(owner=str(key), person=person, seen_ms=seen_ms)
        for person in sorted(persons)
        for key in identity.keys_of_person(fact.brand, person)
    }
    put(fact.brand, digest(fact.id), list(lines.values()), world=world, now=now)
