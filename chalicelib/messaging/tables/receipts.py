"""Receipts that came before we knew what they are of, parked under the other side's id, or beside the one step they may be of."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.tables import Row, TableMeta, moment, seconds, table_name
from chalicelib.messaging.words import Receipt, State

KEPT_S = 7 * 86400


class ReceiptRow(Row):
    """`pk` `<brand>#R#<account's name>#<provider id>`, `sk` @; or `pk` `<brand>#M#<message's id>`, `sk` `receipt#<step>`."""

    class Meta(TableMeta):
        table_name = table_name("messages")

    provider_id = UnicodeAttribute()
    told = UnicodeAttribute()
    why = UnicodeAttribute(null=True)
    at = NumberAttribute()
    gone_at = NumberAttribute()


def park(brand: str, account: str, receipt: Receipt, *, now: datetime) -> None:
    """Keep a receipt for whoever learns its id. The same again changes nothing."""
    _put(_by_id(brand, account, receipt.provider_id), receipt, now=now)


def park_beside(brand: str, message: str, step: int, receipt: Receipt, *, now: datetime) -> None:
    """Keep a receipt for the one step of a message it may be of, whose own answer is still waited for."""
    _put(_beside(brand, message, step), receipt, now=now)


def read_parked(brand: str, account: str, provider_id: str) -> Receipt | None:
    return _read(_by_id(brand, account, provider_id))


def read_beside(brand: str, message: str, step: int) -> Receipt | None:
    return _read(_beside(brand, message, step))


def _put(keys: tuple[str, str], receipt: Receipt, *, now: datetime) -> None:
    ReceiptRow(
        *keys,
        provider_id=receipt.provider_id,
        told=receipt.told.value,
        why=receipt.why or None,
        at=seconds(receipt.at),
        gone_at=seconds(now) + KEPT_S,
    ).save()


def _read(keys: tuple[str, str]) -> Receipt | None:
    try:
        row = ReceiptRow.get(*keys, consistent_read=True)
    except ReceiptRow.DoesNotExist:
        return None
    return Receipt(provider_id=row.provider_id, told=State(row.told), why=row.why or "", at=moment(row.at))


def _by_id(brand: str, account: str, provider_id: str) -> tuple[str, str]:
    return f"{brand}#R#{account}#{provider_id}", "@"


def _beside(brand: str, message: str, step: int) -> tuple[str, str]:
    return f"{brand}#M#{message}", f"receipt#{step}"
