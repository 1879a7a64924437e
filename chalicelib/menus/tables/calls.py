"""How often WeChat was asked today, as rows: it allows so many calls a day."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from chalicelib.accounts.words import Account
from chalicelib.aws.tables import Row, TableMeta, held, table_name
from chalicelib.beijing import A_DAY, day_of, start_of
from chalicelib.errors import TooMany

DAILY = {"menu": 1_000, "addconditional": 2_000, "delconditional": 2_000, "trymatch": 20_000, "menu_get": 10_000}
"""WeChat's limits for each account; of `menu`, making and deleting, each has as many."""


class CallsRow(Row):
    """`pk` `<brand>#menu_calls#<account>`, `sk` what is called."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    day = UnicodeAttribute()
    made = NumberAttribute()


def count(account: Account, call: str, *, now: datetime) -> None:
    """Count a call that is about to be made; `TooMany` when the day has no more of them, until midnight in Beijing."""
    day = day_of(now)
    row = CallsRow(f"{account.brand}#menu_calls#{account.name}", call)
    today = CallsRow.day == str(day)
    first: list[Action] = [CallsRow.day.set(str(day)), CallsRow.made.set(1)]
    for _ in range(2):  # of two who begin a day at once, the second counts on
        if held(lambda: row.update([CallsRow.made.add(1)], condition=today & (CallsRow.made < DAILY[call]))):
            return
        if held(lambda: row.update(first, condition=CallsRow.pk.does_not_exist() | (CallsRow.day != str(day)))):
            return
    raise TooMany(code="too_many_menu_calls", retry_after_s=int((start_of(day + A_DAY) - now).total_seconds()) + 1)
