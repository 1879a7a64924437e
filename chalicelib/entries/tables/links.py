"""Links of entries as rows beside their entry, and when each entry's are looked after."""

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


class AskingRow(Row):
    """`pk` `<brand>#E#asking`, `sk` `<code>#<kind>#<mark>`: somebody asks WeChat for this link, until `gone_at` at the latest."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    lease = UnicodeAttribute()
    gone_at = NumberAttribute()


class WholeRow(EntryRow):
    """An entry, or a link of it: what lies under one `pk`."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    value = UnicodeAttribute(null=True)
    ends_at = NumberAttribute(null=True)
    trouble = UnicodeAttribute(null=True)


def read_opened(brand: str, code: str, *, newest: bool = True) -> Opened | None:
    """An entry with its links, by one query; for visitors it may be a moment old."""
    entry, links = None, []
    for row in WholeRow.query(pk_of(brand, code), consistent_read=newest):
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


def claim_asking(entry: Entry, kind: LinkKind, mark: str, lease: str, *, now: datetime, until: datetime) -> bool:
    """Become the only one that asks WeChat for a link; `False` while somebody else does."""
    row = _asking(entry, kind, mark)
    row.lease, row.gone_at = lease, seconds(until)
    own = AskingRow.lease == lease  # the answer to the same write may have been lost
    return held(lambda: row.save(AskingRow.pk.does_not_exist() | (AskingRow.gone_at < seconds(now)) | own))


def release_asking(entry: Entry, kind: LinkKind, mark: str, lease: str) -> None:
    """The next may ask."""
    held(lambda: _asking(entry, kind, mark).delete(AskingRow.lease == lease))


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


def _asking(entry: Entry, kind: LinkKind, mark: str) -> AskingRow:
    return AskingRow(f"{entry.brand}#E#asking", f"{entry.id}#{kind.value}#{mark}")


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
