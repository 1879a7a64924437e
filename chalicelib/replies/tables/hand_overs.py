"""Who was handed over to human service and waits for a first answer, and how long the others waited."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.accounts.words import Account
from chalicelib.aws.tables import Row, TableMeta, committed, held, moment, seconds, table_name
from chalicelib.replies.words.waiting import Answered, HandedOver

OPEN = "open#"
DONE = "done#"
KEPT = timedelta(days=400)
OPEN_KEPT = timedelta(days=2)
"""Longer than WeChat tells what was said: whoever is still here then was measured by nobody."""


class OpenRow(Row):
    """`pk` `<brand>#service#<account>`, `sk` `open#<identifier's key>`: somebody waits since. The openid is sealed."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    cause = UnicodeAttribute()
    sealed = UnicodeAttribute()
    since = NumberAttribute()
    gone_at = NumberAttribute()


class DoneRow(Row):
    """The same `pk`, `sk` `done#<day it began>#<cause>`. Without `waited_s` nobody answered."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    waited_s = NumberAttribute(null=True)
    gone_at = NumberAttribute()


def open_one(account: Account, waits: HandedOver) -> bool:
    """Somebody waits; `False` when they did already, which counts."""
    row = OpenRow(
        _pk(account),
        OPEN + waits.person,
        cause=waits.cause,
        sealed=waits.sealed,
        since=seconds(waits.since),
        gone_at=seconds(waits.since + OPEN_KEPT),
    )
    return held(lambda: row.save(OpenRow.pk.does_not_exist()))


def list_open(account: Account) -> list[HandedOver]:
    """Everybody who waits."""
    rows = OpenRow.query(_pk(account), OpenRow.sk.startswith(OPEN), consistent_read=True)
    return [HandedOver(row.sk.removeprefix(OPEN), row.cause, row.sealed, moment(row.since)) for row in rows]


def close_one(account: Account, waits: HandedOver, on: date, waited_s: int | None) -> bool:
    """How long somebody waited, counted once; `False` when it was counted before."""
    done = DoneRow(_pk(account), f"{DONE}{on}#{waits.cause}", waited_s=waited_s, gone_at=seconds(waits.since + KEPT))

    def write(transaction: TransactWrite) -> None:
        transaction.delete(OpenRow(_pk(account), OPEN + waits.person), condition=OpenRow.cause == waits.cause)
        transaction.save(done)

    return committed(write)


def list_done(account: Account, first: date, last: date) -> Iterator[Answered]:
    """Everybody who was handed over on these days and waits no more."""
    span = DoneRow.sk.between(f"{DONE}{first}", f"{DONE}{last}#~")
    for row in DoneRow.query(_pk(account), span):
        yield Answered(date.fromisoformat(row.sk.split("#")[1]), None if row.waited_s is None else int(row.waited_s))


def _pk(account: Account) -> str:
    return f"{account.brand}#service#{account.name}"
