"""What was used of WeChat's quotas as rows: counts, and marks of what is counted once."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, held, seconds, table_name
from chalicelib.errors import Busy

TRIES = 8


class UsedRow(Row):
    """`pk` `<brand>#E#used`, `sk` `<what>#<account>`, with `#<day>` of what is given anew each day: how many were asked of WeChat."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    used = NumberAttribute()
    gone_at = NumberAttribute(null=True)


class OnceRow(Row):
    """`pk` `<brand>#E#once#<what>#<account>`, `sk` a digest: this one is counted."""

    class Meta(TableMeta):
        table_name = table_name("documents")


def spend(brand: str, name: str, *, most: int, gone_at: datetime | None) -> bool:
    """Count one more that is asked of WeChat; `False` when there are as many as may be."""
    return held(lambda: _used(brand, name).update(_one_more(gone_at), condition=_is_left(most)))


def give_back(brand: str, name: str) -> None:
    """Count one less: WeChat was not asked, or did not do it."""
    held(lambda: _used(brand, name).update([UsedRow.used.add(-1)], condition=UsedRow.used > 0))


def spend_once(brand: str, name: str, mark: str, *, most: int) -> bool | None:
    """Count what WeChat counts once however often it is asked for: whether it was counted now, and `None` when none is left."""
    once = OnceRow(_once_pk(brand, name), mark)

    def write(transaction: TransactWrite) -> None:
        transaction.save(once, condition=OnceRow.pk.does_not_exist())
        transaction.update(_used(brand, name), actions=_one_more(None), condition=_is_left(most))

    for _ in range(TRIES):
        if _is_counted(once):
            return False
        if committed(write):
            return True
        if not _is_counted(once) and read_used(brand, name) >= most:
            return None
    raise Busy("Too many codes of one account at once; try again.")


def give_back_once(brand: str, name: str, mark: str) -> None:
    """WeChat did not do it: neither the mark nor the count stays."""

    def write(transaction: TransactWrite) -> None:
        transaction.delete(OnceRow(_once_pk(brand, name), mark), condition=OnceRow.pk.exists())
        transaction.update(_used(brand, name), actions=[UsedRow.used.add(-1)])

    committed(write)


def read_used(brand: str, name: str) -> int:
    try:
        return int(UsedRow.get(f"{brand}#E#used", name, consistent_read=True).used)
    except UsedRow.DoesNotExist:
        return 0


def _is_counted(once: OnceRow) -> bool:
    try:
        OnceRow.get(once.pk, once.sk, consistent_read=True)
    except OnceRow.DoesNotExist:
        return False
    return True


def _one_more(gone_at: datetime | None) -> list[Action]:
    actions: list[Action] = [UsedRow.used.add(1)]
    return actions if gone_at is None else [*actions, UsedRow.gone_at.set(seconds(gone_at))]


def _is_left(most: int) -> Condition:
    left: Condition = UsedRow.used.does_not_exist() | (UsedRow.used < most)
    return left


def _used(brand: str, name: str) -> UsedRow:
    return UsedRow(f"{brand}#E#used", name)


def _once_pk(brand: str, name: str) -> str:
    return f"{brand}#E#once#{name}"
