"""Versioned documents as rows. A version is written once and never changed; one row says which is live."""

from __future__ import annotations

from datetime import datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, connection, held, moment, seconds, table_name
from chalicelib.entries.words import ReplyRules, Rule, RulesOrder


class VersionRow(Row):
    """`pk` `<brand>#reply_rules#<account>`, `sk` `v#<version, eight digits>`."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    written = UnicodeAttribute()
    ready = UnicodeAttribute()
    published_at = NumberAttribute()
    by = UnicodeAttribute()


class LiveRow(Row):
    """`pk` of the document, `sk` live."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    version = NumberAttribute()


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A version's row in our words."""

    version: int
    written: RulesOrder
    ready: tuple[Rule, ...]
    published_at: datetime
    by: str


def read_live_version(brand: str, account_name: str) -> int:
    """The version in force; 0 when nothing was ever published."""
    try:
        return int(LiveRow.get(_pk(brand, account_name), "live", consistent_read=True).version)
    except LiveRow.DoesNotExist:
        return 0


def read_version(brand: str, account_name: str, version: int) -> Version | None:
    try:
        return _version(VersionRow.get(_pk(brand, account_name), _sk(version), consistent_read=True))
    except VersionRow.DoesNotExist:
        return None


def list_versions(brand: str, account_name: str, *, most: int) -> list[Version]:
    """The newest versions first."""
    rows = VersionRow.query(
        _pk(brand, account_name), VersionRow.sk.startswith("v#"), scan_index_forward=False, limit=most, consistent_read=True
    )
    return [_version(row) for row in rows]


def publish(brand: str, rules: ReplyRules, written: RulesOrder, account_name: str, *, by: str, now: datetime) -> bool:
    """Write a version and put it in force, both or neither; `False` when somebody else has taken its number."""
    row = VersionRow(
        _pk(brand, account_name),
        _sk(rules.version),
        written=msgspec.json.encode(written).decode(),
        ready=msgspec.json.encode(rules.rules).decode(),
        published_at=seconds(now),
        by=by,
    )

    def write() -> None:
        with TransactWrite(connection=connection()) as transaction:
            transaction.save(row, condition=VersionRow.pk.does_not_exist())
            transaction.save(_live(brand, account_name, rules.version))

    return held(write)


def make_live(brand: str, account_name: str, version: int) -> None:
    """Put a version that is there in force."""
    _live(brand, account_name, version).save()


def _live(brand: str, account_name: str, version: int) -> LiveRow:
    return LiveRow(_pk(brand, account_name), "live", version=version)


def _pk(brand: str, account_name: str) -> str:
    return f"{brand}#reply_rules#{account_name}"


def _sk(version: int) -> str:
    return f"v#{version:08d}"


def _version(row: VersionRow) -> Version:
    return Version(
        version=int(row.sk.removeprefix("v#")),
        written=msgspec.json.decode(row.written, type=RulesOrder),
        ready=msgspec.json.decode(row.ready, type=tuple[Rule, ...]),
        published_at=moment(row.published_at),
        by=row.by,
    )
