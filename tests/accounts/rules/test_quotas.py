"""How many calls may still be made, by what for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.accounts.rules import quotas
from chalicelib.accounts.rules.quotas import Kept
from chalicelib.accounts.words.quotas import Api, Priority, Standing
from chalicelib.wechat.quotas import QuotaTold

KEPT = Kept(from_marketing=10, from_service=2)
counts = st.integers(0, 10_000_000)


@given(most=st.integers(1, 10_000_000), marketing=st.integers(0, 100), service=st.integers(0, 100))
def test_what_matters_more_never_stops_earlier(most: int, marketing: int, service: int) -> None:
    tops = [quotas.ceiling(Api.template_message, Standing(most=most), each, Kept(marketing, service)) for each in Priority]

    assert tops == sorted(tops, key=lambda top: top or 0)
    assert tops[-1] == most


def test_marketing_and_service_leave_their_share() -> None:
    tops = [quotas.ceiling(Api.template_message, Standing(most=1_005), each, KEPT) for each in Priority]

    assert tops == [904, 984, 1_005]


def test_what_wechat_has_told_counts_before_what_is_usual_and_no_limit_is_none() -> None:
    assert quotas.most_of(Api.template_message, Standing()) == 100_000
    assert quotas.most_of(Api.template_message, Standing(most=7)) == 7
    assert quotas.most_of(Api.template_message, Standing(most=0)) is None
    assert quotas.most_of(Api.subscription_notice, Standing()) is None
    assert quotas.ceiling(Api.subscription_notice, Standing(), Priority.marketing, KEPT) is None


@given(room=st.none() | st.integers(1, 10_000_000))
def test_a_block_fits_into_what_is_left_and_leaves_most_of_it_to_others(room: int | None) -> None:
    calls = quotas.block_of(room)

    assert 1 <= calls <= quotas.LARGEST_BLOCK
    assert room is None or calls == 1 or calls * quotas.BLOCKS_AT_ONCE <= room


@given(leased=counts, used=counts)
def test_after_a_comparison_no_less_is_leased_than_used_and_no_more_than_may_be_under_way(leased: int, used: int) -> None:
    mended = leased + quotas.correction(Standing(leased=leased), QuotaTold(most=0, used=used))

    assert used <= mended <= used + quotas.OUTSTANDING
    assert mended == leased or not used <= leased <= used + quotas.OUTSTANDING


@pytest.mark.parametrize(
    ("moment", "hour", "day", "resets"),
    [
        (datetime(2026, 11, 20, 15, 59, tzinfo=UTC), 0, 20, datetime(2026, 11, 20, 16, tzinfo=UTC)),
        (datetime(2026, 11, 20, 16, 0, tzinfo=UTC), 0, 21, datetime(2026, 11, 21, 16, tzinfo=UTC)),
        (datetime(2026, 11, 20, 16, 0, tzinfo=UTC), 1, 20, datetime(2026, 11, 20, 17, tzinfo=UTC)),
    ],
)
def test_a_day_of_calls_begins_in_beijing_at_the_hour_that_is_set(moment: datetime, hour: int, day: int, resets: datetime) -> None:
    begun = quotas.day_at(moment, resets_hour=hour)

    assert begun.day == day
    assert quotas.resets_at(begun, resets_hour=hour) == resets
