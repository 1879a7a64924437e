"""Groups over HTTP: published, opened, joined, ended, told to webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.staff.words import Scope
from tests.builders import log_in, make_accounts, make_brand, make_key, make_user
from tests.house import House, open_house
from tests.offers.ground import trio

HOOK = {"url": "https://hooks.example.com/liandong", "facts": ["group.filled", "group.failed"]}


class Town:
    """The brand demo over HTTP."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.key = make_brand(house)
        make_accounts(house, self.key)
        status, body = self.call("PUT", "/v1/offers", {"offers": [trio(size=2)]})
        assert status == 201, body

    def call(self, method: str, target: str, body: Any = None, key: str = "") -> tuple[int, Any]:
        return self.house.call(method, target, body, key=key or self.key)

    def session(self) -> str:
        token: str = log_in(self.house, make_user(self.house))["session_token"]
        return token

    def open(self, order: str) -> str:
        status, group = self.call("POST", "/v1/me/groups", {"offer": "trio", "order": order}, self.session())
        assert status == 201, group
        identifier: str = group["id"]
        return identifier


@pytest.fixture(scope="module")
def town() -> Iterator[Town]:
    with open_house() as house:
        yield Town(house)


def test_a_group_is_joined_by_its_link_and_told_with_its_orders(town: Town) -> None:
    group, session = town.open("T-1"), town.session()

    before = town.call("GET", f"/v1/me/groups/{group}", key=session)[1]
    status, joined = town.call("POST", f"/v1/me/groups/{group}/members", {"order": "T-2"}, session)
    full = town.call("POST", f"/v1/me/groups/{group}/members", {"order": "T-3"}, town.session())
    told = town.call("GET", f"/v1/groups/{group}")[1]

    assert (before["mine"], before["taken"], status, joined["state"]) == (False, 1, 201, "filled")
    assert (full[0], full[1]["Code"]) == (409, "group_full")
    assert sorted(seat["order"] for seat in told["seats"]) == ["T-1", "T-2"]
    assert all(seat["person"] for seat in told["seats"])


def test_a_webhook_hears_how_groups_end(town: Town) -> None:
    assert town.call("POST", "/v1/webhooks", HOOK)[0] == 201
    town.house.clock.advance(seconds=11)
    failed, filled = town.open("T-10"), town.open("T-11")
    town.call("POST", f"/v1/me/groups/{filled}/members", {"order": "T-12"}, town.session())
    town.house.clock.advance(days=1, seconds=5)

    town.house.tick("end_groups")
    town.house.work()

    told = [brought.told for brought in town.house.receivers.brought]
    assert {(each["type"], each["data"]["group"]["id"]) for each in told} >= {("group.failed", failed), ("group.filled", filled)}
    assert town.call("GET", f"/v1/groups/{failed}")[1]["state"] == "failed"


@pytest.mark.parametrize(
    "wrong",
    [{"size": 1}, {"size": 101}, {"price_fen": 0}, {"open_for_s": 299}, {"open_for_s": 2_592_001}, {"name": "Trio"}, {"kind": "lottery"}],
)
def test_an_offer_that_cannot_hold_is_refused(town: Town, wrong: dict[str, Any]) -> None:
    status, body = town.call("PUT", "/v1/offers", {"offers": [trio(**wrong)]})

    assert (status, body["Code"]) == (400, "field_invalid")


@pytest.mark.parametrize(
    ("words", "trigger", "code"),
    [("新人首单后各得 10 元券", "share", "share_rewarded"), ("转发到群领红包", "first_order", "content_refused")],
)
def test_nothing_is_promised_for_the_mere_share(town: Town, words: str, trigger: str, code: str) -> None:
    offer = {"kind": "invitation", "name": "bonus", "title": "邀请", "reward": words, "trigger": trigger}

    status, body = town.call("PUT", "/v1/offers", {"offers": [offer]})

    assert (status, body["Code"]) == (400, code)


def test_two_offers_of_one_name_are_refused(town: Town) -> None:
    assert town.call("PUT", "/v1/offers", {"offers": [trio(), trio()]})[0] == 400


def test_a_key_that_may_only_look_publishes_nothing(town: Town) -> None:
    reader = make_key(town.house, "demo", Scope.offers_read)

    assert town.call("PUT", "/v1/offers", {"offers": []}, reader)[1]["Code"] == "scope_missing"
    assert town.call("GET", "/v1/offers", key=reader)[0] == 200
