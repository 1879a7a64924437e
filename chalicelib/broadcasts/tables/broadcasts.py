"""Broadcasts as rows, and the list of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, held, moment, seconds, table_name
from chalicelib.broadcasts.words import Broadcast, State

KEPT_S = 90 * 86400


class BroadcastRow(Row):
    """`pk` `<brand>#B#<id>`, `sk` @. `sealed`: what it says, and where its people are read from."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    state = UnicodeAttribute()
    sealed = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    started_at = NumberAttribute()
    begins_at = NumberAttribute()
    by = UnicodeAttribute()
    per_minute = NumberAttribute()
    laid = NumberAttribute()
    position = UnicodeAttribute(default="")
    parts = NumberAttribute()
    parts_done = NumberAttribute()
    people = NumberAttribute()
    waits_until = NumberAttribute(null=True)
    why = UnicodeAttribute(default="")
    overridden = NumberAttribute(default=0)
    version = NumberAttribute()
    gone_at = NumberAttribute()


class ListedRow(Row):
    """`pk` `<brand>#B`, `sk` `<second>#<id>`: a broadcast in the list, as long as its own row is there."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    gone_at = NumberAttribute()


def begin(broadcast: Broadcast) -> bool:
    """Keep a new broadcast and list it, both or neither; `False` when there is one of this id."""
    started = seconds(broadcast.started_at)
    gone_at = seconds(broadcast.begins_at) + KEPT_S
    row = BroadcastRow(
        pk_of(broadcast.brand, broadcast.id),
        "@",
        state=broadcast.state.value,
        sealed=broadcast.sealed,
        fingerprint=broadcast.fingerprint,
        started_at=started,
        begins_at=seconds(broadcast.begins_at),
        by=broadcast.by,
        per_minute=broadcast.per_minute,
        laid=int(broadcast.laid),
        position=broadcast.position,
        parts=broadcast.parts,
        parts_done=broadcast.parts_done,
        people=broadcast.people,
        overridden=int(broadcast.overridden),
        version=broadcast.version,
        gone_at=gone_at,
    )

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=BroadcastRow.pk.does_not_exist())
        transaction.save(ListedRow(f"{broadcast.brand}#B", f"{started:012d}#{broadcast.id}", gone_at=gone_at))

    return committed(write)


def read_broadcast(brand: str, broadcast_id: str) -> Broadcast | None:
    try:
        return _broadcast(BroadcastRow.get(pk_of(brand, broadcast_id), "@", consistent_read=True))
    except BroadcastRow.DoesNotExist:
        return None


def list_places(brand: str, *, before: str | None, most: int) -> list[str]:
    """Where broadcasts stand in the list, the latest first: `<second>#<id>`."""
    earlier = None if before is None else ListedRow.sk < before
    return [str(row.sk) for row in ListedRow.query(f"{brand}#B", earlier, scan_index_forward=False, limit=most)]


def read_broadcasts(brand: str, ids: Iterable[str]) -> dict[str, Broadcast]:
    """Broadcasts by their ids, those that are kept."""
    rows = BroadcastRow.batch_get([(pk_of(brand, each), "@") for each in ids], consistent_read=True)
    return {each.id: each for each in map(_broadcast, rows)}


def move_on(broadcast: Broadcast) -> bool:
    """Keep how far its source is read; `False` when somebody else has read on since."""
    row = BroadcastRow(pk_of(broadcast.brand, broadcast.id), "@")
    told: list[Action] = [
        BroadcastRow.laid.set(int(broadcast.laid)),
        BroadcastRow.position.set(broadcast.position),
        BroadcastRow.parts.set(broadcast.parts),
        BroadcastRow.people.set(broadcast.people),
        BroadcastRow.version.set(broadcast.version),
    ]
    return held(lambda: row.update(told, condition=BroadcastRow.version == broadcast.version - 1))


def turn(broadcast: Broadcast, state: State, also: Callable[[TransactWrite], None], why: str = "", *, overridden: bool = False) -> bool:
    """Let it run, pause or stop it, in one transaction with somebody else's writes; `False` when it does not stand as it was read.

    `overridden`: its texts are let through from now on.
    """

    def write(transaction: TransactWrite) -> None:
        row = BroadcastRow(pk_of(broadcast.brand, broadcast.id), "@")
        told: list[Action] = [BroadcastRow.state.set(state.value), BroadcastRow.waits_until.remove(), BroadcastRow.why.set(why)]
        if overridden:
            told.append(BroadcastRow.overridden.set(1))
        transaction.update(row, actions=told, condition=BroadcastRow.state == broadcast.state.value)
        also(transaction)

    return committed(write)


def wait(broadcast: Broadcast, until: datetime, why: str) -> None:
    """Nothing of it goes before a moment, if it still runs: of one that was paused or stopped meanwhile it stays told why."""
    row = BroadcastRow(pk_of(broadcast.brand, broadcast.id), "@")
    told: list[Action] = [BroadcastRow.waits_until.set(seconds(until)), BroadcastRow.why.set(why)]
    held(lambda: row.update(told, condition=BroadcastRow.state == State.running.value))


def count_part_done(transaction: TransactWrite, brand: str, broadcast_id: str) -> None:
    """One part more is done, in the transaction that keeps it so."""
    transaction.update(BroadcastRow(pk_of(brand, broadcast_id), "@"), actions=[BroadcastRow.parts_done.add(1)])


def pk_of(brand: str, broadcast_id: str) -> str:
    return f"{brand}#B#{broadcast_id}"


def _broadcast(row: BroadcastRow) -> Broadcast:
    brand, broadcast_id = row.pk.split("#B#", 1)
    return Broadcast(
        brand=brand,
        id=broadcast_id,
        state=State(row.state),
        sealed=row.sealed,
        fingerprint=row.fingerprint,
        started_at=moment(row.started_at),
        begins_at=moment(row.begins_at),
        by=row.by,
        per_minute=int(row.per_minute),
        laid=bool(row.laid),
        position=row.position,
        parts=int(row.parts),
        parts_done=int(row.parts_done),
        people=int(row.people),
        waits_until=None if row.waits_until is None else moment(row.waits_until),
        why=row.why,
        overridden=bool(row.overridden),
        version=int(row.version),
    )
