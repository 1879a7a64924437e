"""When a message is due. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import due
from chalicelib.errors import Invalid
from chalicelib.messaging.rules import times

NOON = datetime(2026, 11, 20, 12, 0, 30, 250_000, tzinfo=UTC)
HOURS = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
MOMENTS = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 11, 1), timezones=HOURS)


def test_a_message_without_a_time_is_due_now() -> None:
    assert times.due_at(None, NOON) == NOON


@given(MOMENTS)
def test_a_message_is_never_due_before_it_may_go_and_at_most_a_second_later(not_before: datetime) -> None:
    planned = times.due_at(not_before, NOON)

    assert max(not_before, NOON) <= planned < max(not_before, NOON) + timedelta(seconds=1)


@given(MOMENTS)
def test_the_due_minute_is_the_same_in_every_time_zone(not_before: datetime) -> None:
    assert due.minute_of(times.due_at(not_before, NOON)) == due.minute_of(times.due_at(not_before.astimezone(UTC), NOON))


@pytest.mark.parametrize("zone", [timezone(timedelta(hours=-14)), UTC, timezone(timedelta(hours=14))])
def test_a_time_beyond_a_year_is_refused_however_far(zone: timezone) -> None:
    for not_before in (NOON + timedelta(days=367), datetime.max.replace(tzinfo=zone)):
        with pytest.raises(Invalid, match="366 days ahead"):
            times.due_at(not_before, NOON)


def test_the_earliest_time_there_is_means_now() -> None:
    assert times.due_at(datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), NOON) == NOON
