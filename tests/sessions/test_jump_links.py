"""Links of jump tickets: where they lead a browser, in WeChat and elsewhere, and what a person is shown when they lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from chalice.test import Client

from chalicelib.sessions.rules import addresses
from tests.house import open_house
from tests.sessions.jumps import PAGE, WECHAT, JumpShop, Visit

CARRIED = {"order_id": "A-1001"}


@pytest.fixture(scope="module")
def shop() -> Iterator[JumpShop]:
    with open_house() as house:
        yield JumpShop(house)


def link(shop: JumpShop, user: str | None = None, **order: Any) -> tuple[str, str]:
    """A ticket to demo.oa's page, and its link."""
    made = shop.make(user, **{"audience": ["demo.oa"], "to": PAGE, "payload": CARRIED, **order})
    return made["ticket"], made["link"]


def query_of(visit: Visit) -> dict[str, list[str]]:
    return parse_qs(urlsplit(visit[1]["Location"]).query)


def test_a_link_leads_to_its_page_with_the_ticket_in_the_query(shop: JumpShop) -> None:
    ticket, address = link(shop, to=PAGE + "#part")

    status, headers, body = led = shop.follow_link(address)

    assert (status, body) == (302, "")
    assert headers["Location"].startswith(f"{PAGE}&jump=")
    assert headers["Location"].endswith("#part")
    assert query_of(led) == {"tab": ["1"], "jump": [ticket]}
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")


def test_in_wechat_the_page_arrives_with_the_ticket_and_the_web_logins_own(shop: JumpShop) -> None:
    user = shop.customer()
    person = shop.log_in(user)["person"]
    shop.show(shop.web_login(user)["ticket"][0], None)  # WeChat has told once that both openids have one unionid
    ticket, address = link(shop, user)

    led = shop.follow_link(address, user_agent=WECHAT)
    query = shop.web_login(user, begin_at=led[1]["Location"].removeprefix("https://api.example.com"))
    status, arrival = shop.show(query["jump"][0], "demo.oa", query["ticket"][0])

    assert led[0] == 302
    assert led[1]["Location"].startswith("https://api.example.com/v1/sessions/official-account/demo.oa/authorize?return_to=")
    assert query["jump"] == [ticket]
    assert query["tab"] == ["1"]
    assert (status, arrival["person"], arrival["payload"]) == (201, person, CARRIED)


def test_a_link_as_long_as_may_be_still_comes_through_the_web_login(shop: JumpShop) -> None:
    user = shop.customer()
    shop.log_in(user)
    ticket, address = link(shop, user, payload={"a": "x" * 230, "b": "x" * 230}, to=PAGE + "&x=" + "y" * 450)

    led = shop.follow_link(address, user_agent=WECHAT)
    query = shop.web_login(user, begin_at=led[1]["Location"].removeprefix("https://api.example.com"))

    assert len(query_of(led)["return_to"][0]) > 1900
    assert query["jump"] == [ticket]


def test_previews_and_people_may_follow_a_link_as_often_as_they_like(shop: JumpShop) -> None:
    user = shop.customer()
    shop.log_in(user)
    ticket, address = link(shop, user, audience=["demo.oa", "demo.mini"])
    rows = shop.house.rows("identities")

    led = [shop.follow_link(address, user_agent=agent)[0] for agent in ("", WECHAT, "curl/8", "WeChat-preview")]
    with Client(shop.house.app.app) as client:
        head = client.http.head(address.removeprefix("https://api.example.com"))
    left = shop.house.rows("identities")
    opened = shop.show(ticket, "demo.mini", shop.code(user))

    assert led == [302] * 4
    assert head.status_code == 405
    assert left == rows
    assert opened[0] == 201


@pytest.mark.parametrize(("account", "page"), [("demo.sub", "https://news.example.com/a"), ("demo.app", "https://app.example.com/a?b=c")])
def test_an_account_without_web_login_is_led_to_directly_in_wechat_too(shop: JumpShop, account: str, page: str) -> None:
    _, address = link(shop, audience=["demo.mini", account], to=page)

    led = shop.follow_link(address, user_agent=WECHAT)

    assert led[1]["Location"].startswith(page)


def test_our_own_page_of_an_account_is_a_page_of_its_own(shop: JumpShop) -> None:
    _, address = link(shop, to="https://api.example.com/pages/demo.oa/phone")
    refused, _ = shop.try_to_make(audience=["demo.oa"], to="https://api.example.com/pages/demo.sub/phone")

    assert shop.follow_link(address)[1]["Location"].startswith("https://api.example.com/pages/demo.oa/phone?jump=demo.")
    assert shop.follow_link(address, user_agent=WECHAT)[1]["Location"].startswith("https://api.example.com/v1/sessions/official-account/")
    assert refused == 400


def test_a_ticket_without_a_page_says_who_opens_it(shop: JumpShop) -> None:
    made = shop.make(payload={"note": "canary-carried"})

    status, headers, page = shop.visit(f"/j/{made['ticket']}")

    assert (status, "ticket_page_missing" in page, "请在收到它的地方使用" in page) == (404, True, True)
    assert headers["Content-Type"].startswith("text/html")
    assert "Location" not in headers
    assert "canary" not in page


def test_a_page_that_was_taken_back_meanwhile_is_not_led_to(shop: JumpShop) -> None:
    _, address = link(shop)
    shop.say_pages("demo.oa", "https://other.example.com")

    status, headers, page = shop.follow_link(address)
    shop.say_pages("demo.oa", "https://shop.example.com")

    assert (status, "ticket_page_missing" in page, "Location" in headers) == (404, True, False)


def test_a_link_that_is_over_says_so_in_chinese_and_english(shop: JumpShop) -> None:
    _, address = link(shop)
    shop.house.clock.advance(minutes=5)

    status, headers, page = shop.follow_link(address)

    assert (status, "ticket_refused" in page, "链接已经失效" in page, "expired" in page) == (401, True, True, True)
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "text", ["x", "a.b.c", "demo.2026-11.", "demo.2026-11.AAAA", "nobody.2026-11.AAAA", "demo.hash.AAAA", "demo.1999-01.AAAA"]
)
def test_what_is_no_ticket_leads_nowhere_and_is_not_repeated(shop: JumpShop, text: str) -> None:
    status, headers, page = shop.visit(f"/j/{text}")

    assert (status, "ticket_refused" in page, "Location" in headers) == (401, True, False)
    assert text == "x" or text not in page


@pytest.mark.parametrize(
    ("agent", "is_wechat"),
    [
        (WECHAT, True),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/107 MicroMessenger/7.0.20.1781(0x6700143B) WindowsWechat", True),
        ("Mozilla/5.0 (iPhone) wxwork/4.1.20 MicroMessenger/7.0.1 Language/zh", False),
        ("Mozilla/5.0 (iPhone) Safari/604.1", False),
        ("", False),
    ],
)
def test_wechats_own_browser_is_told_by_its_name(agent: str, is_wechat: bool) -> None:
    assert addresses.is_in_wechat(agent) is is_wechat
