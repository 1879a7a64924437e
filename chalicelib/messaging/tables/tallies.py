"""How many messages came to what, by their gate and hour: figures beside the messages, summed up when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zlib import crc32

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, moment, seconds, table_name
from chalicelib.messaging.words import Tally

SHARDS = 4
KEPT_S = 100 * 86400
AN_HOUR_S = 3600


class TallyRow(Row):
    """`pk` `<brand>#Y#<gate>`, `sk` `<hour>#<what>#<shard>`; the hour in seconds, its first."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    number = NumberAttribute()
    gone_at = NumberAttribute()


def add(brand: str, gate: str, what: str, *, spread: str, at: datetime) -> None:
    """One more of something. `spread`: what is different of those that come at once."""
    row, actions = _more(brand, gate, what, 1, spread, at)
    row.update(actions)


def add_with(transaction: TransactWrite, brand: str, gate: str, what: str, number: int, *, spread: str, at: datetime) -> None:
    """So many more, in the transaction that makes it so."""
    row, actions = _more(brand, gate, what, number, spread, at)
    transaction.update(row, actions=actions)


def read(brand: str, gate: str, since: datetime, until: datetime) -> Iterator[Tally]:
    """What was counted of a gate from one hour to another, the latter not counted in; unsummed."""
    hours = TallyRow.sk.between(_hour(since), _hour(until))
    for row in TallyRow.query(f"{brand}#Y#{gate}", hours, attributes_to_get=["pk", "sk", "number"]):
        hour, rest = row.sk.split("#", 1)
        yield Tally(at=moment(int(hour)), what=rest.rpartition("#")[0], number=int(row.number))


def _more(brand: str, gate: str, what: str, number: int, spread: str, at: datetime) -> tuple[TallyRow, list[Action]]:
    shard = crc32(spread.encode()) % SHARDS
    row = TallyRow(f"{brand}#Y#{gate}", f"{_hour(at)}#{what}#{shard}")
    return row, [TallyRow.number.add(number), TallyRow.gone_at.set(seconds(at) + KEPT_S)]


def _hour(at: datetime) -> str:
    return f"{seconds(at) // AN_HOUR_S * AN_HOUR_S:012d}"
