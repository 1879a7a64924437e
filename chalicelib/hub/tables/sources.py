"""Sources as rows: when each was last heard of, what was counted of it by the hour, and which batches are not done yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, moment, seconds, table_name
from chalicelib.hub.words.sources import HourCount, Tally, Waiting
from chalicelib.ids import digest

SHARDS = 4
"""Rows that are counted in at once: two transactions on one row refuse each other."""
COUNTS_KEPT_S = 40 * 86400
WAITING_KEPT_S = 30 * 86400
SOURCE_KEPT_S = 400 * 86400
NUMBERS = ("received", "rejected", "accepted", "stored", "quarantined", "duplicate")


class SourceRow(Row):
    """`pk` `<brand>#sources`, `sk` the source."""

    class Meta(TableMeta):
        table_name = table_name("records")

    seen_at = NumberAttribute()
    gone_at = NumberAttribute()


class CountRow(Row):
    """`pk` `<brand>#H#<shard>`, `sk` `<hour>#<source>#<type>`. `d0` and on: how many came how late, by the steps of the rules."""

    class Meta(TableMeta):
        table_name = table_name("records")

    received = NumberAttribute(default=0)
    rejected = NumberAttribute(default=0)
    accepted = NumberAttribute(default=0)
    stored = NumberAttribute(default=0)
    quarantined = NumberAttribute(default=0)
    duplicate = NumberAttribute(default=0)
    d0 = NumberAttribute(default=0)
    d1 = NumberAttribute(default=0)
    d2 = NumberAttribute(default=0)
    d3 = NumberAttribute(default=0)
    d4 = NumberAttribute(default=0)
    d5 = NumberAttribute(default=0)
    d6 = NumberAttribute(default=0)
    d7 = NumberAttribute(default=0)
    d8 = NumberAttribute(default=0)
    d9 = NumberAttribute(default=0)
    d10 = NumberAttribute(default=0)
    d11 = NumberAttribute(default=0)
    gone_at = NumberAttribute()


class WaitingRow(Row):
    """`pk` `<brand>#W#<shard>`, `sk` `<epoch seconds of the batch>#<batch>`: not all of it is done, as far as is known."""

    class Meta(TableMeta):
        table_name = table_name("records")

    source = UnicodeAttribute()
    gone_at = NumberAttribute()


DELAYS = tuple(f"d{step}" for step in range(12))


def note_source(brand: str, source: str, *, now: datetime) -> None:
    """A source was heard of."""
    SourceRow(f"{brand}#sources", source, seen_at=seconds(now), gone_at=seconds(now) + SOURCE_KEPT_S).save()


def list_sources(brand: str, *, after: str | None, most: int) -> list[tuple[str, datetime]]:
    """Sources by name, each with when it was last heard of."""
    later = SourceRow.sk > after if after else None
    return [(row.sk, moment(row.seen_at)) for row in SourceRow.query(f"{brand}#sources", later, limit=most)]


def count(transaction: TransactWrite, brand: str, source: str, hour: str, tallies: Mapping[str, Tally], *, attempt: int) -> None:
    """Count with what else the transaction writes, both or neither. Each attempt counts in another row, the first always in the same."""
    shard = (shard_of(source) + attempt) % SHARDS
    for kind, tally in tallies.items():
        row = CountRow(f"{brand}#H#{shard}", f"{hour}#{source}#{kind}")
        transaction.update(row, [CountRow.gone_at.set(_epoch(hour) + COUNTS_KEPT_S), *_additions(tally)])


def list_counts(brand: str, *, since: str, until: str) -> Iterator[HourCount]:
    """What was counted from one hour to another, both included."""
    for shard in range(SHARDS):
        for row in CountRow.query(f"{brand}#H#{shard}", CountRow.sk.between(f"{since}#", f"{until}$"), consistent_read=True):
            hour, source, kind = row.sk.split("#", 2)
            yield HourCount(source=source, hour=hour, type=kind, tally=_tally(row))


def mark_waiting(transaction: TransactWrite, waiting: Waiting) -> None:
    """Mark a batch as one that is not done yet."""
    row = WaitingRow(_waiting_pk(waiting), _waiting_sk(waiting), source=waiting.source, gone_at=seconds(waiting.made_at) + WAITING_KEPT_S)
    transaction.save(row)


def unmark(waiting: Waiting) -> None:
    """All of a batch is done."""
    WaitingRow(_waiting_pk(waiting), _waiting_sk(waiting)).delete()


def waiting_for(brand: str, batch: str, source: str, made_at: datetime) -> Waiting:
    """The mark of a batch: where it lies follows from the batch."""
    return Waiting(brand=brand, shard=shard_of(batch), batch=batch, source=source, made_at=made_at)


def list_waiting(brand: str, *, until: datetime, most: int) -> list[Waiting]:
    """Batches that came before a moment and are not known to be done, the oldest of each shard first."""
    found = []
    for shard in range(SHARDS):
        for row in WaitingRow.query(f"{brand}#W#{shard}", WaitingRow.sk < f"{seconds(until):010d}", limit=most, consistent_read=True):
            made_at, batch = row.sk.split("#", 1)
            found.append(Waiting(brand=brand, shard=shard, batch=batch, source=row.source, made_at=moment(int(made_at))))
    return found


def shard_of(name: str) -> int:
    return int(digest(name)[0], 16) % SHARDS


def _additions(tally: Tally) -> Iterator[Any]:
    numbers = {name: getattr(tally, name) for name in NUMBERS} | dict(zip(DELAYS, tally.delays, strict=False))
    for name, number in numbers.items():
        if number:
            yield getattr(CountRow, name).add(number)


def _tally(row: CountRow) -> Tally:
    return Tally(
        **{name: int(getattr(row, name)) for name in NUMBERS},
        delays=tuple(int(getattr(row, name)) for name in DELAYS),
    )


def _epoch(hour: str) -> int:
    return seconds(datetime.fromisoformat(f"{hour}:00:00+00:00"))


def _waiting_pk(waiting: Waiting) -> str:
    return f"{waiting.brand}#W#{waiting.shard}"


def _waiting_sk(waiting: Waiting) -> str:
    return f"{seconds(waiting.made_at):010d}#{waiting.batch}"
