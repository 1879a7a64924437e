"""Accounts and the token broker over HTTP."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from chalice.test import Client

from chalicelib.accounts.words import Kind
from chalicelib.aws.clients import client
from chalicelib.staff.words import Scope
from tests.builders import (
    AES_KEY,
    APP_SECRET,
    CALLBACK_TOKEN,
    OA_APPID,
    OTHER_AES_KEY,
    make_accounts,
    make_brand,
    make_key,
    mini_program,
    official_account,
)
from tests.house import House


def headers_of(house: House, target: str, key: str) -> dict[str, str]:
    with Client(house.app.app) as http:
        answer = http.http.get(target, headers={"Authorization": f"Bearer {key}"})
    return dict(answer.headers)


@pytest.mark.parametrize("kind", Kind)
def test_an_account_of_every_kind_is_made_shown_and_listed(house: House, kind: Kind) -> None:
    key = make_brand(house)

    status, made = house.call("POST", "/v1/accounts", official_account(kind=kind.value), key=key)
    shown_status, shown = house.call("GET", "/v1/accounts/demo.oa", key=key)
    listed_status, listed = house.call("GET", "/v1/accounts", key=key)

    assert (status, shown_status, listed_status) == (201, 200, 200)
    assert made["kind"] == kind
    assert shown == made
    assert listed == [made]


def test_no_answer_shows_a_secret(house: House) -> None:
    key = make_brand(house)

    answers = [
        house.call("POST", "/v1/accounts", official_account(), key=key),
        house.call("GET", "/v1/accounts/demo.oa", key=key),
        house.call("PUT", "/v1/accounts/demo.oa/secret", {"aes_key": OTHER_AES_KEY}, key=key),
        house.call("POST", "/v1/accounts", official_account(), key=key),
        house.call("POST", "/v1/accounts", mini_program(aes_key=f"{AES_KEY}!"), key=key),
    ]

    assert [status for status, _ in answers] == [201, 200, 204, 409, 400]
    assert not [secret for secret in (APP_SECRET, CALLBACK_TOKEN, AES_KEY, OTHER_AES_KEY) if secret in str(answers)]


def test_a_secret_is_changed_in_part(house: House) -> None:
    key = make_brand(house)
    house.call("POST", "/v1/accounts", official_account(), key=key)

    status, _ = house.call("PUT", "/v1/accounts/demo.oa/secret", {"aes_key": OTHER_AES_KEY}, key=key)

    kept = client("ssm").get_parameter(Name="/liandong/local/demo/accounts/oa", WithDecryption=True)["Parameter"]["Value"]
    assert status == 204
    assert json.loads(kept) == {"app_secret": APP_SECRET, "callback_token": CALLBACK_TOKEN, "aes_keys": [OTHER_AES_KEY, AES_KEY]}


@pytest.mark.parametrize(
    ("changes", "code"), [({"name": "second"}, 409), ({"appid": "wx00000000000000ff"}, 409), ({"brand": "other"}, 400)]
)
def test_an_account_that_clashes_is_refused(house: House, changes: dict[str, Any], code: int) -> None:
    key = make_brand(house)
    house.call("POST", "/v1/accounts", official_account(), key=key)

    assert house.call("POST", "/v1/accounts", official_account(**changes), key=key)[0] == code


@pytest.mark.parametrize("account", ["other.oa", "demo.nobody", "demo", "demo.", "demo.%23", "other.mini"])
def test_another_brands_account_is_as_missing_as_one_that_does_not_exist(house: House, account: str) -> None:
    demo, other = make_brand(house), make_brand(house, "other")
    house.call("POST", "/v1/accounts", official_account(), key=other)

    answers = [
        house.call("GET", f"/v1/accounts/{account}", key=demo),
        house.call("PUT", f"/v1/accounts/{account}/secret", {"app_secret": "x"}, key=demo),
        house.call("PUT", f"/v1/accounts/{account}/web-origins", {"web_origins": []}, key=demo),
        house.call("GET", f"/v1/tokens/{account}", key=demo),
    ]

    assert {(status, body["Code"], body["Message"]) for status, body in answers} == {
        (404, "account_missing", "No such account in this brand, or one of another kind.")
    }


# -- web pages ----------------------------------------------------------------------------------------------------


def test_the_web_pages_of_an_account_are_said_whole_kept_and_audited(house: House) -> None:
    key = make_brand(house)
    house.call("POST", "/v1/accounts", official_account(), key=key)
    path, pages = "/v1/accounts/demo.oa", ["https://b.example.com", "https://a.example.com:8443", "https://b.example.com"]

    said = house.call("PUT", f"{path}/web-origins", {"web_origins": pages}, key=key)
    shown = house.call("GET", path, key=key)
    said_none = house.call("PUT", f"{path}/web-origins", {"web_origins": []}, key=key)

    assert said[0] == shown[0] == 200
    assert said[1]["web_origins"] == shown[1]["web_origins"] == ["https://a.example.com:8443", "https://b.example.com"]
    assert said_none[1]["web_origins"] == house.call("GET", path, key=key)[1]["web_origins"] == []
    assert [row["did"]["S"] for row in house.rows("audit")].count("account.web_origins_changed") == 2


def test_an_account_has_web_login_unless_it_is_said_to_have_none(house: House) -> None:
    key = make_brand(house)
    made = house.call("POST", "/v1/accounts", official_account(), key=key)[1]
    path = "/v1/accounts/demo.oa"

    said = house.call("PUT", f"{path}/web-origins", {"web_origins": [], "web_login": False}, key=key)[1]
    kept = house.call("GET", path, key=key)[1]
    said_again = house.call("PUT", f"{path}/web-origins", {"web_origins": []}, key=key)[1]

    assert [each["web_login"] for each in (made, said, kept, said_again)] == [True, False, False, True]
    assert house.call("GET", path, key=key)[1]["web_login"] is True


def test_an_account_from_before_there_was_the_question_has_web_login(house: House) -> None:
    key = make_brand(house)
    house.call("POST", "/v1/accounts", official_account(), key=key)
    row = {"pk": {"S": "demo"}, "sk": {"S": "account#oa"}}
    client("dynamodb").update_item(TableName="liandong-local-accounts", Key=row, UpdateExpression="REMOVE web_login")
    house.new_container()

    assert house.call("GET", "/v1/accounts/demo.oa", key=key)[1]["web_login"] is True


def test_only_an_admin_says_which_web_pages_are_an_accounts_own(house: House) -> None:
    house.call("POST", "/v1/accounts", official_account(), key=make_brand(house))
    reader = make_key(house, "demo", Scope.accounts_read)

    status, answer = house.call("PUT", "/v1/accounts/demo.oa/web-origins", {"web_origins": []}, key=reader)

    assert (status, answer["Code"]) == (403, "scope_missing")


@pytest.mark.parametrize(
    "origin",
    [
        "http://shop.example.com",
        "https://shop.example.com/",
        "https://shop.example.com/path",
        "https://Shop.example.com",
        "https://商店.example.com",
        "https://*.example.com",
        "https://shop.example.com:0",
        "https://shop.example.com:443",
        "http://localhost:80",
        "https://user@shop.example.com",
        "https://shop.example.com\n",
        "https://shop",
        "javascript:alert(1)",
        "//shop.example.com",
        "null",
        "",
    ],
)
def test_what_no_browser_calls_an_origin_is_refused(house: House, origin: str) -> None:
    key = make_brand(house)
    house.call("POST", "/v1/accounts", official_account(), key=key)

    status, answer = house.call("PUT", "/v1/accounts/demo.oa/web-origins", {"web_origins": [origin]}, key=key)

    assert (status, answer["Code"]) == (400, "field_invalid")
    assert "web_origins" in answer["Message"]


# -- the broker ---------------------------------------------------------------------------------------------------


def test_a_token_is_lent_to_whoever_has_its_scope_and_to_no_admin_without_it(house: House) -> None:
    key = make_brand(house)
    make_accounts(house, key)
    admin, lender = make_key(house, "demo", Scope.admin), make_key(house, "demo", Scope.tokens_read)

    refused_status, refused = house.call("GET", "/v1/tokens/demo.oa", key=admin)
    status, lent = house.call("GET", "/v1/tokens/demo.oa", key=lender)

    assert (refused_status, refused["Code"]) == (403, "scope_missing")
    assert status == 200
    assert set(lent) == {"access_token", "expires_at", "version"}
    assert (lent["version"], lent["expires_at"]) == (1, "2026-11-20T06:00:00Z")
    assert lent["access_token"] in str(house.rows("credentials"))


def test_a_lent_token_is_the_one_we_use_and_costs_wechat_one_call(house: House) -> None:
    key = make_brand(house)
    make_accounts(house, key)

    lent = [house.call("GET", "/v1/tokens/demo.oa", key=key)[1]["access_token"] for _ in range(3)]

    assert len(set(lent)) == 1
    assert len(house.wechat_calls("/cgi-bin/stable_token")) == 1


def test_every_lending_is_written_down_before_the_token_leaves(house: House) -> None:
    key = make_brand(house)
    make_accounts(house, key)
    lent = house.call("GET", "/v1/tokens/demo.oa", key=key)[1]["access_token"]
    house.play("/faults", {"path": "/cgi-bin/stable_token", "errcode": 40164})
    status, refused = house.call("GET", "/v1/tokens/demo.mini", key=key)

    rows = [row for row in house.rows("audit") if row["did"]["S"] == "token.lent"]
    assert (status, refused["Code"]) == (422, "wechat_declined")
    assert {row["actor"]["S"] for row in rows} == {key.split("_")[1]}
    assert sorted(json.loads(row["about"]["S"])["account"] for row in rows) == ["demo.mini", "demo.oa"]
    assert lent not in str(rows)


def test_no_cache_may_keep_a_lent_token(house: House) -> None:
    key = make_brand(house)
    make_accounts(house, key)

    assert headers_of(house, "/v1/tokens/demo.oa", key)["Cache-Control"] == "no-store"


def test_no_log_line_of_any_level_tells_a_secret_a_token_or_a_key(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = make_brand(house)
    make_accounts(house, key)
    house.call("PUT", "/v1/accounts/demo.oa/secret", {"aes_key": OTHER_AES_KEY}, key=key)
    lent = house.call("GET", "/v1/tokens/demo.oa", key=key)[1]["access_token"]
    house.call("GET", "/v1/tokens/demo.oa", key=key[:-1])

    secrets = (APP_SECRET, CALLBACK_TOKEN, AES_KEY, OTHER_AES_KEY, lent, key.rsplit("_", 1)[1])
    assert not [secret for secret in secrets if secret in caplog.text]


def test_another_brands_token_is_not_lent(house: House) -> None:
    make_accounts(house, make_brand(house, "other"), "other")
    demo = make_brand(house)
    house.call("POST", "/v1/accounts", official_account(appid=OA_APPID, app_secret="demos own"), key=demo)

    status, body = house.call("GET", "/v1/tokens/demo.oa", key=demo)

    assert (status, body["Code"]) == (422, "wechat_declined")
    assert "40125" in body["Message"]
