"""Web logins over HTTP: the browser's way there and back, the ticket, and what a person is shown when it fails."""

from __future__ import annotations

import base64
import hashlib
from functools import partial
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from chalicelib.sessions.flows import official_account
from tests.faults import Chaos
from tests.scene import away
from tests.sessions.shop import Shop

PAGE = "https://shop.example.com/me?tab=1"
HOME = "/v1/sessions/official-account/demo.oa"
Visit = tuple[int, dict[str, str], str]


@pytest.fixture(autouse=True)
def pages(shop: Shop) -> None:
    """The shop's official account has pages of its own."""
    order = {"web_origins": ["https://shop.example.com"]}
    status, body = shop.house.call("PUT", "/v1/accounts/demo.oa/web-origins", order, key=shop.key)
    assert status == 200, body


def begin(shop: Shop, return_to: str = PAGE, **more: str) -> Visit:
    return shop.house.visit(f"{HOME}/authorize?{urlencode({'return_to': return_to, **more})}")


def agree(shop: Shop, begun: Visit, user: str, *, answer: str = "agree") -> str:
    """The address WeChat sends the browser back to, as a path of ours."""
    parts = urlsplit(begun[1]["Location"])
    with shop.house.wechat_app.test_client() as client:
        page = client.post(f"{parts.path}?{parts.query}", data={"user": user, "answer": answer})
    assert page.status_code == 302, page.get_data(as_text=True)
    back = urlsplit(page.headers["Location"])
    assert f"{back.scheme}://{back.netloc}" == "https://api.example.com"
    return f"{back.path}?{back.query}"


def cookie_of(begun: Visit) -> str:
    return begun[1]["Set-Cookie"].split(";")[0]


def log_in(shop: Shop, user: str) -> str:
    """The ticket the shop's page is opened with."""
    begun = begin(shop, scope="userinfo")
    status, headers, page = shop.house.visit(agree(shop, begun, user), cookie=cookie_of(begun))
    assert status == 302, page
    query = parse_qs(urlsplit(headers["Location"]).query)
    assert query["tab"] == ["1"]
    return query["ticket"][0]


def redeem(shop: Shop, ticket: str) -> tuple[int, Any]:
    return shop.house.call("POST", "/v1/sessions/ticket", {"ticket": ticket})


def test_a_page_in_wechat_becomes_a_session_of_the_one_who_logs_in_from_the_mini_program(shop: Shop) -> None:
    user = shop.customer()
    mini = shop.log_in(user)

    status, session = redeem(shop, log_in(shop, user))

    assert status == 201
    assert session["person"] == mini["person"]
    _, me = shop.me(session["session_token"])
    assert (me["account"], me["person"]["id"]) == ("demo.oa", mini["person"])


def test_the_way_there_is_wechats_and_carries_a_cookie_only_the_callback_reads(shop: Shop) -> None:
    status, headers, _ = begin(shop)

    asked = dict(parse_qsl(urlsplit(headers["Location"]).query))
    assert status == 302
    assert headers["Location"].startswith("https://open.weixin.qq.com/connect/oauth2/authorize?")
    assert headers["Location"].endswith("#wechat_redirect")
    assert asked["redirect_uri"] == f"https://api.example.com{HOME}/callback"
    assert len(asked["state"]) == 64
    assert {"HttpOnly", "SameSite=Lax", "Secure"} <= {part.strip() for part in headers["Set-Cookie"].split(";")}
    assert headers["Cache-Control"] == "no-store"


def test_a_ticket_becomes_one_session_however_often_it_is_sent(shop: Shop) -> None:
    ticket = log_in(shop, shop.customer())

    _, first = redeem(shop, ticket)
    _, again = redeem(shop, ticket)
    shop.house.clock.advance(seconds=61)
    late = redeem(shop, ticket)

    claims = [shop.claims(each["session_token"]).session for each in (first, again)]
    assert claims[0] == claims[1]
    assert (late[0], late[1]["Code"]) == (401, "ticket_refused")


def test_a_ticket_of_a_session_that_was_ended_opens_nothing(shop: Shop) -> None:
    ticket = log_in(shop, shop.customer())
    _, session = redeem(shop, ticket)
    shop.log_out(session["session_token"])

    status, answer = redeem(shop, ticket)

    assert (status, answer["Code"]) == (401, "ticket_refused")


def test_a_ticket_lives_five_minutes(shop: Shop) -> None:
    ticket = log_in(shop, shop.customer())
    shop.house.clock.advance(seconds=301)

    status, answer = redeem(shop, ticket)

    assert (status, answer["Code"]) == (401, "ticket_refused")


def test_two_pages_with_one_ticket_at_once_and_interrupted_get_one_session(shop: Shop) -> None:
    for seed in range(25):
        ticket = log_in(shop, shop.customer())
        trade = partial(official_account.redeem, ticket, browser="", code_verifier=None, world=shop.house.world, now=shop.house.clock())

        first, second = Chaos(seed, chance=0.1).run(trade, trade)

        assert shop.claims(first.session_token).session == shop.claims(second.session_token).session, f"seed {seed}"


@pytest.mark.parametrize("ticket", ["", "x", "a.b", "eyJ9.x" * 100, "票"])
def test_what_is_no_ticket_is_refused(shop: Shop, ticket: str) -> None:
    status, answer = redeem(shop, ticket)

    assert (status, answer["Code"]) == (401, "ticket_refused")


def test_a_session_token_is_no_ticket_and_a_ticket_no_session(shop: Shop) -> None:
    user = shop.customer()
    session, ticket = shop.log_in(user)["session_token"], log_in(shop, user)

    assert redeem(shop, session)[1]["Code"] == "ticket_refused"
    assert shop.me(ticket)[0] == 401


def test_wechats_second_visit_leads_to_the_same_login(shop: Shop) -> None:
    begun = begin(shop)
    back = agree(shop, begun, shop.customer())

    tickets = [parse_qs(urlsplit(shop.house.visit(back, cookie=cookie_of(begun))[1]["Location"]).query)["ticket"][0] for _ in range(2)]

    assert len({shop.claims(redeem(shop, ticket)[1]["session_token"]).session for ticket in tickets}) == 1


@pytest.mark.parametrize(
    "return_to",
    [
        "",
        "https://evil.example.com/",
        "//shop.example.com/me",
        "https://shop.example.com@evil.example.com/",
        "https://shop.example.com:444/",
    ],
)
def test_a_page_of_nobodys_is_refused_to_a_person_in_words(shop: Shop, return_to: str) -> None:
    status, headers, page = begin(shop, return_to)

    assert status == 404
    assert "web_login_missing" in page
    assert "公众号" in page
    assert "evil" not in page
    assert headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "Location" not in headers


def test_another_browser_gets_no_login(shop: Shop) -> None:
    begun = begin(shop)
    back = agree(shop, begun, shop.customer())

    answers = [shop.house.visit(back, cookie=cookie) for cookie in ("", f"ld_browser={'0' * 64}", "a=b; ld_browser")]

    assert {(status, "web_login_ended" in page) for status, _, page in answers} == {(400, True)}


@pytest.mark.parametrize("planted", ["x", '"x\\073 Domain=example.com"', '"\\015\\012Location: x"', "0" * 63, "G" * 64, "٣" * 64])
def test_a_cookie_we_never_gave_is_neither_taken_nor_given_back(shop: Shop, planted: str) -> None:
    query = urlencode({"return_to": PAGE})

    status, headers, _ = shop.house.visit(f"{HOME}/authorize?{query}", cookie=f"ld_browser={planted}")

    assert status == 302
    name, _, secret = headers["Set-Cookie"].partition(";")[0].partition("=")
    assert (name, len(secret), secret.isalnum()) == ("__Host-ld_browser", 64, True)
    assert "Domain" not in headers["Set-Cookie"]


def test_a_page_with_an_old_ticket_in_its_address_gets_the_new_one_alone(shop: Shop) -> None:
    begun = begin(shop, f"{PAGE}&ticket=old&tick%65t=older&jump=kept")

    _, headers, _ = shop.house.visit(agree(shop, begun, shop.customer()), cookie=cookie_of(begun))

    query = parse_qs(urlsplit(headers["Location"]).query)
    assert (len(query["ticket"]), query["jump"], query["tab"]) == (1, ["kept"], ["1"])
    assert query["ticket"][0] not in ("old", "older")


VERIFIER = "canary-verifier-0123456789-0123456789-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


def test_a_page_that_keeps_a_secret_is_the_only_one_its_ticket_is_good_for(shop: Shop) -> None:
    begun = begin(shop, code_challenge=CHALLENGE)
    _, headers, _ = shop.house.visit(agree(shop, begun, shop.customer()), cookie=cookie_of(begun))
    ticket = parse_qs(urlsplit(headers["Location"]).query)["ticket"][0]

    without = redeem(shop, ticket)
    wrong = shop.house.call("POST", "/v1/sessions/ticket", {"ticket": ticket, "code_verifier": VERIFIER[::-1]})
    right = shop.house.call("POST", "/v1/sessions/ticket", {"ticket": ticket, "code_verifier": VERIFIER})

    assert [(status, body.get("Code")) for status, body in (without, wrong, right)] == [(401, "ticket_refused")] * 2 + [(201, None)]


@pytest.mark.parametrize("challenge", ["", "x", CHALLENGE + "=", CHALLENGE[:-1] + "+", CHALLENGE + "\n"])
def test_what_is_no_challenge_is_refused_before_anybody_is_asked(shop: Shop, challenge: str) -> None:
    status, _, page = begin(shop, code_challenge=challenge)

    assert (status, "field_invalid" in page) == (400, True)


def test_a_ticket_of_our_own_page_is_good_in_the_browser_that_began_alone(shop: Shop) -> None:
    begun = begin(shop, "https://api.example.com/pages/demo.oa/phone")
    _, headers, _ = shop.house.visit(agree(shop, begun, shop.customer()), cookie=cookie_of(begun))
    ticket, other = parse_qs(urlsplit(headers["Location"]).query)["ticket"][0], cookie_of(begin(shop))

    def trade(cookie: str) -> int:
        return shop.house.call("POST", "/v1/sessions/ticket", {"ticket": ticket}, headers={"cookie": cookie})[0]

    assert [trade(""), trade(other), trade(cookie_of(begun))] == [401, 401, 201]


def test_who_was_refused_is_led_back_to_the_page_that_began(shop: Shop) -> None:
    begun = begin(shop, scope="userinfo")
    state = parse_qs(urlsplit(begun[1]["Location"]).query)["state"][0]

    _, _, page = shop.house.visit(f"{HOME}/callback?state={state}", cookie=cookie_of(begun))
    _, _, elsewhere = shop.house.visit(f"{HOME}/callback?state={state}")

    assert f'<a href="{PAGE}">' in page
    assert "<a " not in elsewhere


def test_a_table_that_is_away_is_told_to_people_as_a_page(shop: Shop) -> None:
    with away("dynamodb"):
        pages = [begin(shop), shop.house.visit(f"{HOME}/callback?state=x&code=y"), shop.house.visit("/pages/demo.oa/phone")]

    assert {(status, headers["Content-Type"].split(";")[0]) for status, headers, _ in pages} <= {(503, "text/html"), (200, "text/html")}
    assert any("服务繁忙" in page for _, _, page in pages)


def test_who_does_not_agree_is_told_so(shop: Shop) -> None:
    begun = begin(shop, scope="userinfo")
    state = parse_qs(urlsplit(begun[1]["Location"]).query)["state"][0]

    status, _, page = shop.house.visit(f"{HOME}/callback?state={state}", cookie=cookie_of(begun))

    assert status == 400
    assert "web_login_denied" in page
    assert "同意" in page


def test_a_scope_nobody_knows_is_refused(shop: Shop) -> None:
    status, _, page = begin(shop, scope="everything")

    assert (status, "field_invalid" in page) == (400, True)


def test_neither_state_nor_code_nor_cookie_is_kept_or_told(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    begun = begin(shop)
    back = agree(shop, begun, shop.customer())
    _, headers, _ = shop.house.visit(back, cookie=cookie_of(begun))

    secrets = [*(value for _, value in parse_qsl(urlsplit(back).query)), cookie_of(begun).split("=")[1]]
    kept = str(shop.house.rows("identities")) + caplog.text
    assert not [secret for secret in secrets if secret in kept]
    assert not [secret for secret in secrets if secret in headers["Location"]]
