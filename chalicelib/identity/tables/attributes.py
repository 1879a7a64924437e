"""What is known about somebody, as rows under the identifier that brought it."""

from __future__ import annotations

from collections.abc import Iterable

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.tables import Row, TableMeta, held, table_name
from chalicelib.identity.tables.identifiers import identifier_pk
from chalicelib.identity.words import Key, read_key


class AttributesRow(Row):
    """`pk` of an identifier, `sk` A. The values are sealed: they may be personal."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    sealed = UnicodeAttribute()
    version = NumberAttribute()


def read_attributes(brand: str, key: Key) -> tuple[str, int] | None:
    """The sealed attributes of one identifier and their version, as of now."""
    try:
        row = AttributesRow.get(identifier_pk(brand, key), "A", consistent_read=True)
    except AttributesRow.DoesNotExist:
        return None
    return row.sealed, int(row.version)


def list_attributes(brand: str, keys: Iterable[Key]) -> dict[Key, str]:
    """The sealed attributes of each identifier that has some, as of now."""
    rows = AttributesRow.batch_get([(identifier_pk(brand, key), "A") for key in keys], consistent_read=True)
    return {read_key(row.pk.split("#I#", 1)[1]): row.sealed for row in rows}


def keep_attributes(brand: str, key: Key, sealed: str, *, version: int | None) -> bool:
    """Keep an identifier's attributes; `False` when they changed since `version` was read."""
    row = AttributesRow(identifier_pk(brand, key), "A", sealed=sealed, version=(version or 0) + 1)
    condition = AttributesRow.pk.does_not_exist() if version is None else AttributesRow.version == version
    return held(lambda: row.save(condition))
