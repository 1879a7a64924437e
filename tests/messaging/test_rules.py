"""When a message is due, and what an answer of WeChat means for it. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import due
from chalicelib.errors import Busy, Declined, Invalid, LiandongError, Missing, Unknown
from chalicelib.messaging import rules
from chalicelib.messaging.words import State

NOON = datetime(2026, 11, 20, 12, 0, 30, 250_000, tzinfo=UTC)
HOURS = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
MOMENTS = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 11, 1), timezones=HOURS)


def test_a_message_without_a_time_is_due_now() -> None:
    assert rules.due_at(None, NOON) == NOON


@given(MOMENTS)
def test_a_message_is_never_due_before_it_may_go_and_at_most_a_second_later(not_before: datetime) -> None:
    planned = rules.due_at(not_before, NOON)

    assert max(not_before, NOON) <= planned < max(not_before, NOON) + timedelta(seconds=1)


@given(MOMENTS)
def test_the_due_minute_is_the_same_in_every_time_zone(not_before: datetime) -> None:
    assert due.minute_of(rules.due_at(not_before, NOON)) == due.minute_of(rules.due_at(not_before.astimezone(UTC), NOON))


@pytest.mark.parametrize("zone", [timezone(timedelta(hours=-14)), UTC, timezone(timedelta(hours=14))])
def test_a_time_beyond_a_year_is_refused_however_far(zone: timezone) -> None:
    for not_before in (NOON + timedelta(days=367), datetime.max.replace(tzinfo=zone)):
        with pytest.raises(Invalid, match="366 days ahead"):
            rules.due_at(not_before, NOON)


def test_the_earliest_time_there_is_means_now() -> None:
    assert rules.due_at(datetime.min.replace(tzinfo=timezone(timedelta(hours=14))), NOON) == NOON


@pytest.mark.parametrize(
    ("error", "attempts", "state", "why"),
    [
        (Busy(code="wechat_busy"), 1, State.planned, "wechat_busy"),
        (Busy(code="wechat_busy"), 4, State.planned, "wechat_busy"),
        (Busy(code="wechat_busy"), 5, State.failed, "wechat_busy"),
        (Declined(errcode=43101), 1, State.failed, "errcode 43101"),
        (Declined(code="token_rejected"), 1, State.failed, "token_rejected"),
        (Missing(code="account_missing"), 1, State.failed, "account_missing"),
        (Unknown(), 1, State.unknown, "outcome_unknown"),
        (Unknown(), 5, State.unknown, "outcome_unknown"),
    ],
)
def test_what_an_error_of_the_send_means_for_the_message(error: LiandongError, attempts: int, state: State, why: str) -> None:
    assert rules.outcome_of(error, attempts) == rules.Outcome(state, why)


def test_an_answer_that_was_lost_before_the_send_is_only_another_try() -> None:
    assert rules.outcome_unsent(Unknown(), 1).state is State.planned
