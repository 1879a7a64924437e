"""A dictionary tried out on a sample of the records there are, before it is published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.hub.flows.dictionaries import live_dictionary
from chalicelib.hub.rules import rehearsal as rules
from chalicelib.hub.rules.dictionary import merge
from chalicelib.hub.tables import quarantine, samples
from chalicelib.hub.tables import records as tables
from chalicelib.hub.words.dictionary import Dictionary, DictionaryOrder
from chalicelib.hub.words.quarantine import Group
from chalicelib.hub.words.records import Body, Ready
from chalicelib.hub.words.rehearsal import Rehearsal, RehearsalOrder, Rehearsed, TypeRehearsed
from chalicelib.world import World

MOST_GROUPS = 200
"""Groups of held records that are looked through for those of a type."""


def rehearse(brand: str, order: RehearsalOrder, *, world: World, now: datetime) -> Rehearsal:
    """What a dictionary would do to a sample of what is there, without anything being changed."""
    live = live_dictionary(brand, world=world, now=now)
    tried = merge(DictionaryOrder(types=order.types), version=live.version)
    kinds = rules.changed_types(live, tried, order.types)
    groups = quarantine.list_groups(brand, after=None, most=MOST_GROUPS)
    share = max(1, order.sample // max(1, len(kinds)))
    types = tuple(_rehearse_type(brand, kind, live, tried, groups, most=share, world=world) for kind in kinds)
    return Rehearsal(version=live.version, types=types)


def _rehearse_type(
    brand: str, kind: str, live: Dictionary, tried: Dictionary, groups: Sequence[tuple[str, Group]], *, most: int, world: World
) -> TypeRehearsed:
    own = [(name, group) for name, group in groups if group.cause.type == kind and group.cause.reason == "held"]

    def under_both(given: dict[str, Any]) -> Rehearsed:
        return rules.rehearse(given, live.types.get(kind), tried.types.get(kind))

    return rules.sum_up(
        kind,
        {body.id: under_both({**body.data, **body.raw}) for body in _kept(brand, kind, most=most, world=world)},
        {name: under_both({**ready.data, **ready.raw}) for name, ready in _held(brand, own, most=most, world=world)},
        there_are=sum(group.count for _, group in own),
    )


def _kept(brand: str, kind: str, *, most: int, world: World) -> Iterator[Body]:
    for current in tables.read_by_keys(brand, kind, samples.list_keys(brand, kind, most=most)):
        yield msgspec.json.decode(world.keyring.decrypt(brand, current.version.sealed), type=Body)


def _held(brand: str, groups: Sequence[tuple[str, Group]], *, most: int, world: World) -> Iterator[tuple[str, Ready]]:
    """Held records of each group in turn, as many of each."""
    share = max(1, most // max(1, len(groups)))
    for name, _ in groups[:most]:
        for sealed in quarantine.list_held(brand, name, after=None, most=share):
            yield f"{name}/{sealed.id}", msgspec.json.decode(world.keyring.decrypt(brand, sealed.sealed), type=Ready)
