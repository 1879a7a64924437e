"""The dictionary: published, rolled back, found for a batch."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.errors import Busy, Invalid, Missing
from chalicelib.hub.rules.dictionary import merge
from chalicelib.hub.tables import dictionaries as tables
from chalicelib.hub.tables.dictionaries import Kept
from chalicelib.hub.words.dictionary import Dictionary, DictionaryOrder, DictionaryShown, Published
from chalicelib.staff import flows as staff
from chalicelib.world import World

SHOWN_VERSIONS = 20
DOCUMENT_LIMIT = 300_000
FRESH_S = 10
VERSION_FRESH_S = 3600


def publish_dictionary(brand: str, order: DictionaryOrder, *, actor: str, world: World, now: datetime) -> Published:
    """Check a dictionary, keep it as a new version and put it in force, on every container within ten seconds."""
    merge(order, version=0)
    if len(msgspec.json.encode(order)) > DOCUMENT_LIMIT:
        raise Invalid(f"The dictionary takes more than {DOCUMENT_LIMIT} bytes: drop spellings or types - at `$.types`.")
    newest = tables.list_versions(brand, most=1)
    kept = Kept(version=newest[0].version + 1 if newest else 1, written=order, published_at=now, by=actor)
    about = {"version": kept.version, "types": sorted(order.types)}
    staff.record(brand, "dictionary.published", about, actor=actor, world=world, now=now)
    if not tables.publish(brand, kept):
        raise Busy("Somebody published a dictionary at the same moment: look at theirs, then try again.")
    world.cache.forget("dictionary", brand)
    return _tell(kept, live=kept.version)


def roll_back(brand: str, version: int, *, actor: str, world: World, now: datetime) -> DictionaryShown:
    """Put an earlier version in force again; nothing is lost, and it can be undone the same way."""
    if version and tables.read_version(brand, version) is None:
        raise Missing(code="document_missing")
    staff.record(brand, "dictionary.rolled_back", {"version": version}, actor=actor, world=world, now=now)
    tables.make_live(brand, version)
    world.cache.forget("dictionary", brand)
    return show_dictionary(brand, world=world, now=now)


def show_dictionary(brand: str, *, world: World, now: datetime) -> DictionaryShown:
    """The dictionary in force and the newest versions."""
    live = tables.read_live_version(brand)
    kept = tables.read_version(brand, live) if live else None
    return DictionaryShown(
        version=live,
        written=kept.written if kept else DictionaryOrder(),
        types=dictionary_of_version(brand, live, world=world, now=now).types,
        versions=tuple(_tell(each, live=live) for each in tables.list_versions(brand, most=SHOWN_VERSIONS)),
    )


def live_dictionary(brand: str, *, world: World, now: datetime) -> Dictionary:
    """The dictionary in force, at most ten seconds old."""

    def load() -> Dictionary:
        return dictionary_of_version(brand, tables.read_live_version(brand), world=world, now=now)

    return world.cache.remember(("dictionary", brand), FRESH_S, load, now=now)


def dictionary_of_version(brand: str, version: int, *, world: World, now: datetime) -> Dictionary:
    """The dictionary as a version had it; a version never changes."""

    def load() -> Dictionary:
        kept = tables.read_version(brand, version) if version else None
        return merge(kept.written if kept else DictionaryOrder(), version=version if kept else 0)

    return world.cache.remember(("dictionary", brand, str(version)), VERSION_FRESH_S, load, now=now)


def _tell(kept: Kept, *, live: int) -> Published:
    return Published(
        version=kept.version, types=tuple(sorted(kept.written.types)), published_at=kept.published_at, by=kept.by, live=kept.version == live
    )
