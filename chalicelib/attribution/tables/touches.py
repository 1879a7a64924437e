"""Touches as rows, each once, under the identifier that brought them or the visit of a link; and which visits were whose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.attribution.words import Touch
from chalicelib.aws.tables import Row, TableMeta, seconds, table_name

KEPT_FOR = timedelta(days=730)


class TouchRow(Row):
    """`pk` `<brand>#T#<identifier or visit>`, `sk` `E#<milliseconds>#<id>`, or `D#…` where no entry is named. Written once."""

    class Meta(TableMeta):
        table_name = table_name("touches")

    touch = UnicodeAttribute()
    gone_at = NumberAttribute()


class BindingRow(Row):
    """The visit of a link and who it turned out to be: `sk` `V#<visit>` under the identifier, `K#<identifier>` under the visit."""

    class Meta(TableMeta):
        table_name = table_name("touches")

    gone_at = NumberAttribute()


class _AnyRow(Row):
    """Touches and visits, in one query."""

    class Meta(TableMeta):
        table_name = table_name("touches")

    touch = UnicodeAttribute(null=True)


def save_touch(transaction: TransactWrite, brand: str, owner: str, touch: Touch) -> None:
    """A touch's row, as part of the transaction that counts it; fails when it was kept before."""
    transaction.save(_row(brand, owner, touch), condition=TouchRow.pk.does_not_exist())


def has_touch(brand: str, owner: str, touch: Touch) -> bool:
    try:
        TouchRow.get(_pk(brand, owner), _sk(touch), consistent_read=True)
    except TouchRow.DoesNotExist:
        return False
    return True


def bind_visit(brand: str, visit_owner: str, owner: str, *, now: datetime) -> None:
    """Keep that whoever opened a link is this identifier; said twice it is the same. Who hears of a touch of the visit finds both."""
    gone_at = seconds(now + KEPT_FOR)
    BindingRow(_pk(brand, visit_owner), f"K#{owner}", gone_at=gone_at).save()
    BindingRow(_pk(brand, owner), f"V#{visit_owner}", gone_at=gone_at).save()


def list_owners_of_visit(brand: str, visit_owner: str) -> list[str]:
    """The identifiers a visit turned out to be of."""
    rows = _AnyRow.query(_pk(brand, visit_owner), _AnyRow.sk.startswith("K#"), consistent_read=True)
    return [row.sk.removeprefix("K#") for row in rows]


def list_visits(brand: str, owner: str) -> list[str]:
    """The visits of links that turned out to be of an identifier."""
    rows = _AnyRow.query(_pk(brand, owner), _AnyRow.sk.startswith("V#"), consistent_read=True)
    return [row.sk.removeprefix("V#") for row in rows]


def list_named(brand: str, owner: str, *, since: datetime) -> tuple[list[Touch], list[str]]:
    """An identifier's touches that name an entry, from a moment on, and the visits that were its: one query, as of now."""
    rows = list(_AnyRow.query(_pk(brand, owner), _AnyRow.sk >= f"E#{_milliseconds(since):015d}", consistent_read=True))
    touches = [_touch(row) for row in rows if row.sk.startswith("E#")]
    return touches, [row.sk.removeprefix("V#") for row in rows if row.sk.startswith("V#")]


def find_end(brand: str, owner: str, *, latest: bool) -> Touch | None:
    """An identifier's first or last touch that names an entry."""
    rows = _AnyRow.query(_pk(brand, owner), _AnyRow.sk.startswith("E#"), scan_index_forward=not latest, limit=1, consistent_read=True)
    return next((_touch(row) for row in rows), None)


def list_latest(brand: str, owner: str, *, before: tuple[datetime, str] | None, most: int) -> Iterable[Touch]:
    """An identifier's touches, those that name an entry and those that do not, the latest first and so many of each."""
    for kind in "DE":
        until = f"{kind}$" if before is None else f"{kind}#{_milliseconds(before[0]):015d}#{before[1]}"
        rows = _AnyRow.query(_pk(brand, owner), _AnyRow.sk.between(f"{kind}#", until), scan_index_forward=False, limit=most + 1)
        yield from (touch for touch in map(_touch, rows) if before is None or touch.place < before)


def _row(brand: str, owner: str, touch: Touch) -> TouchRow:
    told = msgspec.json.encode(touch).decode()
    return TouchRow(_pk(brand, owner), _sk(touch), touch=told, gone_at=seconds(touch.at + KEPT_FOR))


def _pk(brand: str, owner: str) -> str:
    return f"{brand}#T#{owner}"


def _sk(touch: Touch) -> str:
    return f"{'E' if touch.entry else 'D'}#{_milliseconds(touch.at):015d}#{touch.id}"


def _milliseconds(at: datetime) -> int:
    return max(round(at.astimezone(UTC).timestamp() * 1000), 0)


def _touch(row: _AnyRow) -> Touch:
    return msgspec.json.decode(row.touch or "", type=Touch)
