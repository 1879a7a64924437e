"""What is done once: marks of popups that were counted, and receipts of what went."""

from __future__ import annotations

from datetime import datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, held, seconds, table_name
from chalicelib.consent.tables.contacts import keep_side
from chalicelib.consent.words import Side
from chalicelib.consent.words.receipts import Receipt
from chalicelib.identity.words import Key

MARKED_S = 100 * 86400
"""Longer than a callback may be worked off again."""
LAST = "~"


class MarkRow(Row):
    """`pk` `<brand>#I#<openid's key>`, `sk` `E#<what was heard>`: it is counted."""

    class Meta(TableMeta):
        table_name = table_name("contacts")

    gone_at = NumberAttribute()


class ReceiptRow(Row):
    """`pk` `<brand>#R`, `sk` the receipt's id, in order of time."""

    class Meta(TableMeta):
        table_name = table_name("contacts")

    receipt = UnicodeAttribute()


def was_heard(brand: str, key: Key, mark: str) -> bool:
    try:
        MarkRow.get(f"{brand}#I#{key}", f"E#{mark}", consistent_read=True)
    except MarkRow.DoesNotExist:
        return False
    return True


def keep_heard(brand: str, key: Key, before: Side, after: Side, *, version: int, mark: str, now: datetime) -> bool:
    """Change what lies under an identifier and say that this is heard; `False` when it was, or somebody is in the way."""
    row = MarkRow(f"{brand}#I#{key}", f"E#{mark}", gone_at=seconds(now) + MARKED_S)

    def say(transaction: TransactWrite) -> None:
        transaction.save(row, condition=MarkRow.pk.does_not_exist())

    return keep_side(brand, key, before, after, version=version, also=say)


def keep_receipt(brand: str, receipt: Receipt) -> bool:
    """Keep a receipt; `False` when it was given before."""
    row = ReceiptRow(f"{brand}#R", receipt.id, receipt=msgspec.json.encode(receipt).decode())
    return held(lambda: row.save(ReceiptRow.pk.does_not_exist()))


def has_receipt(brand: str, receipt_id: str) -> bool:
    try:
        ReceiptRow.get(f"{brand}#R", receipt_id, consistent_read=True)
    except ReceiptRow.DoesNotExist:
        return False
    return True


def list_receipts(brand: str, *, before: str | None, most: int) -> list[Receipt]:
    """Receipts earlier than one, the latest first."""
    until = ReceiptRow.sk < (before or LAST)
    rows = ReceiptRow.query(f"{brand}#R", until, scan_index_forward=False, limit=most, consistent_read=True)
    return [msgspec.json.decode(row.receipt, type=Receipt) for row in rows]
