"""Web logins of an official account: where they may lead, whose they are, and what comes twice."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import WebOriginsOrder
from chalicelib.errors import Missing, Refused
from chalicelib.sessions import tables
from chalicelib.sessions.flows import official_account
from chalicelib.sessions.words import WebLogin, WebScope
from chalicelib.world import World
from tests.builders import OA_APPID
from tests.sessions.shop import Shop

PAGE = "https://shop.example.com/me?tab=1"
CALLBACK = "https://api.example.com/v1/sessions/official-account/demo.oa/callback"
OWN_PAGE = "https://api.example.com/pages/demo.oa/phone"
BROWSER = "canary-browser-3c1f"


@pytest.fixture(autouse=True)
def pages(shop: Shop) -> None:
    """The shop's official account has pages of its own."""
    house = shop.house
    account = register.find_account("demo.oa", world=house.world, now=house.clock())
    order = WebOriginsOrder(web_origins=("https://shop.example.com",))
    register.change_web_origins(account, order, actor="test", world=house.world, now=house.clock())


def begin(shop: Shop, return_to: str = PAGE, account: str = "demo.oa", scope: WebScope = WebScope.base) -> str:
    world, now = shop.house.world, shop.house.clock()
    return official_account.begin(account, return_to, scope, browser=BROWSER, callback=CALLBACK, own_page=OWN_PAGE, world=world, now=now)


def agree(shop: Shop, address: str, user: str, *, answer: str = "agree") -> dict[str, str]:
    """What WeChat sends the browser back with."""
    parts = urlsplit(address)
    with shop.house.wechat_app.test_client() as client:
        page = client.post(f"{parts.path}?{parts.query}", data={"user": user, "answer": answer})
    assert page.status_code == 302, page.get_data(as_text=True)
    assert page.headers["Location"].startswith(f"{CALLBACK}?")
    return dict(parse_qsl(urlsplit(page.headers["Location"]).query))


def finish(shop: Shop, given: dict[str, str], *, account: str = "demo.oa", browser: str = BROWSER, world: World | None = None) -> WebLogin:
    return official_account.finish(
        account,
        given["state"],
        given.get("code", ""),
        browser=browser,
        own_page=OWN_PAGE,
        world=world or shop.house.world,
        now=shop.house.clock(),
    )


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.code


def test_a_web_login_finds_the_one_who_logs_in_from_the_mini_program(shop: Shop) -> None:
    user = shop.customer()
    person = shop.log_in(user)["person"]

    login = finish(shop, agree(shop, begin(shop, scope=WebScope.userinfo), user))

    assert login.return_to == PAGE
    assert login.key is not None
    assert login.key.startswith("openid#oa#")
    _, me = shop.me(shop.log_in(user)["session_token"])
    assert me["person"]["id"] == person
    assert {each["account"] for each in me["person"]["identifiers"]} == {"demo.oa", "demo.mini", None}


def test_the_same_visit_twice_is_one_login_and_one_call(shop: Shop) -> None:
    given = agree(shop, begin(shop), shop.customer())
    before = len(shop.house.wechat_calls("/sns/oauth2/access_token"))

    first, again, without_code = finish(shop, given), finish(shop, given), finish(shop, {"state": given["state"]})

    assert first == again == without_code
    assert len(shop.house.wechat_calls("/sns/oauth2/access_token")) == before + 1


def test_the_later_of_two_visits_at_once_waits_for_the_first(shop: Shop) -> None:
    given, house = agree(shop, begin(shop), shop.customer()), shop.house
    state_hash = official_account._hash(given["state"])
    early = tables.read_web_login("demo", state_hash)
    assert early is not None
    house.world.wechat.exchange_web_code(OA_APPID, "canary-app-secret-5f2e", given["code"])  # the first visit has used the code
    key = "openid#oa#0123"

    def settle(_: float) -> None:
        tables.settle_web_login(early, key)

    later = finish(shop, given, world=msgspec.structs.replace(house.world, pause=settle))

    assert later.key == key


def test_who_came_first_of_a_state_stays(shop: Shop) -> None:
    address = begin(shop)
    given = agree(shop, address, shop.customer())
    login = tables.read_web_login("demo", official_account._hash(given["state"]))
    assert login is not None

    said = [tables.settle_web_login(login, key) for key in ("openid#oa#1", "openid#oa#2")]

    assert said == [True, False]
    assert finish(shop, given).key == "openid#oa#1"


def test_a_login_that_is_gone_is_not_settled(shop: Shop) -> None:
    login = WebLogin(brand="demo", state_hash="nobody", account="oa", browser_hash="", return_to=PAGE, ends_at=shop.house.clock())

    assert not tables.settle_web_login(login, "openid#oa#1")
    assert tables.read_web_login("demo", "nobody") is None


def test_a_code_used_elsewhere_ends_the_login(shop: Shop) -> None:
    user = shop.customer()
    used = agree(shop, begin(shop), user)
    finish(shop, used)
    fresh = agree(shop, begin(shop), user)

    with pytest.raises(Refused) as refused:
        finish(shop, {"state": fresh["state"], "code": used["code"]})

    assert code_of(refused) == "web_login_ended"


def test_a_no_is_told_and_a_later_yes_counts(shop: Shop) -> None:
    user, address = shop.customer(), begin(shop, scope=WebScope.userinfo)
    denied = agree(shop, address, user, answer="refuse")

    with pytest.raises(Refused) as refused:
        finish(shop, denied)

    assert code_of(refused) == "web_login_denied"
    assert finish(shop, agree(shop, address, user)).key is not None


def test_a_visitor_made_up_by_wechat_is_nobody(shop: Shop) -> None:
    given = agree(shop, begin(shop).replace("#", "&forceSnapShot=true#"), shop.customer())
    before = len(shop.house.rows("identities"))

    with pytest.raises(Refused) as refused:
        finish(shop, given)

    assert code_of(refused) == "web_login_snapshot"
    assert len(shop.house.rows("identities")) == before


def test_another_browser_account_or_state_is_none_of_this_login(shop: Shop) -> None:
    given = agree(shop, begin(shop), shop.customer())

    for browser in ("another", ""):
        with pytest.raises(Refused) as refused:
            finish(shop, given, browser=browser)
        assert code_of(refused) == "web_login_ended"
    for state in ("", "0" * 64, given["state"].upper()):
        with pytest.raises(Refused) as refused:
            finish(shop, {**given, "state": state})
        assert code_of(refused) == "web_login_ended"


def test_a_login_ends_after_ten_minutes_to_the_second(shop: Shop) -> None:
    address = begin(shop)
    shop.house.clock.advance(minutes=9, seconds=59)
    given = agree(shop, address, shop.customer())
    shop.house.clock.advance(seconds=1)

    with pytest.raises(Refused) as refused:
        finish(shop, given)

    assert code_of(refused) == "web_login_ended"


@pytest.mark.parametrize("page", ["//evil.example", "https://shop.example.com@evil.example", "https://shop.example.com\\@evil.example", ""])
def test_a_login_leads_to_no_page_but_the_accounts_own(shop: Shop, page: str) -> None:
    with pytest.raises(Missing) as refused:
        begin(shop, page)

    assert refused.value.code == "web_login_missing"


def test_a_page_that_was_taken_back_meanwhile_is_not_led_to(shop: Shop) -> None:
    given, house = agree(shop, begin(shop), shop.customer()), shop.house
    now: datetime = house.clock()
    account = register.find_account("demo.oa", world=house.world, now=now)
    register.change_web_origins(account, WebOriginsOrder(web_origins=()), actor="test", world=house.world, now=now)

    with pytest.raises(Missing):
        finish(shop, given)


def test_an_account_that_has_no_web_login_begins_none(shop: Shop) -> None:
    house = shop.house
    account = register.find_account("demo.oa", world=house.world, now=house.clock())
    order = WebOriginsOrder(web_origins=("https://shop.example.com",), web_login=False)
    register.change_web_origins(account, order, actor="test", world=house.world, now=house.clock())

    with pytest.raises(Missing) as refused:
        begin(shop)

    assert refused.value.code == "web_login_missing"


def test_a_mini_program_has_no_web_login(shop: Shop) -> None:
    with pytest.raises(Missing) as refused:
        begin(shop, account="demo.mini")

    assert refused.value.code == "account_missing"


def test_neither_state_nor_browser_nor_code_is_kept(shop: Shop) -> None:
    given = agree(shop, begin(shop), shop.customer())
    finish(shop, given)

    kept = str(shop.house.rows("identities"))

    assert [secret for secret in (given["state"], given["code"], BROWSER) if secret in kept] == []
