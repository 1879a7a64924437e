"""What somebody says at one door is in force at every other at once, and nothing is sent after it, also while a broadcast runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.builders import make_accounts, make_brand
from tests.consent.everywhere import SAYS_NO, SAYS_YES, Customer, let_in_between, open_ends
from tests.consent.shop import MARKETING, NO_MARKETING
from tests.house import House, open_house

LEAVES: dict[str, Callable[[Customer], object]] = {
    **SAYS_NO,
    "unfollowing": Customer.unfollow,
    "closing the account at WeChat": Customer.close_account,
}
TEXT = {"channel": "customer_service", "account": "demo.oa", "message": {"kind": "text", "text": "今天 5 折"}}


class Town:
    """The brand demo and its customers."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.key = make_brand(house)
        make_accounts(house, self.key)
        open_ends(house, self.key)

    def customer(self) -> Customer:
        return Customer(self.house, self.key)

    def broadcast(self, *customers: Customer) -> str:
        people = [{"type": "openid", "value": each.shop.openid(), "account": "demo.oa"} for each in customers]
        order = {"name": "sale", "purpose": "marketing", "channels": [TEXT], "audience": {"identifiers": people}}
        status, started = self.house.call("POST", "/v1/broadcasts", order, key=self.key)
        assert status == 202, started
        return str(started["id"])

    def outcomes(self, broadcast: str) -> dict[str, int]:
        told = self.house.call("GET", f"/v1/broadcasts/{broadcast}", key=self.key)[1]
        assert told["state"] == "done", told
        return {f"{each['state']} {each['why']}".strip(): each["people"] for each in told["outcomes"]}


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with open_house() as house:
        yield Town(house)


@pytest.mark.parametrize("way", SAYS_NO)
def test_a_no_said_at_one_door_is_told_by_every_other_at_once(town: Town, way: str) -> None:
    who = town.customer()
    before = who.marketing_by_door()

    SAYS_NO[way](who)

    assert set(before.values()) == {"granted"}
    assert who.marketing_by_door() == dict.fromkeys(before, "denied")


@pytest.mark.parametrize("way", SAYS_YES)
@pytest.mark.parametrize("before", [NO_MARKETING, MARKETING])
def test_a_yes_said_at_one_door_is_told_by_every_other_and_a_late_no_from_before_takes_it_not_back(
    town: Town, way: str, before: dict[str, Any]
) -> None:
    who = town.customer()
    who.put("mini", before)
    town.house.clock.advance(seconds=90)
    who.send("退订")
    town.house.clock.advance(seconds=5)

    SAYS_YES[way](who)
    at_once = who.marketing_by_door()
    town.house.work_off("inbox")

    assert at_once == dict.fromkeys(at_once, "granted")
    assert who.marketing_by_door() == at_once


def test_a_no_by_message_that_came_after_the_yes_holds_however_late_it_is_worked_off(town: Town) -> None:
    who = town.customer()
    who.put("app", MARKETING)
    town.house.clock.advance(seconds=5)
    who.send("退订")
    town.house.clock.advance(minutes=5)

    town.house.work_off("inbox")

    assert set(who.marketing_by_door().values()) == {"denied"}


@pytest.mark.parametrize("way", LEAVES)
def test_who_leaves_while_a_broadcast_runs_gets_nothing_of_it_any_more(town: Town, way: str) -> None:
    first, leaving, last = (town.customer() for _ in range(3))
    town.house.clock.advance(seconds=1)  # who follows and leaves within one second is taken to follow
    broadcast = town.broadcast(first, leaving, last)

    with let_in_between(town.house, lambda: LEAVES[way](leaving)) as between:
        town.house.work_off("broadcasts")

    left = "skipped_consent consent" if way in SAYS_NO else "skipped_no_endpoint dead"
    assert between.reached == [first.shop.openid(), last.shop.openid()]
    assert town.outcomes(broadcast) == {"accepted": 2, left: 1}
