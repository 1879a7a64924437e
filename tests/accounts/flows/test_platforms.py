"""Third-party platforms: tickets in any order, one token however many ask, and authorisations that survive whatever comes between."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import msgspec
import pytest
from botocore.client import BaseClient

from chalicelib.accounts.flows import keeper, platforms, tokens
from chalicelib.accounts.tables import platforms as tables
from chalicelib.accounts.tables.tokens import read_token
from chalicelib.accounts.words import Slot
from chalicelib.accounts.words.platforms import Authorize, Grant, Withdraw
from chalicelib.errors import Busy, Declined
from chalicelib.staff.words import Scope
from chalicelib.wechat.gateway import TokenRejected
from chalicelib.wechat.messages import Authorized, TicketPushed, Unauthorized
from tests.accounts.agency import Agency
from tests.builders import (
    MINI_APPID,
    OA_APPID,
    PLATFORM_APPID,
    PLATFORM_SECRET,
    make_key,
    make_user,
    mini_program,
    platform,
    tell_wechat,
)
from tests.house import NOON, House

COMPONENT_TOKEN = "/cgi-bin/component/api_component_token"
START = "/cgi-bin/component/api_start_push_ticket"
AUTHORIZER_TOKEN = "/cgi-bin/component/api_authorizer_token"
REDEEM = "/cgi-bin/component/api_query_auth"
INFO = "/cgi-bin/component/api_get_authorizer_info"
OWN, THEIRS = Slot("demo", PLATFORM_APPID), Slot("demo", OA_APPID, PLATFORM_APPID)
THREADS = 20
PATIENCE_S = 60


@pytest.fixture
def agency(house: House) -> Agency:
    return Agency(house)


@pytest.fixture
def shared_ground() -> Any:
    """One request to AWS at a time, as DynamoDB changes a row by one request at a time and moto does not."""
    real, lock = BaseClient._make_api_call, threading.Lock()

    def ask(asking: Any, name: str, params: Any) -> Any:
        with lock:
            return real(asking, name, params)

    BaseClient._make_api_call = ask
    yield
    BaseClient._make_api_call = real


def ticket(text: str, seconds: int = 0) -> TicketPushed:
    return TicketPushed(to_account=PLATFORM_APPID, created_at=NOON + timedelta(seconds=seconds), ticket=text)


def authorized(code: str, seconds: int = 0) -> Authorized:
    return Authorized(to_account=PLATFORM_APPID, created_at=NOON + timedelta(seconds=seconds), appid=OA_APPID, code=code)


def unauthorized(seconds: int = 0) -> Unauthorized:
    return Unauthorized(to_account=PLATFORM_APPID, created_at=NOON + timedelta(seconds=seconds), appid=OA_APPID)


# -- tickets ------------------------------------------------------------------------------------------------------


def test_a_ticket_from_the_callback_makes_the_platforms_token(agency: Agency) -> None:
    agency.push_ticket()

    token = agency.fetch()

    assert agency.house.sandbox.state.tokens[token].appid == PLATFORM_APPID
    assert read_token(OWN).version == 1
    assert agency.fetch() == token
    assert agency.asked(COMPONENT_TOKEN) == 1


def test_a_ticket_lies_sealed_and_nowhere_open(agency: Agency) -> None:
    pushed = agency.push_ticket()

    rows = {table: str(agency.house.rows(table)) for table in ("credentials", "inbox", "audit", "accounts")}

    assert not [table for table, text in rows.items() if pushed in text]
    assert f"{PLATFORM_APPID}#component_ticket" in rows["credentials"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0), (0, 1, 0), (1, 1, 0)], ids=str)
def test_of_two_tickets_the_later_stays_whatever_order_they_come_in(agency: Agency, order: tuple[int, ...]) -> None:
    notices = (ticket("early"), ticket("late", 600))

    agency.hear(*(notices[each] for each in order))

    kept = tables.read_ticket(agency.find("demo.open"))
    assert kept.sealed is not None
    assert agency.house.world.keyring.decrypt("demo", kept.sealed) == "late"
    assert kept.pushed_at == NOON + timedelta(seconds=600)


def test_an_account_that_is_no_platform_is_told_of_no_ticket(agency: Agency) -> None:
    notices = [ticket("t"), authorized("c"), unauthorized()]

    for notice in notices:
        platforms.hear(agency.find("demo.oa"), notice, world=agency.house.world, now=NOON)

    assert agency.house.rows("credentials") == []


def test_without_a_ticket_wechat_is_asked_for_one_and_says_what_to_look_at(agency: Agency) -> None:
    with pytest.raises(Busy) as caught:
        agency.fetch()

    assert caught.value.code == "platform_ticket_missing"
    assert "/wechat/demo.open" in caught.value.message
    assert PLATFORM_SECRET not in caught.value.message
    assert agency.asked(START) == 1
    assert agency.asked(COMPONENT_TOKEN) == 0
    agency.house.play("/pushes/deliver", {})
    agency.house.work()
    assert agency.fetch()


def test_wechat_is_asked_for_a_ticket_once_in_ten_minutes(agency: Agency) -> None:
    asked = []
    for passed_s in (0, 599, 1):
        agency.house.clock.advance(seconds=passed_s)
        with pytest.raises(Busy):
            agency.fetch()
        asked.append(agency.asked(START))

    assert asked == [1, 1, 2]


@pytest.mark.parametrize(("age_s", "asks"), [(43_199, False), (43_200, True)])
def test_a_ticket_is_good_for_twelve_hours(agency: Agency, age_s: int, asks: bool) -> None:
    agency.push_ticket()
    agency.house.clock.advance(seconds=age_s)

    with suppress(Busy):
        agency.fetch()

    assert (agency.asked(START) == 1, agency.asked(COMPONENT_TOKEN) == 0) == (asks, asks)


@pytest.mark.parametrize("errcode", [61005, 61006])
def test_a_ticket_that_wechat_does_not_take_is_as_good_as_none(agency: Agency, errcode: int) -> None:
    agency.push_ticket()
    agency.house.play("/faults", {"path": COMPONENT_TOKEN, "errcode": errcode})

    with pytest.raises(Busy) as caught:
        agency.fetch()

    assert caught.value.code == "platform_ticket_missing"
    assert agency.asked(START) == 1
    assert agency.fetch()


@pytest.mark.parametrize("errcode", [40125, 61004])
def test_another_refusal_of_the_platform_is_told_as_it_is(agency: Agency, errcode: int) -> None:
    agency.push_ticket()
    agency.house.play("/faults", {"path": COMPONENT_TOKEN, "errcode": errcode})

    with pytest.raises(Declined) as caught:
        agency.fetch()

    assert (caught.value.code, caught.value.errcode) == ("wechat_declined", errcode)
    assert agency.asked(START) == 0


def test_a_ticket_whose_worker_died_is_kept_when_it_comes_again(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    real, died = tables.keep_ticket, list[bool]()

    def die(*given: Any) -> None:
        real(*given)
        if not died:
            died.append(True)
            raise RuntimeError

    monkeypatch.setattr(tables, "keep_ticket", die)
    agency.house.play(f"/platforms/{PLATFORM_APPID}/push-ticket")
    agency.house.work()
    _, failed = agency.house.call("GET", "/v1/inbox/failed", key=agency.key)

    agency.house.call("POST", "/v1/inbox/redrive", {}, key=agency.key)
    agency.house.work()

    assert [each["kind"] for each in failed["callbacks"]] == ["platform.component_verify_ticket"]
    assert agency.house.call("GET", "/v1/inbox/failed", key=agency.key)[1]["callbacks"] == []
    assert agency.fetch()


# -- tokens -------------------------------------------------------------------------------------------------------


def test_an_authorised_account_is_called_with_the_platforms_token_for_it(agency: Agency) -> None:
    agency.start()

    token = agency.call_as_platform()

    told = agency.house.sandbox.state.tokens[token]
    assert (told.appid, told.component) == (OA_APPID, PLATFORM_APPID)
    assert agency.call_as_platform() == token
    assert agency.asked(AUTHORIZER_TOKEN) == 1
    assert read_token(Slot("demo", OA_APPID)).token is None


def test_the_accounts_own_token_and_the_platforms_for_it_are_two(agency: Agency) -> None:
    agency.start()

    own, theirs = agency.fetch("demo.oa"), agency.call_as_platform()

    assert own != theirs
    assert agency.house.sandbox.state.tokens[own].component == ""
    assert (read_token(Slot("demo", OA_APPID)).version, read_token(THEIRS).version) == (1, 1)


def test_a_platform_that_was_not_authorised_has_no_token_and_wechat_is_not_asked(agency: Agency) -> None:
    agency.push_ticket()

    with pytest.raises(Declined) as caught:
        agency.call_as_platform()

    assert caught.value.code == "platform_unauthorised"
    assert agency.asked(AUTHORIZER_TOKEN) == 0


def test_a_herd_that_wants_the_platforms_token_for_an_account_asks_wechat_once(agency: Agency, shared_ground: None) -> None:
    agency.start()
    agency.house.clock.advance(hours=2)
    barrier, got = threading.Barrier(THREADS), list[str]()
    minted = threading.Event()
    real = agency.house.world.mint

    def mint(account: str, **more: Any) -> None:
        real(account, **more)
        minted.set()

    world = msgspec.structs.replace(agency.house.world, mint=mint, pause=lambda _: minted.wait(PATIENCE_S))
    oa, acting, now = agency.find("demo.oa"), agency.find("demo.open"), agency.house.clock()

    def call() -> None:
        barrier.wait(PATIENCE_S)
        got.append(tokens.with_token(oa, str, platform=acting, world=world, now=now))

    threads = [threading.Thread(target=call) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)

    assert len(got) == THREADS
    assert len(set(got)) == 1
    assert (agency.asked(AUTHORIZER_TOKEN), agency.asked(COMPONENT_TOKEN)) == (
        1,
        2,
    )  # one of the platform's own before, one after two hours


def test_a_rejected_token_of_the_platform_is_replaced_once_all_the_way_down(agency: Agency) -> None:
    agency.start()
    before = agency.call_as_platform()
    agency.house.play("/tokens/revoke", {"appid": PLATFORM_APPID})
    agency.house.play("/tokens/revoke", {"appid": OA_APPID})

    def call(token: str) -> str:
        return str(agency.house.world.wechat.list_mini_programs(token)) + token

    after = agency.call_as_platform(call)

    assert before not in after
    assert (read_token(THEIRS).version, read_token(OWN).version) == (2, 2)


def test_the_schedule_renews_a_platforms_tokens_as_the_others(agency: Agency) -> None:
    agency.start()
    agency.call_as_platform()
    agency.house.clock.advance(seconds=7200 - 60)

    agency.house.tick("refresh_tokens")

    assert (read_token(THEIRS).version, read_token(OWN).version) == (2, 2)
    assert agency.house.pauses == []


def test_a_changed_refresh_token_is_kept_before_the_token_that_came_with_it(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    agency.start()
    real = type(agency.house.world.wechat).refresh_authorizer_token
    given: list[str] = []

    def rotate(wechat: Any, token: str, component: str, appid: str, refresh_token: str) -> Any:
        given.append(refresh_token)
        answer = real(wechat, token, component, appid, agency.house.sandbox.state.platforms[PLATFORM_APPID].grants[appid].refresh_token)
        return msgspec.structs.replace(answer, refresh_token="canary-rotated")

    monkeypatch.setattr(type(agency.house.world.wechat), "refresh_authorizer_token", rotate)
    agency.call_as_platform()
    agency.house.clock.advance(hours=2)
    agency.push_ticket()
    agency.call_as_platform()

    assert given[1] == "canary-rotated" != given[0]
    assert "canary-rotated" not in str(agency.house.rows("credentials"))


def test_a_refresh_token_that_could_not_be_kept_gives_no_token(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    agency.start()
    real = type(agency.house.world.wechat).refresh_authorizer_token

    def rotate(*asked: Any) -> Any:
        agency.hear(authorized(agency.authorize(hear=False), 5))  # the row changes meanwhile
        return msgspec.structs.replace(real(*asked), refresh_token="canary-rotated")

    monkeypatch.setattr(type(agency.house.world.wechat), "refresh_authorizer_token", rotate)

    with pytest.raises(Busy):
        agency.call_as_platform()

    assert read_token(THEIRS).token is None


def test_a_refresh_token_that_was_lost_is_asked_for_again(agency: Agency) -> None:
    agency.start()
    grant = agency.grant()
    assert grant is not None
    wrong = agency.house.world.keyring.encrypt("demo", "refreshtoken@@@of-long-ago", now=NOON)
    tables.keep_grant(msgspec.structs.replace(grant, sealed=wrong), before=grant)

    token = agency.call_as_platform()

    assert agency.house.sandbox.state.tokens[token].component == PLATFORM_APPID
    assert agency.asked(AUTHORIZER_TOKEN) == 2
    agency.house.clock.advance(hours=2)
    agency.push_ticket()
    agency.call_as_platform()
    assert agency.asked(AUTHORIZER_TOKEN) == 3


# -- an account without a secret ----------------------------------------------------------------------------------


def make_secretless(agency: Agency) -> None:
    order = mini_program(name="mini2", appid="wx00000000000000d4", original_id="gh_d4")
    tell_wechat(agency.house, order, mode="safe", format="xml", open_platform="op1")
    bare = {name: value for name, value in order.items() if name != "app_secret"}
    status, made = agency.house.call("POST", "/v1/accounts", {**bare, "platform": "demo.open"}, key=agency.key)
    assert status == 201, made


def test_an_account_without_a_secret_is_called_through_its_platform(agency: Agency) -> None:
    make_secretless(agency)
    agency.push_ticket()
    agency.authorize("wx00000000000000d4")

    token = agency.fetch("demo.mini2")
    status, lent = agency.house.call("GET", "/v1/tokens/demo.mini2", key=make_key(agency.house, "demo", Scope.tokens_read))

    assert agency.house.sandbox.state.tokens[token].component == PLATFORM_APPID
    assert (status, lent["access_token"]) == (200, token)


def test_a_mini_program_without_a_secret_logs_its_visitors_in(agency: Agency) -> None:
    make_secretless(agency)
    agency.push_ticket()
    agency.authorize("wx00000000000000d4")
    user = make_user(agency.house)
    code = agency.house.play(f"/users/{user}/login", {"appid": "wx00000000000000d4"})["code"]

    status, login = agency.house.call("POST", "/v1/sessions/mini-program", {"account": "demo.mini2", "code": code})

    assert status == 201
    assert login["person"]
    assert agency.asked("/sns/component/jscode2session") == 1
    assert agency.asked("/sns/jscode2session") == 0


def test_a_login_through_a_platform_that_is_not_authorised_says_so(agency: Agency) -> None:
    make_secretless(agency)
    agency.push_ticket()
    user = make_user(agency.house)
    code = agency.house.play(f"/users/{user}/login", {"appid": "wx00000000000000d4"})["code"]

    status, refused = agency.house.call("POST", "/v1/sessions/mini-program", {"account": "demo.mini2", "code": code})

    assert (status, refused["Code"]) == (422, "platform_unauthorised")


# -- authorisations -----------------------------------------------------------------------------------------------


def test_an_admin_authorises_in_the_browser_and_is_told_so_in_two_languages(agency: Agency) -> None:
    agency.push_ticket()
    begun = agency.begin({"account": "demo.oa"})

    status, headers, page = agency.house.visit(agency.confirm(begun))

    asked = parse_qs(urlsplit(begun["address"]).query)
    assert urlsplit(begun["address"]).netloc == "mp.weixin.qq.com"
    assert (asked["component_appid"], asked["auth_type"], asked["biz_appid"]) == ([PLATFORM_APPID], ["1"], [OA_APPID])
    assert begun["ends_at"] == "2026-11-20T04:30:00Z"
    assert status == 200
    assert "已完成授权" in page
    assert "has authorised the platform" in page
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    (shown,) = agency.authorizations()
    assert (shown["appid"], shown["account"], shown["since"]) == (OA_APPID, "demo.oa", "2026-11-20T04:00:00Z")
    assert {"id": 33, "name": "小程序管理"} in shown["permissions"]


@pytest.mark.parametrize(("body", "auth_type"), [({}, "3"), ({"account": None}, "3"), ({"account": "demo.mini"}, "2")])
def test_the_page_offers_what_is_asked_for(agency: Agency, body: dict[str, Any], auth_type: str) -> None:
    agency.push_ticket()

    asked = parse_qs(urlsplit(agency.begin(body)["address"]).query)

    assert asked["auth_type"] == [auth_type]
    assert ("biz_appid" in asked) == (auth_type != "3")


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("demo.oa", {}, (404, "account_missing")),
        ("demo.nobody", {}, (404, "account_missing")),
        ("demo.open", {"account": "demo.nobody"}, (404, "account_missing")),
        ("demo.open", {"account": "demo.open"}, (400, "field_invalid")),
        ("demo.open", {"account": "x"}, (400, "field_invalid")),
        ("demo.open", {}, (503, "platform_ticket_missing")),
    ],
    ids=str,
)
def test_an_authorisation_that_cannot_begin_says_why(agency: Agency, path: str, body: Any, refusal: tuple[int, str]) -> None:
    status, refused = agency.house.call("POST", f"/v1/accounts/{path}/authorization", body, key=agency.key)

    assert (status, refused["Code"]) == refusal


def test_who_may_begin_and_who_may_look(agency: Agency) -> None:
    reader = make_key(agency.house, "demo", Scope.accounts_read)
    agency.push_ticket()

    begun = agency.house.call("POST", "/v1/accounts/demo.open/authorization", {}, key=reader)
    shown = agency.house.call("GET", "/v1/accounts/demo.open/authorizations", key=reader)
    stranger = agency.house.call("GET", "/v1/accounts/demo.open/authorizations")

    assert (begun[0], begun[1]["Code"]) == (403, "scope_missing")
    assert shown == (200, [])
    assert stranger[0] == 401
    assert "platform.authorization_begun" not in str(agency.house.rows("audit"))
    agency.begin()
    assert "platform.authorization_begun" in str(agency.house.rows("audit"))


@pytest.mark.parametrize("appid", [OA_APPID, "wx00000000000000ee"])
def test_the_browser_of_somebody_else_brings_nothing(agency: Agency, appid: str) -> None:
    agency.push_ticket()
    back = agency.confirm(agency.begin())
    path, _, query = back.partition("?")
    fields = dict(parse_qsl(query))

    def visit(**changes: str) -> int:
        changed = {**fields, **changes}
        return agency.house.visit(f"{path}?{'&'.join(f'{name}={value}' for name, value in changed.items())}")[0]

    refused = [visit(state=""), visit(state="2026-11.AAAA"), visit(state=fields["state"][:-2] + "AA"), visit(auth_code="")]
    agency.house.clock.advance(minutes=30)
    late = visit()

    assert [*refused, late] == [422] * 5
    assert agency.asked(REDEEM) == 0


def test_a_state_of_one_platform_is_none_of_another(agency: Agency) -> None:
    other = platform(name="open2", appid="wx00000000000000c2")
    assert agency.house.call("POST", "/v1/accounts", other, key=agency.key)[0] == 201
    agency.push_ticket()
    back = agency.confirm(agency.begin())

    status, _, page = agency.house.visit(back.replace("demo.open", "demo.open2"))

    assert (status, "authorization_ended" in page) == (422, True)


@pytest.mark.parametrize("first", ["browser", "notice"])
def test_the_same_code_by_the_browser_and_by_wechats_notice_has_one_effect(agency: Agency, first: str) -> None:
    agency.push_ticket()
    back = agency.confirm(agency.begin())
    statuses = []

    def browse() -> None:
        statuses.append(agency.house.visit(back)[0])

    def hear() -> None:
        agency.house.play("/pushes/deliver", {})
        agency.house.work()

    for step in (browse, hear, browse) if first == "browser" else (hear, browse, browse):
        step()

    assert set(statuses) == {200}
    assert len(agency.authorizations()) == 1
    assert agency.asked(REDEEM) == 1
    grant = agency.grant()
    assert grant is not None
    assert grant.heard_at == NOON


def test_a_code_that_was_redeemed_before_the_keeper_died_is_made_good(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    agency.push_ticket()
    real, died = tables.keep_grant, list[bool]()

    def die(grant: Grant, *, before: Grant | None) -> bool:
        if not died:
            died.append(True)
            raise RuntimeError
        return real(grant, before=before)

    monkeypatch.setattr(tables, "keep_grant", die)
    agency.authorize()
    lost = agency.lives()
    agency.house.call("POST", "/v1/inbox/redrive", {}, key=agency.key)
    agency.house.work()

    assert (lost, agency.lives()) == (False, True)
    assert agency.asked(REDEEM) == 2
    assert agency.call_as_platform()


def test_an_answer_that_was_lost_after_the_code_was_used_up_is_made_good(agency: Agency) -> None:
    agency.push_ticket()
    agency.house.play("/faults", {"path": REDEEM, "drop_after_effect": True})
    agency.authorize()

    agency.house.call("POST", "/v1/inbox/redrive", {}, key=agency.key)
    agency.house.work()

    assert agency.lives()


@pytest.mark.parametrize("named", [True, False])
def test_a_browser_with_a_code_that_was_used_up_before(agency: Agency, named: bool) -> None:
    agency.push_ticket()
    begun = agency.begin({"account": "demo.oa"} if named else {})
    back = agency.confirm(begun)
    code = dict(parse_qsl(urlsplit(back).query))["auth_code"]
    del agency.house.sandbox.state.platforms[PLATFORM_APPID].auth_codes[code]

    status, _, page = agency.house.visit(back)

    assert status == (200 if named else 422)
    assert agency.lives() is named
    assert ("authorization_ended" in page) is not named


def test_a_browser_waits_a_moment_for_the_notice_that_came_with_the_same_code(agency: Agency) -> None:
    agency.push_ticket()
    back = agency.confirm(agency.begin())
    code = dict(parse_qsl(urlsplit(back).query))["auth_code"]
    del agency.house.sandbox.state.platforms[PLATFORM_APPID].auth_codes[code]
    world = agency.house.world
    paused = []

    def pause(seconds: float) -> None:
        paused.append(seconds)
        if len(paused) == 2:
            agency.hear(authorized(code))

    agency.house.enter(msgspec.structs.replace(world, pause=pause))
    status, _, _ = agency.house.visit(back)
    agency.house.enter(world)

    assert status == 200
    assert len(paused) == 2


def test_an_account_that_takes_its_yes_back_is_dropped_at_once_with_its_token(agency: Agency) -> None:
    agency.start()
    agency.call_as_platform()

    agency.withdraw()

    assert agency.authorizations() == []
    assert read_token(THEIRS).token is None
    assert "refreshtoken" not in str(agency.house.rows("credentials"))
    agency.house.new_container()
    with pytest.raises(Declined) as caught:
        agency.call_as_platform()
    assert caught.value.code == "platform_unauthorised"
    assert agency.asked(AUTHORIZER_TOKEN) == 1


def test_a_container_that_still_has_the_token_hears_of_the_end_without_waiting(agency: Agency) -> None:
    agency.start()
    for _ in range(2):  # the second one is cached
        agency.call_as_platform()
    agency.withdraw()

    def reject(token: str) -> str:
        raise TokenRejected(errcode=40001)

    with pytest.raises(Declined) as caught:
        agency.call_as_platform(reject)

    assert caught.value.code == "platform_unauthorised"
    assert agency.house.pauses == []


def test_an_account_that_authorises_again_is_there_again_since_then(agency: Agency) -> None:
    agency.start()
    agency.call_as_platform()
    agency.withdraw()
    agency.house.clock.advance(minutes=1)

    agency.authorize(permissions=[33])

    (shown,) = agency.authorizations()
    assert (shown["since"], shown["permissions"]) == ("2026-11-20T04:01:00Z", [{"id": 33, "name": "小程序管理"}])
    assert agency.call_as_platform(lambda token: str(agency.house.world.wechat.list_mini_programs(token)))


def test_an_admin_who_changes_the_permissions_keeps_the_beginning(agency: Agency) -> None:
    agency.start()
    agency.house.clock.advance(minutes=1)

    agency.authorize(permissions=[1, 99])

    (shown,) = agency.authorizations()
    assert shown["since"] == "2026-11-20T04:00:00Z"
    assert shown["permissions"] == [{"id": 1, "name": "消息管理"}, {"id": 99, "name": None}]


def test_a_withdrawal_that_comes_after_a_newer_yes_changes_nothing(agency: Agency) -> None:
    agency.start()
    agency.house.clock.advance(minutes=1)
    agency.authorize()
    agency.call_as_platform()

    agency.hear(unauthorized(30))

    assert agency.lives()
    assert read_token(THEIRS).token is not None


def test_a_yes_that_comes_after_it_was_taken_back_is_none(agency: Agency) -> None:
    agency.push_ticket()
    code = agency.authorize(hear=False)
    agency.withdraw(hear=False)

    agency.hear(unauthorized(1), authorized(code))

    assert not agency.lives()


def test_a_withdrawal_between_wechats_answer_and_the_keeping_of_it_wins(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    agency.start()
    agency.house.clock.advance(seconds=1)
    code = agency.authorize(hear=False)
    real, done = tables.keep_grant, list[bool]()

    def overtaken(grant: Grant, *, before: Grant | None) -> bool:
        if not done:
            done.append(True)
            agency.withdraw(hear=False)
            agency.hear(unauthorized(2))
        return real(grant, before=before)

    monkeypatch.setattr(tables, "keep_grant", overtaken)
    agency.hear(authorized(code, 1))

    assert not agency.lives()
    assert agency.asked(INFO) == 3


def test_a_token_that_is_being_minted_while_the_account_takes_its_yes_back_is_not_kept(agency: Agency) -> None:
    agency.start()
    real = type(agency.house.world.wechat).refresh_authorizer_token

    class Slow(type(agency.house.world.wechat)):  # type: ignore[misc]
        def refresh_authorizer_token(self, *asked: str) -> Any:
            answer = real(self, *asked)
            agency.hear(unauthorized(1))
            return answer

    slow = Slow("http://api.weixin.test", timeout_s=agency.house.settings.wechat_timeout_s)
    world = msgspec.structs.replace(agency.house.world, wechat=slow)

    keeper.mint_token("demo.oa", rejected_version=None, platform="demo.open", world=world, now=NOON)

    assert read_token(THEIRS).token is None


def test_a_withdrawal_whose_keeper_died_half_way_is_finished_by_its_repeat(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    agency.start()
    agency.call_as_platform()

    def die(slot: Slot) -> None:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr("chalicelib.accounts.flows.grants.drop_token", die)
        with pytest.raises(RuntimeError):
            agency.hear(unauthorized(1))
    agency.hear(unauthorized(1))

    assert not agency.lives()
    assert read_token(THEIRS).token is None


def test_an_appid_that_is_no_account_of_the_brand_is_shown_and_gives_nothing(agency: Agency) -> None:
    strange = mini_program(name="strange", appid="wx00000000000000ee", original_id="gh_ee")
    tell_wechat(agency.house, strange, mode="safe", format="xml", open_platform=None)
    agency.push_ticket()

    agency.authorize("wx00000000000000ee")
    agency.house.clock.advance(hours=1)
    agency.house.tick("refresh_tokens")

    (shown,) = agency.authorizations()
    assert (shown["appid"], shown["account"]) == ("wx00000000000000ee", None)
    assert agency.asked(AUTHORIZER_TOKEN) == 0


def test_a_lost_race_for_the_row_is_told_in_the_end(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    agency.start()
    monkeypatch.setattr(tables, "keep_grant", lambda grant, *, before: False)
    sealed = agency.house.world.keyring.encrypt("demo", agency.authorize(hear=False), now=NOON)

    with pytest.raises(Busy):
        agency.house.world.keep(Authorize(platform="demo.open", sealed=sealed))
    with pytest.raises(Busy):
        agency.house.world.keep(Withdraw(platform="demo.open", appid=OA_APPID, heard_at=NOON))


# -- what the keeper answers ---------------------------------------------------------------------------------------


def test_the_keeper_answers_what_its_caller_has_to_tell_apart(agency: Agency) -> None:
    def answer(**event: Any) -> Any:
        return keeper.answer(event, world=agency.house.world, now=NOON)

    missing = answer(account="demo.open", rejected_version=None)
    agency.push_ticket()
    unauthorised = answer(account="demo.oa", rejected_version=None, platform="demo.open")
    made = answer(account="demo.open", rejected_version=None, platform="")
    dropped = answer(errand="withdraw", platform="demo.open", appid=MINI_APPID, heard_at="2026-11-20T04:00:00Z")

    assert (missing["Code"], "errcode" in missing) == ("platform_ticket_missing", False)
    assert (unauthorised["Code"], unauthorised["errcode"]) == ("platform_unauthorised", 61003)
    assert (made, dropped) == (None, None)
    agency.house.play("/faults", {"path": COMPONENT_TOKEN, "errcode": -1})
    agency.house.clock.advance(hours=2)
    with pytest.raises(Busy):
        keeper.answer({"account": "demo.open", "rejected_version": None}, world=agency.house.world, now=agency.house.clock())
