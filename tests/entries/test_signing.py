"""Signatures for the JS-SDK: WeChat's own example, one ticket for everybody, and what is wrong is explained."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from chalicelib.accounts.flows import keeper, register
from chalicelib.accounts.tables import tokens
from chalicelib.accounts.words import Holder
from chalicelib.entries.rules import signing
from chalicelib.errors import Invalid
from chalicelib.wechat.platforms import StableToken
from tests.builders import OA_APPID, make_accounts, make_brand
from tests.house import House

PAGE = "https://shop.example.com/a?b=1&c=%E4%B8%AD"


@pytest.fixture
def shop(house: House) -> House:
    key = make_brand(house)
    make_accounts(house, key)
    house.call("PUT", "/v1/accounts/demo.oa/web-origins", {"web_origins": ["https://shop.example.com"]}, key=key)
    return house


def ask(house: House, url: str, account: str = "demo.oa", *, refused: object = "") -> tuple[int, Any]:
    told = f"&refused={quote(str(refused), safe='')}" if refused else ""
    return house.call("GET", f"/v1/jssdk/{account}?url={quote(url, safe='')}{told}")


def test_wechat_s_own_example_comes_out() -> None:
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"

    made = signing.sign(ticket, "Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value")

    assert made == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_a_page_is_signed_by_the_ticket_wechat_gave(shop: House) -> None:
    status, body = ask(shop, PAGE)

    ticket = shop.sandbox.official(OA_APPID).tickets["jsapi"].text
    text = f"jsapi_ticket={ticket}&noncestr={body['nonce_str']}&timestamp={body['timestamp']}&url={PAGE}"
    assert status == 200
    assert body["signature"] == hashlib.sha1(text.encode()).hexdigest()
    assert (body["appid"], body["url"], body["timestamp"]) == (OA_APPID, PAGE, int(shop.clock().timestamp()))
    assert ticket not in str(body)


def test_containers_and_pages_share_one_ticket_until_its_end(shop: House) -> None:
    for _ in range(3):
        assert ask(shop, PAGE)[0] == 200
        shop.new_container()
        shop.clock.advance(minutes=30)
    shop.clock.advance(minutes=29, seconds=59)

    last = ask(shop, PAGE)
    shop.clock.advance(seconds=1)
    following = ask(shop, PAGE)

    assert (last[0], following[0]) == (200, 200)
    assert len(shop.wechat_calls("/cgi-bin/ticket/getticket")) == 2


def forget_tickets(shop: House) -> None:
    """As when the AppSecret was reset: WeChat takes none of before."""
    shop.sandbox.official(OA_APPID).tickets.clear()


def test_a_ticket_wechat_refused_is_fetched_anew_once_for_all_pages(shop: House) -> None:
    _, first = ask(shop, PAGE)
    forget_tickets(shop)

    told = [ask(shop, PAGE, refused=first["ticket"]) for _ in range(3)]
    shop.new_container()
    last = ask(shop, PAGE)

    ticket = shop.sandbox.official(OA_APPID).tickets["jsapi"].text
    for status, body in (*told, last):
        assert (status, body["ticket"]) == (200, first["ticket"] + 1)
        assert body["signature"] == signing.sign(ticket, body["nonce_str"], body["timestamp"], PAGE)
        assert signing.SAME_TICKET not in body["notes"]
    assert len(shop.wechat_calls("/cgi-bin/ticket/getticket")) == 2


def test_where_wechat_stands_by_a_ticket_it_is_not_asked_again_within_a_minute_and_the_page_is_told(shop: House) -> None:
    _, first = ask(shop, PAGE)

    told = [ask(shop, PAGE, refused=first["ticket"]) for _ in range(3)]
    asked = len(shop.wechat_calls("/cgi-bin/ticket/getticket"))
    shop.clock.advance(seconds=60)
    ask(shop, PAGE, refused=first["ticket"])

    assert [(status, body["ticket"], body["notes"][0]) for status, body in told] == [(200, first["ticket"], signing.SAME_TICKET)] * 3
    assert (asked, len(shop.wechat_calls("/cgi-bin/ticket/getticket"))) == (2, 3)


def test_a_page_that_tells_of_a_refusal_over_and_over_invokes_nothing(shop: House) -> None:
    _, first = ask(shop, PAGE)
    ask(shop, PAGE, refused=first["ticket"])
    errands: list[object] = []
    shop.enter(msgspec.structs.replace(shop.world, keep=errands.append))

    statuses = [ask(shop, PAGE, refused=first["ticket"])[0] for _ in range(3)]

    assert (statuses, errands) == ([200] * 3, [])


@pytest.mark.parametrize("early", [True, False])
def test_a_token_that_died_early_takes_the_ticket_that_came_by_it_along(shop: House, monkeypatch: pytest.MonkeyPatch, early: bool) -> None:
    ask(shop, PAGE)
    forget_tickets(shop)
    with monkeypatch.context() as anew:
        anew.setattr(shop.world.wechat, "fetch_stable_token", lambda appid, secret: StableToken("another", 7200))
        shop.clock.advance(hours=0 if early else 1, minutes=0 if early else 56)
        keeper.mint_token("demo.oa", rejected_version=1 if early else None, world=shop.world, now=shop.clock())
    shop.new_container()

    state = tokens.read_token(Holder(register.find_account("demo.oa", world=shop.world, now=shop.clock()), for_pages=True).slot)

    assert state.token is not None
    assert (state.token.expires_at <= shop.clock()) is early


@pytest.mark.parametrize("number", ["x", "-1", "1" * 10, "1\n"])
def test_what_is_no_number_of_a_ticket_is_refused(shop: House, number: str) -> None:
    status, body = ask(shop, PAGE, refused=number)

    assert (status, body["Code"]) == (400, "field_invalid")


def test_what_stands_behind_a_hash_is_cut_off_and_said(shop: House) -> None:
    status, body = ask(shop, f"{PAGE}#/cart")

    assert (status, body["url"]) == (200, PAGE)
    assert any("#" in note for note in body["notes"])
    assert any("iOS" in note for note in body["notes"])


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({}, "missing"),
        ({"url": ""}, "missing"),
        ({"url": "#/cart"}, "missing"),
        ({"url": quote(PAGE, safe="")}, "encoded twice"),
        ({"url": quote(quote(PAGE, safe=""), safe="")}, "encoded twice"),
        ({"url": "https://shop.example.com/a?b=1", "c": "2"}, "& that was not encoded"),
        ({"url": "https://shop.example.com/中"}, "decoded on the way"),
        ({"url": "http://shop.example.com/"}, "says http"),
        ({"url": "shop.example.com/a"}, "no whole address"),
        ({"url": "https://evil.test/"}, "web origins"),
        ({"url": "https://shop.example.com.evil.test/"}, "web origins"),
        ({"url": "https://shop.example.com/" + "a" * 2024}, "over 2048"),
    ],
)
def test_the_usual_mistakes_are_explained(asked: dict[str, str], why: str) -> None:
    with pytest.raises(Invalid) as refused:
        signing.read_url(asked, ("https://shop.example.com",))

    assert refused.value.code == "jssdk_url_refused"
    assert why in refused.value.message
    assert "evil" not in refused.value.message


def test_an_address_of_2048_characters_is_signed() -> None:
    url = "https://shop.example.com/" + "a" * 2023

    assert signing.read_url({"url": url}, ("https://shop.example.com",))[0] == url


def test_an_account_that_is_no_official_account_is_as_missing_as_nobody_s(shop: House) -> None:
    refusals = [ask(shop, PAGE, account)[1]["Code"] for account in ("demo.mini", "demo.none", "nobody.oa", "x")]

    assert refusals == ["account_missing"] * 4


def test_wechat_s_refusal_is_handed_on(shop: House) -> None:
    shop.play("/faults", {"path": "/cgi-bin/ticket/getticket", "errcode": 48001, "times": 1})

    status, body = ask(shop, PAGE)

    assert (status, body["Code"]) == (422, "wechat_declined")
    assert ask(shop, PAGE)[0] == 200


def test_a_page_at_its_own_origin_may_ask_from_its_browser(shop: House) -> None:
    status, _ = shop.call("GET", f"/v1/jssdk/demo.oa?url={quote(PAGE, safe='')}", headers={"Origin": "https://shop.example.com"})

    assert status == 200
