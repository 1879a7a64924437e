"""Groups, their seats, and when each is over, as rows.

A seat is taken in one transaction with the group's count, the seat's own row, the order's row and a look at the person, so that a group is
never fuller than it is large, nobody sits twice and no order pays for two seats.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.aws import due
from chalicelib.aws.tables import Row, TableMeta, committed, moment, seconds, table_name
from chalicelib.due import place
from chalicelib.identity.tables.folds import check_standing
from chalicelib.identity.words import Folded, Key
from chalicelib.offers.words.groups import Group, Seat


class GroupRow(Row):
    """`pk` `<brand>#G#<id>`, `sk` @."""

    class Meta(TableMeta):
        table_name = table_name("offers")

    offer = UnicodeAttribute()
    size = NumberAttribute()
    price_fen = NumberAttribute()
    taken = NumberAttribute()
    opened_at = NumberAttribute()
    deadline = NumberAttribute()
    failed = BooleanAttribute(null=True)


class SeatRow(Row):
    """`pk` of its group, `sk` `S#<identifier's key>`."""

    class Meta(TableMeta):
        table_name = table_name("offers")

    order = UnicodeAttribute()
    at = NumberAttribute()


class SeatedOrderRow(Row):
    """`pk` `<brand>#GO#<order>`, `sk` @: this order has its seat. Money moves once for each order."""

    class Meta(TableMeta):
        table_name = table_name("offers")

    group = UnicodeAttribute()


class EndRow(Row):
    """`pk` of its group, `sk` Z: how it ended, announced."""

    class Meta(TableMeta):
        table_name = table_name("offers")

    facts = UnicodeAttribute()
    at = NumberAttribute()


class DueRow(due.DueRow):
    """A group by its id, at its deadline."""

    class Meta(TableMeta):
        table_name = table_name("offers")


class WatermarkRow(due.WatermarkRow):
    """How far deadlines are swept."""

    class Meta(TableMeta):
        table_name = table_name("offers")


DUE = due.DueRows(DueRow, WatermarkRow)


def open_group(group: Group, folded: Folded, seat: Seat) -> bool:
    """Keep a new group with its first seat and its deadline; `False` when its id or the order is taken, or the person has changed."""
    planned = place(group.brand, group.id, group.deadline)
    row = GroupRow(
        _pk(group.brand, group.id),
        "@",
        offer=group.offer,
        size=group.size,
        price_fen=group.price_fen,
        taken=group.taken,
        opened_at=seconds(group.opened_at),
        deadline=seconds(group.deadline),
    )

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=GroupRow.pk.does_not_exist())
        transaction.save(DueRow(planned.pk, planned.sk))
        _take_seat(transaction, group, folded, seat)

    return committed(write)


def join_group(group: Group, folded: Folded, seat: Seat, *, now: datetime) -> bool:
    """Take one more seat of an open group; `False` when anything of it is not as it was read. The last seat announces that it is filled."""
    is_last = group.taken == group.size - 1
    is_open = GroupRow.failed.does_not_exist() & (GroupRow.deadline > seconds(now))
    has_room = GroupRow.taken == group.size - 1 if is_last else GroupRow.taken < group.size - 1

    def write(transaction: TransactWrite) -> None:
        transaction.update(GroupRow(_pk(group.brand, group.id), "@"), [GroupRow.taken.add(1)], condition=is_open & has_room)
        _take_seat(transaction, group, folded, seat)
        if is_last:
            _announce(transaction, group, "group.filled", now)

    return committed(write)


def fail_group(group: Group, *, now: datetime) -> bool:
    """Say that a group was short at its deadline, and announce it; `False` when it was not, or is said already."""
    short = (GroupRow.taken < group.size) & (GroupRow.deadline <= seconds(now)) & GroupRow.failed.does_not_exist()
    changes: list[Action] = [GroupRow.failed.set(True)]

    def write(transaction: TransactWrite) -> None:
        transaction.update(GroupRow(_pk(group.brand, group.id), "@"), changes, condition=short)
        _announce(transaction, group, "group.failed", now)

    return committed(write)


def read_group(brand: str, group_id: str) -> Group | None:
    try:
        row = GroupRow.get(_pk(brand, group_id), "@", consistent_read=True)
    except GroupRow.DoesNotExist:
        return None
    return Group(
        brand=brand,
        id=group_id,
        offer=row.offer,
        size=int(row.size),
        price_fen=int(row.price_fen),
        taken=int(row.taken),
        opened_at=moment(row.opened_at),
        deadline=moment(row.deadline),
        failed=bool(row.failed),
    )


def read_seats(brand: str, group_id: str, keys: Iterable[Key]) -> list[Seat]:
    """The seats that some identifiers have, as of now: one batch."""
    rows = SeatRow.batch_get([(_pk(brand, group_id), f"S#{key}") for key in keys], consistent_read=True)
    return [_seat(row) for row in rows]


def list_seats(brand: str, group_id: str) -> list[Seat]:
    """Everybody in a group, in the order they came."""
    rows = SeatRow.query(_pk(brand, group_id), SeatRow.sk.startswith("S#"), consistent_read=True)
    return sorted(map(_seat, rows), key=lambda seat: (seat.at, seat.key))


def group_of_order(brand: str, order: str) -> str | None:
    """The group an order has its seat in."""
    try:
        return str(SeatedOrderRow.get(_order_pk(brand, order), "@", consistent_read=True).group)
    except SeatedOrderRow.DoesNotExist:
        return None


def _take_seat(transaction: TransactWrite, group: Group, folded: Folded, seat: Seat) -> None:
    row = SeatRow(_pk(group.brand, group.id), f"S#{seat.key}", order=seat.order, at=seconds(seat.at))
    transaction.save(row, condition=SeatRow.pk.does_not_exist())
    for key in folded.keys:
        if str(key) != seat.key:
            transaction.condition_check(SeatRow, _pk(group.brand, group.id), f"S#{key}", condition=SeatRow.pk.does_not_exist())
    order = SeatedOrderRow(_order_pk(group.brand, seat.order), "@", group=group.id)
    transaction.save(order, condition=SeatedOrderRow.pk.does_not_exist())
    check_standing(transaction, folded)


def _announce(transaction: TransactWrite, group: Group, kind: str, now: datetime) -> None:
    """Once: the group's own condition, in the same transaction, holds for one of all who fill or fail it."""
    facts = msgspec.json.encode([{"kind": kind, "body": {"group": group.id, "offer": group.offer}}]).decode()
    transaction.save(EndRow(_pk(group.brand, group.id), "Z", facts=facts, at=seconds(now)))


def _pk(brand: str, group_id: str) -> str:
    return f"{brand}#G#{group_id}"


def _order_pk(brand: str, order: str) -> str:
    return f"{brand}#GO#{order}"


def _seat(row: SeatRow) -> Seat:
    return Seat(key=row.sk.removeprefix("S#"), order=row.order, at=moment(row.at))
