from __future__ import annotations

from typing import Any

import pytest

from sandbox.transport import Answer

STORE = "wx00000000000000d1"
TWO = [
    {"sku_id": "s1", "product_id": "p1", "title": "脐橙", "count": 2, "price_fen": 2990},
    {"sku_id": "s2", "product_id": "p2", "title": "柚子", "count": 1, "price_fen": 990},
]
WEEK = 7 * 86_400


def test_an_order_goes_its_way_and_tells_every_step(market: Any) -> None:
    order_id = market.buy(paid=False)
    statuses = [market.order(order_id)["status"]]

    for step in ("pay", "ship", "confirm", "settle"):
        market.step(order_id, step)
        statuses.append(market.order(order_id)["status"])

    assert statuses == [10, 20, 30, 100, 100]
    assert market.names() == ["order_new", "order_pay", "order_wait_shipping", "order_deliver", "order_confirm", "order_settle"]
    assert market.events()[0]["FromUserName"] == market.stage.openid(market.buyer, STORE)


def test_some_events_have_the_order_as_a_number_and_some_as_text(market: Any) -> None:
    order_id = market.buy()
    market.step(order_id, "ship")
    market.step(order_id, "note", words="送礼")

    ids = {event["Event"].removeprefix("channels_ec_order_"): event["order_info"]["order_id"] for event in market.events()}

    assert ids == {
        "new": int(order_id),
        "pay": order_id,
        "wait_shipping": order_id,
        "deliver": int(order_id),
        "ext_info_update": int(order_id),
    }
    assert int(order_id) > 2**53


def test_an_order_says_whose_it_is_what_it_costs_and_where_it_came_from(market: Any) -> None:
    sharer = market.stage.make_user()
    order_id = market.buy(items=TWO, live_id="export/1", finder_id="sph1", order_scene=2, sharer=sharer, share_scene=1)

    order = market.order(order_id)

    detail = order["order_detail"]
    assert (order["openid"], order["unionid"]) == (market.stage.openid(market.buyer, STORE), market.unionid(market.buyer))
    assert "is_present" not in order
    assert detail["price_info"]["order_price"] == 6970
    assert [one["sku_cnt"] for one in detail["product_infos"]] == [2, 1]
    assert detail["pay_info"]["transaction_id"].startswith("4200")
    assert (detail["ext_info"]["live_id"], detail["ext_info"]["order_scene"]) == ("export/1", 2)
    assert detail["sharer_info"]["sharer_unionid"] == market.unionid(sharer)
    assert detail["delivery_info"]["address_info"]["tel_number"] == "138****8000"


def test_only_orders_placed_after_the_binding_have_a_unionid(market: Any) -> None:
    market.stage.control("POST", "/accounts", {"appid": STORE, "open_platform": None})
    early = market.buy()
    market.stage.control("POST", "/accounts", {"appid": STORE, "open_platform": "op1"})

    late = market.buy()

    assert "unionid" not in market.order(early)
    assert "unionid" in market.order(late)


def test_a_gift_belongs_to_who_accepts_it(market: Any) -> None:
    friend = market.stage.make_user(name="Bob")
    order_id = market.buy(gift=True)
    waiting = market.order(order_id)

    market.step(order_id, "accept-gift", user=friend)

    accepted = market.order(order_id)
    assert (waiting["status"], accepted["status"]) == (12, 20)
    assert "openid" not in waiting
    assert (accepted["openid"], accepted["unionid"]) == (market.stage.openid(friend, STORE), market.unionid(friend))
    assert accepted["is_present"] is True
    assert accepted["present_giver_unionid"] == market.unionid(market.buyer)
    assert market.names() == ["order_new", "order_pay", "order_wait_shipping"]


def test_a_refund_of_everything_cancels_the_order(market: Any) -> None:
    order_id = market.buy(items=TWO)
    for sku in ("s1", "s2"):
        market.step(order_id, "ask-refund", sku_id=sku)
        market.step(order_id, "decide-refund")

    order = market.order(order_id)

    assert order["status"] == 200
    assert [one["finish_aftersale_sku_cnt"] for one in order["order_detail"]["product_infos"]] == [2, 1]
    assert market.events()[-1]["order_info"] == {"order_id": order_id, "cancel_type": 3}


def test_a_refund_is_asked_listed_told_and_refused(market: Any) -> None:
    order_id = market.buy(items=TWO)
    market.step(order_id, "ask-refund", sku_id="s1", count=1, words="坏了")
    now = int(market.stage.clock)

    ids = market.post("aftersale/getaftersalelist", begin_create_time=now, end_create_time=now)["after_sale_order_id_list"]
    told = market.post("aftersale/getaftersaleorder", after_sale_order_id=ids[0])["after_sale_order"]
    market.post("aftersale/rejectapply", after_sale_order_id=ids[0])
    market.stage.control("POST", "/pushes/deliver", {"all": True})

    assert (told["status"], told["refund_info"]["amount"], told["unionid"]) == (
        "MERCHANT_PROCESSING",
        2990,
        market.unionid(market.buyer),
    )
    update = market.events()[-1]["finder_shop_aftersale_status_update"]
    assert update == {"status": "MERCHANT_REJECT_REFUND", "after_sale_order_id": ids[0], "order_id": order_id}
    assert market.post("aftersale/acceptapply", after_sale_order_id=ids[0])["errcode"] == 40097
    assert market.post("aftersale/getaftersalelist")["errcode"] == 40097
    assert market.post("aftersale/getaftersaleorder", after_sale_order_id="1")["errcode"] == 100002


def test_unpaid_orders_are_cancelled(market: Any) -> None:
    by_user, by_time = market.buy(paid=False), market.buy(paid=False)

    market.step(by_user, "cancel")
    market.step(by_time, "cancel", automatic=True)

    assert market.order(by_user)["status"] == 250
    assert [event["order_info"]["cancel_type"] for event in market.events()[-2:]] == [1, 2]


def test_an_order_does_not_skip_steps(market: Any) -> None:
    order_id = market.buy(paid=False)

    for step in ("ship", "confirm", "settle", "accept-gift", "ask-refund", "decide-refund"):
        market.step(order_id, step, status=404 if step == "accept-gift" else 409)
    market.step(order_id, "eat", status=404)
    market.step("1", "pay", status=404)


def test_the_merchant_ships_in_parts(market: Any) -> None:
    order_id = market.buy(items=TWO)

    def send(sku: str, count: int) -> int:
        packed = [{"sku_id": sku, "product_cnt": count}]
        parcel = {"delivery_id": "SF", "waybill_id": "SF1", "deliver_type": 1, "product_infos": packed}
        return int(market.post("order/delivery/send", order_id=order_id, delivery_list=[parcel])["errcode"])

    codes = [send("s1", 2), send("s1", 1), send("s2", 1), send("s2", 1)]
    market.stage.control("POST", "/pushes/deliver", {"all": True})

    assert codes == [0, 40097, 0, 40097]
    assert market.order(order_id)["status"] == 30
    assert [event["order_info"]["finish_delivery"] for event in market.events() if "deliver" in event["Event"]] == [0, 1]


def test_lists_are_ids_of_a_week_in_pages(market: Any) -> None:
    made = [market.buy() for _ in range(3)]
    now = int(market.stage.clock)
    span = {"start_time": now - WEEK, "end_time": now}

    first = market.post("order/list/get", create_time_range=span, page_size=2)
    second = market.post("order/list/get", create_time_range=span, page_size=2, next_key=first["next_key"])

    assert (first["order_id_list"], first["has_more"]) == (made[:2], True)
    assert (second["order_id_list"], second["has_more"]) == (made[2:], False)
    assert market.post("order/list/get", update_time_range=span, status=30)["order_id_list"] == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"create_time_range": {"start_time": 0, "end_time": WEEK + 1}},
        {"create_time_range": {"start_time": 2, "end_time": 1}},
        {"update_time_range": {"start_time": 0, "end_time": 1}, "page_size": 101},
        {"update_time_range": {"start_time": 0, "end_time": 1}, "status": 7},
        {"update_time_range": {"start_time": 0, "end_time": 1}, "next_key": "x"},
    ],
)
def test_a_wrong_list_is_40097(market: Any, body: dict[str, Any]) -> None:
    assert market.post("order/list/get", **body)["errcode"] == 40097


def test_orders_are_searched_and_their_address_is_decoded(market: Any) -> None:
    order_id = market.buy(items=TWO)

    found = market.post("order/search", search_condition={"title": "柚", "tel_number_last4": "8000"})
    missed = market.post("order/search", search_condition={"user_name": "Bob"})

    assert found["order_id_list"] == [order_id]
    assert missed["order_id_list"] == []
    assert market.post("order/search", search_condition={})["errcode"] == 40097
    assert market.post("order/sensitiveinfo/decode", order_id=order_id)["address_info"]["tel_number"] == "13800138000"
    assert market.post("order/get", order_id="1")["errcode"] == 100002


def test_other_accounts_have_no_shop(market: Any) -> None:
    answer = market.stage.post("/channels/ec/order/get", {"order_id": "1"}, access_token=market.stage.token())

    assert answer["errcode"] == 48001


def test_members_are_told_with_their_unionid(market: Any) -> None:
    market.stage.act(market.buyer, "join-shop", STORE, share_phone=True)

    told = market.post("vip/user/list/get", need_phone_number=True, page_num=1, page_size=10)

    assert told["total_num"] == 1
    assert told["list"][0]["unionid"] == market.unionid(market.buyer)
    assert told["list"][0]["phone_number"] == "13800138000"
    assert market.names() == ["vip_join"]


def test_an_event_nobody_takes_is_delivered_ten_times_over_hours(market: Any) -> None:
    market.stage.transport.hear = lambda request: Answer(500, b"", 0.01)
    market.buy(paid=False)
    at_once = len(market.stage.transport.requests)

    waits = []
    while market.stage.sandbox.state.waiting:
        due_at = market.stage.sandbox.state.waiting[0].due_at
        waits.append(due_at - market.stage.clock)
        market.stage.clock = due_at
        market.stage.control("POST", "/pushes/deliver", {})

    assert at_once == 3
    assert waits == [10, 60, 300, 1800, 3600, 3600, 3600]
    assert len(market.stage.transport.requests) == 10


def test_a_shops_callback_is_safe_json(market: Any) -> None:
    callback = {"url": "http://brand.test/shop", "token": "Token", "aes_key": "a" * 43, "mode": "safe", "format": "xml"}

    market.stage.control("POST", "/accounts", {"appid": STORE, "callback": callback}, status=400)
