"""The dictionary: published, rolled back, found for a batch."""

from __future__ import annotations

from datetime import datetime

from chalicelib.documents import flows as documents
from chalicelib.documents.words import Document, Kept
from chalicelib.hub.rules.dictionary import merge
from chalicelib.hub.words.dictionary import Dictionary, DictionaryOrder, DictionaryShown, Published
from chalicelib.world import World

DOCUMENT_LIMIT = 300_000


def publish_dictionary(brand: str, order: DictionaryOrder, *, actor: str, world: World, now: datetime) -> Published:
    """Check a dictionary, keep it as a new version and put it in force, on every container within ten seconds."""
    merge(order, version=0)
    kept = documents.publish(_dictionary_of(brand), order, about={"types": sorted(order.types)}, actor=actor, world=world, now=now)
    return _tell(kept, live=kept.version)


def roll_back(brand: str, version: int, *, actor: str, world: World, now: datetime) -> DictionaryShown:
    """Put an earlier version in force again, the built-in dictionary alone with 0; nothing is lost, and it can be undone the same way."""
    if version:
        documents.roll_back(_dictionary_of(brand), version, about={}, actor=actor, world=world, now=now)
    else:
        documents.withdraw(_dictionary_of(brand), about={}, actor=actor, world=world, now=now)
    return show_dictionary(brand, world=world, now=now)


def show_dictionary(brand: str, *, world: World, now: datetime) -> DictionaryShown:
    """The dictionary in force and the newest versions."""
    kept = documents.find_live(_dictionary_of(brand))
    live = kept.version if kept else 0
    return DictionaryShown(
        version=live,
        written=kept.written if kept else DictionaryOrder(),
        types=dictionary_of_version(brand, live, world=world, now=now).types,
        versions=tuple(_tell(each, live=live) for each in documents.list_versions(_dictionary_of(brand))),
    )


def live_dictionary(brand: str, *, world: World, now: datetime) -> Dictionary:
    """The dictionary in force, at most ten seconds old."""
    return documents.in_force(_dictionary_of(brand), _read, world=world, now=now)


def dictionary_of_version(brand: str, version: int, *, world: World, now: datetime) -> Dictionary:
    """The dictionary as a version had it; a version never changes."""
    return documents.of_version(_dictionary_of(brand), version, _read, world=world, now=now)


def _dictionary_of(brand: str) -> Document[DictionaryOrder]:
    return Document(brand=brand, kind="dictionary", written_as=DictionaryOrder, event="dictionary", most_bytes=DOCUMENT_LIMIT)


def _read(kept: Kept[DictionaryOrder] | None) -> Dictionary:
    return merge(kept.written if kept else DictionaryOrder(), version=kept.version if kept else 0)


def _tell(kept: Kept[DictionaryOrder], *, live: int) -> Published:
    return Published(
        version=kept.version, types=tuple(sorted(kept.written.types)), published_at=kept.published_at, by=kept.by, live=kept.version == live
    )
