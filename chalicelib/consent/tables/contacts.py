"""Contacts as rows: what lies under each identifier, and how many a template reaches.

Each write of a side is under its version and keeps the number of those reached in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, held, table_name
from chalicelib.consent.rules import sends
from chalicelib.consent.rules.grants import reachable_templates
from chalicelib.consent.rules.reaching import revive
from chalicelib.consent.words import Contact, Side
from chalicelib.identity.words import Folded, Key, read_key
from chalicelib.ids import digest

SHARDS = 8
NOTHING = Side()
NOBODY: Mapping[Key, datetime] = MappingProxyType({})


class SideRow(Row):
    """`pk` `<brand>#I#<identifier's key>`, `sk` @. `version` moves with every write."""

    class Meta(TableMeta):
        table_name = table_name("contacts")

    side = UnicodeAttribute()
    version = NumberAttribute()


class ReachRow(Row):
    """`pk` `<brand>#N#<account's name>#<template>#<shard>`, `sk` @: how many openids have leave."""

    class Meta(TableMeta):
        table_name = table_name("contacts")

    reached = NumberAttribute()


def read_contact(folded: Folded, also: Mapping[Key, datetime] = NOBODY) -> Contact:
    """A person's contact as of now: they were folded before, so that whatever moves meanwhile moves what was read.

    `also`: identifiers that only point to somebody, like a push token that is about to be sent to, and when they were seen with them
    last: one that was known to reach nobody before does again.
    """
    read = read_sides(folded.brand, sorted({*folded.keys, *also}))
    seen = {key: (revive(read[key][0], at=at), read[key][1]) for key, at in also.items()}
    return _unite(folded, {**read, **seen})


def read_contacts(brand: str, people: Collection[Folded]) -> list[Contact]:
    """The same for several people, by one batch of reads."""
    read = read_sides(brand, {key for each in people for key in each.keys})
    return [_unite(each, {key: read[key] for key in each.keys}) for each in people]


def _unite(folded: Folded, read: Mapping[Key, tuple[Side, int]]) -> Contact:
    return Contact(
        folded=folded,
        sides={key: side for key, (side, _) in read.items()},
        versions={key: version for key, (_, version) in read.items()},
        sends=sends.unite(side for side, _ in read.values()),
    )


def read_sides(brand: str, keys: Iterable[Key]) -> dict[Key, tuple[Side, int]]:
    """What lies under each of some identifiers, with its version, as of now; nothing and 0 where there is no row."""
    wanted = list(keys)
    rows = SideRow.batch_get([(_pk(brand, key), "@") for key in wanted], consistent_read=True)
    found = {read_key(row.pk.split("#I#", 1)[1]): (_side(row), int(row.version)) for row in rows}
    return {key: found.get(key, (NOTHING, 0)) for key in wanted}


def read_side(brand: str, key: Key) -> tuple[Side, int]:
    try:
        row = SideRow.get(_pk(brand, key), "@", consistent_read=True)
    except SideRow.DoesNotExist:
        return NOTHING, 0
    return _side(row), int(row.version)


def save_side(transaction: TransactWrite, brand: str, key: Key, before: Side, after: Side, *, version: int) -> None:
    """Have a transaction change what lies under an identifier, if it is as it was read."""
    transaction.save(_row(brand, key, after, version + 1), condition=_unmoved(version))
    had, has = reachable_templates(before), reachable_templates(after)
    for template in sorted(had ^ has):
        transaction.update(_reach_row(brand, key, template), [ReachRow.reached.add(1 if template in has else -1)])


def keep_side(
    brand: str, key: Key, before: Side, after: Side, *, version: int, also: Callable[[TransactWrite], None] | None = None
) -> bool:
    """Change what lies under one identifier; `False` when it is not as it was read. `also`: written in the same transaction."""
    if also is None and reachable_templates(before) == reachable_templates(after):
        return held(lambda: _row(brand, key, after, version + 1).save(_unmoved(version)))

    def write(transaction: TransactWrite) -> None:
        save_side(transaction, brand, key, before, after, version=version)
        if also is not None:
            also(transaction)

    return committed(write)


def count_reached(brand: str, account: str, template: str) -> int:
    """How many openids of an account have leave for a template."""
    places = [(f"{brand}#N#{account}#{template}#{shard}", "@") for shard in range(SHARDS)]
    return sum(int(row.reached) for row in ReachRow.batch_get(places, consistent_read=True))


def _pk(brand: str, key: Key) -> str:
    return f"{brand}#I#{key}"


def _row(brand: str, key: Key, side: Side, version: int) -> SideRow:
    return SideRow(_pk(brand, key), "@", side=msgspec.json.encode(side).decode(), version=version)


def _side(row: SideRow) -> Side:
    return msgspec.json.decode(row.side, type=Side)


def _unmoved(version: int) -> Condition:
    return SideRow.version == version if version else SideRow.pk.does_not_exist()


def _reach_row(brand: str, key: Key, template: str) -> ReachRow:
    shard = int(digest(str(key)), 16) % SHARDS
    return ReachRow(f"{brand}#N#{key.account}#{template}#{shard}", "@")
