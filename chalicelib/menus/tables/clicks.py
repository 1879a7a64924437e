"""Taps of menu buttons, each counted once, by the day, as rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.accounts.words import Account
from chalicelib.aws.tables import Row, TableMeta, committed, seconds, table_name
from chalicelib.beijing import day_of
from chalicelib.errors import Busy
from chalicelib.ids import digest

KEPT_S = 40 * 86_400
"""Longer than a callback may be redriven."""
SHARDS = 8
"""A button that everybody taps at once is counted in so many rows."""


class Clicks(msgspec.Struct, frozen=True):
    """How often a button was tapped on a day."""

    day: str
    kind: str
    key: str
    clicks: int


class TapRow(Row):
    """`pk` `<brand>#M#<account>#<callback's key>`, `sk` @: this callback is counted."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    gone_at = NumberAttribute()


class ClicksRow(Row):
    """`pk` `<brand>#C#<account>`, `sk` `<day>#<digest of the button>#<shard>`. Kept for ever."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    kind = UnicodeAttribute()
    key = UnicodeAttribute()
    clicks = NumberAttribute()


def count_tap(account: Account, callback: str, kind: str, key: str, *, at: datetime) -> None:
    """Count a tap for its day in Beijing, together with the mark that it is counted."""
    mark = TapRow(f"{account.brand}#M#{account.name}#{callback}", "@", gone_at=seconds(at) + KEPT_S)
    button = digest(kind, key)[:16]
    day = day_of(at)
    counted = ClicksRow(f"{account.brand}#C#{account.name}", f"{day}#{button}#{int(digest(callback)[:8], 16) % SHARDS}")

    def write(transaction: TransactWrite) -> None:
        transaction.save(mark, condition=TapRow.pk.does_not_exist())
        transaction.update(counted, actions=[ClicksRow.kind.set(kind), ClicksRow.key.set(key), ClicksRow.clicks.add(1)])

    if not committed(write) and not _is_counted(mark):
        raise Busy("Another tap is being counted at this moment: it comes again.")


def list_clicks(account: Account, *, first: date, last: date) -> Iterator[Clicks]:
    """The taps of a span of days, the earliest day first."""
    summed: Counter[tuple[str, str, str]] = Counter()
    for row in ClicksRow.query(f"{account.brand}#C#{account.name}", ClicksRow.sk.between(str(first), f"{last}#~")):
        summed[row.sk.partition("#")[0], row.kind, row.key] += int(row.clicks)
    for (day, kind, key), clicks in summed.items():
        yield Clicks(day, kind, key, clicks)


def _is_counted(mark: TapRow) -> bool:
    try:
        TapRow.get(mark.pk, mark.sk, consistent_read=True)
    except TapRow.DoesNotExist:
        return False
    return True
