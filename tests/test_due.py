"""Which minutes a sweep looks at, and how far its watermark moves. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib import due

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
