"""Our own page on which somebody adds their phone: what it is served with, whose logins may lead to it, and a real browser on it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import urlencode

import msgspec
import pytest
from playwright.sync_api import Browser, Page

from tests.browsed import app_of
from tests.builders import MINI_APPID, official_account, tell_wechat
from tests.sandbox.phone.browser import CHROMIUM, PATIENCE_MS, open_browser, serve
from tests.sessions.shop import Shop

PLAIN_APPID = "wx00000000000000f7"
OWN = "https://api.example.com/pages/demo.oa/phone"
REFUSED = (
    "the server responded with a status of 4",
    "the server responded with a status of 503",
    "has been blocked by CORS policy",
    "net::ERR_FAILED",
)
AUTHORIZE = "/v1/sessions/official-account/demo.oa/authorize"


def test_the_page_runs_its_own_script_and_nothing_else(shop: Shop) -> None:
    status, headers, page = shop.house.visit("/pages/demo.oa/phone")
    _, later, _ = shop.house.visit("/pages/demo.oa/phone")

    policy = headers["Content-Security-Policy"]
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert status == 200
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.count(f'nonce="{nonce}"') == 2
    assert "NONCE" not in page
    assert nonce not in later["Content-Security-Policy"]
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")


@pytest.mark.parametrize("address", [OWN, f"{OWN}?lang=en"])
def test_every_accounts_login_may_lead_to_our_page_of_it(shop: Shop, address: str) -> None:
    status, headers, page = shop.house.visit(f"{AUTHORIZE}?{urlencode({'return_to': address})}")

    assert status == 302, page
    assert "connect/oauth2/authorize" in headers["Location"]


@pytest.mark.parametrize(
    "address",
    [
        f"{OWN}/",
        f"{OWN}/../../../v1/me",
        f"{OWN}#x",
        f"{OWN}s",
        OWN.replace("demo.oa", "demo.mini"),
        OWN.replace("api.", "evil."),
        OWN.replace("https", "http"),
        f"{OWN}\\@evil.example.com",
    ],
)
def test_what_is_not_our_page_of_this_very_account_is_led_to_by_no_login(shop: Shop, address: str) -> None:
    status, _, page = shop.house.visit(f"{AUTHORIZE}?{urlencode({'return_to': address})}")

    assert status == 404
    assert "web_login_missing" in page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium found: apt-get install chromium, and the page is tested in it too")
    with open_browser() as opened:
        yield opened


@pytest.fixture
def front(shop: Shop) -> Iterator[str]:
    """Where the house answers a browser, with WeChat's pages beside it."""
    with serve(shop.house.wechat_app) as wechat, serve(app_of(shop.house)) as address:
        before = shop.house.world
        shop.house.enter(
            msgspec.structs.replace(before, settings=msgspec.structs.replace(before.settings, public_url=address, wechat_open_url=wechat))
        )
        yield address
        shop.house.enter(before)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A narrow window; at the end nothing may have been complained about but what was refused."""
    context = browser.new_context(viewport={"width": 420, "height": 860}, locale="zh-CN")
    complaints: list[str] = []
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)
    opened.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert [each for each in complaints if not any(refused in each for refused in REFUSED)] == []


def open_page(shop: Shop, front: str, page: Page, user: str, query: str = "") -> None:
    """From the menu entry to the form: WeChat asks who is there, and comes back."""
    page.goto(f"{front}/pages/demo.oa/phone{query}")
    page.locator(f'input[value="{user}"]').check()
    page.get_by_role("button", name="同意").click()
    page.wait_for_selector("#form:not([hidden]), #done:not([hidden])")


def code_for(shop: Shop, user: str) -> str:
    """What the last text to somebody says."""
    received = shop.house.play(f"/users/{user}/received", method="GET")["received"]
    text: str = next(each["text"] for each in reversed(received) if each["via"] == "sms")
    return next(part for part in text.replace("，", " ").split() if part.isdigit() and len(part) == 6)


def test_somebody_adds_their_phone_and_is_one_person_with_the_mini_program(shop: Shop, front: str, page: Page) -> None:
    user = shop.customer()
    person = shop.log_in(user)["person"]
    shop.follow(user)
    number = shop.house.play(f"/users/{user}", method="GET")["phone"]
    open_page(shop, front, page, user)
    assert "ticket" not in page.url

    page.fill("#phone", number)
    page.click("#ask")
    page.get_by_text("验证码已发送").wait_for()
    page.fill("#code", "000000")
    page.get_by_role("button", name="绑定").click()
    page.get_by_text("验证码不对").wait_for()
    page.fill("#code", code_for(shop, user))
    page.get_by_role("button", name="绑定").click()
    page.get_by_text("已绑定").wait_for()

    assert page.inner_text("#bound").strip() == f"{number[:3]}****{number[-4:]}"
    found = shop.house.call("POST", "/v1/people/lookup", {"type": "phone", "value": number}, key=shop.key)[1]
    assert found["id"] == person
    assert sorted(each["type"] for each in found["identifiers"]) == ["openid", "openid", "phone", "unionid"]


def test_who_follows_an_account_without_web_login_adds_their_phone_by_the_link_of_a_reply(shop: Shop, front: str, page: Page) -> None:
    make_plain_account(shop)
    user = shop.customer()
    person = shop.log_in(user)["person"]
    shop.house.play(f"/users/{user}/follow", {"appid": PLAIN_APPID})
    asked = {"appid": PLAIN_APPID, "msgtype": "text", "content": "绑定"}
    reply = shop.house.play(f"/users/{user}/send", asked)["push"]["deliveries"][0]["reply"]["Content"]

    page.goto(re.findall('href="([^"]+)"', reply)[0])
    page.get_by_text("请稍候").wait_for()
    shop.house.work()
    page.wait_for_selector("#form:not([hidden])")
    assert page.is_visible("#warning")
    assert page.evaluate("document.querySelector('main').getBoundingClientRect().right <= innerWidth - 16")
    assert "jump" not in page.url
    page.fill("#phone", number := shop.house.play(f"/users/{user}", method="GET")["phone"])
    page.click("#ask")
    page.get_by_text("验证码已发送").wait_for()
    page.fill("#code", code_for(shop, user))
    page.get_by_role("button", name="绑定").click()
    page.get_by_text("已绑定").wait_for()

    found = shop.house.call("POST", "/v1/people/lookup", {"type": "phone", "value": number}, key=shop.key)[1]
    assert found["id"] == person
    assert {each.get("account") for each in found["identifiers"] if each["type"] == "openid"} == {"demo.mini", "demo.plain"}
    page.goto(re.findall('href="([^"]+)"', reply)[0])
    page.get_by_text("这个链接已用过").wait_for()


def make_plain_account(shop: Shop) -> None:
    """An official account without web login whose reply leads to our page of it."""
    order = official_account(name="plain", appid=PLAIN_APPID, original_id="gh_plain")
    assert shop.house.call("POST", "/v1/accounts", order, key=shop.key)[0] == 201
    tell_wechat(shop.house, order, mode="safe", format="xml", open_platform="op1")
    pages = {"web_origins": [], "web_login": False}
    assert shop.house.call("PUT", "/v1/accounts/demo.plain/web-origins", pages, key=shop.key)[0] == 200
    rule = {"name": "bind", "when": {"on": "default"}, "text": [{"label": "绑定手机号", "page": "phone"}]}
    assert shop.house.call("PUT", "/v1/reply-rules/demo.plain", {"rules": [rule]}, key=shop.key)[0] == 201


def test_a_second_number_stands_beside_the_first_and_a_double_tap_adds_it_once(shop: Shop, front: str, page: Page) -> None:
    user = shop.customer()
    shop.follow(user)
    number = shop.house.play(f"/users/{user}", method="GET")["phone"]
    session = shop.log_in(user)["session_token"]
    code = shop.house.play(f"/users/{user}/phone-code", {"appid": MINI_APPID})["code"]
    assert shop.house.call("POST", "/v1/me/phone", {"code": code}, key=session)[0] == 200
    other = shop.customer()
    second = shop.house.play(f"/users/{other}", method="GET")["phone"]
    open_page(shop, front, page, user)

    page.get_by_role("button", name="再绑定一个手机号").click()
    page.fill("#phone", second)
    page.click("#ask")
    page.get_by_text("验证码已发送").wait_for()
    page.fill("#code", code_for(shop, other))
    page.evaluate("document.querySelector('#bind').click(); document.querySelector('#bind').click()")
    page.get_by_text("已绑定").wait_for()

    assert sorted(page.locator("#bound li").all_inner_texts()) == sorted(f"{each[:3]}****{each[-4:]}" for each in (number, second))
    assert page.locator("#says.bad").count() == 0


def test_the_page_works_in_web_views_of_five_years_ago_and_says_something_without_a_script(
    shop: Shop, front: str, page: Page, browser: Browser
) -> None:
    user = shop.customer()
    page.add_init_script(
        "delete Array.prototype.at; delete String.prototype.at; delete Object.fromEntries; delete Array.prototype.flatMap;"
    )
    open_page(shop, front, page, user)
    silent = browser.new_context(java_script_enabled=False).new_page()
    silent.goto(f"{front}/pages/demo.oa/phone")

    assert page.locator("#form").is_visible()
    assert "绑定手机号" in silent.inner_text("body")
    assert "允许运行脚本" in silent.inner_text("body")
    silent.context.close()
    _, _, source = shop.house.visit("/pages/demo.oa/phone")
    assert not re.search(r"\?\?|\?\.[A-Za-z(\[]|\.at\(|replaceAll|structuredClone", source.split("<script")[1])


def test_somebody_elses_ticket_in_the_address_logs_nobody_in(shop: Shop, front: str, page: Page, browser: Browser) -> None:
    attacker, crook, victim = browser.new_context(), shop.customer(), shop.customer()
    theirs = attacker.new_page()
    theirs.route("**/v1/sessions/ticket", lambda route: route.abort())
    theirs.goto(f"{front}/pages/demo.oa/phone")
    theirs.locator(f'input[value="{crook}"]').check()
    with theirs.expect_request("**/v1/sessions/ticket") as asked:
        theirs.get_by_role("button", name="同意").click()
    ticket = json.loads(asked.value.post_data or "")["ticket"]
    attacker.close()

    page.goto(f"{front}/pages/demo.oa/phone?ticket={ticket}")
    page.get_by_text("登录已失效").wait_for()

    assert not page.locator("#form").is_visible()
    page.get_by_role("button", name="重新登录").click()
    page.locator(f'input[value="{victim}"]').wait_for()


def test_a_login_that_fails_can_be_begun_again(shop: Shop, front: str, page: Page) -> None:
    user = shop.customer()
    page.route("**/v1/me", lambda route: route.fulfill(status=503, body='{"Code": "busy"}', content_type="application/json"))
    page.goto(f"{front}/pages/demo.oa/phone?lang=en")
    page.locator(f'input[value="{user}"]').check()
    page.get_by_role("button", name="同意").click()

    page.get_by_text("It did not work").wait_for()
    page.unroute("**/v1/me")
    page.get_by_role("button", name="Log in again").click()
    page.locator(f'input[value="{user}"]').check()
    page.get_by_role("button", name="同意").click()

    page.get_by_text("Phone number").wait_for()
    assert page.url.endswith("?lang=en")


def test_an_account_nobody_has_has_no_page(shop: Shop) -> None:
    answers = [shop.house.visit(f"/pages/{account}/phone") for account in ("demo.none", "nobody.oa", "demo.mini")]

    assert {(status, "account_missing" in page) for status, _, page in answers} == {(404, True)}


def test_who_comes_again_is_shown_their_phone_also_in_english(shop: Shop, front: str, page: Page) -> None:
    user = shop.customer()
    session = shop.log_in(user)["session_token"]
    code = shop.house.play(f"/users/{user}/phone-code", {"appid": MINI_APPID})["code"]
    assert shop.house.call("POST", "/v1/me/phone", {"code": code}, key=session)[0] == 200
    shop.follow(user)

    open_page(shop, front, page, user, "?lang=en")

    assert page.get_by_role("heading").inner_text() == "Add your phone"
    assert "****" in page.inner_text("#bound")
    assert page.get_by_role("button", name="Add another number").is_visible()


def test_a_page_elsewhere_may_ask_only_once_its_origin_is_the_accounts_own(shop: Shop, front: str, page: Page) -> None:
    ask = (
        f"fetch('{front}/v1/me', {{headers: {{Authorization: 'Bearer x'}}}}).then(async (a) => (await a.json()).Code, () => 'kept from us')"
    )
    with serve(shop.house.wechat_app) as elsewhere:
        page.goto(f"{elsewhere}/_sandbox/health")
        before = page.evaluate(ask)
        shop.house.call("PUT", "/v1/accounts/demo.oa/web-origins", {"web_origins": [elsewhere]}, key=shop.key)
        shop.house.clock.advance(seconds=61)

        after = page.evaluate(ask)

    assert (before, after) == ("kept from us", "session_refused")
