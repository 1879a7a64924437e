"""The registry as rows: each entry, and which stand at a placement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, moment, seconds, table_name
from chalicelib.entries.words import Entry, Lead, Placement


class EntryRow(Row):
    """`pk` `<brand>#E#<code>`, `sk` @. `origin` and `fingerprint`: by which order it was made, so that it is made once."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    placement = UnicodeAttribute()
    account = UnicodeAttribute(default="")
    lead = UnicodeAttribute()
    revision = NumberAttribute()
    made_at = NumberAttribute()
    changed_at = NumberAttribute()
    by = UnicodeAttribute()
    retired_at = NumberAttribute(null=True)
    origin = UnicodeAttribute()
    fingerprint = UnicodeAttribute()


class ListedRow(Row):
    """`pk` `<brand>#E`, `sk` `<placement>#<code>`. `costs_until`: the last day that costs something, where one does."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    costs_until = UnicodeAttribute(null=True)


class LookRow(Row):
    """`pk` `<brand>#E#look`, `sk` `<second, twelve digits>#<code>`: look after an entry's links from then on."""

    class Meta(TableMeta):
        table_name = table_name("documents")


class Origin(msgspec.Struct, frozen=True):
    """Which order made an entry: its key, and what it said."""

    key: str
    fingerprint: str


def keep_new(entry: Entry, origin: Origin) -> bool:
    """Keep a new entry, list it and have its links looked after, all or nothing; `False` when its code is taken."""
    row = _row(entry)
    row.origin, row.fingerprint = origin.key, origin.fingerprint

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=EntryRow.pk.does_not_exist())
        transaction.save(_listed(entry))
        transaction.save(LookRow(look_pk(entry.brand), look_sk(entry, entry.made_at)))

    return committed(write)


def read_entry(brand: str, code: str) -> Entry | None:
    try:
        return to_entry(EntryRow.get(pk_of(brand, code), "@", consistent_read=True))
    except EntryRow.DoesNotExist:
        return None


def read_origin(brand: str, code: str) -> Origin | None:
    """By which order an entry was made."""
    try:
        row = EntryRow.get(pk_of(brand, code), "@", consistent_read=True)
    except EntryRow.DoesNotExist:
        return None
    return Origin(row.origin, row.fingerprint)


def list_places(brand: str, placement: Placement | None, *, after: str | None, most: int) -> list[str]:
    """The next entries as `<placement>#<code>`, of one placement or of all, in this order."""
    within = f"{placement.value}#" if placement else ""
    start = {"pk": {"S": f"{brand}#E"}, "sk": {"S": after}} if after else None
    beginning = ListedRow.sk.startswith(within) if within else None
    rows = ListedRow.query(f"{brand}#E", beginning, last_evaluated_key=start, limit=most, consistent_read=True)
    return [row.sk for row in rows]


def list_costing(brand: str, since: date, *, most: int) -> list[str]:
    """The codes of those among the first `most` entries that cost something on this day or later."""
    rows = ListedRow.query(f"{brand}#E", limit=most, consistent_read=True)
    return [row.sk.partition("#")[2] for row in rows if row.costs_until and row.costs_until >= str(since)]


def read_entries(brand: str, codes: Iterable[str]) -> dict[str, Entry]:
    """Entries by their codes."""
    rows = EntryRow.batch_get([(pk_of(brand, code), "@") for code in codes], consistent_read=True)
    return {entry.id: entry for entry in map(to_entry, rows)}


def change(before: Entry, after: Entry) -> bool:
    """Keep what changed of an entry and have its links looked after, both or neither; `False` when somebody has changed it meanwhile."""
    row = _row(after)
    changes: list[Any] = [
        EntryRow.lead.set(row.lead),
        EntryRow.revision.set(row.revision),
        EntryRow.changed_at.set(row.changed_at),
        EntryRow.by.set(row.by),
    ]
    if after.retired_at is not None:
        changes.append(EntryRow.retired_at.set(seconds(after.retired_at)))

    def write(transaction: TransactWrite) -> None:
        transaction.update(EntryRow(row.pk, "@"), changes, condition=EntryRow.revision == before.revision)
        transaction.save(LookRow(look_pk(after.brand), look_sk(after, after.changed_at)))
        if after.lead.costs != before.lead.costs:
            transaction.save(_listed(after))

    return committed(write)


def pk_of(brand: str, code: str) -> str:
    return f"{brand}#E#{code}"


def look_pk(brand: str) -> str:
    return f"{brand}#E#look"


def look_sk(entry: Entry, at: datetime) -> str:
    return f"{seconds(at):012d}#{entry.id}"


def to_entry(row: EntryRow) -> Entry:
    brand, code = row.pk.split("#E#", 1)
    return Entry(
        brand=brand,
        id=code,
        placement=Placement(row.placement),
        account=row.account or "",
        lead=msgspec.json.decode(row.lead, type=Lead),
        revision=int(row.revision),
        made_at=moment(row.made_at),
        changed_at=moment(row.changed_at),
        by=row.by,
        retired_at=None if row.retired_at is None else moment(row.retired_at),
    )


def _listed(entry: Entry) -> ListedRow:
    until = max((cost.last for cost in entry.lead.costs), default=None)
    return ListedRow(f"{entry.brand}#E", f"{entry.placement.value}#{entry.id}", costs_until=None if until is None else str(until))


def _row(entry: Entry) -> EntryRow:
    return EntryRow(
        pk_of(entry.brand, entry.id),
        "@",
        placement=entry.placement.value,
        account=entry.account,
        lead=msgspec.json.encode(entry.lead).decode(),
        revision=entry.revision,
        made_at=seconds(entry.made_at),
        changed_at=seconds(entry.changed_at),
        by=entry.by,
    )
