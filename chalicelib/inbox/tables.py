"""Callbacks as rows, each once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.aws.tables import Row, TableError, TableMeta, condition_failed, moment, seconds, table_name
from chalicelib.inbox.words import Kept, State

KEPT_S = 90 * 86400
WAITING = "waiting"
SHARDS = 4


class WaitingIndex(GlobalSecondaryIndex["CallbackRow"]):
    """Rows that wait for somebody: `waiting#<shard>` for the sweep, `<brand>#failed` for a redrive. Sparse: an applied row is not in it."""

    class Meta(TableMeta):
        index_name = "by_waiting"
        projection = KeysOnlyProjection()

    waiting = UnicodeAttribute(hash_key=True)
    received_at = NumberAttribute(range_key=True)


class CallbackRow(Row):
    """`pk` `<brand>#<account>#<key>`, `sk` @."""

    class Meta(TableMeta):
        table_name = table_name("inbox")

    state = UnicodeAttribute()
    received_at = NumberAttribute()
    kind = UnicodeAttribute()
    sealed = UnicodeAttribute()
    attempts = NumberAttribute(default=0)
    why = UnicodeAttribute(default="")
    waiting = UnicodeAttribute(null=True)
    gone_at = NumberAttribute()
    by_waiting = WaitingIndex()


def keep(kept: Kept) -> bool:
    """Keep a callback; `False` when it was kept before."""
    try:
        _row(kept).save(CallbackRow.pk.does_not_exist())
    except TableError as error:
        if not condition_failed(error):
            raise
        return False
    return True


def read(brand: str, account_name: str, key: str) -> Kept | None:
    try:
        return _kept(CallbackRow.get(_pk(brand, account_name, key), "@", consistent_read=True))
    except CallbackRow.DoesNotExist:
        return None


def mark_applied(kept: Kept) -> None:
    """Its effects are done, every one."""
    _update(kept, State.applied, why="", waiting=None)


def mark_failed(kept: Kept, why: str) -> None:
    """An effect failed: a redrive can find it."""
    _update(kept, State.failed, why=why, waiting=f"{kept.brand}#failed")


def list_waiting(*, before: datetime, most: int) -> Iterator[Kept]:
    """Rows the door wrote because the queue refused, and which nobody has taken up since."""
    for shard in range(SHARDS):
        rows = CallbackRow.by_waiting.query(f"{WAITING}#{shard}", WaitingIndex.received_at < seconds(before), limit=most)
        yield from _whole(rows)


def list_failed(brand: str, *, most: int, after: Kept | None) -> tuple[list[Kept], bool]:
    """A page of failed callbacks, oldest first, beginning behind one of them; and whether there are more."""
    start = None
    if after is not None:
        place = {"waiting": {"S": f"{brand}#failed"}, "received_at": {"N": str(seconds(after.received_at))}}
        start = {**place, "pk": {"S": _pk(brand, after.account.split(".", 1)[1], after.key)}, "sk": {"S": "@"}}
    rows = CallbackRow.by_waiting.query(f"{brand}#failed", limit=most, last_evaluated_key=start)
    found = sorted(_whole(rows), key=lambda kept: (kept.received_at, kept.key))
    return found, rows.last_evaluated_key is not None


def _whole(rows: Iterator[CallbackRow]) -> Iterator[Kept]:
    """The index holds keys only; the rows themselves are read in one go."""
    for row in CallbackRow.batch_get([(row.pk, row.sk) for row in rows]):
        yield _kept(row)


def _update(kept: Kept, state: State, *, why: str, waiting: str | None) -> None:
    place = CallbackRow.waiting.set(waiting) if waiting else CallbackRow.waiting.remove()
    changes: list[Action] = [CallbackRow.state.set(state.value), CallbackRow.why.set(why), CallbackRow.attempts.add(1), place]
    row = CallbackRow(_pk(kept.brand, kept.account.split(".", 1)[1], kept.key), "@")
    try:
        row.update(changes, condition=CallbackRow.state != State.applied.value)
    except TableError as error:
        if not condition_failed(error):
            raise


def _pk(brand: str, account_name: str, key: str) -> str:
    return f"{brand}#{account_name}#{key}"


def _row(kept: Kept) -> CallbackRow:
    received_at = seconds(kept.received_at)
    return CallbackRow(
        _pk(kept.brand, kept.account.split(".", 1)[1], kept.key),
        "@",
        state=kept.state.value,
        received_at=received_at,
        kind=kept.kind,
        sealed=kept.sealed,
        waiting=f"{WAITING}#{int(kept.key[:4], 16) % SHARDS}" if kept.state is State.waiting else None,
        gone_at=received_at + KEPT_S,
    )


def _kept(row: CallbackRow) -> Kept:
    brand, account_name, key = row.pk.split("#")
    return Kept(
        brand=brand,
        account=f"{brand}.{account_name}",
        key=key,
        state=State(row.state),
        received_at=moment(row.received_at),
        kind=row.kind,
        sealed=row.sealed,
        attempts=int(row.attempts),
        why=row.why,
    )
