"""Follows that callbacks told of, each once, and each day's comparison with WeChat's count, as rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.tables import Row, TableMeta, seconds, table_name
from chalicelib.pulls.words import Heard, Reconciled

KEPT_S = 40 * 86_400
"""Longer than a callback may come late and still be compared."""
IN, OUT = "in", "out"


class HeardRow(Row):
    """`pk` `<brand>#H#<account>#<day>`, `sk` `<in or out>#<WeChat's time>#<hash of the openid>`: heard ten times, it is one row."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    gone_at = NumberAttribute()


class ReconciledRow(Row):
    """`pk` `<brand>#R#<account>`, `sk` the day. Counted again, it takes the place of the count before."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    counted = UnicodeAttribute()


def keep_heard(brand: str, account: str, day: date, openid_hash: str, *, follows: bool, at: datetime) -> None:
    """Keep that a callback told of a follow, or of its end."""
    row = HeardRow(_heard_pk(brand, account, day), f"{IN if follows else OUT}#{seconds(at)}#{openid_hash}", gone_at=seconds(at) + KEPT_S)
    row.save()


def count_heard(brand: str, account: str, day: date) -> Heard:
    """How many follows, and ends of them, callbacks told of."""
    followed, unfollowed = (
        HeardRow.count(_heard_pk(brand, account, day), HeardRow.sk.startswith(f"{kind}#"), consistent_read=True) for kind in (IN, OUT)
    )
    return Heard(followed, unfollowed)


def keep_reconciled(brand: str, account: str, reconciled: Reconciled) -> None:
    ReconciledRow(f"{brand}#R#{account}", str(reconciled.day), counted=msgspec.json.encode(reconciled).decode()).save()


def list_reconciled(brand: str, account: str, *, first: date, last: date) -> Iterable[Reconciled]:
    """The days that were compared, the earliest first."""
    rows = ReconciledRow.query(f"{brand}#R#{account}", ReconciledRow.sk.between(str(first), str(last)))
    return (msgspec.json.decode(row.counted, type=Reconciled) for row in rows)


def _heard_pk(brand: str, account: str, day: date) -> str:
    return f"{brand}#H#{account}#{day}"
