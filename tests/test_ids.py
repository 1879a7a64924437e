"""Ids: sortable by time, and digests that tell every list of parts apart."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.ids import ALPHABET, digest, ulid

MOMENTS = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(9999, 1, 1), timezones=st.just(UTC))
RANDOM = st.binary(min_size=10, max_size=10)


def test_a_ulid_is_the_one_of_its_specification() -> None:
    moment = datetime.fromtimestamp(1469918176.385, UTC)

    assert ulid(moment, bytes(10)) == "01ARYZ6S41" + "0" * 16
    assert ulid(moment, b"\xff" * 10) == "01ARYZ6S41" + "Z" * 16


@given(MOMENTS, RANDOM)
def test_a_ulid_has_26_characters_of_crockfords_alphabet(moment: datetime, random10: bytes) -> None:
    made = ulid(moment, random10)

    assert len(made) == 26
    assert set(made) <= set(ALPHABET)


@given(MOMENTS, MOMENTS, RANDOM, RANDOM)
def test_ulids_sort_as_their_moments_do(one: datetime, other: datetime, random_one: bytes, random_other: bytes) -> None:
    early, late = sorted((one, other))

    if int(early.timestamp() * 1000) < int(late.timestamp() * 1000):
        assert ulid(early, random_one) < ulid(late, random_other)


@given(st.lists(st.text()), st.lists(st.text()))
def test_two_lists_of_parts_share_a_digest_only_when_they_are_the_same(one: list[str], other: list[str]) -> None:
    assert (digest(*one) == digest(*other)) == (one == other)


def test_a_digest_tells_where_one_part_ends_and_the_next_begins() -> None:
    assert len({digest("ab", "c"), digest("a", "bc"), digest("abc"), digest("abc", ""), digest("", "abc")}) == 5


def test_a_digest_stays_what_it_is_because_rows_are_kept_under_it() -> None:
    assert digest("demo", "订单") == hashlib.blake2b(b"\x00\x00\x00\x04demo\x00\x00\x00\x06" + "订单".encode(), digest_size=16).hexdigest()
