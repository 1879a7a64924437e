"""Logging in to a mobile app by WeChat: who it is, and how a code is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.house import open_house
from tests.sessions.phones import APP_APPID, PhoneShop

CODE_CALL = "/sns/oauth2/access_token"


@pytest.fixture(scope="module")
def shop() -> Iterator[PhoneShop]:
    with open_house() as house:
        yield PhoneShop(house)


def code_of(shop: PhoneShop, user: str) -> str:
    code: str = shop.house.play(f"/users/{user}/app-login", {"appid": APP_APPID})["response"]["code"]
    return code


def post(shop: PhoneShop, code: str, account: str = "demo.app") -> tuple[int, Any]:
    return shop.house.call("POST", "/v1/sessions/app", {"account": account, "code": code})


def test_a_customer_of_the_mini_program_is_the_same_person_in_the_app(shop: PhoneShop) -> None:
    user = shop.customer()
    there = shop.log_in(user)

    status, here = post(shop, code_of(shop, user))

    _, me = shop.me(here["session_token"])
    assert (status, here["person"], me["account"]) == (201, there["person"], "demo.app")
    assert [(each["type"], each["account"]) for each in me["person"]["identifiers"]] == [
        ("openid", "demo.app"),
        ("openid", "demo.mini"),
        ("unionid", None),
    ]


def test_a_code_used_twice_is_refused_as_used(shop: PhoneShop) -> None:
    code = code_of(shop, shop.customer())
    post(shop, code)

    status, body = post(shop, code)

    assert (status, body["Code"]) == (400, "login_code_used")


@pytest.mark.parametrize("errcode", [40029, 42003])
def test_an_expired_code_is_refused_as_expired_however_wechat_says_it(shop: PhoneShop, errcode: int) -> None:
    shop.house.play("/settings", {"expired_web_code_errcode": errcode})
    code = code_of(shop, shop.customer())
    shop.house.clock.advance(seconds=601)

    status, body = post(shop, code)

    assert (status, body["Code"]) == (400, "login_code_expired")


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"errcode": -1}, 503, "wechat_busy"),
        ({"errcode": 40125}, 422, "wechat_declined"),
        ({"drop_after_effect": True}, 504, "outcome_unknown"),
    ],
)
def test_trouble_at_wechat_says_whether_to_try_again(shop: PhoneShop, fault: dict[str, Any], status: int, code: str) -> None:
    shop.house.play("/faults", {"path": CODE_CALL, **fault})

    refused, body = post(shop, code_of(shop, shop.customer()))

    assert (refused, body["Code"]) == (status, code)


@pytest.mark.parametrize("account", ["demo.mini", "demo.oa", "demo.nobody", "rival.app", ""])
def test_only_an_app_is_logged_in_to(shop: PhoneShop, account: str) -> None:
    status, body = post(shop, code_of(shop, shop.customer()), account)

    assert (status, body["Code"]) == (404, "account_missing")


def test_wechats_own_tokens_are_not_kept(shop: PhoneShop) -> None:
    user = shop.customer()
    post(shop, code_of(shop, user))

    rows = str(shop.house.rows("identities"))

    grants = shop.house.sandbox.state.official[APP_APPID].grants
    assert grants
    assert not any(token in rows for refresh, grant in grants.items() for token in (refresh, grant.access_token))
