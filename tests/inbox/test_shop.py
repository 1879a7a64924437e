"""Buyers of the Channels shop: each order tells by its unionid whose it is, and a gift never makes giver and recipient one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.inbox import rules
from chalicelib.wechat.messages.reading import read_message
from tests.builders import AES_KEY, APP_SECRET, CALLBACK_TOKEN, log_in, make_accounts, make_brand, make_user, tell_wechat
from tests.house import House, open_house

SHOP_APPID = "wx00000000000000e5"


class Shop:
    """A brand with a Channels shop beside its account and mini program."""

    def __init__(self, house: House, *, open_platform: str | None = "op1") -> None:
        self.house = house
        self.key = make_brand(house)
        make_accounts(house, self.key)
        order = {
            "name": "shop",
            "kind": "channels_shop",
            "appid": SHOP_APPID,
            "original_id": "gh_e5",
            "app_secret": APP_SECRET,
            "callback_token": CALLBACK_TOKEN,
            "aes_key": AES_KEY,
        }
        status, body = house.call("POST", "/v1/accounts", order, key=self.key)
        assert status == 201, body
        tell_wechat(house, order, mode="safe", format="json", open_platform=open_platform)

    def buy(self, user: str, **more: Any) -> dict[str, Any]:
        bought: dict[str, Any] = self.house.play(f"/users/{user}/buy", {"appid": SHOP_APPID, **more})
        self.house.work()
        return bought

    def person(self, openid: str) -> dict[str, Any] | None:
        query = {"type": "openid", "value": openid, "account": "demo.shop"}
        status, answer = self.house.call("POST", "/v1/people/lookup", query, key=self.key)
        return answer if status == 200 else None

    def openid(self, user: str) -> str:
        return str(self.house.play(f"/users/{user}?appid={SHOP_APPID}", method="GET")["openid"])


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as opened:
        yield opened


@pytest.fixture
def shop(house: House) -> Shop:
    house.empty()
    return Shop(house)


def test_a_buyer_and_the_visitor_of_the_mini_program_are_one_person(shop: Shop) -> None:
    user = make_user(shop.house)
    login = log_in(shop.house, user)

    bought = shop.buy(user)

    person = shop.person(bought["openid"])
    assert person is not None
    assert person["id"] == login["person"]
    assert sorted(each["type"] for each in person["identifiers"]) == ["openid", "openid", "unionid"]


def test_who_gives_and_who_accepts_are_two_people(shop: Shop) -> None:
    giver, recipient = make_user(shop.house), make_user(shop.house)
    bought = shop.buy(giver, gift=True)

    shop.house.play(f"/orders/{bought['order']['order_id']}/accept-gift", {"user": recipient})
    shop.house.work()

    people = [shop.person(shop.openid(user)) for user in (giver, recipient)]
    assert None not in people
    assert people[0]["id"] != people[1]["id"]  # type: ignore[index]
    assert [len(person["identifiers"]) for person in people if person] == [2, 2]


def test_a_buyer_of_a_shop_that_is_not_bound_is_known_by_openid_alone(house: House) -> None:
    house.empty()
    shop = Shop(house, open_platform=None)

    bought = shop.buy(make_user(house))

    person = shop.person(bought["openid"])
    assert person is not None
    assert [each["type"] for each in person["identifiers"]] == ["openid"]


def test_an_order_wechat_does_not_tell_of_just_now_is_asked_again(shop: Shop) -> None:
    user = make_user(shop.house)
    shop.house.play("/faults", {"path": "/channels/ec/order/get", "errcode": -1})
    bought = shop.buy(user, paid=False)

    failed = shop.house.call("GET", "/v1/inbox/failed", key=shop.key)[1]["callbacks"]
    shop.house.call("POST", "/v1/inbox/redrive", {}, key=shop.key)
    shop.house.work()

    assert [each["account"] for each in failed] == ["demo.shop"]
    assert shop.person(bought["openid"]) is not None


@pytest.mark.parametrize("info", [None, "x", {}, {"order_id": None}, {"order_id": ""}])
def test_an_order_event_without_an_order_effects_nothing(shop: Shop, info: Any) -> None:
    from chalicelib.accounts.flows import register

    account = register.find_account("demo.shop", world=shop.house.world, now=shop.house.clock())
    fields = {"ToUserName": "gh_e5", "FromUserName": "oX", "CreateTime": "1", "MsgType": "event", "Event": "channels_ec_order_new"}

    assert rules.shop_order_of(account, read_message(fields if info is None else {**fields, "order_info": info})) is None
