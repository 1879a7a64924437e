"""Work that is late: which minutes hold due rows, how far they are swept, and one sweep."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec

SHARDS = 4
PAGE = 500
SETTLES_IN = timedelta(minutes=3)
"""A due row may be written this long after its minute began: the watermark stays that far behind."""
FIRST_LOOK_BACK = timedelta(hours=1)
MINUTES_A_RUN = 120


class Due(msgspec.Struct, frozen=True):
    """A due row: what of which brand is handed over, and where the row lies."""

    brand: str
    id: str
    pk: str
    sk: str


class DueTable(Protocol):
    """The due rows of one table, and how far they are swept."""

    def list_due(self, minute: datetime, shard: int, *, until: datetime, most: int) -> list[Due]: ...

    def read_watermark(self) -> datetime | None: ...

    def move_watermark(self, to: datetime) -> None: ...


def place(brand: str, work_id: str, at: datetime) -> Due:
    """Where the due row of a piece of work lies; `at` is in UTC."""
    pk = partition(at, shard_of(work_id))
    return Due(brand, work_id, pk, f"{int(at.timestamp()):012d}#{brand}#{work_id}")


def late_s(due: Due, now: datetime) -> float:
    """How long ago the work of a due row was to be handed over."""
    return now.timestamp() - int(due.sk.partition("#")[0])


def partition(at: datetime, shard: int) -> str:
    return f"DUE#{minute_of(at)}#{shard}"


def whole_second(at: datetime) -> datetime:
    """The whole second in UTC, by which the due rows go, that is never before a moment."""
    whole = at.astimezone(UTC).replace(microsecond=0)
    return whole if whole == at else whole + timedelta(seconds=1)


def minute_of(moment: datetime) -> str:
    return f"{moment:%Y%m%d%H%M}"


def shard_of(work_id: str) -> int:
    return zlib.crc32(work_id.encode()) % SHARDS


def minutes_to_sweep(watermark: datetime, now: datetime) -> Iterator[datetime]:
    """Every minute that may hold due rows, oldest first, the present one last; after an outage two hours of them a run."""
    minute = watermark.replace(second=0, microsecond=0)
    for _ in range(MINUTES_A_RUN):
        if minute > now:
            return
        yield minute
        minute += timedelta(minutes=1)


def next_watermark(swept: datetime, now: datetime) -> datetime:
    """How far the watermark may move after a sweep that left nothing behind."""
    return min(swept, (now - SETTLES_IN).replace(second=0, microsecond=0))


def sweep(table: DueTable, hand_over: Callable[[list[Due]], int], *, now: datetime) -> int:
    """Hand over everything that is due; `hand_over` says how many of its rows were taken and are gone. How many there were is the answer.

    Two runs at once hand the same over twice: whoever works it off has to claim it first, or to stand a repeat.
    """
    swept, handed_over, left_behind = table.read_watermark() or now - FIRST_LOOK_BACK, 0, False
    for minute in minutes_to_sweep(swept, now):
        for shard in range(SHARDS):
            while due := table.list_due(minute, shard, until=now, most=PAGE):
                taken = hand_over(due)
                handed_over += taken
                if taken < len(due):
                    left_behind = True
                    break
        if not left_behind:
            swept = minute
    table.move_watermark(next_watermark(swept, now))
    return handed_over
