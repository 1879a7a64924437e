"""Held records as rows, and the groups they are in."""

from __future__ import annotations

from datetime import datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, moment, seconds, table_name
from chalicelib.hub.words.quarantine import Cause, Group
from chalicelib.ids import digest

KEPT_S = 180 * 86400


class GroupRow(Row):
    """`pk` `<brand>#G`, `sk` the hash of the cause: how many records are held for it; it goes with the last of them."""

    class Meta(TableMeta):
        table_name = table_name("quarantine")

    source = UnicodeAttribute()
    type = UnicodeAttribute()
    reason = UnicodeAttribute()
    dictionary = NumberAttribute()
    held = NumberAttribute(default=0)
    first_at = NumberAttribute()
    last_at = NumberAttribute()
    sample = UnicodeAttribute()
    gone_at = NumberAttribute()


class HeldRow(Row):
    """`pk` `<brand>#Q#<hash of the cause>`, `sk` `<batch>-<place>`: one record, all it brought sealed."""

    class Meta(TableMeta):
        table_name = table_name("quarantine")

    sealed = UnicodeAttribute()
    held_at = NumberAttribute()
    gone_at = NumberAttribute()


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A held record as it lies there."""

    id: str
    held_at: datetime
    sealed: str


def group_id(cause: Cause) -> str:
    return digest(cause.source, cause.type, cause.reason, str(cause.dictionary))


def hold(brand: str, cause: Cause, *, batch: str, place: int, sealed: str, sample: str, now: datetime) -> bool:
    """Keep a held record and count it in its group, both or neither; `False` when it is held already."""
    group = group_id(cause)
    gone_at = seconds(now) + KEPT_S
    row = HeldRow(f"{brand}#Q#{group}", _sk(batch, place), sealed=sealed, held_at=seconds(now), gone_at=gone_at)

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=HeldRow.pk.does_not_exist())
        transaction.update(
            GroupRow(f"{brand}#G", group),
            [
                GroupRow.source.set(cause.source),
                GroupRow.type.set(cause.type),
                GroupRow.reason.set(cause.reason),
                GroupRow.dictionary.set(cause.dictionary),
                GroupRow.held.add(1),
                GroupRow.first_at.set(GroupRow.first_at | seconds(now)),
                GroupRow.last_at.set(seconds(now)),
                GroupRow.sample.set(GroupRow.sample | sample),
                GroupRow.gone_at.set(gone_at),
            ],
        )

    return committed(write)


def is_held(brand: str, cause: Cause, *, batch: str, place: int) -> bool:
    try:
        HeldRow.get(f"{brand}#Q#{group_id(cause)}", _sk(batch, place), consistent_read=True)
    except HeldRow.DoesNotExist:
        return False
    return True


def list_groups(brand: str, *, after: str | None, most: int) -> list[tuple[str, Group]]:
    """Groups with their ids, from after one of them."""
    later = GroupRow.sk > after if after else None
    return [(row.sk, _group(brand, row)) for row in GroupRow.query(f"{brand}#G", later, limit=most, consistent_read=True)]


def read_group(brand: str, group: str) -> Group | None:
    try:
        return _group(brand, GroupRow.get(f"{brand}#G", group, consistent_read=True))
    except GroupRow.DoesNotExist:
        return None


def list_held(brand: str, group: str, *, after: str | None, most: int) -> list[Sealed]:
    """Held records of a group, from after one of them."""
    later = HeldRow.sk > after if after else None
    return [_sealed(row) for row in HeldRow.query(f"{brand}#Q#{group}", later, limit=most, consistent_read=True)]


def read_held(brand: str, group: str, held_id: str) -> Sealed | None:
    try:
        return _sealed(HeldRow.get(f"{brand}#Q#{group}", held_id, consistent_read=True))
    except HeldRow.DoesNotExist:
        return None


def release(brand: str, group: str, held_id: str) -> bool:
    """Let a held record go and count one less, both or neither; `False` when it is gone already, or another transaction is in the way."""
    row, counted = HeldRow(f"{brand}#Q#{group}", held_id), GroupRow(f"{brand}#G", group)

    def write(transaction: TransactWrite) -> None:
        transaction.delete(row, condition=HeldRow.pk.exists())
        transaction.update(counted, [GroupRow.held.add(-1)], condition=GroupRow.pk.exists())

    return committed(write)


def _sealed(row: HeldRow) -> Sealed:
    return Sealed(id=row.sk, held_at=moment(row.held_at), sealed=row.sealed)


def _sk(batch: str, place: int) -> str:
    return f"{batch}-{place:04d}"


def _group(brand: str, row: GroupRow) -> Group:
    return Group(
        brand=brand,
        cause=Cause(row.source, row.type, row.reason, int(row.dictionary)),
        count=int(row.held),
        first_at=moment(row.first_at),
        last_at=moment(row.last_at),
        sample=msgspec.json.decode(row.sample),
    )
