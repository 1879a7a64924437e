"""A person's records over every identifier they have: the same on every end, masked, a page at a time."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.staff.words import Scope
from tests.builders import MINI_APPID, log_in, make_brand, make_key, make_user
from tests.hub.source import Bringer


def person_of(hub: Bringer, **who: str) -> str:
    ((kind, value),) = who.items()
    found: str = hub.house.call("POST", "/v1/people/lookup", {"type": kind, "value": value}, key=hub.key)[1]["id"]
    return found


def ask(hub: Bringer, person: str, query: str = "", *, key: str = "", what: str = "records") -> tuple[int, Any]:
    return hub.house.call("GET", f"/v1/people/{person}/{what}{query}", key=key or hub.key)


def listed(hub: Bringer, person: str, query: str = "") -> list[str]:
    status, page = ask(hub, person, query)
    assert status == 200, page
    return [record["id"] for record in page["records"]]


def at(hour: int) -> str:
    return f"2026-11-20T{hour:02}:00:00+08:00"


def test_an_order_made_on_one_end_shows_on_the_other(hub: Bringer) -> None:
    user = make_user(hub.house)
    session = log_in(hub.house, user)["session_token"]
    known = hub.house.play(f"/users/{user}?appid={MINI_APPID}", method="GET")
    by_mini = hub.order(who={"openid": {"demo.mini": known["openid"]}}, at=at(9), data={"state": 0})
    by_app = hub.order(who={"unionid": known["unionid"]}, at=at(10), data={"state": "已支付", "金额": "9元", "收货电话": "13912345678"})
    hub.bring(by_mini, by_app, hub.order())

    status, mine = hub.house.call("GET", "/v1/me/orders", key=session)

    assert status == 200
    assert [record["id"] for record in mine["records"]] == [by_app["id"], by_mini["id"]]
    assert mine["records"][0]["data"] == {"state": 1, "total_fen": 900, "receiver_phone": "139****5678"}


@pytest.mark.parametrize(("name", "kind"), [("reservations", "reservation"), ("favourites", "favourite")])
def test_everything_of_ones_own_is_listed_by_its_kind(hub: Bringer, name: str, kind: str) -> None:
    user = make_user(hub.house)
    session = log_in(hub.house, user)["session_token"]
    who = {"openid": {"demo.mini": hub.house.play(f"/users/{user}?appid={MINI_APPID}", method="GET")["openid"]}}
    data = {"reservation": {"state": "已确认", "starts_at": "2026-11-22 15:00"}, "favourite": {"sku": "A1"}}
    record = hub.order(type=kind, who=who, data=data[kind])
    hub.bring(record, hub.order(who=who))

    _, mine = hub.house.call("GET", f"/v1/me/{name}", key=session)

    assert [each["id"] for each in mine["records"]] == [record["id"]]


def test_a_split_leaves_each_with_their_own_orders_and_its_undo_brings_them_together(hub: Bringer) -> None:
    phone, number = hub.who()["phone"], hub.new_id()
    by_phone, by_number = hub.order(who={"phone": phone}, at=at(9)), hub.order(who={"member_no": number}, at=at(10))
    hub.bring(by_phone, by_number, hub.order(type="member", who={"phone": phone, "member_no": number}, data={"level": "gold"}))
    together = listed(hub, person_of(hub, phone=phone))
    a, b = {"type": "phone", "value": phone}, {"type": "member_no", "value": number}

    _, split = hub.house.call("POST", "/v1/splits", {"a": a, "b": b, "reason": "the mother's phone"}, key=hub.key)
    apart = listed(hub, split["person_a"]), listed(hub, split["person_b"])
    hub.house.call("DELETE", f"/v1/splits/{split['id']}", key=hub.key)

    assert together == [by_number["id"], by_phone["id"]] == listed(hub, person_of(hub, phone=phone))
    assert apart == ([by_phone["id"]], [by_number["id"]])


def test_an_order_that_is_found_to_be_somebody_elses_moves_with_its_newest_version(hub: Bringer) -> None:
    first, second = hub.who(), hub.who()
    order = hub.order(who=first, version=1)
    hub.bring(order)
    hub.bring({**order, "who": second, "version": 2})

    assert listed(hub, person_of(hub, **first)) == []
    assert listed(hub, person_of(hub, **second)) == [order["id"]]


def test_pages_show_every_record_once_also_those_of_one_second(hub: Bringer) -> None:
    who = hub.who()
    orders = [hub.order(who=who, at=at(hour)) for hour in (8, 8, 8, 9, 9, 10)]
    hub.bring(*orders)
    person, seen, query = person_of(hub, **who), list[str](), "?limit=2"

    while query:
        _, page = ask(hub, person, query)
        seen += [record["id"] for record in page["records"]]
        query = f"?limit=2&cursor={page['cursor']}" if page["cursor"] else ""

    assert len(seen) == 6
    assert set(seen) == {order["id"] for order in orders}


def test_orders_are_filtered_by_their_state_across_pages(hub: Bringer) -> None:
    who = hub.who()
    orders = [hub.order(who=who, at=at(hour), data={"state": hour % 2}) for hour in range(1, 9)]
    hub.bring(*orders)
    person = person_of(hub, **who)

    first = ask(hub, person, "?state=0&limit=3")[1]
    rest = ask(hub, person, f"?state=0&limit=3&cursor={first['cursor']}")[1]

    paid = [order["id"] for order in reversed(orders) if order["data"]["state"] == 0]
    assert [record["id"] for page in (first, rest) for record in page["records"]] == paid


def test_personal_values_are_masked_unless_the_key_may_see_them_and_that_is_written_down(hub: Bringer) -> None:
    who = hub.who()
    data = {"state": 1, "收货人": "王小明", "收货电话": "13912345678", "收货地址": "南京路1号", "odd": "x"}
    hub.bring(hub.order(who=who, data=data))
    person = person_of(hub, **who)
    seer = make_key(hub.house, "demo", Scope.records_read, Scope.personal_read)

    masked = ask(hub, person)[1]["records"][0]
    revealed = ask(hub, person, key=seer)[1]["records"][0]

    assert (masked["data"], masked["raw"]) == ({"state": 1, "receiver_name": "王**", "receiver_phone": "139****5678"}, {})
    assert revealed["data"]["receiver_phone"] == "+8613912345678"
    assert (revealed["data"]["receiver_address"], revealed["raw"]) == ("南京路1号", {"odd": "x"})
    assert [row["did"]["S"] for row in hub.house.rows("audit")].count("records.revealed") == 1


def test_a_cart_is_one_cart_over_all_ends(hub: Bringer) -> None:
    phone, number = hub.who()["phone"], hub.new_id()
    mini = hub.order(type="cart", who={"phone": phone}, version=1, data={"items": [{"sku": "A", "quantity": 2, "price": "1.00"}]})
    app = hub.order(
        type="cart", who={"member_no": number}, version=2, data={"items": [{"sku": "A", "quantity": 1, "price": "1.20"}, {"sku": "B"}]}
    )
    hub.bring(mini, app, hub.order(type="member", who={"phone": phone, "member_no": number}, data={}))

    status, cart = ask(hub, person_of(hub, phone=phone), what="cart")

    assert status == 200
    assert [(line["sku"], line["quantity"], line["price_fen"]) for line in cart["items"]] == [("A", 3, 120), ("B", 1, None)]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?state=x", "field_invalid"),
        ("?state=-1", "field_invalid"),
        ("?type=Order", "field_invalid"),
        ("?limit=0", "field_invalid"),
        ("?cursor=x", "cursor_invalid"),
        ("?cursor=Y2FydCNhfGI", "cursor_invalid"),
        ("?cursor=YWJj", "cursor_invalid"),
    ],
)
def test_what_nobody_can_mean_is_refused(hub: Bringer, query: str, code: str) -> None:
    who = hub.who()
    hub.bring(hub.order(who=who))

    status, refused = ask(hub, person_of(hub, **who), query)

    assert (status, refused["Code"]) == (400, code)


def test_nobody_and_another_brands_person_have_no_records_to_show(hub: Bringer) -> None:
    who = hub.who()
    hub.bring(hub.order(who=who))
    person, other = person_of(hub, **who), make_brand(hub.house, "other")

    for what in ("records", "cart"):
        assert ask(hub, "01KB00000000000000000000AB", what=what)[1]["Code"] == "person_missing"
        assert ask(hub, person, what=what, key=other)[1]["Code"] == "person_missing"
        assert ask(hub, person, what=what, key=make_key(hub.house, "demo", Scope.people_read))[1]["Code"] == "scope_missing"
    assert hub.house.call("GET", "/v1/me/cart")[1]["Code"] == "session_refused"
