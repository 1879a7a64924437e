"""Conditions of what rules effect: each is there for a moment that is rare, and played here by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from chalicelib.accounts.words import Account, Kind
from chalicelib.replies.tables import hand_overs, once, unanswered
from chalicelib.replies.words.waiting import HandedOver
from tests.faults import Chaos, try_every_order
from tests.house import NOON
from tests.small_dynamo import SmallDynamo, in_place_of_dynamodb

TODAY = date(2026, 11, 21)
ACCOUNT = Account(id="demo.oa", brand="demo", name="oa", kind=Kind.official_account, appid="wx1", title="", created_at=NOON)
WAITS = HandedOver("openid#oa#1", "cause", "sealed", NOON)


@pytest.fixture(autouse=True)
def dynamo() -> Iterator[SmallDynamo]:
    made = SmallDynamo()
    with in_place_of_dynamodb(made):
        yield made


def test_of_two_causes_one_gives_the_material_and_both_know_which() -> None:
    had_for = [once.take(ACCOUNT, "券", "openid#oa#1", cause, now=NOON) for cause in ("first", "second", "first")]

    assert had_for == ["first", "first", "first"]


def test_what_was_lost_is_given_again_by_one_alone() -> None:
    once.take(ACCOUNT, "券", "openid#oa#1", "lost", now=NOON)

    again = [once.take_again(ACCOUNT, "券", "openid#oa#1", cause, instead_of="lost", now=NOON) for cause in ("second", "third")]

    assert (again, once.take(ACCOUNT, "券", "openid#oa#1", "fourth", now=NOON)) == ([True, False], "second")


def test_who_waits_already_keeps_their_place() -> None:
    later = HandedOver(WAITS.person, "later", "sealed", NOON + timedelta(minutes=1))

    opened = [hand_overs.open_one(ACCOUNT, each) for each in (WAITS, later)]

    assert (opened, hand_overs.list_open(ACCOUNT)) == ([True, False], [WAITS])


def test_an_answer_to_an_earlier_hand_over_does_not_close_the_later_one(dynamo: SmallDynamo) -> None:
    later = HandedOver(WAITS.person, "later", "sealed", NOON + timedelta(minutes=1))
    hand_overs.open_one(ACCOUNT, WAITS)
    hand_overs.close_one(ACCOUNT, WAITS, TODAY, 5)
    hand_overs.open_one(ACCOUNT, later)

    closed = hand_overs.close_one(ACCOUNT, WAITS, TODAY, 7)

    assert (closed, hand_overs.list_open(ACCOUNT)) == (False, [later])
    assert [row["waited_s"] for row in dynamo.rows(sk="done#")] == [{"N": "5"}]


def test_two_messages_at_once_are_two_and_one_that_comes_twice_is_one() -> None:
    days = [TODAY]

    def play(chaos: Chaos) -> None:
        days.append(days[-1] + timedelta(days=1))

        def count(text: str, cause: str) -> None:
            unanswered.count_text(ACCOUNT, days[-1], text, f"sealed {text}", cause, at=NOON)

        chaos.run(lambda: count("a", "1"), lambda: count("a", "1"), lambda: count("b", "2"))

        texts, others = unanswered.list_texts(ACCOUNT, days[-1])
        assert (sorted((each.sealed, each.count) for each in texts), others) == ([("sealed a", 1), ("sealed b", 1)], 0)

    assert try_every_order(play, switches=2) > 10
