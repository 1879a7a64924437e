"""Records as rows: every version there was, and which one counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, moment, seconds, table_name
from chalicelib.hub.words.records import Current, Version


class OwnerIndex(GlobalSecondaryIndex["CurrentRow"]):
    """Records by the identifier that brought them, `<brand>#<key>`, and `<type>#<time>`."""

    class Meta(TableMeta):
        index_name = "by_owner"
        projection = KeysOnlyProjection()

    owned = UnicodeAttribute(hash_key=True)
    type_at = UnicodeAttribute(range_key=True)


class VersionRow(Row):
    """`pk` `<brand>#R#<type>#<hash of the id>`, `sk` `V#<number>#<content>`. Written once. `facts`: what it announces."""

    class Meta(TableMeta):
        table_name = table_name("records")

    version = UnicodeAttribute()
    sealed = UnicodeAttribute()
    facts = UnicodeAttribute(null=True)
    gone_at = NumberAttribute(null=True)


class CurrentRow(Row):
    """`pk` of the record, `sk` @: the version that counts, and a number that grows with every write."""

    class Meta(TableMeta):
        table_name = table_name("records")

    by_owner = OwnerIndex()
    owned = UnicodeAttribute()
    type_at = UnicodeAttribute()
    revision = NumberAttribute()
    version = UnicodeAttribute()
    sealed = UnicodeAttribute()
    held = UnicodeAttribute(default="[]")
    changed_at = NumberAttribute()
    gone_at = NumberAttribute(null=True)


class Place(msgspec.Struct, frozen=True, order=True):
    """Where a record stands among those of one person: by its type and time, then by its key."""

    type_at: str
    pk: str


def read_record(brand: str, kind: str, key: str) -> tuple[Current | None, list[Version]]:
    """A record as it stands, and all its versions: one query, as of now."""
    current, versions = None, []
    for row in _AnyRow.query(_pk(brand, kind, key), consistent_read=True):
        if row.sk == "@":
            current = _current(row)
        else:
            versions.append(_version(row))
    return current, versions


def keep_version(version: Version, current: Current, *, facts: str | None, gone_at: datetime | None, now: datetime) -> bool:
    """Keep a new version and how the record stands with it, both or neither; `False` when somebody wrote to the record meanwhile."""
    pk, ends = _pk(current.brand, current.type, current.key), None if gone_at is None else seconds(gone_at)
    row = VersionRow(pk, _sk(version), version=_lean(version), sealed=version.sealed, facts=facts, gone_at=ends)
    unmoved = CurrentRow.revision == current.revision - 1 if current.revision > 1 else CurrentRow.pk.does_not_exist()

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=VersionRow.pk.does_not_exist())
        transaction.save(_row(pk, current, ends, now), condition=unmoved)

    return committed(write)


def list_places(brand: str, owner: str, kind: str, *, before: Place | None, most: int) -> list[Place]:
    """Records of one type that one identifier brought, the latest first: at least `most`, and all of the last one's time."""
    prefix = f"{kind}#"
    until = OwnerIndex.type_at.between(prefix, before.type_at) if before else OwnerIndex.type_at.startswith(prefix)
    places: list[Place] = []
    for row in CurrentRow.by_owner.query(f"{brand}#{owner}", until, scan_index_forward=False, page_size=most):
        place = Place(row.type_at, row.pk)
        if before is not None and place >= before:
            continue
        if len(places) >= most and place.type_at != places[-1].type_at:
            break
        places.append(place)
    return places


def read_current(places: Iterable[Place]) -> dict[Place, Current]:
    """Records as they stand, by their places, those that are still kept."""
    by_pk = {place.pk: place for place in places}
    rows = CurrentRow.batch_get([(pk, "@") for pk in by_pk], consistent_read=True)
    return {by_pk[row.pk]: _current(row) for row in rows}


def read_by_keys(brand: str, kind: str, keys: Iterable[str], *, consistent: bool = False) -> list[Current]:
    """Records as they stand, in the order of their keys, those that are still kept."""
    wanted = [_pk(brand, kind, key) for key in keys]
    found = {row.pk: row for row in CurrentRow.batch_get([(pk, "@") for pk in wanted], consistent_read=consistent)}
    return [_current(found[pk]) for pk in wanted if pk in found]


class _AnyRow(Row):
    """Both kinds of row of a record, in one query."""

    class Meta(TableMeta):
        table_name = table_name("records")

    version = UnicodeAttribute()
    sealed = UnicodeAttribute()
    revision = NumberAttribute(null=True)
    held = UnicodeAttribute(default="[]")


def _pk(brand: str, kind: str, key: str) -> str:
    return f"{brand}#R#{kind}#{key}"


def _sk(version: Version) -> str:
    return f"V#{version.number:016d}#{version.content}"


def _lean(version: Version) -> str:
    """A version without what it says."""
    return msgspec.json.encode(msgspec.structs.replace(version, sealed="")).decode()


def _row(pk: str, current: Current, ends: int | None, now: datetime) -> CurrentRow:
    version = current.version
    return CurrentRow(
        pk,
        "@",
        owned=f"{current.brand}#{version.owner}",
        type_at=f"{current.type}#{version.at:%Y-%m-%dT%H:%M:%SZ}",
        revision=current.revision,
        version=_lean(version),
        sealed=version.sealed,
        held=msgspec.json.encode(current.held).decode(),
        changed_at=seconds(now),
        gone_at=ends,
    )


def _version(row: Any) -> Version:
    return msgspec.structs.replace(msgspec.json.decode(row.version, type=Version), sealed=row.sealed)


def _current(row: Any) -> Current:
    brand, _, kind, key = row.pk.split("#", 3)
    return Current(
        brand=brand,
        type=kind,
        key=key,
        revision=int(row.revision),
        version=_version(row),
        held=msgspec.json.decode(row.held, type=tuple[str, ...]),
    )


def moment_of(place: Place) -> datetime:
    """When the record at a place was."""
    return moment(datetime.fromisoformat(place.type_at.split("#", 1)[1]).timestamp())
