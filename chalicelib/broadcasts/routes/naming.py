"""Those whom an order names, as the room knows them."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.broadcasts.words import Entry
from chalicelib.errors import Invalid
from chalicelib.identity.routes.people import read_identifier
from chalicelib.identity.words import POINTERS, IdentifierQuery
from chalicelib.staff.callers import Call


def read_entries(identifiers: Iterable[IdentifierQuery], call: Call) -> tuple[Entry, ...]:
    """Identifiers of the caller's own brand, each of which may be somebody by itself."""
    entries = []
    for place, query in enumerate(identifiers):
        found = read_identifier(query, call, place=f"$.audience.identifiers[{place}]")
        if found.type in POINTERS:
            raise Invalid(
                f"A device, push token or anonymous id is nobody by itself to write to - at `$.audience.identifiers[{place}].type`."
            )
        entries.append(Entry(found.type.value, found.value, found.account))
    return tuple(entries)
