"""Devices, push tokens and anonymous ids as rows: who was seen with each, and when last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.aws.tables import Row, TableMeta, held, moment, seconds, table_name
from chalicelib.errors import Missing
from chalicelib.identity.rules.pointers import add_token
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


class TokensRow(Row):
    """`pk` of an identifier of a person, `sk` T: the push tokens it was seen with, and when last."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    tokens = JSONAttribute()
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


def read_pointers(brand: str, keys: Iterable[Key]) -> dict[Key, Pointer]:
    """Those of them that are there."""
    rows = PointerRow.batch_get([(identifier_pk(brand, key), "P") for key in keys])
    return {
        read_key(row.pk.split("#I#", 1)[1]): Pointer(
            owners={read_key(owner): moment(at) for owner, at in row.owners.items()}, version=int(row.version)
        )
        for row in rows
    }


def read_sealed(brand: str, key: Key) -> str:
    """A pointer's value as it is kept."""
    try:
        return str(PointerRow.get(identifier_pk(brand, key), "P").sealed)
    except PointerRow.DoesNotExist:
        raise Missing(code="person_missing") from None


def note_token(brand: str, owner: Key, token: Key, at: datetime) -> bool:
    """Keep that an identifier was seen with a push token; `False` when somebody else wrote meanwhile."""
    try:
        row = TokensRow.get(identifier_pk(brand, owner), "T", consistent_read=True)
    except TokensRow.DoesNotExist:
        row = None
    known = {} if row is None else {read_key(key): moment(when) for key, when in row.tokens.items()}
    after = add_token(known, token, at)
    if after == known:
        return True
    version = 1 if row is None else int(row.version) + 1
    kept = TokensRow(identifier_pk(brand, owner), "T", tokens={str(key): seconds(when) for key, when in after.items()}, version=version)
    condition = TokensRow.pk.does_not_exist() if row is None else TokensRow.version == row.version
    return held(lambda: kept.save(condition))


def read_tokens(brand: str, owners: Iterable[Key]) -> list[Key]:
    """The push tokens any of these identifiers was seen with."""
    rows = TokensRow.batch_get([(identifier_pk(brand, owner), "T") for owner in owners])
    return sorted({read_key(token) for row in rows for token in row.tokens})
