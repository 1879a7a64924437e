"""People over HTTP, and what a join brings about between the rooms."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.identity import flows
from chalicelib.identity.words import Rank
from chalicelib.staff.words import Scope
from tests.builders import MINI_APPID, OA_APPID, log_in, make_accounts, make_brand, make_key, make_user
from tests.house import House, open_house
from tests.identity.people import BRAND, member_no, phone, unionid
from tests.scene import watched


class Shop:
    """A brand whose customers are looked for."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.key = make_brand(house)
        make_accounts(house, self.key)

    def customer(self) -> str:
        """Somebody who follows and is logged in, one person."""
        user = make_user(self.house)
        self.house.play(f"/users/{user}/follow", {"appid": OA_APPID})
        self.house.work()
        log_in(self.house, user)
        return user

    def known(self, user: str, appid: str = MINI_APPID) -> dict[str, Any]:
        known: dict[str, Any] = self.house.play(f"/users/{user}?appid={appid}", method="GET")
        return known

    def look_up(self, key: str = "", **query: Any) -> tuple[int, Any]:
        return self.house.call("POST", "/v1/people/lookup", query, key=key or self.key)

    def show(self, person: str) -> tuple[int, Any]:
        return self.house.call("GET", f"/v1/people/{person}", key=self.key)


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with open_house() as house:
        yield Shop(house)


def test_a_person_is_found_by_every_identifier_and_shown_masked(shop: Shop) -> None:
    user = shop.customer()
    mini, follower = shop.known(user), shop.known(user, OA_APPID)

    answers = [
        shop.look_up(type="openid", value=mini["openid"], account="demo.mini"),
        shop.look_up(type="openid", value=follower["openid"], account="demo.oa"),
        shop.look_up(type="unionid", value=mini["unionid"]),
    ]

    assert {status for status, _ in answers} == {200}
    assert answers[0] == answers[1] == answers[2] == shop.show(answers[0][1]["id"])
    assert {each["masked"] for each in answers[0][1]["identifiers"]} == {
        f"{value[:3]}****{value[-4:]}" for value in (mini["openid"], follower["openid"], mini["unionid"])
    }
    assert not any(value in json.dumps(answers) for value in (mini["openid"], follower["openid"], mini["unionid"]))


def test_two_persons_that_were_joined_answer_to_both_ids(shop: Shop) -> None:
    now, world = shop.house.clock(), shop.house.world
    older = flows.meet(BRAND, member_no("M-000123"), world=world, now=now).person
    shop.house.clock.advance(seconds=1)
    younger = flows.meet(BRAND, phone("13912345678"), world=world, now=now).person

    flows.assert_link(
        BRAND, member_no("M-000123"), phone("13912345678"), rank=Rank.verified, source="counter", at=now, world=world, now=now
    )

    assert shop.show(older) == shop.show(younger) == shop.look_up(type="phone", value="+86 139-1234-5678")
    assert [each["masked"] for each in shop.show(older)[1]["identifiers"]] == ["M****", "139****5678"]


def test_a_join_is_heard_once_from_the_stream_and_the_pointers_are_mended(shop: Shop) -> None:
    user = make_user(shop.house)
    shop.house.play("/accounts", {"appid": MINI_APPID, "open_platform": None})
    log_in(shop.house, user)
    shop.house.play("/accounts", {"appid": MINI_APPID, "open_platform": "op1"})
    shop.house.clock.advance(seconds=1)
    shop.house.play(f"/users/{user}/follow", {"appid": OA_APPID})
    shop.house.work()
    log_in(shop.house, user)
    before_mending = shop.look_up(type="unionid", value=shop.known(user)["unionid"])
    log_in(shop.house, user)

    announced = shop.house.announce()
    heard = shop.house.queued("identity-facts")
    shop.house.work()

    with watched() as calls:
        flows.find_person(BRAND, unionid(shop.known(user)["unionid"]), world=shop.house.world, now=shop.house.clock())
    assert announced > heard == 1
    assert calls == ["GetItem", "GetItem"]
    assert shop.look_up(type="unionid", value=shop.known(user)["unionid"]) == before_mending
    assert len(before_mending[1]["identifiers"]) == 3


def test_a_fact_of_a_person_who_never_was_comes_again_and_one_of_another_kind_is_passed_over(shop: Shop) -> None:
    fact = {"kind": "person.joined", "brand": BRAND, "id": "x", "body": {"person": "p", "absorbed": "01M7VHRXG0G83EFRTNJJN6PQ8A"}}
    other = {"kind": "person.greeted", "brand": BRAND, "id": "y", "body": {}}

    answer = shop.house.deliver("hear_identity", [("1", json.dumps([fact])), ("2", json.dumps([other]))])

    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ({"type": "unionid", "value": "uNobodyHasThis"}, (404, "person_missing")),
        ({"type": "openid", "value": "oNobodyHasThis", "account": "demo.mini"}, (404, "person_missing")),
        ({"type": "openid", "value": "oSomebody", "account": "demo.nobody"}, (404, "account_missing")),
        ({"type": "openid", "value": "oSomebody", "account": "rival.mini"}, (404, "account_missing")),
        ({"type": "openid", "value": "oSomebody"}, (400, "field_invalid")),
        ({"type": "unionid", "value": "uSomebody", "account": "demo.mini"}, (400, "field_invalid")),
        ({"type": "unionid", "value": "null"}, (400, "field_invalid")),
        ({"type": "phone", "value": "12345"}, (400, "field_invalid")),
        ({"type": "phone", "value": "13800138000"}, (400, "field_invalid")),
        ({"type": "unionid", "value": "u" * 129}, (400, "field_invalid")),
        ({"type": "passport", "value": "E1234567"}, (400, "field_invalid")),
        ({"type": "unionid"}, (400, "field_invalid")),
        ({"type": "unionid", "value": "uSomebody", "brand": "rival"}, (400, "field_invalid")),
    ],
    ids=str,
)
def test_a_look_up_that_finds_nobody_says_why_without_quoting_the_value(
    shop: Shop, query: dict[str, str], refusal: tuple[int, str]
) -> None:
    status, body = shop.look_up(**query)

    assert (status, body["Code"]) == refusal
    assert query.get("value", "nothing") not in body["Message"]


@pytest.mark.parametrize("person", ["01M7VHRXG0G83EFRTNJJN6PQ8A", "nobody", "x" * 3000, "01M7VHRXG0G83EFRTNJJN6PQ8A%23"])
def test_an_id_that_is_nobodys_is_missing(shop: Shop, person: str) -> None:
    status, body = shop.show(person)

    assert (status, body["Code"]) == (404, "person_missing")


def test_people_are_shown_to_keys_with_the_scope_alone(shop: Shop) -> None:
    reader, stranger = make_key(shop.house, BRAND, Scope.people_read), make_key(shop.house, BRAND, Scope.messages_read)

    assert shop.look_up(reader, type="unionid", value="uNobodyHasThis")[0] == 404
    assert shop.look_up(stranger, type="unionid", value="uNobodyHasThis")[1]["Code"] == "scope_missing"
    assert shop.look_up("nonsense", type="unionid", value="uNobodyHasThis")[1]["Code"] == "key_refused"
