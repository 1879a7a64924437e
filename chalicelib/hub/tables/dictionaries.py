"""Dictionaries as rows. A version is written once and never changed; one row says which is live."""

from __future__ import annotations

from datetime import datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, moment, seconds, table_name
from chalicelib.hub.words.dictionary import DictionaryOrder


class DictionaryRow(Row):
    """`pk` `<brand>#dictionary`, `sk` `v#<version, eight digits>`."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    written = UnicodeAttribute()
    published_at = NumberAttribute()
    by = UnicodeAttribute()


class LiveRow(Row):
    """`pk` of the dictionary, `sk` live."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    version = NumberAttribute()


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A version's row in our words."""

    version: int
    written: DictionaryOrder
    published_at: datetime
    by: str


def read_live_version(brand: str) -> int:
    """The version in force; 0 is the built-in dictionary alone."""
    try:
        return int(LiveRow.get(_pk(brand), "live", consistent_read=True).version)
    except LiveRow.DoesNotExist:
        return 0


def read_version(brand: str, version: int) -> Kept | None:
    try:
        return _kept(DictionaryRow.get(_pk(brand), _sk(version), consistent_read=True))
    except DictionaryRow.DoesNotExist:
        return None


def list_versions(brand: str, *, most: int) -> list[Kept]:
    """The newest versions first."""
    rows = DictionaryRow.query(_pk(brand), DictionaryRow.sk.startswith("v#"), scan_index_forward=False, limit=most, consistent_read=True)
    return [_kept(row) for row in rows]


def publish(brand: str, kept: Kept) -> bool:
    """Write a version and put it in force, both or neither; `False` when somebody else has taken its number."""
    written = msgspec.json.encode(kept.written).decode()
    row = DictionaryRow(_pk(brand), _sk(kept.version), written=written, published_at=seconds(kept.published_at), by=kept.by)

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=DictionaryRow.pk.does_not_exist())
        transaction.save(LiveRow(_pk(brand), "live", version=kept.version))

    return committed(write)


def make_live(brand: str, version: int) -> None:
    """Put a version that is there in force; 0 is the built-in dictionary alone."""
    LiveRow(_pk(brand), "live", version=version).save()


def _pk(brand: str) -> str:
    return f"{brand}#dictionary"


def _sk(version: int) -> str:
    return f"v#{version:08d}"


def _kept(row: DictionaryRow) -> Kept:
    return Kept(
        version=int(row.sk.removeprefix("v#")),
        written=msgspec.json.decode(row.written, type=DictionaryOrder),
        published_at=moment(row.published_at),
        by=row.by,
    )
