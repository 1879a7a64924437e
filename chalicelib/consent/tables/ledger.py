"""The ledger as rows, and what was said kept together with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from pynamodb.attributes import UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, table_name
from chalicelib.consent.tables.contacts import save_side
from chalicelib.consent.words import Contact, Side
from chalicelib.consent.words.ledger import Entry, Kept, Way
from chalicelib.identity.tables.folds import take_turn
from chalicelib.identity.words import Key
from chalicelib.ids import moment_of

LAST = "~"
"""Behind every id."""


class LedgerRow(Row):
    """`pk` `<brand>#I#<identifier's key>`, `sk` `L#<id>`, ids being in order of time. Only ever added. `facts`: what it announces."""

    class Meta(TableMeta):
        table_name = table_name("contacts")

    entry = UnicodeAttribute()
    way = UnicodeAttribute()
    sealed = UnicodeAttribute()
    facts = UnicodeAttribute(null=True)


def keep_told(contact: Contact, after: Mapping[Key, Side], entries: list[Kept], fact: dict[str, Any] | None) -> bool:
    """Keep what somebody said under all their identifiers, and the evidence; `False` when they are not as they were read."""
    changed = [key for key, side in after.items() if side != contact.sides[key]]

    def write(transaction: TransactWrite) -> None:
        for key in changed:
            before = contact.sides[key]
            save_side(transaction, contact.folded.brand, key, before, after[key], version=contact.versions[key])
        for place, kept in enumerate(entries):
            transaction.save(_row(contact.folded.brand, kept, fact if place == 0 else None), condition=LedgerRow.pk.does_not_exist())
        take_turn(transaction, contact.folded)

    return committed(write)


def has_entry(brand: str, key: Key, entry_id: str) -> bool:
    try:
        LedgerRow.get(f"{brand}#I#{key}", f"L#{entry_id}", consistent_read=True)
    except LedgerRow.DoesNotExist:
        return False
    return True


def list_entries(brand: str, key: Key, *, before: str | None, most: int) -> list[Kept]:
    """What was said under one identifier, the latest first, earlier than an entry."""
    until = LedgerRow.sk.between("L#", f"L#{before or LAST}")
    rows = LedgerRow.query(f"{brand}#I#{key}", until, scan_index_forward=False, limit=most + 1, consistent_read=True)
    return [_kept(row) for row in rows if row.sk != f"L#{before}"][:most]


def _row(brand: str, kept: Kept, fact: dict[str, Any] | None) -> LedgerRow:
    return LedgerRow(
        f"{brand}#I#{kept.key}",
        f"L#{kept.id}",
        entry=msgspec.json.encode(kept.entry).decode(),
        way=kept.way.value,
        sealed=kept.sealed,
        facts=None if fact is None else msgspec.json.encode([fact]).decode(),
    )


def _kept(row: LedgerRow) -> Kept:
    entry_id = row.sk.removeprefix("L#")
    return Kept(
        key=row.pk.split("#I#", 1)[1],
        id=entry_id,
        at=moment_of(entry_id),
        way=Way(row.way),
        entry=msgspec.json.decode(row.entry, type=Entry),
        sealed=row.sealed,
    )
