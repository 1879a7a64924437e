"""Adding a phone to the person who is logged in: by a text, by the phone button, by its sealed data; whose it may not be."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from sandbox.mini import sealing
from tests.builders import MINI_APPID
from tests.house import open_house
from tests.sessions.phones import APP_APPID, PhoneShop, new_number

PHONE_CALL = "/wxa/business/getuserphonenumber"


@pytest.fixture(scope="module")
def shop() -> Iterator[PhoneShop]:
    with open_house() as house:
        yield PhoneShop(house)


def add(shop: PhoneShop, login: dict[str, Any], **order: Any) -> tuple[int, Any]:
    return shop.house.call("POST", "/v1/me/phone", order, key=login["session_token"])


def app_login(shop: PhoneShop, user: str) -> dict[str, Any]:
    code = shop.house.play(f"/users/{user}/app-login", {"appid": APP_APPID})["response"]["code"]
    status, login = shop.house.call("POST", "/v1/sessions/app", {"account": "demo.app", "code": code})
    assert status == 201, login
    result: dict[str, Any] = login
    return result


def sealed(shop: PhoneShop, user: str, what: str = "phone") -> dict[str, str]:
    """What the phone button gives older clients, in our field names."""
    data = shop.house.play(f"/users/{user}/encrypted-data", {"appid": MINI_APPID, "what": what})["data"]
    return {"encrypted_data": data["encryptedData"], "iv": data["iv"]}


def types(me: Any) -> list[tuple[str, str | None]]:
    return [(each["type"], each["account"]) for each in me["person"]["identifiers"]]


def kinds(me: Any) -> list[str]:
    return [kind for kind, _ in types(me)]


def test_a_phone_is_added_in_the_app_by_the_code_it_was_texted(shop: PhoneShop) -> None:
    number = new_number()
    user = shop.owner(number)
    code = shop.texted(user, number)
    login = app_login(shop, user)

    status, me = add(shop, login, account="demo.app", phone=number, code=code)

    assert (status, me["account"], me["person"]["id"]) == (200, "demo.app", login["person"])
    assert types(me) == [("openid", "demo.app"), ("phone", None), ("unionid", None)]
    assert [each["rank"] for each in me["person"]["identifiers"] if each["type"] == "phone"] == ["verified"]


def test_the_phone_button_joins_the_mini_program_to_who_logged_in_by_phone(shop: PhoneShop) -> None:
    number = new_number()
    user = shop.owner(number)
    by_phone = shop.log_in_by_phone(user, number)
    login = shop.log_in(user)

    status, me = add(shop, login, code=shop.code(user, "phone-code"))

    assert status == 200
    assert kinds(me) == ["openid", "phone", "unionid"]
    assert shop.me(by_phone["session_token"])[1]["person"]["id"] == me["person"]["id"]


def test_the_sealed_data_of_the_button_are_as_good(shop: PhoneShop) -> None:
    user = shop.owner(new_number())
    login = shop.log_in(user)

    status, me = add(shop, login, **sealed(shop, user))

    assert (status, kinds(me)) == (200, ["openid", "phone", "unionid"])


def test_a_foreign_phone_keeps_its_country(shop: PhoneShop) -> None:
    user = shop.customer(phone="5551234567", country_code="1")

    status, me = add(shop, shop.log_in(user), code=shop.code(user, "phone-code"))

    assert status == 200
    assert [each["masked"] for each in me["person"]["identifiers"] if each["type"] == "phone"] == ["+15****4567"]


def test_a_phone_added_twice_is_added_once(shop: PhoneShop) -> None:
    user = shop.owner(new_number())
    login = shop.log_in(user)

    for _ in range(2):
        status, me = add(shop, login, code=shop.code(user, "phone-code"))

    assert (status, kinds(me)) == (200, ["openid", "phone", "unionid"])


def test_a_phone_two_people_have_proven_is_the_later_ones(shop: PhoneShop) -> None:
    number = new_number()
    first, second = shop.owner(number), shop.owner(number)
    one, other = shop.log_in(first), shop.log_in(second)
    add(shop, one, code=shop.code(first, "phone-code"))
    shop.house.clock.advance(seconds=60)

    status, me = add(shop, other, code=shop.code(second, "phone-code"))

    assert (status, kinds(me)) == (200, ["openid", "phone", "unionid"])
    assert kinds(shop.me(one["session_token"])[1]) == ["openid", "unionid"]


def test_a_phone_an_operator_has_told_apart_is_contested(shop: PhoneShop) -> None:
    number = new_number()
    user = shop.owner(number)
    login = shop.log_in(user)
    add(shop, login, code=shop.code(user, "phone-code"))
    openid = shop.house.play(f"/users/{user}?appid={MINI_APPID}", method="GET")["openid"]
    a, b = {"type": "openid", "value": openid, "account": "demo.mini"}, {"type": "phone", "value": number}
    status, split = shop.house.call("POST", "/v1/splits", {"a": a, "b": b, "reason": "a shared phone"}, key=shop.key)
    assert status == 201, split

    status, body = add(shop, login, code=shop.code(user, "phone-code"))

    assert (status, body["Code"]) == (409, "phone_contested")
    assert "phone" not in kinds(shop.me(login["session_token"])[1])


def test_a_phone_taken_back_at_wechat_is_theirs_no_more_at_any_end_until_they_give_it_again(shop: PhoneShop) -> None:
    number = new_number()
    user = shop.owner(number)
    by_phone, login = shop.log_in_by_phone(user, number), shop.log_in(user)
    add(shop, login, code=shop.code(user, "phone-code"))
    shop.house.clock.advance(seconds=5)

    for _ in range(2):
        shop.house.play(f"/users/{user}/revoke-authorization", {"appid": MINI_APPID, "kind": "8"})
        shop.house.work()

    mini, app = (shop.me(each["session_token"])[1] for each in (login, by_phone))
    assert (kinds(mini), kinds(app)) == (["openid", "unionid"], ["phone"])
    receipts = shop.house.call("GET", "/v1/privacy/receipts", key=shop.key)[1]["receipts"]
    assert [(each["account"], each["revoke_info"], each["removed"]) for each in receipts] == [("demo.mini", "8", ["phone"])]
    shop.house.clock.advance(seconds=5)
    add(shop, login, code=shop.code(user, "phone-code"))
    assert kinds(shop.me(by_phone["session_token"])[1]) == ["openid", "phone", "unionid"]


def test_a_used_or_expired_button_code_is_refused(shop: PhoneShop) -> None:
    user = shop.owner(new_number())
    used, late = shop.code(user, "phone-code"), shop.code(user, "phone-code")
    add(shop, shop.log_in(user), code=used)
    shop.house.clock.advance(seconds=301)
    login = shop.log_in(user)

    assert [add(shop, login, code=code)[1]["Code"] for code in (used, late, "x")] == ["phone_code_refused"] * 3


def test_a_button_code_of_somebody_else_adds_nothing(shop: PhoneShop) -> None:
    user, other = shop.owner(new_number()), shop.owner(new_number())
    login = shop.log_in(user)

    status, body = add(shop, login, code=shop.code(other, "phone-code"))

    assert (status, body["Code"]) == (400, "phone_code_refused")
    assert "phone" not in kinds(shop.me(login["session_token"])[1])


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"errcode": -1}, 503, "wechat_busy"),
        ({"errcode": 40013}, 422, "wechat_declined"),
        ({"drop_after_effect": True}, 504, "outcome_unknown"),
    ],
)
def test_trouble_at_wechat_says_whether_to_try_again(shop: PhoneShop, fault: dict[str, Any], status: int, code: str) -> None:
    user = shop.owner(new_number())
    login = shop.log_in(user)
    shop.house.play("/faults", {"path": PHONE_CALL, **fault})

    refused, body = add(shop, login, code=shop.code(user, "phone-code"))

    assert (refused, body["Code"]) == (status, code)


def test_sealed_data_of_another_login_are_refused(shop: PhoneShop) -> None:
    user, other = shop.owner(new_number()), shop.owner(new_number())
    login, _ = shop.log_in(user), shop.log_in(other)

    refused = [add(shop, login, **data)[1]["Code"] for data in (sealed(shop, other), sealed(shop, user, "user_info"))]

    assert refused == ["phone_data_refused"] * 2


def test_sealed_data_are_refused_after_five_minutes(shop: PhoneShop) -> None:
    user = shop.owner(new_number())
    login = shop.log_in(user)
    data = sealed(shop, user)
    shop.house.clock.advance(seconds=301)

    assert add(shop, login, **data)[1]["Code"] == "phone_data_refused"


def test_sealed_data_with_the_watermark_of_another_mini_program_are_refused(shop: PhoneShop) -> None:
    user = shop.owner(new_number())
    login = shop.log_in(user)
    watermark = {"appid": "wx00000000000000c9", "timestamp": int(shop.house.clock().timestamp())}
    told = {"phoneNumber": new_number(), "purePhoneNumber": new_number(), "countryCode": "86", "watermark": watermark}
    iv = base64.b64encode(bytes(16)).decode()

    data = sealing.encrypt(msgspec.json.encode(told), session_key=shop.contact(user).session_key, iv=iv)

    assert add(shop, login, encrypted_data=data, iv=iv)[1]["Code"] == "phone_data_refused"


@pytest.mark.parametrize("change", [{"iv": "x"}, {"iv": ""}, {"encrypted_data": "AAAA"}, {"encrypted_data": "电话"}, {"iv": "AAAA"}])
def test_damaged_data_are_refused(shop: PhoneShop, change: dict[str, str]) -> None:
    user = shop.owner(new_number())
    login = shop.log_in(user)

    status, body = add(shop, login, **{**sealed(shop, user), **change})

    assert status == 400
    assert body["Code"] in ("phone_data_refused", "field_invalid")


@pytest.mark.parametrize(
    "order",
    [
        {},
        {"phone": "13912345678"},
        {"iv": "AAAA"},
        {"encrypted_data": "AAAA"},
        {"code": "1", "iv": "AAAA"},
        {"phone": "13912345678", "encrypted_data": "AAAA", "iv": "AAAA"},
        {"phone": "１２３", "code": "123456"},
        {"phone": "null", "code": "123456"},
    ],
)
def test_an_order_that_proves_nothing_is_refused(shop: PhoneShop, order: dict[str, str]) -> None:
    login = shop.log_in(shop.customer())

    status, body = add(shop, login, **order)

    assert (status, body["Code"]) == (400, "field_invalid")


def test_an_app_has_no_phone_button(shop: PhoneShop) -> None:
    user = shop.owner(new_number())

    status, body = add(shop, app_login(shop, user), code=shop.code(user, "phone-code"))

    assert (status, body["Code"]) == (400, "field_invalid")


def test_another_account_than_the_sessions_is_missing(shop: PhoneShop) -> None:
    user = shop.owner(new_number())

    status, body = add(shop, shop.log_in(user), account="demo.app", code=shop.code(user, "phone-code"))

    assert (status, body["Code"]) == (404, "account_missing")


def test_a_login_may_bring_its_phone_along(shop: PhoneShop) -> None:
    number = new_number()
    user = shop.owner(number)
    by_phone = shop.log_in_by_phone(user, number)
    body = {"account": "demo.mini", "code": shop.code(user), "phone_code": shop.code(user, "phone-code")}

    status, login = shop.house.call("POST", "/v1/sessions/mini-program", body)

    assert status == 201
    assert "phone_refusal" not in login
    assert kinds(shop.me(login["session_token"])[1]) == ["openid", "phone", "unionid"]
    assert login["person"] == shop.me(by_phone["session_token"])[1]["person"]["id"]


def test_a_phone_that_cannot_be_had_does_not_stop_the_login(shop: PhoneShop) -> None:
    user = shop.owner(new_number())

    status, login = shop.house.call(
        "POST", "/v1/sessions/mini-program", {"account": "demo.mini", "code": shop.code(user), "phone_code": "gone"}
    )

    assert (status, login["phone_refusal"]) == (201, "phone_code_refused")
    assert kinds(shop.me(login["session_token"])[1]) == ["openid", "unionid"]


def test_no_phone_lies_in_clear(shop: PhoneShop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    number = new_number()
    user = shop.owner(number)
    login = shop.log_in(user)
    answers = [add(shop, login, **sealed(shop, user)), add(shop, login, code=shop.code(user, "phone-code"))]

    rows = [row for table in ("identities", "accounts", "audit") for row in shop.house.rows(table)]

    assert number not in json.dumps([answers, rows], default=str) + caplog.text
