"""Records handed out: a person's, over every identifier they have, seen the same on every end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from chalicelib.hub.flows.dictionaries import live_dictionary
from chalicelib.hub.rules import cart
from chalicelib.hub.rules.masking import mask_fields
from chalicelib.hub.tables import records as tables
from chalicelib.hub.tables.records import Place
from chalicelib.hub.words.dictionary import RecordType
from chalicelib.hub.words.records import Body, Cart, Current, RecordShown, Version
from chalicelib.identity import flows as identity
from chalicelib.world import World

MOST_LOOKED_AT = 1000
"""Records that are read for one page when most of them are filtered out."""
MOST_CARTS = 100


def list_records(
    brand: str,
    person: str,
    kind: str,
    *,
    state: int | None,
    before: Place | None,
    most: int,
    reveal: bool,
    world: World,
    now: datetime,
) -> tuple[list[RecordShown], Place | None]:
    """Records of one type of a person, the latest first, and where earlier ones begin. `reveal`: personal values too."""
    record_type = live_dictionary(brand, world=world, now=now).types.get(kind, RecordType())
    found: list[RecordShown] = []
    last: Place | None = None
    for looked_at, (place, current) in enumerate(_walk(brand, person, kind, before=before, most=most), 1):
        if len(found) == most or looked_at > MOST_LOOKED_AT:
            return found, last
        last = place
        if current is not None and (state is None or current.version.state == state):
            found.append(_show(current, record_type, reveal=reveal, world=world))
    return found, None


def open_records(brand: str, kind: str, keys: Iterable[str], *, world: World) -> dict[str, tuple[Version, Body]]:
    """Records as they stand at this moment, by their keys, for our own use: the version that counts and what it says."""
    return {each.key: (each.version, _open(each, world=world)) for each in tables.read_by_keys(brand, kind, keys, consistent=True)}


def fold_cart(brand: str, person: str, *, world: World) -> Cart:
    """A person's carts of all ends as one."""
    carts = []
    for number, (_, current) in enumerate(_walk(brand, person, "cart", before=None, most=MOST_CARTS)):
        if number == MOST_CARTS:
            break
        if current is not None:
            carts.append((current.version.number, _open(current, world=world).data))
    return cart.merge(carts)


def _walk(brand: str, person: str, kind: str, *, before: Place | None, most: int) -> Iterator[tuple[Place, Current | None]]:
    """A person's records of one type, the latest first, a page at a time. What an index still shows and is gone comes as nothing."""
    keys = [str(key) for key in identity.keys_of_person(brand, person)]
    while True:
        places = sorted(
            {place for key in keys for place in tables.list_places(brand, key, kind, before=before, most=most + 1)}, reverse=True
        )
        page = places[: most + 1]
        kept = tables.read_current(page)
        for place in page:
            current = kept.get(place)
            yield place, current if current is not None and current.version.owner in keys else None
        if len(places) <= most:
            return
        before = page[-1]


def _open(current: Current, *, world: World) -> Body:
    return msgspec.json.decode(world.keyring.decrypt(current.brand, current.version.sealed), type=Body)


def _show(current: Current, record_type: RecordType, *, reveal: bool, world: World) -> RecordShown:
    body = _open(current, world=world)
    return RecordShown(
        type=current.type,
        id=body.id,
        at=current.version.at,
        version=current.version.number,
        source=current.version.source,
        data=body.data if reveal else mask_fields(body.data, record_type.fields),
        raw=body.raw if reveal else {},
    )
