"""Which minutes a sweep looks at, how far its watermark moves, and how late it is. Pure."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib import due
from chalicelib.due import Due
from tests.faults import Crash

NOON = datetime(2026, 11, 20, 12, 0, 30, 250_000, tzinfo=UTC)


def test_a_sweep_takes_every_minute_from_the_watermark_to_the_present_one() -> None:
    minutes = list(due.minutes_to_sweep(NOON - timedelta(minutes=2), NOON))

    assert [f"{minute:%H:%M:%S}" for minute in minutes] == ["11:58:00", "11:59:00", "12:00:00"]


def test_after_an_outage_a_sweep_takes_two_hours_beginning_with_the_oldest() -> None:
    minutes = list(due.minutes_to_sweep(NOON - timedelta(hours=9), NOON))

    assert (f"{minutes[0]:%H:%M}", f"{minutes[-1]:%H:%M}", len(minutes)) == ("03:00", "04:59", 120)


@given(st.integers(0, 2000), st.integers(0, 3600))
def test_sweeps_a_minute_apart_leave_no_minute_out(outage_minutes: int, seconds: int) -> None:
    start = NOON + timedelta(seconds=seconds)
    watermark, now, swept = start, start + timedelta(minutes=outage_minutes), set[datetime]()

    for _ in range(outage_minutes // 100 + 2):
        minutes = list(due.minutes_to_sweep(watermark, now))
        swept |= set(minutes)
        watermark = max(watermark, due.next_watermark(minutes[-1], now))
        now += timedelta(minutes=1)

    wanted = outage_minutes + 1
    assert swept >= {start.replace(second=0, microsecond=0) + timedelta(minutes=minute) for minute in range(wanted)}


def test_the_watermark_stays_three_minutes_behind() -> None:
    assert due.next_watermark(NOON, NOON) == datetime(2026, 11, 20, 11, 57, tzinfo=UTC)
    assert due.next_watermark(NOON - timedelta(hours=1), NOON) == NOON - timedelta(hours=1)


class Rows:
    """Due rows and their watermark in memory."""

    def __init__(self, rows: Iterable[Due], watermark: datetime) -> None:
        self.rows: dict[str, list[Due]] = {}
        for row in rows:
            self.rows.setdefault(row.pk, []).append(row)
        self.watermark = watermark

    def list_due(self, minute: datetime, shard: int, *, until: datetime, most: int) -> list[Due]:
        waiting = self.rows.get(due.partition(minute, shard), ())
        return [row for row in waiting if row.sk < f"{int(until.timestamp()) + 1:012d}"][:most]

    def drop(self, row: Due) -> None:
        self.rows[row.pk].remove(row)

    def read_watermark(self) -> datetime | None:
        return self.watermark

    def move_watermark(self, to: datetime) -> None:
        self.watermark = max(self.watermark, to)


def test_of_ten_thousand_due_messages_each_goes_and_no_one_in_a_hundred_two_minutes_late() -> None:
    """Three hours of runs at no fixed second, some missed, some ended in the middle, and half an hour without any."""
    chances = random.Random(1)
    outage = range(90, 120)
    planned = [due.place("demo", str(n), NOON + timedelta(seconds=chances.randrange(180 * 60))) for n in range(10_000)]
    table, late = Rows(planned, NOON), dict[str, float]()
    handed_over = Counter[str]()

    for minute in range(185):
        now = NOON + timedelta(minutes=minute, seconds=chances.uniform(0, 5))
        ends_after = chances.randrange(10) if chances.random() < 0.04 else None

        def hand_over(found: list[Due], now: datetime = now, ends_after: int | None = ends_after) -> int:
            for place, row in enumerate(found):
                handed_over[row.id] += 1
                late.setdefault(row.id, due.late_s(row, now))
                if place == ends_after:
                    raise Crash
                table.drop(row)
            return len(found)

        if minute not in outage and chances.random() > 0.01:
            try:
                due.sweep(table, hand_over, now=now)
            except Crash:
                continue

    met_outage = {row.id for row in planned if 89 * 60 <= -due.late_s(row, NOON) <= 121 * 60}
    usual = sorted(each for name, each in late.items() if name not in met_outage)
    assert len(late) == len(planned)
    assert usual[len(usual) * 99 // 100] <= 120
    assert max(late.values()) <= 33 * 60
    assert max(handed_over.values()) == 2
