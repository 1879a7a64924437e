"""Pages at the accounts' own origins may ask the doors of people; other pages may not, and servers' doors answer no page."""

from __future__ import annotations

import pytest
from chalice.test import Client, HTTPResponse

import app
from chalicelib.accounts import tables
from chalicelib.aws.tables import TableError
from tests.builders import make_brand, official_account
from tests.house import House

SHOP, OTHER = "https://shop.example.com", "https://elsewhere.example.com"
DOORS = app.rooms.open_all()
ASKED_BY_PAGES = sorted({door.path for door in DOORS if door.path.startswith("/v1/") and door.proof not in ("key", "wechat")})
ASKED_BY_SERVERS = sorted({door.path for door in DOORS} - set(ASKED_BY_PAGES))
PARTS = {"account": "demo.oa", "ticket": "x", "group": "g", "showing": "s", "scene": "e_x"}


@pytest.fixture
def key(house: House) -> str:
    made = make_brand(house)
    house.call("POST", "/v1/accounts", official_account(), key=made)
    say_pages(house, made, SHOP)
    return made


def say_pages(house: House, key: str, *origins: str) -> None:
    status, answer = house.call("PUT", "/v1/accounts/demo.oa/web-origins", {"web_origins": origins}, key=key)
    assert status == 200, answer


def ask(house: House, method: str, path: str, origin: str = "") -> HTTPResponse:
    """A request as a browser sends it for a page."""
    sent = {"Content-Type": "application/json", **({"Origin": origin} if origin else {})}
    with Client(house.app.app) as client:
        return client.http.request(method, path, headers=sent)


@pytest.mark.parametrize("path", ASKED_BY_PAGES)
def test_a_page_of_an_account_may_ask_every_door_of_people(house: House, key: str, path: str) -> None:
    answer = ask(house, "OPTIONS", path.format(**PARTS), SHOP)

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert set(answer.headers["Access-Control-Allow-Methods"].split(", ")) == {door.method for door in DOORS if door.path == path}
    assert answer.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize("path", ASKED_BY_SERVERS)
def test_no_page_is_let_in_where_servers_ask(path: str) -> None:
    assert "OPTIONS" not in app.app.routes[path]


def test_what_servers_are_answered_is_marked_for_no_page(house: House, key: str) -> None:
    answer = ask(house, "GET", "/v1/accounts", SHOP)

    assert answer.status_code == 401
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("origin", [OTHER, "null", f"{SHOP}:8443", "http://shop.example.com", f"{SHOP}.evil.example", "x" * 5000, ""])
def test_a_page_of_nobody_is_not_let_in(house: House, key: str, origin: str) -> None:
    asked = ask(house, "OPTIONS", "/v1/me", origin)
    answered = ask(house, "GET", "/v1/me", origin)

    assert (asked.status_code, answered.status_code) == (204, 401)
    assert not [name for name in {**asked.headers, **answered.headers} if name.startswith("Access-Control")]
    assert answered.headers["Vary"] == "Origin"


def test_a_page_may_read_why_it_was_refused(house: House, key: str) -> None:
    answer = ask(house, "GET", "/v1/me", SHOP)

    assert (answer.status_code, answer.json_body["Code"]) == (401, "session_refused")
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"


def test_nobody_is_let_in_with_cookies(house: House, key: str) -> None:
    answer = ask(house, "OPTIONS", "/v1/me", SHOP)

    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["Access-Control-Allow-Origin"] != "*"


def test_an_origin_taken_back_is_let_in_no_more_within_a_minute(house: House, key: str) -> None:
    before = ask(house, "OPTIONS", "/v1/me", SHOP)
    say_pages(house, key, OTHER)
    house.clock.advance(seconds=61)

    after = [ask(house, "OPTIONS", "/v1/me", origin).headers.get("Access-Control-Allow-Origin") for origin in (SHOP, OTHER)]

    assert before.headers["Access-Control-Allow-Origin"] == SHOP
    assert after == [None, OTHER]


def test_an_origin_that_another_account_has_too_stays_let_in(house: House, key: str) -> None:
    other = make_brand(house, "other")
    house.call("POST", "/v1/accounts", official_account(), key=other)
    house.call("PUT", "/v1/accounts/other.oa/web-origins", {"web_origins": [SHOP]}, key=other)
    say_pages(house, key)
    house.new_container()

    answer = ask(house, "OPTIONS", "/v1/me", SHOP)

    assert answer.headers["Access-Control-Allow-Origin"] == SHOP


def test_two_who_change_the_origins_at_once_leave_the_rows_of_one(house: House, key: str) -> None:
    stale = tables.read_account("demo", "oa")
    assert stale is not None
    say_pages(house, key, OTHER)

    changed = tables.change_web_origins(stale, ("https://late.example.com",))

    assert not changed
    assert not tables.is_web_origin("https://late.example.com")
    assert tables.is_web_origin(OTHER)


def test_an_origin_that_cannot_be_looked_up_is_not_let_in_but_answered(house: House, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(origin: str) -> bool:
        raise TableError("away")

    monkeypatch.setattr(tables, "is_web_origin", fail)
    house.new_container()

    answer = ask(house, "GET", "/v1/me", SHOP)

    assert (answer.status_code, answer.json_body["Code"]) == (401, "session_refused")
    assert "Access-Control-Allow-Origin" not in answer.headers
