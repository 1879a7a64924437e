"""Receipts that came before we knew what they are of, parked under the other side's id."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.tables import Row, TableMeta, moment, seconds, table_name
from chalicelib.messaging.words import Receipt, State

KEPT_S = 7 * 86400


class ReceiptRow(Row):
    """`pk` `<brand>#R#<account's name>#<provider id>`, `sk` @."""

    class Meta(TableMeta):
        table_name = table_name("messages")

    told = UnicodeAttribute()
    why = UnicodeAttribute(null=True)
    at = NumberAttribute()
    gone_at = NumberAttribute()


def park(brand: str, account: str, receipt: Receipt, *, now: datetime) -> None:
    """Keep a receipt for whoever learns its id. The same again changes nothing."""
    ReceiptRow(
        _pk(brand, account, receipt.provider_id),
        "@",
        told=receipt.told.value,
        why=receipt.why or None,
        at=seconds(receipt.at),
        gone_at=seconds(now) + KEPT_S,
    ).save()


def read_parked(brand: str, account: str, provider_id: str) -> Receipt | None:
    try:
        row = ReceiptRow.get(_pk(brand, account, provider_id), "@", consistent_read=True)
    except ReceiptRow.DoesNotExist:
        return None
    return Receipt(provider_id=provider_id, told=State(row.told), why=row.why or "", at=moment(row.at))


def _pk(brand: str, account: str, provider_id: str) -> str:
    return f"{brand}#R#{account}#{provider_id}"
