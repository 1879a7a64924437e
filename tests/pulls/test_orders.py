"""Orders of the Channels shop: every change becomes a record, none is left out however many there are."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from chalicelib.wechat import shops
from tests.builders import make_user
from tests.house import House
from tests.pulls.source import SHOP_APPID, Brand

LIST, ORDER = "/channels/ec/order/list/get", "/channels/ec/order/get"


class Shop(Brand):
    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.add("shop", "channels_shop", SHOP_APPID)

    def buy(self, user: str = "", **more: Any) -> str:
        """Somebody buys, and no callback ever tells of it."""
        user = user or make_user(self.house)
        self.house.play("/settings", {"hold_pushes": True})
        bought = self.house.play(f"/users/{user}/buy", {"appid": SHOP_APPID, "wait": False, **more})
        self.house.play("/pushes/lose", {})
        return str(bought["order"]["order_id"])

    def step(self, order: str, step: str, **more: Any) -> None:
        self.house.play(f"/orders/{order}/{step}", {"wait": False, **more})
        self.house.play("/pushes/lose", {})

    def fetch(self) -> None:
        """Ten minutes later all that has changed is fetched and kept."""
        self.later(minutes=10)
        self.run("shop_orders")

    def records(self, user: str) -> list[dict[str, Any]]:
        openid = self.house.play(f"/users/{user}?appid={SHOP_APPID}", method="GET")["openid"]
        query = {"type": "openid", "value": openid, "account": "demo.shop"}
        status, person = self.house.call("POST", "/v1/people/lookup", query, key=self.key)
        if status == 404:
            return []
        found: list[dict[str, Any]] = self.house.call("GET", f"/v1/people/{person['id']}/records?type=order", key=self.key)[1]["records"]
        return found

    def state(self) -> dict[str, Any]:
        return self.pull("shop_orders", "demo.shop")


@pytest.fixture
def shop(standing: House) -> Shop:
    standing.empty()
    made = Shop(standing)
    made.run("shop_orders")
    return made


def test_an_order_no_callback_told_of_is_a_record_of_its_buyer(shop: Shop) -> None:
    user = make_user(shop.house)
    order = shop.buy(user, live_id="export/1", items=[{"sku_id": "S1", "title": "橙子", "count": 2, "price_fen": 1250}])

    shop.fetch()

    (record,) = shop.records(user)
    assert (record["id"], record["source"]) == (order, "wechat")
    data = record["data"]
    assert (data["state"], data["total_fen"], data["live_id"]) == (1, 2500, "export/1")
    assert data["items"] == [{"sku": "S1", "title": "橙子", "quantity": 2, "price_fen": 1250}]
    assert data["paid_at"] == "2026-11-20T04:00:00Z"
    assert shop.state()["watermark"] == "2026-11-20T04:08:00+00:00"


def test_an_order_that_goes_on_has_the_newest_state_and_a_version_of_each(shop: Shop) -> None:
    user = make_user(shop.house)
    order = shop.buy(user)
    shop.fetch()
    shop.step(order, "ship")
    shop.fetch()
    shop.step(order, "confirm")

    shop.fetch()

    (record,) = shop.records(user)
    assert record["data"]["state"] == 3
    assert "shipped_at" in record["data"]


def test_what_did_not_change_is_not_fetched_again(shop: Shop) -> None:
    shop.buy()
    shop.fetch()
    before = len(shop.house.wechat_calls(ORDER))

    shop.fetch()

    assert (before, len(shop.house.wechat_calls(ORDER))) == (1, 1)


def test_more_orders_than_a_page_holds_are_listed_in_smaller_windows(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shops, "MOST_IDS", 2)
    users = [make_user(shop.house) for _ in range(5)]
    for user in users:
        shop.buy(user)
        shop.later(seconds=20)

    shop.fetch()

    assert all(len(shop.records(user)) == 1 for user in users)
    assert all(call["body"]["next_key"] == "" for call in shop.house.wechat_calls(LIST))


def test_more_orders_than_a_page_holds_within_one_second_are_paged(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shops, "MOST_IDS", 2)
    users = [make_user(shop.house) for _ in range(5)]
    for user in users:
        shop.buy(user)

    shop.fetch()

    assert all(len(shop.records(user)) == 1 for user in users)


def test_a_gift_is_nobodys_until_it_is_accepted(shop: Shop) -> None:
    giver, recipient = make_user(shop.house), make_user(shop.house)
    order = shop.buy(giver, gift=True)
    shop.fetch()
    waiting = shop.records(giver)
    shop.step(order, "accept-gift", user=recipient)

    shop.fetch()

    assert waiting == shop.records(giver) == []
    assert [each["id"] for each in shop.records(recipient)] == [order]


def test_a_shop_that_was_away_for_weeks_is_caught_up_with_in_windows_of_a_week(shop: Shop) -> None:
    user = make_user(shop.house)
    order = shop.buy(user)
    shop.later(days=20)

    shop.run("shop_orders")

    assert [each["id"] for each in shop.records(user)] == [order]
    spans = [call["body"]["update_time_range"] for call in shop.house.wechat_calls(LIST)]
    assert max(each["end_time"] - each["start_time"] for each in spans) <= 7 * 86_400
    assert all(later["start_time"] == before["end_time"] + 1 for before, later in pairwise(spans))


def test_an_order_wechat_lists_and_does_not_know_keeps_nobody_waiting(shop: Shop) -> None:
    shop.buy()
    user = make_user(shop.house)
    shop.buy(user)
    shop.fault(ORDER, 100002)

    shop.fetch()

    assert len(shop.records(user)) == 1
    assert shop.state()["state"] == "up_to_date"


def test_an_order_that_cannot_be_fetched_now_is_fetched_later(shop: Shop) -> None:
    user = make_user(shop.house)
    shop.buy(user)
    shop.fault(ORDER, -1)
    shop.fetch()
    stopped, before = shop.state(), shop.records(user)

    shop.fetch()

    assert (stopped["state"], before) == ("in_trouble", [])
    assert len(shop.records(user)) == 1


def test_orders_are_records_and_no_figures(shop: Shop) -> None:
    status, answer = shop.call("GET", "figures", "demo.shop", kind="shop_orders")

    assert (status, answer["Code"]) == (400, "field_invalid")
