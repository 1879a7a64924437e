"""Devices, push tokens and anonymous ids as rows: who was seen with each, and when last."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.aws.tables import Row, TableMeta, held, moment, seconds, table_name
from chalicelib.identity.tables.identifiers import identifier_pk
from chalicelib.identity.words import Key, Newcomer, Pointer, read_key


class PointerRow(Row):
    """`pk` as every identifier's, `sk` P. `owners` holds the last time for each identifier that claimed it."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    owners = JSONAttribute()
    sealed = UnicodeAttribute()
    masked = UnicodeAttribute()
    version = NumberAttribute()


def read_pointer(brand: str, key: Key, *, consistent: bool = False) -> Pointer | None:
    try:
        row = PointerRow.get(identifier_pk(brand, key), "P", consistent_read=consistent)
    except PointerRow.DoesNotExist:
        return None
    return Pointer(owners={read_key(owner): moment(at) for owner, at in row.owners.items()}, version=int(row.version))


def keep_pointer(brand: str, newcomer: Newcomer, owners: dict[Key, datetime], *, old: Pointer | None) -> bool:
    """Keep who was seen with it; `False` when somebody else wrote meanwhile."""
    row = PointerRow(
        identifier_pk(brand, newcomer.key),
        "P",
        owners={str(owner): seconds(at) for owner, at in owners.items()},
        sealed=newcomer.sealed,
        masked=newcomer.masked,
        version=1 if old is None else old.version + 1,
    )
    condition = PointerRow.pk.does_not_exist() if old is None else PointerRow.version == old.version
    return held(lambda: row.save(condition))
