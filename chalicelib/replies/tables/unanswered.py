"""Texts that matched nothing, counted by account and day; each message once."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.accounts.words import Account
from chalicelib.aws.tables import Row, TableMeta, committed, moment, seconds, table_name
from chalicelib.errors import Busy
from chalicelib.replies.words.unanswered import MOST_TEXTS

KEPT = timedelta(days=90)
REMEMBERED = timedelta(days=8)
"""Longer than a callback waits on its queue and to be redriven at once."""
TRIES = 3
HEAD = "@"
TEXT = "t#"


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """A text as it lies: sealed."""

    sealed: str
    count: int
    first_at: datetime
    last_at: datetime


class _AnyRow(Row):
    """`pk` `<brand>#unanswered#<account>#<day>`; `sk` @: how many texts there are, `t#<hash>`: a text, `c#<callback>`: a message."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    texts = NumberAttribute(null=True)
    others = NumberAttribute(null=True)
    sealed = UnicodeAttribute(null=True)
    times = NumberAttribute(null=True)
    first_at = NumberAttribute(null=True)
    last_at = NumberAttribute(null=True)
    gone_at = NumberAttribute()


def count_text(account: Account, on: date, hashed: str, sealed: str, cause: str, *, at: datetime) -> None:
    """Count one message, once for each cause."""
    if not any(_count(_pk(account, on), hashed, sealed, cause, at) for _ in range(TRIES)):
        raise Busy("Too many messages that match nothing at once; try again.")


def list_texts(account: Account, on: date) -> tuple[list[Counted], int]:
    """The texts of a day, and how many messages came beyond them."""
    pk = _pk(account, on)
    rows = list(_AnyRow.query(pk, _AnyRow.sk.startswith(TEXT)))
    heads = list(_AnyRow.query(pk, _AnyRow.sk == HEAD))
    texts = [Counted(sealed=row.sealed, count=int(row.times), first_at=moment(row.first_at), last_at=moment(row.last_at)) for row in rows]
    return texts, int(heads[0].others or 0) if heads else 0


def _count(pk: str, hashed: str, sealed: str, cause: str, at: datetime) -> bool:
    """Is it counted now? Not when somebody else counted at the same moment."""
    keys = [(pk, sk) for sk in (HEAD, TEXT + hashed, f"c#{cause}")]
    known = {row.sk: row for row in _AnyRow.batch_get(keys, consistent_read=True)}
    return f"c#{cause}" in known or committed(lambda transaction: _write(transaction, pk, hashed, sealed, cause, known, at))


def _write(transaction: TransactWrite, pk: str, hashed: str, sealed: str, cause: str, known: dict[str, _AnyRow], at: datetime) -> None:
    marker = _AnyRow(pk, f"c#{cause}", gone_at=seconds(at + REMEMBERED))
    transaction.save(marker, condition=_AnyRow.pk.does_not_exist())
    head, text, gone = _AnyRow(pk, HEAD), _AnyRow(pk, TEXT + hashed), _AnyRow.gone_at.set(seconds(at + KEPT))
    if text.sk in known:
        transaction.update(text, actions=[_AnyRow.times.add(1), _AnyRow.last_at.set(seconds(at))], condition=_AnyRow.pk.exists())
        return
    there = int(known[HEAD].texts or 0) if HEAD in known else 0
    if there >= MOST_TEXTS:
        transaction.update(head, actions=[_AnyRow.others.add(1), gone])
        return
    fresh = _AnyRow(pk, text.sk, sealed=sealed, times=1, first_at=seconds(at), last_at=seconds(at), gone_at=seconds(at + KEPT))
    transaction.save(fresh, condition=_AnyRow.pk.does_not_exist())
    unmoved = _AnyRow.texts == there if there else _AnyRow.texts.does_not_exist()
    transaction.update(head, actions=[_AnyRow.texts.set(there + 1), gone], condition=unmoved)


def _pk(account: Account, on: date) -> str:
    return f"{account.brand}#unanswered#{account.name}#{on}"
