"""Logging in with the code of wx.login: who it is, what it costs, how it is refused, what never leaves."""

from __future__ import annotations

import json

import pytest
from chalice.test import Client

from tests.builders import MINI_APPID, MINI_SECRET
from tests.scene import watched
from tests.sessions.shop import Shop

CODE_CALL = "/sns/jscode2session"


def test_a_login_gives_a_person_and_two_tokens(shop: Shop) -> None:
    login = shop.log_in(shop.customer())

    assert set(login) == {"person", "session_token", "expires_at", "refresh_token", "refresh_expires_at"}
    status, me = shop.me(login["session_token"])
    assert status == 200
    assert me["person"]["id"] == login["person"]
    assert me["account"] == "demo.mini"
    assert [(each["type"], each["account"]) for each in me["person"]["identifiers"]] == [("openid", "demo.mini"), ("unionid", None)]


def test_a_known_login_costs_one_wechat_call_two_reads_and_one_write(shop: Shop) -> None:
    user = shop.customer()
    shop.log_in(user)
    code = shop.code(user)
    before = len(shop.house.sandbox.log.find())

    with watched() as calls:
        status, _ = shop.post_code(code)

    assert status == 201
    assert calls == ["GetItem", "GetItem", "PutItem"]
    assert [call.path for call in shop.house.sandbox.log.find()[before:]] == [CODE_CALL]


def test_a_follower_who_logs_in_is_the_same_person(shop: Shop) -> None:
    user = shop.customer()
    shop.follow(user)

    login = shop.log_in(user)

    _, me = shop.me(login["session_token"])
    assert {each["account"] for each in me["person"]["identifiers"]} == {"demo.oa", "demo.mini", None}


def test_a_late_unionid_keeps_the_person_and_the_session(shop: Shop) -> None:
    user = shop.customer()
    tell_open_platform(shop, None)
    early = shop.log_in(user)
    tell_open_platform(shop, "op1")

    late = shop.log_in(user)

    assert late["person"] == early["person"]
    _, me = shop.me(early["session_token"])
    assert [each["type"] for each in me["person"]["identifiers"]] == ["openid", "unionid"]


def test_after_a_join_a_session_shows_the_joined_person_at_once(shop: Shop) -> None:
    user = shop.customer()
    tell_open_platform(shop, None)
    early = shop.log_in(user)
    tell_open_platform(shop, "op1")
    shop.house.clock.advance(seconds=1)
    shop.follow(user)
    _, before = shop.me(early["session_token"])

    late = shop.log_in(user)

    _, after = shop.me(early["session_token"])
    assert {each["account"] for each in before["person"]["identifiers"]} == {"demo.mini"}
    assert {each["account"] for each in after["person"]["identifiers"]} == {"demo.oa", "demo.mini", None}
    assert after["person"]["id"] == late["person"]


def test_a_code_used_twice_is_refused_as_used(shop: Shop) -> None:
    code = shop.code(shop.customer())
    shop.post_code(code)

    status, body = shop.post_code(code)

    assert (status, body["Code"]) == (400, "login_code_used")


def test_a_code_older_than_five_minutes_is_refused_as_expired(shop: Shop) -> None:
    code = shop.code(shop.customer())
    shop.house.clock.advance(seconds=301)

    status, body = shop.post_code(code)

    assert (status, body["Code"]) == (400, "login_code_expired")


def test_a_code_of_another_mini_program_is_refused_as_expired(shop: Shop) -> None:
    appid = "wx00000000000000c3"
    shop.house.play("/accounts", {"appid": appid, "secret": "another-secret", "kind": "mini_program", "original_id": "gh_c3"})
    code = shop.house.play(f"/users/{shop.customer()}/login", {"appid": appid})["code"]

    status, body = shop.post_code(code)

    assert (status, body["Code"]) == (400, "login_code_expired")


def test_a_phone_code_sent_as_a_login_code_is_told_apart(shop: Shop) -> None:
    status, body = shop.post_code(shop.code(shop.customer(), "phone-code"))

    assert (status, body["Code"]) == (400, "login_code_wrong_kind")


def test_a_person_wechat_deems_risky_is_refused(shop: Shop) -> None:
    status, body = shop.post_code(shop.code(shop.customer(high_risk=True)))

    assert (status, body["Code"]) == (400, "login_refused")


@pytest.mark.parametrize("errcode", [-1, 45011])
def test_when_wechat_is_busy_the_login_may_be_tried_again(shop: Shop, errcode: int) -> None:
    code = shop.code(shop.customer())
    shop.house.play("/faults", {"path": CODE_CALL, "errcode": errcode})

    status, body = shop.post_code(code)
    again, _ = shop.post_code(code)

    assert (status, body["Code"]) == (503, "wechat_busy")
    assert again == 201


def test_a_login_whose_answer_was_lost_is_not_known_to_have_failed(shop: Shop) -> None:
    code = shop.code(shop.customer())
    shop.house.play("/faults", {"path": CODE_CALL, "drop_after_effect": True})

    status, body = shop.post_code(code)

    assert (status, body["Code"]) == (504, "outcome_unknown")


def test_another_refusal_of_wechat_is_passed_on(shop: Shop) -> None:
    shop.house.play("/faults", {"path": CODE_CALL, "errcode": 40125})

    status, body = shop.post_code(shop.code(shop.customer()))

    assert (status, body["Code"]) == (422, "wechat_declined")
    assert "40125" in body["Message"]
    assert MINI_SECRET not in json.dumps(body)


@pytest.mark.parametrize(
    "account",
    [
        "demo.nobody",
        "nobody.mini",
        "demo.oa",
        "demo",
        "demo.",
        ".mini",
        "",
        "demo.mini.x",
        "demo.mini#x",
        "#brands.demo",
        "demo.小程序",
        "DEMO.MINI",
        "demo." + "x" * 3000,
        "x" * 3000 + ".mini",
    ],
    ids=lambda account: account[:12],
)
def test_an_account_nobody_has_and_one_that_is_no_mini_program_look_alike(shop: Shop, account: str) -> None:
    status, body = shop.post_code(shop.code(shop.customer()), account)

    assert (status, body["Code"]) == (404, "account_missing")


@pytest.mark.parametrize(
    "body", [{}, {"account": "demo.mini"}, {"account": "demo.mini", "code": ""}, {"account": "demo.mini", "code": "0" * 513}]
)
def test_a_login_without_a_code_does_not_reach_wechat(shop: Shop, body: dict[str, str]) -> None:
    before = len(shop.house.sandbox.log.find(path=CODE_CALL))

    status, refusal = shop.house.call("POST", "/v1/sessions/mini-program", body)

    assert (status, refusal["Code"]) == (400, "field_invalid")
    assert len(shop.house.sandbox.log.find(path=CODE_CALL)) == before


def test_nobody_on_the_way_keeps_a_copy_of_the_tokens(shop: Shop) -> None:
    body = {"account": "demo.mini", "code": shop.code(shop.customer())}

    with Client(shop.house.app.app) as client:
        headers = {"Content-Type": "application/json"}
        answer = client.http.request("POST", "/v1/sessions/mini-program", headers=headers, body=json.dumps(body).encode())

    assert answer.headers["Cache-Control"] == "no-store"


def test_the_session_key_is_in_no_answer_and_in_no_row(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    user = shop.customer(phone="13912345678")
    login = shop.log_in(user)
    answers = [login, shop.me(login["session_token"]), shop.refresh(login["refresh_token"])]

    session_key = shop.contact(user).session_key
    openid = shop.claims(login["session_token"]).key
    rows = [row for table in ("identities", "accounts", "inbox", "messages", "audit") for row in shop.house.rows(table)]
    sealed = [row["session_key"]["S"] for row in rows if "session_key" in row and openid in row["pk"]["S"]]
    assert session_key
    for places in (json.dumps(answers), json.dumps(rows, default=str), caplog.text):
        assert session_key not in places
    assert [shop.house.world.keyring.decrypt("demo", each) for each in sealed] == [session_key]


def test_neither_openid_nor_unionid_is_in_a_token_or_a_row(shop: Shop) -> None:
    user = shop.customer()
    login = shop.log_in(user)

    known = shop.house.play(f"/users/{user}?appid={MINI_APPID}", method="GET")
    places = json.dumps(
        [shop.house.rows("identities"), str(shop.claims(login["session_token"])), shop.me(login["session_token"])], default=str
    )
    assert known["openid"] not in places
    assert known["unionid"] not in places


def tell_open_platform(shop: Shop, open_platform: str | None) -> None:
    """Bind the mini program to an Open Platform account, or unbind it."""
    shop.house.play("/accounts", {"appid": MINI_APPID, "open_platform": open_platform})
