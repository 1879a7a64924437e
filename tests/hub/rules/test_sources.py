"""Counting by source: what became of a part, how late its records came, and who stands alone in the figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.hub.rules import sources as rules
from chalicelib.hub.words.records import Ready, RecordVerdict, Verdict
from chalicelib.hub.words.sources import HourCount, Tally

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
TALLIES = some.builds(Tally, received=some.integers(0, 9), stored=some.integers(0, 9), delays=some.lists(some.integers(0, 9)).map(tuple))


def ready(place: int, *, kind: str = "order", late_s: float = 3, data: dict[str, Any] | None = None) -> Ready:
    at = NOON - timedelta(seconds=late_s)
    return Ready(place=place, type=kind, id=f"R{place}", at=at, version=1, who=(), data=data or {}, raw={})


def stored(place: int) -> RecordVerdict:
    return RecordVerdict(place=place, verdict=Verdict.stored)


def test_what_became_of_each_record_is_counted_under_its_type() -> None:
    records = [ready(0), ready(1), ready(2, kind="cart"), ready(3)]
    verdicts = [
        stored(0),
        RecordVerdict(place=1, verdict=Verdict.duplicate),
        stored(2),
        RecordVerdict(place=3, verdict=Verdict.quarantined),
    ]

    counted = rules.tally_part(records, verdicts, now=NOON)

    numbers = {kind: (tally.stored, tally.quarantined, tally.duplicate, sum(tally.delays)) for kind, tally in counted.items()}
    assert numbers == {"order": (1, 1, 1, 1), "cart": (1, 0, 0, 1)}


def test_a_part_with_more_types_than_a_transaction_has_room_for_loses_no_count() -> None:
    records = [ready(place, kind=f"type{place}") for place in range(100)]

    counted = rules.tally_part(records, map(stored, range(100)), now=NOON)

    assert len(counted) == rules.MOST_TYPES + 1
    assert sum(tally.stored for tally in counted.values()) == 100


@pytest.mark.parametrize(("late_s", "step"), [(-60, 0), (0, 0), (1, 0), (1.5, 1), (60, 5), (86_400, 10), (86_401, 11)])
def test_a_delay_is_counted_under_the_first_step_it_is_not_above(late_s: float, step: int) -> None:
    assert rules.step_of(rules.delay_of(ready(0, late_s=late_s), NOON)) == step


def test_a_record_is_as_late_as_its_last_change() -> None:
    record = ready(0, late_s=7200, data={"updated_at": "2026-11-20T03:59:50Z"})

    assert rules.delay_of(record, NOON) == 10


@pytest.mark.parametrize("said", ["yesterday", "2026-11-20", "2026-11-20T03:59:50", 20261120, None])
def test_where_a_brand_reads_no_time_a_record_is_as_late_as_it_is_old(said: object) -> None:
    record = ready(0, late_s=7200, data={"updated_at": said})

    assert rules.delay_of(record, NOON) == 7200


def test_of_delays_the_median_and_the_95th_of_a_hundred_are_told_and_history_is_apart() -> None:
    delays = [0] * 12
    delays[1], delays[5], delays[7], delays[11] = 94, 2, 4, 50

    shown = rules.show_delay(delays)

    assert (shown.measured, shown.older, shown.median_s, shown.p95_s) == (100, 50, 2, 60)


def test_where_nothing_was_measured_no_delay_is_told() -> None:
    assert rules.show_delay(()).median_s is None
    assert rules.show_delay([0] * 11 + [5]).p95_s is None


@given(some.lists(TALLIES, max_size=6))
def test_sums_do_not_depend_on_the_order(tallies: list[Tally]) -> None:
    assert rules.add_all(tallies) == rules.add_all(reversed(tallies))
    assert rules.add_all(tallies).stored == sum(tally.stored for tally in tallies)


def test_what_is_accepted_and_has_no_verdict_yet_waits() -> None:
    counts = [
        HourCount(source="erp", hour="2026-11-20T03", type="", tally=Tally(received=5, rejected=1, accepted=4)),
        HourCount(source="erp", hour="2026-11-20T03", type="order", tally=Tally(stored=2, quarantined=1)),
    ]

    shown = rules.show_source("erp", NOON, counts)

    assert (shown.received, shown.rejected, shown.accepted, shown.stored, shown.quarantined, shown.waiting) == (5, 1, 4, 2, 1, 1)
    assert [(hour.hour.hour, hour.waiting) for hour in shown.hours] == [(3, 1)]
    assert [each.type for each in shown.types] == ["order"]
