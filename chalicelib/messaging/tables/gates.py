"""Whether the messages of a group may go, as rows."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, seconds, table_name
from chalicelib.messaging.tables.messages import KEPT_S
from chalicelib.messaging.words import Gate


class GateRow(Row):
    """`pk` `<brand>#G#<group>`, `sk` @."""

    class Meta(TableMeta):
        table_name = table_name("messages")

    gate = UnicodeAttribute()
    gone_at = NumberAttribute(null=True)


def put(transaction: TransactWrite, brand: str, group: str, gate: Gate, *, now: datetime) -> None:
    """Open, pause or close a group, together with what its owner writes about it. A group ends, and so does its gate."""
    transaction.save(GateRow(f"{brand}#G#{group}", "@", gate=gate.value, gone_at=seconds(now) + KEPT_S))


def put_for_good(transaction: TransactWrite, brand: str, name: str, gate: Gate) -> None:
    """The same of what has no end: it stays as it is until somebody says otherwise."""
    transaction.save(GateRow(f"{brand}#G#{name}", "@", gate=gate.value))


def read(brand: str, group: str) -> Gate:
    try:
        return Gate(GateRow.get(f"{brand}#G#{group}", "@", consistent_read=True).gate)
    except GateRow.DoesNotExist:
        return Gate.open
