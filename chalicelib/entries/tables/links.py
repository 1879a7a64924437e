"""Links of entries as rows beside their entry, when each entry's are looked after, and what a day's quota has left."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, held, moment, seconds, table_name
from chalicelib.entries.tables.registry import EntryRow, LookRow, look_pk, look_sk, pk_of, to_entry
from chalicelib.entries.words import Entry
from chalicelib.entries.words.links import Link, LinkKind, Opened


class LinkRow(Row):
    """`pk` of the entry, `sk` `link#<kind>#<mark>`."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    value = UnicodeAttribute(default="")
    made_at = NumberAttribute()
    ends_at = NumberAttribute(null=True)
    trouble = UnicodeAttribute(null=True)


class UsedRow(Row):
    """`pk` `<brand>#E#used`, `sk` `<what>#<account>#<day>`: how many were asked of WeChat."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    used = NumberAttribute()


class WholeRow(EntryRow):
    """An entry, or a link of it: what lies under one `pk`."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    value = UnicodeAttribute(null=True)
    ends_at = NumberAttribute(null=True)
    trouble = UnicodeAttribute(null=True)


def read_opened(brand: str, code: str) -> Opened | None:
    """An entry with its links, by one query."""
    entry, links = None, []
    for row in WholeRow.query(pk_of(brand, code)):
        if row.sk == "@":
            entry = to_entry(row)
        else:
            links.append(_link(row))
    return None if entry is None else Opened(entry=entry, links=tuple(links))


def keep_link(entry: Entry, link: Link) -> None:
    """Keep a link, in the place of the one before it."""
    LinkRow(
        pk_of(entry.brand, entry.id),
        _sk(link),
        value=link.value,
        made_at=seconds(link.made_at),
        ends_at=None if link.ends_at is None else seconds(link.ends_at),
        trouble=link.trouble or None,
    ).save()


def drop_link(entry: Entry, link: Link) -> None:
    LinkRow(pk_of(entry.brand, entry.id), _sk(link)).delete()


def list_looks(brand: str, now: datetime, *, most: int) -> list[tuple[str, str]]:
    """What is due, the oldest first: each look's own key, and the entry's code."""
    rows = LookRow.query(look_pk(brand), LookRow.sk < f"{seconds(now) + 1:012d}", limit=most, consistent_read=True)
    return [(row.sk, row.sk.partition("#")[2]) for row in rows]


def finish_look(brand: str, look: str, entry: Entry | None, following: datetime | None) -> bool:
    """Take a look that was done away and plan the one that follows, both or neither."""
    after = None if entry is None or following is None else look_sk(entry, following)
    if after == look:
        return True

    def write(transaction: TransactWrite) -> None:
        transaction.delete(LookRow(look_pk(brand), look))
        if after is not None:
            transaction.save(LookRow(look_pk(brand), after))

    return committed(write)


def spend(brand: str, what: str, *, most: int) -> bool:
    """Count one more that is asked of WeChat; `False` when there are as many as may be."""
    row = UsedRow(f"{brand}#E#used", what)
    free = UsedRow.used.does_not_exist() | (UsedRow.used < most)
    return held(lambda: row.update([UsedRow.used.add(1)], condition=free))


def give_back(brand: str, what: str) -> None:
    """Count one less: WeChat was not asked, or did not do it."""
    held(lambda: UsedRow(f"{brand}#E#used", what).update([UsedRow.used.add(-1)], condition=UsedRow.used > 0))


def read_used(brand: str, what: str) -> int:
    try:
        return int(UsedRow.get(f"{brand}#E#used", what, consistent_read=True).used)
    except UsedRow.DoesNotExist:
        return 0


def _sk(link: Link) -> str:
    return f"link#{link.kind.value}#{link.mark}"


def _link(row: Any) -> Link:
    _, kind, mark = row.sk.split("#")
    return Link(
        kind=LinkKind(kind),
        mark=mark,
        value=row.value or "",
        made_at=moment(row.made_at),
        ends_at=None if row.ends_at is None else moment(row.ends_at),
        trouble=row.trouble or "",
    )
