"""Records as rows: the version that counts and what is known of the others in one, and each that is held in one of its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, held, moment, seconds, table_name
from chalicelib.hub.rules.versions import name_of
from chalicelib.hub.words.records import Current, Known, Version


class OwnerIndex(GlobalSecondaryIndex["CurrentRow"]):
    """Records by the identifier that brought them, `<brand>#<key>`, and `<type>#<time>`."""

    class Meta(TableMeta):
        index_name = "by_owner"
        projection = KeysOnlyProjection()

    owned = UnicodeAttribute(hash_key=True)
    type_at = UnicodeAttribute(range_key=True)


class CurrentRow(Row):
    """`pk` `<brand>#R#<type>#<hash of the id>`, `sk` @. `news`: what this very write announces; `revision` grows with every write."""

    class Meta(TableMeta):
        table_name = table_name("records")

    by_owner = OwnerIndex()
    owned = UnicodeAttribute()
    type_at = UnicodeAttribute()
    revision = NumberAttribute()
    version = UnicodeAttribute()
    sealed = UnicodeAttribute()
    others = UnicodeAttribute(null=True)
    held = UnicodeAttribute(null=True)
    news = UnicodeAttribute(null=True)
    changed_at = NumberAttribute()
    gone_at = NumberAttribute(null=True)


class HeldRow(Row):
    """`pk` of the record, `sk` `V#<number>#<content>`: a version that goes back, and may count again after a correction."""

    class Meta(TableMeta):
        table_name = table_name("records")

    version = UnicodeAttribute()
    sealed = UnicodeAttribute()
    gone_at = NumberAttribute(null=True)


class Place(msgspec.Struct, frozen=True, order=True):
    """Where a record stands among those of one person: by its type and time, then by its key."""

    type_at: str
    pk: str


def read_record(brand: str, kind: str, key: str) -> Current | None:
    """A record as it stands now."""
    try:
        return _current(CurrentRow.get(_pk(brand, kind, key), "@", consistent_read=True))
    except CurrentRow.DoesNotExist:
        return None


def read_held(brand: str, kind: str, key: str, name: str) -> Version:
    """A version that is held, or was."""
    return _version(HeldRow.get(_pk(brand, kind, key), f"V#{name}", consistent_read=True))


def keep_record(current: Current, *, aside: Iterable[Version], news: str | None, gone_at: datetime | None, now: datetime) -> bool:
    """Keep how a record stands now, and `aside` the versions that are held from now on, all or nothing.

    `False` when somebody wrote to the record meanwhile.
    """
    pk, ends = _pk(current.brand, current.type, current.key), None if gone_at is None else seconds(gone_at)
    unmoved = CurrentRow.revision == current.revision - 1 if current.revision > 1 else CurrentRow.pk.does_not_exist()
    row = _row(pk, current, news, ends, now)
    held_rows = [HeldRow(pk, f"V#{name_of(each)}", version=_lean(each), sealed=each.sealed, gone_at=ends) for each in aside]
    if not held_rows:
        return held(lambda: row.save(unmoved))

    def write(transaction: TransactWrite) -> None:
        for each in held_rows:
            transaction.save(each)
        transaction.save(row, condition=unmoved)

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


def _pk(brand: str, kind: str, key: str) -> str:
    return f"{brand}#R#{kind}#{key}"


def _lean(version: Version) -> str:
    """A version without what it says."""
    return msgspec.json.encode(msgspec.structs.replace(version, sealed="")).decode()


def _row(pk: str, current: Current, news: str | None, ends: int | None, now: datetime) -> CurrentRow:
    version = current.version
    return CurrentRow(
        pk,
        "@",
        owned=f"{current.brand}#{version.owner}",
        type_at=f"{current.type}#{version.at:%Y-%m-%dT%H:%M:%SZ}",
        revision=current.revision,
        version=_lean(version),
        sealed=version.sealed,
        others=msgspec.json.encode(current.others).decode() if current.others else None,
        held=msgspec.json.encode(current.held).decode() if current.held else None,
        news=news,
        changed_at=seconds(now),
        gone_at=ends,
    )


def _version(row: CurrentRow | HeldRow) -> Version:
    return msgspec.structs.replace(msgspec.json.decode(row.version, type=Version), sealed=row.sealed)


def _current(row: CurrentRow) -> Current:
    brand, _, kind, key = row.pk.split("#", 3)
    return Current(
        brand=brand,
        type=kind,
        key=key,
        revision=int(row.revision),
        version=_version(row),
        others=msgspec.json.decode(row.others or "[]", type=tuple[Known, ...]),
        held=msgspec.json.decode(row.held or "[]", type=tuple[str, ...]),
    )


def moment_of(place: Place) -> datetime:
    """When the record at a place was."""
    return moment(datetime.fromisoformat(place.type_at.split("#", 1)[1]).timestamp())
