"""Callbacks as rows, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.aws.tables import Row, TableMeta, held, moment, seconds, table_name
from chalicelib.inbox.words import Kept, Place, State

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
    return held(lambda: _row(kept).save(CallbackRow.pk.does_not_exist()))


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


def list_failed(brand: str, *, most: int, after: Place | None) -> tuple[list[Kept], Place | None]:
    """A page of failed callbacks behind a place, oldest first, and the place of its end when there may be more."""
    start = None if after is None else _index_key(brand, after)
    rows = CallbackRow.by_waiting.query(f"{brand}#failed", limit=most, last_evaluated_key=start)
    # The index is older than the table: what was applied meanwhile is not told.
    failed = [kept for kept in _whole(rows) if kept.state is State.failed]
    return failed, None if rows.last_evaluated_key is None else _place(rows.last_evaluated_key)


def _whole(rows: Iterable[CallbackRow]) -> Iterator[Kept]:
    """The index holds keys only; the rows themselves are read in one go, and keep the index's order."""
    keys = [(row.pk, row.sk) for row in rows]
    found = {(row.pk, row.sk): row for row in CallbackRow.batch_get(keys)}
    return (_kept(found[key]) for key in keys if key in found)


def _index_key(brand: str, place: Place) -> dict[str, dict[str, str]]:
    of_index = {"waiting": {"S": f"{brand}#failed"}, "received_at": {"N": str(seconds(place.received_at))}}
    return {**of_index, "pk": {"S": _pk(brand, place.account_name, place.key)}, "sk": {"S": "@"}}


def _place(index_key: dict[str, dict[str, str]]) -> Place:
    _, account_name, key = index_key["pk"]["S"].split("#")
    return Place(moment(float(index_key["received_at"]["N"])), account_name, key)


def _update(kept: Kept, state: State, *, why: str, waiting: str | None) -> None:
    place = CallbackRow.waiting.set(waiting) if waiting else CallbackRow.waiting.remove()
    changes: list[Action] = [CallbackRow.state.set(state.value), CallbackRow.why.set(why), CallbackRow.attempts.add(1), place]
    row = CallbackRow(_pk(kept.brand, kept.account.split(".", 1)[1], kept.key), "@")
    held(lambda: row.update(changes, condition=CallbackRow.pk.exists() & (CallbackRow.state != State.applied.value)))


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
