"""Two brands with the same accounts, people and messages, through every door: neither sees anything of the other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
import pytest
from itsdangerous.encoding import base64_decode

from chalicelib.accounts.flows import quotas
from chalicelib.accounts.tables.platforms import keep_grant, read_grant
from chalicelib.accounts.words import Account, BrandSecret, Kind
from chalicelib.accounts.words.platforms import Grant, State
from chalicelib.accounts.words.quotas import Api, Priority
from chalicelib.identity.flows import coverage
from chalicelib.lint import flows as lint
from chalicelib.lint.words import Subject, Written
from chalicelib.sessions.rules import tokens
from chalicelib.sessions.words import Claims
from sandbox import crypto, push
from sandbox.state import Push
from tests.attribution.ways import register
from tests.builders import (
    AES_KEY,
    CALLBACK_TOKEN,
    MINI_APPID,
    OA_APPID,
    OTHER_AES_KEY,
    PLATFORM_APPID,
    TEMPLATE_ID,
    make_brand,
    mini_program,
    official_account,
    platform,
    tell_wechat,
)
from tests.house import House, open_house

MISSING_ACCOUNT = (404, "account_missing")
KEYS = {"demo": (CALLBACK_TOKEN, AES_KEY), "rival": ("RivalToken2026", OTHER_AES_KEY)}
TABLES = (
    "accounts",
    "credentials",
    "identities",
    "inbox",
    "messages",
    "documents",
    "audit",
    "records",
    "quarantine",
    "archive",
    "counters",
    "webhooks",
    "touches",
    "showings",
    "offers",
    "contacts",
)


class Twin:
    """One of the two brands: its key, its accounts, and what was done with them."""

    def __init__(self, house: House, brand: str) -> None:
        self.house = house
        self.brand = brand
        self.key = make_brand(house, brand)
        self.oa, self.mini = f"{brand}.oa", f"{brand}.mini"
        token, aes_key = KEYS[brand]
        for order in (official_account(callback_token=token, aes_key=aes_key), mini_program(callback_token=token, aes_key=aes_key)):
            status, body = self.call("POST", "/v1/accounts", order)
            assert status == 201, body
            tell_wechat(house, order, brand, mode="safe", format="xml", open_platform="op1")
        self.rules = {"rules": [{"name": "default", "when": {"on": "default"}, "text": [f"{brand} speaking"]}]}
        assert self.call("PUT", f"/v1/reply-rules/{self.oa}", self.rules)[0] == 201

    def call(self, method: str, target: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        return self.house.call(method, target, body, **{"key": self.key, **more})

    def refused(self, method: str, target: str, body: Any = None, **more: Any) -> tuple[int, str]:
        status, answer = self.call(method, target, body, **more)
        return status, answer["Code"]

    def log_in(self, user: str) -> dict[str, Any]:
        code = self.house.play(f"/users/{user}/login", {"appid": MINI_APPID})["code"]
        status, body = self.house.call("POST", "/v1/sessions/mini-program", {"account": self.mini, "code": code})
        assert status == 201, body
        login: dict[str, Any] = body
        return login

    def me(self, login: dict[str, Any]) -> Any:
        return self.house.call("GET", "/v1/me", key=login["session_token"])[1]

    def hear(self, message: Push, *, sealed_by: str = "", at: str = "") -> tuple[int, bytes]:
        """WeChat's door to this brand's official account gets a message, sealed with this brand's keys or another's."""
        token, aes_key = KEYS[sealed_by or self.brand]
        account = self.house.sandbox.state.accounts[OA_APPID]
        assert account.callback is not None
        address = f"http://127.0.0.1/wechat/{at or self.oa}"
        callback = msgspec.structs.replace(account.callback, url=address, token=token, aes_key=aes_key)
        return self.send(push.write(message, account, callback, push.make_seal(self.house.sandbox)))

    def send(self, request: Any) -> tuple[int, bytes]:
        parts = urlsplit(request.url)
        return self.house.raw(
            request.method, f"{parts.path}?{parts.query}", body=request.body, headers={"Content-Type": request.content_type}
        )

    def order(self, **changes: Any) -> dict[str, Any]:
        step = {"channel": "subscribe_message", "account": self.mini, "template_id": TEMPLATE_ID, "data": {"thing1": "a", "time2": "15:00"}}
        return {"purpose": "service", "channels": [step], **changes}

    def shows(self, table: str) -> list[dict[str, Any]]:
        return [row for row in self.house.rows(table) if re.split(r"[#.]", row["pk"]["S"])[0] == self.brand]


class Stage:
    """Both brands after the same day: one person who follows, logs in and writes, one message planned, one callback that failed."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.user: str = house.play("/users", {})["user"]
        self.twins = {brand: Twin(house, brand) for brand in KEYS}
        self.said = self.message("你好")
        self.unread = self.message("有人吗")
        known = house.play(f"/users/{self.user}?appid={MINI_APPID}", method="GET")
        self.unionid, self.openid = known["unionid"], known["openid"]
        self.logins = {brand: twin.log_in(self.user) for brand, twin in self.twins.items()}
        for twin in self.twins.values():
            twin.hear(self.said)
            house.work()
            twin.hear(self.unread)
        self.planned = {brand: self.plan(twin) for brand, twin in self.twins.items()}

    def message(self, content: str) -> Push:
        """A message of the one person to the one official account that both brands think is theirs."""
        openid = self.house.play(f"/users/{self.user}?appid={OA_APPID}", method="GET")["openid"]
        account = self.house.sandbox.state.accounts[OA_APPID]
        return push.compose(self.house.sandbox, account, openid, "text", {"Content": content})

    def plan(self, twin: Twin) -> dict[str, Any]:
        to = {"type": "unionid", "value": self.unionid}
        status, body = twin.call("POST", "/v1/messages", twin.order(to=to), headers={"Idempotency-Key": "the same for both"})
        assert status == 202, body
        message: dict[str, Any] = body
        return message


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with open_house() as house:
        yield Stage(house)


# -- one check for each door; `mine` calls, `theirs` has what must not be seen or touched -----------------------------


def list_keys(stage: Stage, mine: Twin, theirs: Twin) -> None:
    status, keys = mine.call("GET", "/v1/keys")

    assert status == 200
    assert {key["id"].split("-")[0] for key in keys} == {mine.brand}


def create_key(stage: Stage, mine: Twin, theirs: Twin) -> None:
    status, made = mine.call("POST", "/v1/keys", {"scopes": ["people:read"]})

    assert status == 201
    assert made["id"].startswith(f"{mine.brand}-")
    assert made["id"] not in str(theirs.call("GET", "/v1/keys"))
    assert mine.refused("POST", "/v1/keys", {"scopes": ["people:read"], "brand": theirs.brand}) == (400, "field_invalid")


def revoke_key(stage: Stage, mine: Twin, theirs: Twin) -> None:
    their_key = theirs.key.split("_")[1]

    assert mine.refused("DELETE", f"/v1/keys/{their_key}") == (404, "key_missing")
    assert theirs.call("GET", "/v1/keys")[0] == 200


def create_account(stage: Stage, mine: Twin, theirs: Twin) -> None:
    order = mini_program(name="second", appid="wx00000000000000d4", original_id="gh_d4")

    assert mine.call("POST", "/v1/accounts", order)[0] in (201, 409)
    assert theirs.call("POST", "/v1/accounts", order)[0] in (201, 409)
    assert mine.call("GET", f"/v1/accounts/{mine.brand}.second")[1]["brand"] == mine.brand


def list_accounts(stage: Stage, mine: Twin, theirs: Twin) -> None:
    _, accounts = mine.call("GET", "/v1/accounts")

    assert {account["id"].split(".")[0] for account in accounts} == {mine.brand}


def show_account(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert mine.refused("GET", f"/v1/accounts/{theirs.oa}") == mine.refused("GET", "/v1/accounts/nobody.oa") == MISSING_ACCOUNT


def change_secret(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert mine.refused("PUT", f"/v1/accounts/{theirs.oa}/secret", {"callback_token": "Stolen2026"}) == MISSING_ACCOUNT
    assert theirs.hear(stage.message("还在"))[0] == 200


def change_web_origins(stage: Stage, mine: Twin, theirs: Twin) -> None:
    order = {"web_origins": [f"https://{mine.brand}.example.com"]}
    assert mine.refused("PUT", f"/v1/accounts/{theirs.oa}/web-origins", order) == MISSING_ACCOUNT
    assert mine.call("PUT", f"/v1/accounts/{mine.oa}/web-origins", order)[1]["web_origins"] == order["web_origins"]
    assert mine.brand not in str(theirs.call("GET", f"/v1/accounts/{theirs.oa}")[1]["web_origins"])


def start_backfill(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert mine.refused("POST", f"/v1/accounts/{theirs.oa}/backfill") == MISSING_ACCOUNT
    assert mine.call("POST", f"/v1/accounts/{mine.oa}/backfill")[1]["account"] == mine.oa


def show_backfill(stage: Stage, mine: Twin, theirs: Twin) -> None:
    theirs.call("POST", f"/v1/accounts/{theirs.oa}/backfill")

    assert mine.refused("GET", f"/v1/accounts/{theirs.oa}/backfill") == MISSING_ACCOUNT
    assert theirs.brand not in str(mine.call("GET", f"/v1/accounts/{mine.oa}/backfill"))


def start_migration(stage: Stage, mine: Twin, theirs: Twin) -> None:
    order = {"from_appid": MINI_APPID}
    mine.call("POST", "/v1/accounts", official_account(name=f"{mine.brand}-old", appid=f"wx-old-{mine.brand}"))

    assert mine.refused("POST", f"/v1/accounts/{theirs.oa}/migrate", order) == MISSING_ACCOUNT
    assert theirs.refused("POST", f"/v1/accounts/{theirs.oa}/migrate", {"from_appid": f"wx-old-{mine.brand}"}) == MISSING_ACCOUNT
    assert mine.call("POST", f"/v1/accounts/{mine.oa}/migrate", order)[0] == 202


def show_migration(stage: Stage, mine: Twin, theirs: Twin) -> None:
    theirs.call("POST", f"/v1/accounts/{theirs.oa}/migrate", {"from_appid": MINI_APPID})

    assert mine.refused("GET", f"/v1/accounts/{theirs.oa}/migrate") == MISSING_ACCOUNT
    assert theirs.brand not in str(mine.call("GET", f"/v1/accounts/{mine.oa}/migrate"))


def begin_authorization(stage: Stage, mine: Twin, theirs: Twin) -> None:
    make_platforms(stage)
    mine.house.play(f"/platforms/{PLATFORM_APPID}/push-ticket")

    assert mine.refused("POST", f"/v1/accounts/{theirs.brand}.open/authorization", {}) == MISSING_ACCOUNT
    assert mine.refused("POST", f"/v1/accounts/{mine.brand}.open/authorization", {"account": theirs.oa}) == MISSING_ACCOUNT


def finish_authorization(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """A state that one brand sealed is none of the other's, whoever brings which code."""
    make_platforms(stage)
    keyring, now = stage.house.world.keyring, stage.house.clock()
    state = State(f"{mine.brand}.open", "", int(now.timestamp()) + 60)
    sealed = keyring.seal(theirs.brand, msgspec.json.encode(state).decode(), use="authorization", now=now)

    status, _, page = stage.house.visit(f"/v1/accounts/{mine.brand}.open/authorized?{urlencode({'auth_code': 'x', 'state': sealed})}")

    assert (status, "authorization_ended" in page) == (422, True)


def list_authorizations(stage: Stage, mine: Twin, theirs: Twin) -> None:
    make_platforms(stage)
    authorise(stage, theirs)

    assert mine.refused("GET", f"/v1/accounts/{theirs.brand}.open/authorizations") == MISSING_ACCOUNT
    shown = mine.call("GET", f"/v1/accounts/{mine.brand}.open/authorizations")[1]
    assert all(each["account"].startswith(f"{mine.brand}.") for each in shown)


def see_templates(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """Templates had for one brand's account are not had for the other's of the same appid."""
    order: dict[str, Any] = {"data": {}}
    before = theirs.shows("documents")

    for method, path, body in (("GET", "", None), ("POST", "/sync", None), ("POST", f"/{TEMPLATE_ID}/preview", order)):
        assert mine.refused(method, f"/v1/accounts/{theirs.mini}/templates{path}", body) == MISSING_ACCOUNT
        assert mine.call(method, f"/v1/accounts/{mine.mini}/templates{path}", body)[0] == 200
    assert theirs.shows("documents") == before


def see_quotas(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """Accounts of two brands with one appid have quotas of their own, and neither begins the other's anew."""
    for twin in (mine, theirs):
        account = Account(
            id=twin.oa, brand=twin.brand, name="oa", kind=Kind.official_account, appid=OA_APPID, created_at=stage.house.clock()
        )
        quotas.take(account, Api.template_message, priority=Priority.service, world=stage.house.world, now=stage.house.clock())
    before = theirs.shows("counters")

    assert mine.refused("GET", f"/v1/accounts/{theirs.oa}/quotas") == MISSING_ACCOUNT
    assert mine.refused("POST", f"/v1/accounts/{theirs.oa}/quotas/clear", {"reason": "not mine"}) == MISSING_ACCOUNT
    assert mine.call("POST", f"/v1/accounts/{mine.oa}/quotas/clear", {"reason": "mine alone"})[0] == 200
    assert theirs.shows("counters") == before


def list_links(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """A platform that acts for one brand's account acts for no other brand's of the same appid."""
    make_platforms(stage)
    authorise(stage, mine, sealed="")
    authorise(stage, theirs)

    assert mine.refused("GET", f"/v1/accounts/{theirs.oa}/mini-programs") == MISSING_ACCOUNT
    shown = mine.call("GET", f"/v1/accounts/{mine.oa}/mini-programs")[1]
    assert shown["by"] == "console"
    assert theirs.brand not in str(shown)


def ask_for_link(stage: Stage, mine: Twin, theirs: Twin) -> None:
    path, before = f"/v1/accounts/{mine.oa}/mini-programs", len(theirs.shows("accounts"))

    assert mine.refused("POST", f"/v1/accounts/{theirs.oa}/mini-programs", {"mini_program": mine.mini}) == MISSING_ACCOUNT
    assert mine.refused("POST", path, {"mini_program": theirs.mini}) == MISSING_ACCOUNT
    assert len(theirs.shows("accounts")) == before


def ask_for_unlink(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert mine.refused("DELETE", f"/v1/accounts/{theirs.oa}/mini-programs/{MINI_APPID}") == MISSING_ACCOUNT
    assert mine.refused("DELETE", f"/v1/accounts/{mine.oa}/mini-programs/{theirs.mini}") == MISSING_ACCOUNT


def make_platforms(stage: Stage) -> None:
    """Each brand registers what it takes for its own third-party platform, once."""
    for twin in stage.twins.values():
        token, aes_key = KEYS[twin.brand]
        order = platform(callback_token=token, aes_key=aes_key)
        if twin.call("POST", "/v1/accounts", order)[0] == 201:
            tell_wechat(stage.house, order, twin.brand, mode="safe", format="xml", open_platform=None)


def authorise(stage: Stage, twin: Twin, *, sealed: str = "2026-11.canary") -> None:
    """One brand is told that the official account has authorised its platform, or with nothing sealed that it has not; the other is not."""
    now = stage.house.clock()
    acting = Account(id=f"{twin.brand}.open", brand=twin.brand, name="open", kind=Kind.platform, appid=PLATFORM_APPID, created_at=now)
    before = read_grant(acting, OA_APPID)
    grant = Grant(brand=twin.brand, platform_appid=PLATFORM_APPID, appid=OA_APPID, sealed=sealed, permissions=(33,), since=now)
    assert keep_grant(grant, before=before)


def lend_token(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert mine.refused("GET", f"/v1/tokens/{theirs.oa}") == MISSING_ACCOUNT
    assert mine.call("GET", f"/v1/tokens/{mine.oa}")[0] == 200


def look_up(stage: Stage, mine: Twin, theirs: Twin) -> None:
    by_unionid = {"type": "unionid", "value": stage.unionid}
    by_openid = {"type": "openid", "value": stage.openid, "account": mine.mini}

    people = {mine.call("POST", "/v1/people/lookup", query)[1]["id"] for query in (by_unionid, by_openid)}

    assert people == {stage.logins[mine.brand]["person"]}
    assert people != {stage.logins[theirs.brand]["person"]}
    assert mine.refused("POST", "/v1/people/lookup", {**by_openid, "account": theirs.mini}) == MISSING_ACCOUNT


def show_person(stage: Stage, mine: Twin, theirs: Twin) -> None:
    status, person = mine.call("GET", f"/v1/people/{stage.logins[mine.brand]['person']}")

    assert status == 200
    assert {each["account"] for each in person["identifiers"]} <= {None, mine.oa, mine.mini}
    assert mine.refused("GET", f"/v1/people/{stage.logins[theirs.brand]['person']}") == (404, "person_missing")


def note_attributes(stage: Stage, mine: Twin, theirs: Twin) -> None:
    mini = {"type": "openid", "value": stage.openid, "account": mine.mini}

    mine.call("POST", "/v1/attributes", {"identifier": mini, "attributes": {"brand": mine.brand}})

    strange = {"identifier": {**mini, "account": theirs.mini}, "attributes": {"brand": mine.brand}}
    assert mine.refused("POST", "/v1/attributes", strange) == MISSING_ACCOUNT
    assert mine.brand not in str(theirs.call("GET", f"/v1/people/{stage.logins[theirs.brand]['person']}")[1]["attributes"])


def explain_person(stage: Stage, mine: Twin, theirs: Twin) -> None:
    status, explained = mine.call("GET", f"/v1/people/{stage.logins[mine.brand]['person']}/links")

    assert status == 200
    assert theirs.brand not in str(explained)
    assert mine.refused("GET", f"/v1/people/{stage.logins[theirs.brand]['person']}/links") == (404, "person_missing")


def assert_links(stage: Stage, mine: Twin, theirs: Twin) -> None:
    member, before = {"type": "member_no", "value": f"M-{mine.brand}"}, len(theirs.shows("identities"))
    by_openid = {"type": "openid", "value": stage.openid, "account": mine.mini}

    own = mine.call("POST", "/v1/links", {"links": [{"a": member, "b": by_openid}]})[1]["links"][0]
    strange = mine.call("POST", "/v1/links", {"links": [{"a": member, "b": {**by_openid, "account": theirs.mini}}]})[1]["links"][0]

    assert own["person"] == stage.logins[mine.brand]["person"]
    assert (strange["verdict"], strange["code"]) == ("refused", "account_missing")
    assert len(theirs.shows("identities")) == before


def split(stage: Stage, mine: Twin, theirs: Twin) -> None:
    contradict(theirs)
    member, other = ({"type": "member_no", "value": f"{number}-{theirs.brand}"} for number in (1, 2))

    assert mine.refused("POST", "/v1/splits", {"a": member, "b": other, "reason": "x"}) == (404, "person_missing")


def undo_split(stage: Stage, mine: Twin, theirs: Twin) -> None:
    contradict(theirs, "8")
    member, other = ({"type": "member_no", "value": f"8{number}-{theirs.brand}"} for number in (1, 2))
    _, made = theirs.call("POST", "/v1/splits", {"a": member, "b": other, "reason": "x"})

    assert mine.refused("DELETE", f"/v1/splits/{made['id']}") == (404, "person_missing")


def list_reviews(stage: Stage, mine: Twin, theirs: Twin) -> None:
    contradict(theirs)
    theirs_waiting = {review["id"] for review in theirs.call("GET", "/v1/reviews")[1]["reviews"]}

    assert theirs_waiting
    assert not theirs_waiting & {review["id"] for review in mine.call("GET", "/v1/reviews")[1]["reviews"]}


def try_rules(stage: Stage, mine: Twin, theirs: Twin) -> None:
    contradict(theirs)
    waiting = len(mine.call("GET", "/v1/reviews")[1]["reviews"])

    assert mine.call("POST", "/v1/identity/dry-run", {})[1]["sampled"] == waiting


def show_coverage(stage: Stage, mine: Twin, theirs: Twin) -> None:
    due = coverage.list_due(theirs.brand, world=stage.house.world, now=stage.house.clock())
    while due:
        due = coverage.count_next(due, world=stage.house.world, now=stage.house.clock())

    assert theirs.brand in str(theirs.call("GET", "/v1/identity/coverage"))
    assert theirs.brand not in str(mine.call("GET", "/v1/identity/coverage"))


def accept_link(stage: Stage, mine: Twin, theirs: Twin) -> None:
    decide(mine, theirs, "accept")


def reject_link(stage: Stage, mine: Twin, theirs: Twin) -> None:
    decide(mine, theirs, "reject")


def decide(mine: Twin, theirs: Twin, decision: str) -> None:
    contradict(theirs)
    review = theirs.call("GET", "/v1/reviews")[1]["reviews"][0]

    refused = mine.refused("POST", f"/v1/reviews/{review['id']}/{decision}", {"link": review["links"][0]["id"], "reason": "x"})

    assert refused == (404, "person_missing")
    assert review in theirs.call("GET", "/v1/reviews")[1]["reviews"]


def contradict(twin: Twin, prefix: str = "") -> None:
    """Two members of a brand with one phone nobody verified."""
    phone = {"type": "phone", "value": f"1391234567{prefix or 1}"}
    for number, rank in ((1, "verified"), (2, "declared")):
        member = {"type": "member_no", "value": f"{prefix}{number}-{twin.brand}"}
        twin.call("POST", "/v1/links", {"links": [{"a": member, "b": phone, "rank": rank}]})


def log_in(stage: Stage, mine: Twin, theirs: Twin) -> None:
    before = len(theirs.shows("identities"))

    login = mine.log_in(stage.user)

    assert login["person"] == stage.logins[mine.brand]["person"]
    assert len(theirs.shows("identities")) == before


def send_code(stage: Stage, mine: Twin, theirs: Twin) -> None:
    before = len(theirs.shows("identities"))

    status, _ = mine.call("POST", "/v1/sms-codes", {"account": mine.mini, "phone": f"1371234567{len(mine.brand)}"})

    assert status == 202
    assert len(theirs.shows("identities")) == before
    assert theirs.call("POST", "/v1/sms-codes", {"account": theirs.mini, "phone": f"1371234567{len(mine.brand)}"})[0] in (202, 429)


def log_in_by_phone(stage: Stage, mine: Twin, theirs: Twin) -> None:
    phone = f"1361234567{len(mine.brand)}"
    owner = stage.house.play("/users", {"phone": phone})["user"]
    mine.call("POST", "/v1/sms-codes", {"account": mine.mini, "phone": phone})
    code = re.findall(r"[0-9]{6}", str(stage.house.play(f"/users/{owner}/received", method="GET")["received"][-1]["text"]))[0]

    with_their_account = theirs.refused("POST", "/v1/sessions/phone", {"account": theirs.mini, "phone": phone, "code": code})
    status, login = mine.call("POST", "/v1/sessions/phone", {"account": mine.mini, "phone": phone, "code": code})

    assert with_their_account == (400, "sms_code_expired")
    assert status == 201
    assert mine.me(login)["account"] == mine.mini


def log_in_to_app(stage: Stage, mine: Twin, theirs: Twin) -> None:
    order = {"name": "app", "kind": "app", "appid": f"wx{mine.brand}app", "app_secret": "s" * 8}
    mine.call("POST", "/v1/accounts", order)
    known = {"appid": order["appid"], "secret": order["app_secret"], "kind": "mobile_app", "original_id": f"gh_{mine.brand}"}
    stage.house.play("/accounts", {**known, "open_platform": "op1"})

    codes = [stage.house.play(f"/users/{stage.user}/app-login", {"appid": order["appid"]})["response"]["code"] for _ in range(2)]
    at_theirs = mine.refused("POST", "/v1/sessions/app", {"account": theirs.mini, "code": codes[0]})
    status, login = mine.call("POST", "/v1/sessions/app", {"account": f"{mine.brand}.app", "code": codes[1]})

    assert at_theirs == MISSING_ACCOUNT
    assert (status, login["person"]) == (201, stage.logins[mine.brand]["person"])


def refresh(stage: Stage, mine: Twin, theirs: Twin) -> None:
    login = theirs.log_in(stage.user)
    forged = forge(stage, login["refresh_token"], brand=theirs.brand, signed_by=mine.brand)

    refused = mine.refused("POST", "/v1/sessions/refresh", {"refresh_token": forged})

    assert refused == (401, "session_refused")
    assert theirs.me(login)["person"]["id"] == login["person"]


def log_out(stage: Stage, mine: Twin, theirs: Twin) -> None:
    my_login, their_login = mine.log_in(stage.user), theirs.log_in(stage.user)

    forged = mine.refused("DELETE", "/v1/sessions/current", key=forge(stage, their_login["session_token"], signed_by=mine.brand))
    status, _ = mine.call("DELETE", "/v1/sessions/current", key=my_login["session_token"])

    assert forged == (401, "session_refused")
    assert status == 204
    assert theirs.me(their_login)["person"]["id"] == their_login["person"]


def log_out_everywhere(stage: Stage, mine: Twin, theirs: Twin) -> None:
    my_login, my_other, their_login = mine.log_in(stage.user), mine.log_in(stage.user), theirs.log_in(stage.user)

    forged = mine.refused("DELETE", "/v1/sessions", key=forge(stage, their_login["session_token"], signed_by=mine.brand))
    status, _ = mine.call("DELETE", "/v1/sessions", key=my_login["session_token"])

    assert (forged, status) == ((401, "session_refused"), 204)
    assert mine.refused("GET", "/v1/me", key=my_other["session_token"]) == (401, "session_ended")
    assert theirs.me(their_login)["person"]["id"] == their_login["person"]


def who_am_i(stage: Stage, mine: Twin, theirs: Twin) -> None:
    login = mine.log_in(stage.user)

    me = mine.me(login)

    assert (me["account"], me["person"]["id"]) == (mine.mini, stage.logins[mine.brand]["person"])
    assert theirs.brand not in str(me)
    for brand in KEYS:
        forged = forge(stage, login["session_token"], brand=brand, signed_by=theirs.brand)
        assert mine.refused("GET", "/v1/me", key=forged)[0] == 401


def add_phone(stage: Stage, mine: Twin, theirs: Twin) -> None:
    my_login, their_login = mine.log_in(stage.user), theirs.log_in(stage.user)
    code = stage.house.play(f"/users/{stage.user}/phone-code", {"appid": MINI_APPID})["code"]

    elsewhere = mine.refused("POST", "/v1/me/phone", {"account": theirs.mini, "code": code}, key=my_login["session_token"])
    forged = mine.refused("POST", "/v1/me/phone", {"code": code}, key=forge(stage, their_login["session_token"], signed_by=mine.brand))
    status, me = mine.call("POST", "/v1/me/phone", {"code": code}, key=my_login["session_token"])

    assert elsewhere == MISSING_ACCOUNT
    assert forged == (401, "session_refused")
    assert (status, me["account"], me["person"]["id"]) == (200, mine.mini, my_login["person"])
    assert theirs.brand not in str(me)


def list_messages(stage: Stage, mine: Twin, theirs: Twin) -> None:
    my_person, their_person = (stage.logins[twin.brand]["person"] for twin in (mine, theirs))

    status, page = mine.call("GET", f"/v1/people/{my_person}/messages")

    assert status == 200
    assert {message["account"] for message in page["messages"]} <= {mine.mini, mine.oa}
    assert mine.refused("GET", f"/v1/people/{their_person}/messages") == (404, "person_missing")


def entry_of(twin: Twin, **changes: Any) -> dict[str, Any]:
    """A way into the brand's mini program; under one Idempotency-Key for both brands."""
    page = {"end": "mini_program", "account": twin.mini, "path": "pages/index/index"}
    order = {"name": f"{twin.brand}'s poster", "placement": "qr_material", "target": page, "ticket": True, **changes}
    status, made = twin.call("POST", "/v1/entries", order, headers={"Idempotency-Key": f"the same for both {sorted(changes)}"})
    assert status == 201, made
    entry: dict[str, Any] = made
    return entry


def create_entry(stage: Stage, mine: Twin, theirs: Twin) -> None:
    target = {"end": "mini_program", "account": theirs.mini, "path": "pages/index/index"}

    assert entry_of(mine)["id"] != entry_of(theirs)["id"]
    assert mine.refused("POST", "/v1/entries", {"name": "x", "placement": "menu", "target": target}) == (400, "field_invalid")


def show_link_quotas(stage: Stage, mine: Twin, theirs: Twin) -> None:
    entry, path = entry_of(theirs)["id"], f"/v1/accounts/{theirs.mini}/link-quotas"
    before = mine.call("GET", f"/v1/accounts/{mine.mini}/link-quotas")
    theirs.call("POST", f"/v1/entries/{entry}/ways", {"kind": "scheme"})

    assert mine.refused("GET", path) == MISSING_ACCOUNT
    assert mine.call("GET", f"/v1/accounts/{mine.mini}/link-quotas") == before
    assert theirs.call("GET", path)[1]["quotas"][0]["used"] > 0


def list_entries(stage: Stage, mine: Twin, theirs: Twin) -> None:
    entry_of(theirs)
    own = entry_of(mine)["id"]

    assert own in {each["id"] for each in mine.call("GET", "/v1/entries")[1]["entries"]}
    assert theirs.brand not in str(mine.call("GET", "/v1/entries"))


def touch_entry(method: str, path: str, body: Any = None) -> Callable[[Stage, Twin, Twin], None]:
    def check(stage: Stage, mine: Twin, theirs: Twin) -> None:
        before = entry_of(theirs)

        assert mine.refused(method, f"/v1/entries/{before['id']}{path}", body) == (404, "entry_missing")
        assert theirs.call("GET", f"/v1/entries/{before['id']}")[1] == before

    return check


def follow_entry(stage: Stage, mine: Twin, theirs: Twin) -> None:
    own, other = entry_of(mine)["id"], entry_of(theirs)["id"]

    seen = {(brand.brand, code): stage.house.visit(f"/l/{brand.brand}.{code}")[0] for brand in (mine, theirs) for code in (own, other)}

    assert seen == {(mine.brand, own): 200, (theirs.brand, other): 200, (mine.brand, other): 404, (theirs.brand, own): 404}


def sign_page(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """The pages of one brand are signed by its own account and by no other's, though WeChat knows both by one appid."""
    mine.call("PUT", f"/v1/accounts/{mine.oa}/web-origins", {"web_origins": [f"https://{mine.brand}.example.com"]})
    theirs.call("PUT", f"/v1/accounts/{theirs.oa}/web-origins", {"web_origins": [f"https://{theirs.brand}.example.com"]})
    page = f"url=https%3A%2F%2F{mine.brand}.example.com%2F"

    assert mine.call("GET", f"/v1/jssdk/{mine.oa}?{page}", key="")[0] == 200
    assert mine.refused("GET", f"/v1/jssdk/{theirs.oa}?{page}", key="") == (400, "jssdk_url_refused")


def show_scene(stage: Stage, mine: Twin, theirs: Twin) -> None:
    other = entry_of(theirs)["id"]

    status, made = theirs.call("POST", f"/v1/entries/{other}/codes", {"kind": "mini_program", "parameters": {"table": "7"}})

    tokens = {twin.brand: twin.log_in(stage.user)["session_token"] for twin in (mine, theirs)}
    assert status == 201, made
    assert theirs.call("GET", f"/v1/scenes/{made['scene']}", key=tokens[theirs.brand])[1]["parameters"] == {"table": "7"}
    assert mine.refused("GET", f"/v1/scenes/{made['scene']}", key=tokens[mine.brand]) == (404, "scene_missing")


def publish_rules(stage: Stage, mine: Twin, theirs: Twin) -> None:
    link = {"label": "x", "mini_program": theirs.mini, "path": "pages/index/index", "fallback_url": "https://shop.example.com/"}
    linking = {"rules": [{"name": "default", "when": {"on": "default"}, "text": [link]}]}

    assert mine.refused("PUT", f"/v1/reply-rules/{theirs.oa}", mine.rules) == MISSING_ACCOUNT
    assert mine.call("PUT", f"/v1/reply-rules/{mine.oa}", linking)[0] in (400, 404)


def show_rules(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert f"{mine.brand} speaking" in str(mine.call("GET", f"/v1/reply-rules/{mine.oa}"))
    assert theirs.brand not in str(mine.call("GET", f"/v1/reply-rules/{mine.oa}"))
    assert mine.refused("GET", f"/v1/reply-rules/{theirs.oa}") == MISSING_ACCOUNT


def roll_back(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert mine.refused("POST", f"/v1/reply-rules/{theirs.oa}/rollback", {"version": 1}) == MISSING_ACCOUNT


def draft_rules(method: str) -> Callable[[Stage, Twin, Twin], None]:
    def check(stage: Stage, mine: Twin, theirs: Twin) -> None:
        body = {"written": mine.rules} if method == "PUT" else None
        own, other = f"/v1/reply-rules/{mine.oa}/draft", f"/v1/reply-rules/{theirs.oa}/draft"
        theirs.call("PUT", other, {"written": theirs.rules})

        assert mine.refused(method, other, body) == MISSING_ACCOUNT
        assert theirs.brand not in str(mine.call(method, own, body))
        assert f"{theirs.brand} speaking" in str(theirs.call("GET", other))
        theirs.call("DELETE", other)
        mine.call("DELETE", own)

    return check


def guidance_of(twin: Twin) -> dict[str, Any]:
    target = {"kind": "official_account", "account": twin.oa}
    variants = [{"name": "a", "title": f"{twin.brand} guiding", "button": "a"}]
    return {"rules": [{"name": "stay", "trigger": "dwell", "target": target, "variants": variants}]}


def publish_guidance(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert mine.refused("PUT", "/v1/guidance", guidance_of(theirs)) == (400, "field_invalid")
    assert mine.call("PUT", "/v1/guidance", guidance_of(mine))[0] == 201


def show_guidance(stage: Stage, mine: Twin, theirs: Twin) -> None:
    for twin in (mine, theirs):
        twin.call("PUT", "/v1/guidance", guidance_of(twin))

    shown = str(mine.call("GET", "/v1/guidance"))
    assert f"{mine.brand} guiding" in shown
    assert theirs.brand not in shown


def draft_guidance(stage: Stage, mine: Twin, theirs: Twin) -> None:
    for twin in (mine, theirs):
        assert twin.call("DELETE", "/v1/guidance/draft")[0] == 204
        twin.call("PUT", "/v1/guidance/draft", {"revision": 0, "guidance": guidance_of(twin)})

    shown = str(mine.call("GET", "/v1/guidance/draft"))
    assert f"{mine.brand} guiding" in shown
    assert theirs.brand not in shown


def drop_guidance_draft(stage: Stage, mine: Twin, theirs: Twin) -> None:
    draft_guidance(stage, mine, theirs)
    before = theirs.call("GET", "/v1/guidance/draft")

    assert mine.call("DELETE", "/v1/guidance/draft")[0] == 204
    assert theirs.call("GET", "/v1/guidance/draft") == before


def publish_guidance_draft(stage: Stage, mine: Twin, theirs: Twin) -> None:
    draft_guidance(stage, mine, theirs)
    before, revision = theirs.call("GET", "/v1/guidance"), mine.call("GET", "/v1/guidance/draft")[1]["revision"]

    assert mine.call("POST", "/v1/guidance/publish", {"revision": revision})[0] == 201
    assert theirs.call("GET", "/v1/guidance") == before


def roll_guidance_back(stage: Stage, mine: Twin, theirs: Twin) -> None:
    show_guidance(stage, mine, theirs)
    before = theirs.call("GET", "/v1/guidance")

    assert mine.call("POST", "/v1/guidance/rollback", {"version": 1})[0] == 200
    assert theirs.call("GET", "/v1/guidance") == before


ASK = "/v1/me/guidance?placement=shelf&page=pages/item&dwell_s=9&scene=1047"


def shown_to(stage: Stage, twin: Twin) -> str:
    """What somebody new at this brand is shown."""
    twin.call("PUT", "/v1/guidance", guidance_of(twin))
    twin.house.world.cache.forget("guidance", twin.brand, "")
    somebody = twin.log_in(stage.house.play("/users", {})["user"])
    _, shown = stage.house.call("GET", ASK, key=somebody["session_token"])
    assert shown["target"] == twin.oa
    return str(shown["showing"])


def ask_for_guidance(stage: Stage, mine: Twin, theirs: Twin) -> None:
    shown_to(stage, mine)
    shown_to(stage, theirs)


def close_guidance(stage: Stage, mine: Twin, theirs: Twin) -> None:
    showing = shown_to(stage, theirs)
    session = mine.log_in(stage.user)["session_token"]

    assert mine.refused("POST", f"/v1/me/guidance/{showing}/closed", key=session) == (404, "showing_missing")


def count_guidance(stage: Stage, mine: Twin, theirs: Twin) -> None:
    before = theirs.call("GET", "/v1/guidance/stats")

    shown_to(stage, mine)

    assert theirs.call("GET", "/v1/guidance/stats") == before


SAY_NO = {"say": [{"about": "marketing", "granted": False}]}


def person_of(stage: Stage, twin: Twin) -> str:
    return str(stage.logins[twin.brand]["person"])


def say_no(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """Somebody new says no at one brand, and nothing of it is known at the other."""
    user = stage.house.play("/users", {})["user"]
    here, there = mine.log_in(user)["session_token"], theirs.log_in(user)["session_token"]

    assert mine.call("PUT", "/v1/me/permissions", SAY_NO, key=here)[1]["marketing"] == "denied"

    assert len(mine.call("GET", "/v1/me/permissions/history", key=here)[1]["entries"]) == 1
    assert theirs.call("GET", "/v1/me/permissions", key=there)[1]["marketing"] == "unknown"
    assert theirs.call("GET", "/v1/me/permissions/history", key=there)[1]["entries"] == []


def touch_permissions(method: str, tail: str = "", body: Any = None) -> Callable[[Stage, Twin, Twin], None]:
    def check(stage: Stage, mine: Twin, theirs: Twin) -> None:
        person = person_of(stage, theirs)

        assert mine.refused(method, f"/v1/people/{person}/{tail}", body) == (404, "person_missing")

    return check


def publish_for_consent(path: str, written: Callable[[Twin], dict[str, Any]]) -> Callable[[Stage, Twin, Twin], None]:
    def check(stage: Stage, mine: Twin, theirs: Twin) -> None:
        for twin in (mine, theirs):
            assert twin.call("PUT", path, written(twin))[0] == 201

        assert theirs.brand not in str(mine.call("GET", path)[1])

    return check


def open_preferences(stage: Stage, mine: Twin, theirs: Twin) -> None:
    status, made = theirs.call("POST", f"/v1/people/{person_of(stage, theirs)}/preference-links", {})
    assert status == 201, made
    address = "/p/" + made["link"].rpartition("/")[2]

    assert stage.house.visit(address)[0] == 200
    assert stage.house.visit(address.replace(f"/p/{theirs.brand}.", f"/p/{mine.brand}."))[0] == 404


def note_popup(stage: Stage, mine: Twin, theirs: Twin) -> None:
    popup = {"popup": f"popup-{mine.brand}", "answers": {f"TPL_{mine.brand}": "accept"}}
    status, told = mine.call("POST", "/v1/me/grants", popup, key=mine.log_in(stage.user)["session_token"])

    assert (status, told["grants"][0]["count"]) == (200, 1)
    assert mine.call("GET", f"/v1/grants/{mine.mini}/TPL_{mine.brand}")[1]["reached"] == 1
    assert theirs.call("GET", f"/v1/grants/{theirs.mini}/TPL_{mine.brand}")[1].get("reached", 0) == 0


def count_reached(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert mine.refused("GET", f"/v1/grants/{theirs.mini}/{TEMPLATE_ID}") == MISSING_ACCOUNT


def list_receipts(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert theirs.brand not in str(mine.call("GET", "/v1/privacy/receipts")[1])


CODE_OFFER = {"kind": "code", "name": "gift", "title": "gift", "valid_for_s": 3600}


def offers_of(twin: Twin) -> dict[str, Any]:
    return {
        "offers": [
            {"kind": "group", "name": "trio", "title": f"{twin.brand} together", "size": 3, "price_fen": 1, "open_for_s": 600},
            CODE_OFFER,
        ]
    }


def publish_offers(stage: Stage, mine: Twin, theirs: Twin) -> None:
    for twin in (mine, theirs):
        assert twin.call("PUT", "/v1/offers", offers_of(twin))[0] == 201

    shown = str(mine.call("GET", "/v1/offers"))
    assert f"{mine.brand} together" in shown
    assert theirs.brand not in shown


def draft_offers(stage: Stage, mine: Twin, theirs: Twin) -> None:
    for twin in (mine, theirs):
        assert twin.call("DELETE", "/v1/offers/draft")[0] == 204
        assert twin.call("PUT", "/v1/offers/draft", {"revision": 0, **offers_of(twin)})[0] == 200

    shown = str(mine.call("GET", "/v1/offers/draft"))
    assert f"{mine.brand} together" in shown
    assert theirs.brand not in shown


def drop_offers_draft(stage: Stage, mine: Twin, theirs: Twin) -> None:
    draft_offers(stage, mine, theirs)
    before = theirs.call("GET", "/v1/offers/draft")

    assert mine.call("DELETE", "/v1/offers/draft")[0] == 204
    assert theirs.call("GET", "/v1/offers/draft") == before


def publish_offers_draft(stage: Stage, mine: Twin, theirs: Twin) -> None:
    publish_offers(stage, mine, theirs)
    draft_offers(stage, mine, theirs)
    before, revision = theirs.call("GET", "/v1/offers"), mine.call("GET", "/v1/offers/draft")[1]["revision"]

    assert mine.call("POST", "/v1/offers/publish", {"revision": revision})[0] == 201
    assert theirs.call("GET", "/v1/offers") == before


def roll_offers_back(stage: Stage, mine: Twin, theirs: Twin) -> None:
    publish_offers(stage, mine, theirs)
    before = theirs.call("GET", "/v1/offers")

    assert mine.call("POST", "/v1/offers/rollback", {"version": 1})[0] == 200
    assert theirs.call("GET", "/v1/offers") == before


def group_of(stage: Stage, twin: Twin) -> str:
    """A group somebody new has opened, with an order of the same id at both brands."""
    assert twin.call("PUT", "/v1/offers", offers_of(twin))[0] == 201
    session = twin.log_in(stage.house.play("/users", {})["user"])["session_token"]
    number = len(twin.shows("offers"))
    status, group = stage.house.call("POST", "/v1/me/groups", {"offer": "trio", "order": f"T-{number}"}, key=session)
    assert status == 201, group
    return str(group["id"])


def open_group(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert group_of(stage, mine) != group_of(stage, theirs)


def code_of(stage: Stage, twin: Twin) -> str:
    """A code of the one person at this brand."""
    assert twin.call("PUT", "/v1/offers", offers_of(twin))[0] == 201
    session = twin.log_in(stage.user)["session_token"]
    status, code = stage.house.call("POST", "/v1/me/codes", {"offer": "gift"}, key=session)
    assert status == 201, code
    return str(code["code"])


def issue_code(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert code_of(stage, mine) != code_of(stage, theirs)


def redeem_code(path: str, *, by_session: bool) -> Callable[[Stage, Twin, Twin], None]:
    def check(stage: Stage, mine: Twin, theirs: Twin) -> None:
        code = code_of(stage, theirs)
        more = {"key": mine.log_in(stage.user)["session_token"]} if by_session else {}

        assert mine.refused("POST", path, {"code": code, "order": "T-theirs"}, **more) in [(400, "code_wrong"), (404, "code_missing")]

    return check


def publish_draft(stage: Stage, mine: Twin, theirs: Twin) -> None:
    theirs.call("PUT", f"/v1/reply-rules/{theirs.oa}/draft", {"written": theirs.rules})

    assert mine.refused("POST", f"/v1/reply-rules/{theirs.oa}/publish", {}) == MISSING_ACCOUNT
    assert mine.refused("POST", f"/v1/reply-rules/{mine.oa}/publish", {}) == (404, "document_missing")
    theirs.call("DELETE", f"/v1/reply-rules/{theirs.oa}/draft")


def simulate_rules(stage: Stage, mine: Twin, theirs: Twin) -> None:
    told = mine.call("POST", "/v1/reply-rules/simulate", {"account": mine.oa, "message": {"text": "?"}})[1]

    assert told["answer"]["text"] == f"{mine.brand} speaking"
    assert mine.refused("POST", "/v1/reply-rules/simulate", {"account": theirs.oa, "message": {"text": "?"}}) == MISSING_ACCOUNT


def show_unanswered(stage: Stage, mine: Twin, theirs: Twin) -> None:
    on = stage.said.fields["CreateTime"]
    day = datetime.fromtimestamp(int(on) + 8 * 3600, UTC).date()

    texts = mine.call("GET", f"/v1/reply-rules/{mine.oa}/unanswered?on={day}")[1]["texts"]

    assert {each["text"]: each["count"] for each in texts}["你好"] == 1  # both brands heard it
    assert mine.refused("GET", f"/v1/reply-rules/{theirs.oa}/unanswered") == MISSING_ACCOUNT


def show_response_times(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert mine.call("GET", f"/v1/service/response-times?account={mine.oa}")[1]["account"] == mine.oa
    assert mine.refused("GET", f"/v1/service/response-times?account={theirs.oa}") == MISSING_ACCOUNT


def invitation_of(stage: Stage, twin: Twin) -> str:
    session = twin.log_in(stage.user)["session_token"]
    return str(stage.house.call("GET", "/v1/me/invitation", key=session)[1]["invitation"])


def show_invitation(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert invitation_of(stage, mine) != invitation_of(stage, theirs)


def accept_invitation(stage: Stage, mine: Twin, theirs: Twin) -> None:
    session = mine.log_in(stage.house.play("/users", {})["user"])["session_token"]

    refused = mine.refused("POST", "/v1/me/invitations", {"invitation": invitation_of(stage, theirs)}, key=session)

    assert refused == (404, "invitation_missing")


def show_inviter(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert mine.refused("GET", f"/v1/people/{stage.logins[theirs.brand]['person']}/invitations") == (404, "person_missing")


def touch_group(method: str, before: str, after: str, *, by_session: bool) -> Callable[[Stage, Twin, Twin], None]:
    def check(stage: Stage, mine: Twin, theirs: Twin) -> None:
        group = group_of(stage, theirs)
        body = {"order": "T-theirs"} if method == "POST" else None
        more = {"key": mine.log_in(stage.user)["session_token"]} if by_session else {}

        assert mine.refused(method, f"{before}{group}{after}", body, **more) == (404, "group_missing")

    return check


def plan_message(stage: Stage, mine: Twin, theirs: Twin) -> None:
    to = {"type": "openid", "value": stage.openid, "account": theirs.mini}

    assert mine.refused("POST", "/v1/messages", mine.order(to=to)) == MISSING_ACCOUNT
    assert mine.refused("POST", "/v1/messages", theirs.order(to={"type": "unionid", "value": stage.unionid})) == MISSING_ACCOUNT
    assert stage.plan(mine)["id"] == stage.planned[mine.brand]["id"] != stage.planned[theirs.brand]["id"]


def show_message(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert mine.call("GET", f"/v1/messages/{stage.planned[mine.brand]['id']}")[0] == 200
    assert mine.refused("GET", f"/v1/messages/{stage.planned[theirs.brand]['id']}") == (404, "message_missing")


def cancel_message(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert mine.refused("DELETE", f"/v1/messages/{stage.planned[theirs.brand]['id']}") == (404, "message_missing")
    assert theirs.call("GET", f"/v1/messages/{stage.planned[theirs.brand]['id']}")[1]["state"] != "cancelled"


def preview_message(stage: Stage, mine: Twin, theirs: Twin) -> None:
    to = {"type": "unionid", "value": stage.unionid}
    ways = [[{"channel": "subscribe_message", "account": each.mini}] for each in (mine, theirs)]

    assert mine.call("POST", "/v1/messages/preview", {"to": to, "purpose": "service", "channels": ways[0]})[0] == 200
    assert mine.refused("POST", "/v1/messages/preview", {"to": to, "purpose": "service", "channels": ways[1]}) == MISSING_ACCOUNT


def broadcast_to(stage: Stage, mine: Twin, theirs: Twin) -> dict[str, Any]:
    """An order to one person of one's own."""
    order = mine.order(to={"type": "unionid", "value": stage.unionid})
    audience = {"identifiers": [order.pop("to")]}
    return {"name": "same", "purpose": "service", "channels": order["channels"], "audience": audience}


def start_broadcast(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """The same Idempotency-Key at both brands is two broadcasts, each to people of its own."""
    orders = [broadcast_to(stage, *twins) for twins in ((mine, theirs), (theirs, mine))]
    key = {"Idempotency-Key": "the same broadcast"}
    started = [twin.call("POST", "/v1/broadcasts", order, headers=key)[1] for twin, order in zip((mine, theirs), orders, strict=True)]
    follows = {**orders[0], "audience": {"followers": theirs.oa}}
    openids = {**orders[0], "audience": {"identifiers": [{"type": "openid", "value": stage.openid, "account": theirs.mini}]}}

    assert started[0]["id"] != started[1]["id"]
    assert mine.refused("POST", "/v1/broadcasts", orders[1]) == MISSING_ACCOUNT
    assert mine.refused("POST", "/v1/broadcasts", follows) == MISSING_ACCOUNT
    assert mine.refused("POST", "/v1/broadcasts", openids) == MISSING_ACCOUNT


def preview_broadcast(stage: Stage, mine: Twin, theirs: Twin) -> None:
    mine_order, theirs_order = broadcast_to(stage, mine, theirs), broadcast_to(stage, theirs, mine)

    assert mine.call("POST", "/v1/broadcasts/preview", mine_order)[0] == 200
    assert mine.refused("POST", "/v1/broadcasts/preview", theirs_order) == MISSING_ACCOUNT


def see_broadcasts(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """Neither brand lists, shows or turns the other's."""
    started = theirs.call("POST", "/v1/broadcasts", broadcast_to(stage, theirs, mine))[1]["id"]

    assert started not in [each["id"] for each in mine.call("GET", "/v1/broadcasts")[1]["broadcasts"]]
    for method, path in (("GET", ""), ("GET", "/messages"), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/stop")):
        assert mine.refused(method, f"/v1/broadcasts/{started}{path}") == (404, "broadcast_missing")
    assert theirs.call("GET", f"/v1/broadcasts/{started}")[1]["state"] == "running"


def mass_of(twin: Twin, **changes: Any) -> dict[str, Any]:
    """A mass send for later, so that it uses up nothing at WeChat."""
    later = (twin.house.clock() + timedelta(days=300)).isoformat()
    message = {"kind": "text", "text": "same"}
    order = {"account": twin.oa, "name": "same", "audience": {"to": "all"}, "purpose": "service", "message": message}
    return {**order, "confirmed": True, "not_before": later, **changes}


def plan_mass(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """The same Idempotency-Key at both brands is two mass sends, each of an account of its own, counted apart."""
    key = {"Idempotency-Key": "the same mass send"}
    planned = [twin.call("POST", "/v1/mass-sends", mass_of(twin), headers=key)[1] for twin in (mine, theirs)]
    openid = {"type": "openid", "value": stage.openid, "account": theirs.mini}
    named = mass_of(mine, audience={"to": "people", "identifiers": [openid, {"type": "unionid", "value": stage.unionid}]})

    assert planned[0]["id"] != planned[1]["id"]
    assert [each["left"] for each in planned] == [3, 3]
    for order in (mass_of(theirs), named):
        assert mine.refused("POST", "/v1/mass-sends", order, headers={"Idempotency-Key": "another"}) == MISSING_ACCOUNT


def preview_mass(stage: Stage, mine: Twin, theirs: Twin) -> None:
    openid = {"type": "openid", "value": stage.openid, "account": mine.oa}
    order = {"account": mine.oa, "message": {"kind": "text", "text": "same"}, "to": openid}

    assert mine.refused("POST", "/v1/mass-sends/preview", order) == (422, "wechat_declined")  # they do not follow, says WeChat
    assert mine.refused("POST", "/v1/mass-sends/preview", {**order, "account": theirs.oa}) == MISSING_ACCOUNT
    assert mine.refused("POST", "/v1/mass-sends/preview", {**order, "to": {**openid, "account": theirs.oa}}) == MISSING_ACCOUNT


def see_masses(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """Neither brand lists, shows, cancels or deletes the other's."""
    key = {"Idempotency-Key": "to be seen"}
    planned = theirs.call("POST", "/v1/mass-sends", mass_of(theirs, not_before=None, name="seen"), headers=key)[1]["id"]

    assert planned not in [each["id"] for each in mine.call("GET", "/v1/mass-sends")[1]["mass_sends"]]
    for method, path, body in (("GET", "", None), ("POST", "/cancel", None), ("POST", "/delete", {})):
        assert mine.refused(method, f"/v1/mass-sends/{planned}{path}", body) == (404, "mass_send_missing")
    assert theirs.call("GET", f"/v1/mass-sends/{planned}")[1]["state"] == "planned"


def mass_quota(stage: Stage, mine: Twin, theirs: Twin) -> None:
    before = theirs.call("GET", f"/v1/accounts/{theirs.oa}/mass-quota")

    assert mine.refused("GET", f"/v1/accounts/{theirs.oa}/mass-quota") == MISSING_ACCOUNT
    assert mine.refused("PUT", f"/v1/accounts/{theirs.oa}/mass-quota", {"per": "day"}) == MISSING_ACCOUNT
    assert mine.call("PUT", f"/v1/accounts/{mine.oa}/mass-quota", {"per": "month"})[1]["account"] == mine.oa
    assert theirs.call("GET", f"/v1/accounts/{theirs.oa}/mass-quota") == before


def message_rules(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """What one brand writes, drafts, publishes or goes back to, the other does not see."""
    rules = {"caps": [{"most": 3}], "zone": "Europe/Paris"}
    before = [theirs.call("GET", f"/v1/message-rules{part}") for part in ("", "/draft")]
    revision = mine.call("GET", "/v1/message-rules/draft")[1].get("revision", 0)

    assert mine.call("PUT", "/v1/message-rules", rules)[0] == 201
    assert mine.call("PUT", "/v1/message-rules/draft", {"revision": revision, "rules": rules})[0] == 200
    assert mine.call("POST", "/v1/message-rules/publish", {"revision": revision + 1})[0] == 201
    assert mine.call("POST", "/v1/message-rules/rollback", {"version": 1})[0] == 200
    assert [told(theirs.call("GET", f"/v1/message-rules{part}")) for part in ("", "/draft")] == [told(each) for each in before]


def told(answer: tuple[int, Any]) -> tuple[int, Any]:
    """An answer without the id of its request."""
    return answer[0], {name: value for name, value in answer[1].items() if name != "RequestId"}


def triggers_of(twin: Twin) -> dict[str, Any]:
    step = {"channel": "customer_service", "account": twin.oa, "message": {"kind": "text", "text": f"{twin.brand} {{{{order}}}}"}}
    return {"rules": [{"name": "told", "type": "order", "purpose": "service", "channels": [step]}]}


def triggers(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """What one brand writes, drafts, publishes, tries or goes back to, the other does not see; nor does it send from their accounts."""
    record = {"type": "order", "id": "SO1", "at": stage.house.clock().isoformat(), "data": {"state": "paid"}}
    theirs.call("PUT", "/v1/triggers", triggers_of(theirs))
    theirs.call("DELETE", "/v1/triggers/draft")
    before = theirs.call("GET", "/v1/triggers")
    revision = mine.call("GET", "/v1/triggers/draft")[1].get("revision", 0)

    assert mine.refused("PUT", "/v1/triggers", triggers_of(theirs)) == (400, "field_invalid")
    assert mine.call("PUT", "/v1/triggers", triggers_of(mine))[0] == 201
    status, draft = mine.call("PUT", "/v1/triggers/draft", {"revision": revision, "triggers": triggers_of(mine)})
    assert status == 200
    tried = str(mine.call("POST", "/v1/triggers/simulate", {"record": record, "draft": True}))
    assert f"{mine.brand} SO1" in tried
    assert theirs.brand not in tried
    assert theirs.refused("GET", "/v1/triggers/draft") == (404, "document_missing")
    assert mine.call("POST", "/v1/triggers/publish", {"revision": draft["revision"]})[0] == 201
    assert mine.call("DELETE", "/v1/triggers/draft")[0] == 204
    assert mine.call("POST", "/v1/triggers/rollback", {"version": 1})[0] == 200
    assert mine.call("POST", "/v1/triggers/told/stop")[1]["standing"] == "stopped"
    assert theirs.call("GET", "/v1/triggers") == before
    assert [each["standing"] for each in theirs.call("GET", "/v1/triggers/stats")[1]["rules"]] == ["running"]
    assert mine.call("POST", "/v1/triggers/told/resume")[1]["standing"] == "running"


def prove_address(stage: Stage, mine: Twin, theirs: Twin) -> None:
    def knock(account: str, token: str) -> int:
        now = str(int(stage.house.clock().timestamp()))
        query = {"signature": crypto.sign(token, now, "n"), "timestamp": now, "nonce": "n", "echostr": "echo"}
        return stage.house.raw("GET", f"/wechat/{account}?{urlencode(query)}")[0]

    assert knock(mine.oa, KEYS[mine.brand][0]) == 200
    assert knock(theirs.oa, KEYS[mine.brand][0]) == knock("nobody.oa", KEYS[mine.brand][0]) == 403


def receive(stage: Stage, mine: Twin, theirs: Twin) -> None:
    message = stage.message("预约")
    stage.house.work()
    before = {brand: len(twin.shows("inbox")) for brand, twin in stage.twins.items()}

    with_their_keys = mine.hear(message, sealed_by=theirs.brand)
    at_their_door = mine.hear(message, at=theirs.oa)
    _, mine_said = mine.hear(message)
    stage.house.work()
    once = {brand: len(twin.shows("inbox")) for brand, twin in stage.twins.items()}
    _, theirs_said = theirs.hear(message)
    stage.house.work()
    twice = {brand: len(twin.shows("inbox")) for brand, twin in stage.twins.items()}

    assert with_their_keys[0] == at_their_door[0] == 403
    assert mine_said != theirs_said
    assert once == {mine.brand: before[mine.brand] + 1, theirs.brand: before[theirs.brand]}
    assert twice == {brand: count + 1 for brand, count in before.items()}


def list_failed(stage: Stage, mine: Twin, theirs: Twin) -> None:
    for twin in (mine, theirs, theirs):
        fail_once(stage, twin)
    _, page = mine.call("GET", "/v1/inbox/failed")
    cursor = theirs.call("GET", "/v1/inbox/failed?limit=1")[1]["cursor"]

    _, page_behind_theirs = mine.call("GET", f"/v1/inbox/failed?cursor={cursor}")

    assert {kept["account"] for kept in page["callbacks"]} == {mine.oa}
    assert {kept["account"] for kept in page_behind_theirs.get("callbacks", [])} <= {mine.oa}


def redrive(stage: Stage, mine: Twin, theirs: Twin) -> None:
    fail_once(stage, mine)
    fail_once(stage, theirs)
    their_failed = theirs.call("GET", "/v1/inbox/failed")[1]["callbacks"]
    named = {"callbacks": [{"account": theirs.oa, "key": their_failed[0]["key"]}]}

    named_by_me = mine.refused("POST", "/v1/inbox/redrive", named)
    status, _ = mine.call("POST", "/v1/inbox/redrive", {})
    stage.house.work()

    assert named_by_me == (404, "message_missing")
    assert status == 202
    assert mine.call("GET", "/v1/inbox/failed")[1]["callbacks"] == []
    assert theirs.call("GET", "/v1/inbox/failed")[1]["callbacks"] == their_failed


def fail_once(stage: Stage, twin: Twin) -> None:
    """A follow whose person WeChat does not want to tell of just now."""
    account = stage.house.sandbox.state.accounts[OA_APPID]
    event = push.compose(stage.house.sandbox, account, stage.message("").openid, "event", {"Event": "subscribe", "EventKey": ""})
    twin.hear(msgspec.structs.replace(event, fields={**event.fields, "CreateTime": event.fields["CreateTime"] + event.id % 1000}))
    stage.house.play("/faults", {"path": "/cgi-bin/user/info", "errcode": -1})
    stage.house.work()


def forge(stage: Stage, token: str, *, signed_by: str, brand: str = "") -> str:
    """A token's claims, of another brand if wanted, signed by the keys of one."""
    claims = msgspec.json.decode(base64_decode(token.rsplit(".", 1)[0]), type=Claims)
    secret = stage.house.world.secrets.fetch_newest(f"{signed_by}/brand", BrandSecret)
    return tokens.sign(msgspec.structs.replace(claims, brand=brand or claims.brand), secret, stage.house.clock())


def authorize(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """A page of theirs is none of mine, and what begins at my account comes back to my account alone."""
    for twin in (mine, theirs):
        pages = {"web_origins": [f"https://{twin.brand}.example.com"]}
        assert twin.call("PUT", f"/v1/accounts/{twin.oa}/web-origins", pages)[0] == 200

    begun = begin_web_login(stage, mine, mine)
    strange = begin_web_login(stage, mine, theirs)

    assert begun[0] == 302
    assert mine.oa in begun[1]["Location"]
    assert (strange[0], "web_login_missing" in strange[2]) == (404, True)


def come_back(stage: Stage, mine: Twin, theirs: Twin) -> None:
    authorize(stage, mine, theirs)
    _, headers, _ = begin_web_login(stage, theirs, theirs)
    state = parse_qs(urlsplit(headers["Location"]).query)["state"][0]
    cookie = headers["Set-Cookie"].split(";")[0]

    status, _, page = stage.house.visit(f"/v1/sessions/official-account/{mine.oa}/callback?code=x&state={state}", cookie=cookie)

    assert (status, "web_login_ended" in page) == (400, True)


def redeem_ticket(stage: Stage, mine: Twin, theirs: Twin) -> None:
    ticket = forge(stage, theirs.log_in(stage.user)["session_token"], brand=theirs.brand, signed_by=mine.brand)

    assert mine.refused("POST", "/v1/sessions/ticket", {"ticket": ticket}) == (401, "ticket_refused")

    jump = make_jump(theirs, stage)
    for text, account in ((jump, mine.mini), (rename(jump, mine), mine.mini), (rename(jump, mine), theirs.mini)):
        code = stage.house.play(f"/users/{stage.user}/login", {"appid": MINI_APPID})["code"]
        shown = {"ticket": text, "account": account, "code": code}
        assert mine.refused("POST", "/v1/sessions/ticket", shown) == (401, "ticket_refused")
    code = stage.house.play(f"/users/{stage.user}/login", {"appid": MINI_APPID})["code"]
    status, login = theirs.call("POST", "/v1/sessions/ticket", {"ticket": jump, "account": theirs.mini, "code": code})
    assert (status, login["person"]) == (201, stage.logins[theirs.brand]["person"])


def make_ticket(stage: Stage, mine: Twin, theirs: Twin) -> None:
    order = {"purpose": "order", "audience": [mine.mini]}
    their_openid = {"type": "openid", "value": stage.openid, "account": theirs.mini}

    assert mine.refused("POST", "/v1/tickets", {**order, "audience": [mine.mini, theirs.mini]}) == MISSING_ACCOUNT
    assert mine.refused("POST", "/v1/tickets", {**order, "who": their_openid}) == MISSING_ACCOUNT
    assert make_jump(mine, stage).startswith(f"{mine.brand}.")


def make_own_ticket(stage: Stage, mine: Twin, theirs: Twin) -> None:
    my_login, their_login = mine.log_in(stage.user), theirs.log_in(stage.user)
    order = {"purpose": "order", "audience": [mine.mini]}
    forged = forge(stage, their_login["session_token"], signed_by=mine.brand)

    assert mine.refused("POST", "/v1/me/tickets", {**order, "audience": [theirs.mini]}, key=my_login["session_token"]) == MISSING_ACCOUNT
    assert mine.refused("POST", "/v1/me/tickets", order, key=forged) == (401, "session_refused")
    assert mine.call("POST", "/v1/me/tickets", order, key=my_login["session_token"])[0] == 201


def follow_ticket(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """A ticket of theirs leads to their page, however its brand is written; mine to none of theirs."""
    authorize(stage, mine, theirs)
    page = f"https://{theirs.brand}.example.com/me"
    jump = make_jump(theirs, stage, audience=[theirs.oa], to=page)
    order = {"purpose": "order", "audience": [mine.oa], "to": page}

    led = stage.house.visit(f"/j/{jump}")
    renamed = stage.house.visit(f"/j/{rename(jump, mine)}")

    assert (led[0], led[1]["Location"].startswith(page)) == (302, True)
    assert (renamed[0], "ticket_refused" in renamed[2]) == (401, True)
    assert mine.refused("POST", "/v1/tickets", order) == (400, "field_invalid")


def make_jump(twin: Twin, stage: Stage, **changes: Any) -> str:
    """A ticket of one brand for the one person both know."""
    who = {"type": "openid", "value": stage.openid, "account": twin.mini}
    status, made = twin.call("POST", "/v1/tickets", {"purpose": "order", "audience": [twin.mini], "who": who, **changes})
    assert status == 201, made
    ticket: str = made["ticket"]
    return ticket


def rename(ticket: str, twin: Twin) -> str:
    """The same ticket as if it were of another brand."""
    return ".".join([twin.brand, *ticket.split(".")[1:]])


def begin_web_login(stage: Stage, at: Twin, page_of: Twin) -> tuple[int, dict[str, str], str]:
    query = urlencode({"return_to": f"https://{page_of.brand}.example.com/me"})
    return stage.house.visit(f"/v1/sessions/official-account/{at.oa}/authorize?{query}")


def keep_domain_file(stage: Stage, mine: Twin, theirs: Twin) -> None:
    file = {"name": f"MP_verify_{mine.brand}.txt", "content": mine.brand}

    assert mine.refused("PUT", f"/v1/accounts/{theirs.oa}/domain-file", file) == MISSING_ACCOUNT
    assert mine.call("PUT", f"/v1/accounts/{mine.oa}/domain-file", file)[0] == 204
    assert theirs.refused("PUT", f"/v1/accounts/{theirs.oa}/domain-file", {**file, "content": "x"}) == (409, "file_taken")
    assert stage.house.visit(f"/{file['name']}")[2] == mine.brand


def drop_domain_file(stage: Stage, mine: Twin, theirs: Twin) -> None:
    name = f"MP_verify_{theirs.brand}-2.txt"
    assert theirs.call("PUT", f"/v1/accounts/{theirs.oa}/domain-file", {"name": name, "content": "theirs"})[0] == 204

    assert mine.refused("DELETE", f"/v1/accounts/{theirs.oa}/domain-file/{name}") == MISSING_ACCOUNT
    assert mine.call("DELETE", f"/v1/accounts/{mine.oa}/domain-file/{name}")[0] == 204
    assert stage.house.visit(f"/{name}")[2] == "theirs"


def show_domain_file(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert stage.house.visit("/MP_verify_nobody.txt")[0] == 404


def show_phone_page(stage: Stage, mine: Twin, theirs: Twin) -> None:
    status, _, page = stage.house.visit(f"/pages/{mine.oa}/phone")
    home = "https://api.example.com/pages"
    led = stage.house.visit(f"/v1/sessions/official-account/{mine.oa}/authorize?{urlencode({'return_to': f'{home}/{theirs.oa}/phone'})}")

    assert status == 200
    assert theirs.brand not in page
    assert led[0] == 404


PHONE = "13912345678"


def bring(twin: Twin, number: str, state: str = "已支付", kind: str = "order") -> dict[str, Any]:
    """One record of the one phone both brands know, kept."""
    data = {"state": state, "note": f"{twin.brand} speaking", "starts_at": "2026-11-22 15:00", "sku": twin.brand}
    record = {"type": kind, "id": number, "at": "2026-11-20T11:00:00+08:00", "who": {"phone": PHONE}, "data": data}
    status, batch = twin.call("POST", "/v1/records", {"records": [record]}, headers={"Idempotency-Key": f"{number} {state} {kind}"})
    assert status == 202, batch
    twin.house.work()
    kept: dict[str, Any] = twin.call("GET", f"/v1/batches/{batch['id']}")[1]
    return kept


def records_of(twin: Twin, person: str = "") -> tuple[int, Any]:
    person = person or twin.call("POST", "/v1/people/lookup", {"type": "phone", "value": PHONE})[1]["id"]
    return twin.call("GET", f"/v1/people/{person}/records")


def held_of(twin: Twin) -> tuple[str, str]:
    """A record of this brand that is held: its group and its id there."""
    bring(twin, "held-1", state="nobody knows")
    group = twin.call("GET", "/v1/quarantine")[1]["groups"][0]["id"]
    return group, twin.call("GET", f"/v1/quarantine/{group}")[1]["records"][0]["id"]


def take_records(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """The same number and the same Idempotency-Key at both brands are two orders of two batches."""
    mine_kept, theirs_kept = bring(mine, "N1"), bring(theirs, "N1")
    their_openid = {"openid": {theirs.mini: stage.openid}}
    record = {"type": "order", "id": "N2", "at": "2026-11-20T11:00:00+08:00", "who": their_openid, "data": {"state": 1}}

    assert mine_kept["id"] != theirs_kept["id"]
    assert (mine_kept["stored"], theirs_kept["stored"]) == (1, 1)
    assert mine.call("POST", "/v1/records", {"records": [record]})[1]["rejected"] == 1


def show_batch(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert mine.refused("GET", f"/v1/batches/{bring(theirs, 'N1')['id']}") == (404, "batch_missing")


def list_sources(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """Both are brought the same by a source of the same name: each sees what was counted of its own."""
    for twin in (mine, theirs):
        twin.call("POST", "/v1/records", {"records": [{}], "source": "till"})
    theirs.call("POST", "/v1/records", {"records": [{}], "source": f"{theirs.brand}-shop"})
    mine_told, theirs_told = (str(twin.call("GET", "/v1/sources")) for twin in (mine, theirs))

    assert f"{theirs.brand}-shop" not in mine_told
    assert f"{theirs.brand}-shop" in theirs_told


def publish_dictionary(stage: Stage, mine: Twin, theirs: Twin) -> None:
    types = {f"{mine.brand}_visit": {"fields": {"room": {"type": "text"}}}}

    assert mine.call("PUT", "/v1/dictionary", {"types": types})[0] == 201
    assert f"{mine.brand}_visit" not in str(theirs.call("GET", "/v1/dictionary"))


def show_dictionary(stage: Stage, mine: Twin, theirs: Twin) -> None:
    publish_dictionary(stage, theirs, mine)

    assert f"{theirs.brand}_visit" not in str(mine.call("GET", "/v1/dictionary"))


def roll_dictionary_back(stage: Stage, mine: Twin, theirs: Twin) -> None:
    publish_dictionary(stage, theirs, mine)

    assert mine.call("POST", "/v1/dictionary/rollback", {"version": 0})[1]["version"] == 0
    assert theirs.call("GET", "/v1/dictionary")[1]["version"] > 0


def rehearse_dictionary(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """A dry run looks at one's own records and at nobody else's."""
    bring(theirs, f"{theirs.brand}-F", kind="favourite")
    strict = {"types": {"favourite": {"fields": {"sku": {"type": "integer", "mode": "block"}}}}}
    mine_told, theirs_told = (str(twin.call("POST", "/v1/dictionary/dry-run", strict)) for twin in (mine, theirs))

    assert f"{theirs.brand}-F" in theirs_told
    assert f"{theirs.brand}-F" not in mine_told


def list_groups(stage: Stage, mine: Twin, theirs: Twin) -> None:
    held_of(mine), held_of(theirs)
    counts = {twin.brand: twin.call("GET", "/v1/quarantine")[1]["groups"][0]["count"] for twin in (mine, theirs)}

    assert counts == {mine.brand: 1, theirs.brand: 1}


def list_held(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """A group of the same cause has the same name at both brands, so what is mine there is not shown to them."""
    group, _ = held_of(theirs)
    _, page = mine.call("GET", f"/v1/quarantine/{group}")

    assert theirs.brand not in str(page)


def replay_group(stage: Stage, mine: Twin, theirs: Twin) -> None:
    group, _ = held_of(theirs)
    mine.call("POST", f"/v1/quarantine/{group}/replay")
    stage.house.work()

    assert held_of(theirs)[0] == group


def replay_held(stage: Stage, mine: Twin, theirs: Twin) -> None:
    group, held = held_of(theirs)

    assert mine.refused("POST", f"/v1/quarantine/{group}/{held}/replay", {"data": {"state": 1}}) == (404, "held_missing")
    assert held_of(theirs) == (group, held)


def drop_held(stage: Stage, mine: Twin, theirs: Twin) -> None:
    group, held = held_of(theirs)
    mine.call("DELETE", f"/v1/quarantine/{group}/{held}")

    assert held_of(theirs) == (group, held)


def list_records(stage: Stage, mine: Twin, theirs: Twin) -> None:
    bring(mine, "N1"), bring(theirs, "N1")
    theirs_person = theirs.call("POST", "/v1/people/lookup", {"type": "phone", "value": PHONE})[1]["id"]

    assert records_of(mine, theirs_person)[1]["Code"] == "person_missing"
    assert len(records_of(mine)[1]["records"]) == len(records_of(theirs)[1]["records"]) == 1


def show_cart(stage: Stage, mine: Twin, theirs: Twin) -> None:
    bring(theirs, "C1", kind="cart")
    theirs_person = theirs.call("POST", "/v1/people/lookup", {"type": "phone", "value": PHONE})[1]["id"]

    assert mine.refused("GET", f"/v1/people/{theirs_person}/cart") == (404, "person_missing")


def list_my_records(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """One person, two brands: each session shows what its own brand was brought."""
    for twin in (mine, theirs):
        who = {"openid": {twin.mini: stage.openid}}
        at, data = "2026-11-20T11:00:00+08:00", {"state": 1, "starts_at": "2026-11-22 15:00", "sku": twin.brand}
        kinds = ("order", "reservation", "favourite")
        records = [{"type": kind, "id": f"{twin.brand}-1", "at": at, "who": who, "data": data} for kind in kinds]
        items = [{"sku": f"{twin.brand}-1"}]
        records.append({"type": "cart", "id": f"{twin.brand}-1", "at": at, "who": who, "data": {"items": items}})
        assert twin.call("POST", "/v1/records", {"records": records})[0] == 202
    stage.house.work()
    session, their_session = mine.log_in(stage.user)["session_token"], theirs.log_in(stage.user)["session_token"]
    forged = forge(stage, their_session, signed_by=mine.brand)

    for name in ("orders", "reservations", "favourites", "cart"):
        shown = stage.house.call("GET", f"/v1/me/{name}", key=session)[1]
        assert f"{mine.brand}-1" in str(shown)
        assert theirs.brand not in str(shown)
        assert mine.refused("GET", f"/v1/me/{name}", key=forged) == (401, "session_refused")


def seen(twin: Twin) -> dict[str, Any]:
    """Somebody of the one phone both brands know did something, told by this brand's system."""
    data = {"name": f"{twin.brand}_event", "properties": {"by": twin.brand}}
    return {"type": "event", "id": "E1", "at": "2026-11-20T11:00:00+08:00", "who": {"phone": PHONE}, "data": data}


def tell_events(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """One person, two brands, one id: each session tells its own brand."""
    for twin in (mine, theirs):
        login = twin.log_in(stage.user)
        event = {"id": "E1", "name": f"{twin.brand}_event", "at": "2026-11-20T11:00:00+08:00"}
        assert stage.house.call("POST", "/v1/me/events", {"events": [event]}, key=login["session_token"])[1]["accepted"] == 1
        stage.house.work()
        counted = twin.call("GET", f"/v1/people/{login['person']}/behaviour")[1]["events"]
        assert [(each["name"], each["count"]) for each in counted] == [(f"{twin.brand}_event", 1)]
    forged = forge(stage, theirs.log_in(stage.user)["session_token"], signed_by=mine.brand)

    assert mine.refused("POST", "/v1/me/events", {"events": [event]}, key=forged) == (401, "session_refused")


def show_behaviour(stage: Stage, mine: Twin, theirs: Twin) -> None:
    for twin in (mine, theirs):
        assert twin.call("POST", "/v1/records", {"records": [seen(twin)]})[0] == 202
    stage.house.work()
    mine_id, theirs_id = (twin.call("POST", "/v1/people/lookup", {"type": "phone", "value": PHONE})[1]["id"] for twin in (mine, theirs))

    shown = mine.call("GET", f"/v1/people/{mine_id}/behaviour")[1]
    assert [each["name"] for each in shown["events"]] == [f"{mine.brand}_event"]
    assert mine.refused("GET", f"/v1/people/{theirs_id}/behaviour") == (404, "person_missing")


def ask_who_did(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """The same name at both brands: each finds its own people alone, and everybody is everybody of the brand."""
    for twin in (mine, theirs):
        record = {**seen(twin), "data": {"name": "same", "properties": {}}}
        assert twin.call("POST", "/v1/records", {"records": [record]})[0] == 202
    stage.house.work()
    mine_id, theirs_id = (twin.call("POST", "/v1/people/lookup", {"type": "phone", "value": PHONE})[1]["id"] for twin in (mine, theirs))
    asked = mine.call("POST", "/v1/people/query", {"people": {"or": [{"event": "same"}, {"not": {"event": "same"}}]}})[1]
    stage.house.work()

    found = [each["person"] for each in mine.call("GET", f"/v1/queries/{asked['id']}")[1]["people"]]
    assert mine_id in found
    assert theirs_id not in found
    assert theirs.refused("GET", f"/v1/queries/{asked['id']}") == (404, "query_missing")


def compacted(stage: Stage, twin: Twin) -> dict[str, Any]:
    stage.house.tick("plan_compaction")
    stage.house.work()
    archive: dict[str, Any] = twin.call("GET", "/v1/archive")[1]
    return archive


def show_archive(stage: Stage, mine: Twin, theirs: Twin) -> None:
    before, theirs_before = compacted(stage, mine), compacted(stage, theirs)
    assert theirs.call("POST", "/v1/records", {"records": [{**seen(theirs), "id": "E2"}]})[0] == 202
    stage.house.work()

    assert compacted(stage, mine)["days"] == before["days"]
    assert compacted(stage, theirs)["lines"] == theirs_before["lines"] + 1


def replay_archive(stage: Stage, mine: Twin, theirs: Twin) -> None:
    bring(theirs, "N9")
    before = compacted(stage, mine)

    told = mine.call("POST", "/v1/archive/replay", {"first": "2026-11-20", "last": "2026-11-20"})[1]
    assert told["lines"] == before["lines"]


def show_pulls(stage: Stage, mine: Twin, theirs: Twin) -> None:
    pull_tags(stage, theirs)

    assert mine.refused("GET", f"/v1/accounts/{theirs.oa}/pulls") == MISSING_ACCOUNT
    assert mine.call("GET", f"/v1/accounts/{mine.oa}/pulls")[1]["account"] == mine.oa


def run_pull(stage: Stage, mine: Twin, theirs: Twin) -> None:
    before = len(theirs.shows("counters"))

    assert mine.refused("POST", f"/v1/accounts/{theirs.oa}/pulls/tags") == MISSING_ACCOUNT
    pull_tags(stage, mine)

    assert mine.shows("counters")
    assert len(theirs.shows("counters")) == before


def list_figures(stage: Stage, mine: Twin, theirs: Twin) -> None:
    pull_tags(stage, mine)

    assert mine.refused("GET", f"/v1/accounts/{theirs.oa}/figures?kind=tags") == MISSING_ACCOUNT
    assert len(mine.call("GET", f"/v1/accounts/{mine.oa}/figures?kind=tags")[1]["days"]) == 1


def show_reconciliation(stage: Stage, mine: Twin, theirs: Twin) -> None:
    openid = stage.house.play(f"/users/{stage.user}?appid={OA_APPID}", method="GET")["openid"]
    account = stage.house.sandbox.state.accounts[OA_APPID]
    followed = push.compose(stage.house.sandbox, account, openid, "event", {"Event": "subscribe", "EventKey": ""})
    theirs.hear(followed)
    stage.house.work()

    assert mine.refused("GET", f"/v1/accounts/{theirs.oa}/reconciliation") == MISSING_ACCOUNT
    assert mine.call("GET", f"/v1/accounts/{mine.oa}/reconciliation")[1]["days"] == []
    assert any("#H#" in row["pk"]["S"] for row in theirs.shows("counters"))


def pull_tags(stage: Stage, twin: Twin) -> None:
    assert twin.call("POST", f"/v1/accounts/{twin.oa}/pulls/tags")[0] == 202
    stage.house.work()


WEBHOOK_MISSING = (404, "webhook_missing")


def webhook_of(twin: Twin) -> dict[str, Any]:
    """The brand's webhook, at the same address for both, told of one test; made when it is not there."""
    order = {"url": "https://shared.example.com/", "facts": ["record.stored"], "title": f"{twin.brand} speaking"}
    listed: list[dict[str, Any]] = twin.call("GET", "/v1/webhooks")[1]
    if not listed:
        assert twin.call("POST", "/v1/webhooks", order)[0] == 201
        listed = twin.call("GET", "/v1/webhooks")[1]
        twin.call("POST", f"/v1/webhooks/{listed[0]['id']}/test")
        twin.house.work()
    return listed[0]


def create_webhook(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """A fact of one brand is told to its webhook alone, though both lead to the same place."""
    webhook_of(mine), webhook_of(theirs)
    stage.house.receivers.brought.clear()

    bring(mine, f"told-{mine.brand}")

    assert len(stage.house.receivers.brought) == 1
    order = {"url": "https://shared.example.com/", "facts": ["record.stored"], "brand": theirs.brand}
    assert mine.refused("POST", "/v1/webhooks", order) == (400, "field_invalid")


def list_webhooks(stage: Stage, mine: Twin, theirs: Twin) -> None:
    webhook_of(mine), webhook_of(theirs)

    listed = mine.call("GET", "/v1/webhooks")[1]

    assert [each["title"] for each in listed] == [f"{mine.brand} speaking"]


def show_webhook(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert mine.refused("GET", f"/v1/webhooks/{webhook_of(theirs)['id']}") == WEBHOOK_MISSING


def touch_webhook(method: str, rest: str, body: Any = None) -> Callable[[Stage, Twin, Twin], None]:
    """What is done to a webhook of theirs is refused, and leaves it as it was."""

    def check(stage: Stage, mine: Twin, theirs: Twin) -> None:
        before = webhook_of(theirs)

        assert mine.refused(method, f"/v1/webhooks/{before['id']}{rest}", body) == WEBHOOK_MISSING
        assert webhook_of(theirs) == before

    return check


def sum_up_entries(stage: Stage, mine: Twin, theirs: Twin) -> None:
    come_by_entries(stage)
    query = f"from={stage.house.clock():%Y-%m-%d}&to={stage.house.clock():%Y-%m-%d}"

    before = mine.call("GET", f"/v1/entries/stats?{query}")
    theirs.log_in(stage.house.play("/users", {})["user"])
    stage.house.work()
    status, stats = mine.call("GET", f"/v1/entries/stats?{query}")

    assert (status, stats) == before
    assert ENTRIES[mine.brand] in [each["entry"] for each in stats["entries"]]
    assert ENTRIES[theirs.brand] not in str(stats)
    assert stats["total"]["people"] > 0


def list_touches(stage: Stage, mine: Twin, theirs: Twin) -> None:
    come_by_entries(stage)

    assert mine.refused("GET", f"/v1/people/{stage.logins[theirs.brand]['person']}/touches") == (404, "person_missing")
    shown = mine.call("GET", f"/v1/people/{stage.logins[mine.brand]['person']}/touches")[1]
    assert {touch["entry"] for touch in shown["touches"]} == {None, ENTRIES[mine.brand]}


def show_order_touches(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """One number, an order in each brand."""
    come_by_entries(stage)
    order = {"type": "order", "id": "the-same", "at": stage.house.clock().isoformat(), "who": {"unionid": stage.unionid}}
    assert theirs.call("POST", "/v1/records", {"records": [{**order, "data": {"state": "已支付", "total_fen": 100}}]})[0] == 202
    stage.house.work()

    if not mine.shows("records"):
        assert mine.refused("GET", "/v1/orders/the-same/touches") == (404, "order_missing")
    assert theirs.call("GET", "/v1/orders/the-same/touches")[1]["last"]["entry"] == ENTRIES[theirs.brand]


ENTRIES = {"demo": "dem00000", "rival": "rva10000"}


def come_by_entries(stage: Stage) -> None:
    """The one person comes to each brand by an entry of its own, once."""
    for twin in stage.twins.values():
        register(ENTRIES[twin.brand], brand=twin.brand)
        if not any(ENTRIES[twin.brand] in str(row) for row in twin.shows("touches")):
            code = stage.house.play(f"/users/{stage.user}/login", {"appid": MINI_APPID})["code"]
            login = {"account": twin.mini, "code": code, "launch": {"entry": ENTRIES[twin.brand]}}
            assert stage.house.call("POST", "/v1/sessions/mini-program", login)[0] == 201
            stage.house.work()


def list_deliveries(stage: Stage, mine: Twin, theirs: Twin) -> None:
    assert mine.refused("GET", f"/v1/webhooks/{webhook_of(theirs)['id']}/deliveries") == WEBHOOK_MISSING
    assert webhook_of(theirs)["id"] not in str(mine.call("GET", f"/v1/webhooks/{webhook_of(mine)['id']}/deliveries"))


def redrive_deliveries(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """A delivery of theirs is none of my webhook."""
    path = f"/v1/webhooks/{webhook_of(mine)['id']}/redrive"
    (delivery, *_) = theirs.call("GET", f"/v1/webhooks/{webhook_of(theirs)['id']}/deliveries")[1]["deliveries"]

    assert mine.refused("POST", path, {"deliveries": [delivery["id"]]}) == (404, "delivery_missing")
    touch_webhook("POST", "/redrive", {"deliveries": [delivery["id"]]})(stage, mine, theirs)


def own_word(twin: Twin) -> None:
    words = {"words": [{"word": f"{twin.brand}秘方"}]}
    assert twin.call("PUT", "/v1/content/words", words)[0] == 201


def check_texts(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """Each brand has words of its own, and only accounts of its own are known."""
    for twin in (mine, theirs):
        own_word(twin)
    stage.house.clock.advance(seconds=11)
    texts = [{"text": "demo秘方"}, {"text": "rival秘方"}]

    found = mine.call("POST", "/v1/content/check", {"texts": texts})[1]["findings"]
    assert [each["found"] for each in found] == [f"{mine.brand}秘方"]
    assert mine.refused("POST", "/v1/content/check", {"texts": texts, "account": theirs.oa}) == (400, "field_invalid")


def show_content_rules(stage: Stage, mine: Twin, theirs: Twin) -> None:
    own_word(theirs)
    before = mine.call("GET", "/v1/content/rules")[1]

    own_word(theirs)
    stage.house.clock.advance(seconds=11)

    assert mine.call("GET", "/v1/content/rules")[1] == before


def show_own_words(stage: Stage, mine: Twin, theirs: Twin) -> None:
    for twin in (mine, theirs):
        own_word(twin)

    shown = mine.call("GET", "/v1/content/words")[1]["written"]["words"]
    assert [each["word"] for each in shown] == [f"{mine.brand}秘方"]
    pages = {"pages": [{"mini_program": theirs.mini, "paths": ["pages/a"]}]}
    assert mine.refused("PUT", "/v1/content/words", pages) == (400, "field_invalid")


def found_later(stage: Stage, twin: Twin) -> str:
    """The brand has published its secret before it did not want to read it any more."""
    subject, texts = Subject("entry", twin.oa, "same"), [Written("$", f"{twin.brand}秘方")]
    twin.call("PUT", "/v1/content/words", {})
    stage.house.clock.advance(seconds=11)
    lint.pass_texts(twin.brand, subject, texts, override="", actor="test", world=stage.house.world, now=stage.house.clock())
    own_word(twin)
    stage.house.tick("tend_published")
    (found,) = twin.call("GET", "/v1/content/findings")[1]["findings"]
    return str(found["id"])


def list_found(stage: Stage, mine: Twin, theirs: Twin) -> None:
    found_later(stage, mine), found_later(stage, theirs)

    listed = mine.call("GET", "/v1/content/findings")[1]["findings"]
    assert [each["finding"]["found"] for each in listed] == [f"{mine.brand}秘方"]


def acknowledge_found(stage: Stage, mine: Twin, theirs: Twin) -> None:
    finding = found_later(stage, theirs)
    acknowledged = f"/v1/content/findings/{finding}/acknowledge"

    assert mine.refused("POST", acknowledged, {"reason": "not mine"}) == (404, "finding_missing")
    assert theirs.call("GET", "/v1/content/findings")[1]["findings"][0]["id"] == finding


MENU_OF = {"demo": "鼓楼", "rival": "长江"}


def draft_of(twin: Twin) -> dict[str, Any]:
    return {"buttons": [{"name": MENU_OF[twin.brand], "type": "click", "key": "K"}]}


def publish_menu(twin: Twin) -> None:
    """A menu of the brand's own, at the one account of WeChat that both think is theirs."""
    twin.call("DELETE", f"/v1/menus/{twin.oa}/draft")
    revision = twin.call("PUT", f"/v1/menus/{twin.oa}/draft", draft_of(twin))[1]["revision"]
    assert twin.call("POST", f"/v1/menus/{twin.oa}/publish", {"revision": revision})[0] == 201


def draft_menu(stage: Stage, mine: Twin, theirs: Twin) -> None:
    for twin in (mine, theirs):
        twin.call("DELETE", f"/v1/menus/{twin.oa}/draft")
        assert twin.call("PUT", f"/v1/menus/{twin.oa}/draft", draft_of(twin))[0] == 200

    shown = mine.call("GET", f"/v1/menus/{mine.oa}/draft")[1]
    assert MENU_OF[mine.brand] in str(shown)
    assert MENU_OF[theirs.brand] not in str(shown)
    for method, body in (("GET", None), ("PUT", draft_of(mine)), ("DELETE", None)):
        assert mine.refused(method, f"/v1/menus/{theirs.oa}/draft", body) == MISSING_ACCOUNT
    theirs_mini = {
        **draft_of(mine)["buttons"][0],
        "type": "miniprogram",
        "mini_program": theirs.mini,
        "path": "p",
        "url": "https://a.example/",
    }
    del theirs_mini["key"]
    assert mine.refused("PUT", f"/v1/menus/{mine.oa}/draft", {"buttons": [theirs_mini]}) == (400, "field_invalid")


def run_menus(stage: Stage, mine: Twin, theirs: Twin) -> None:
    for twin in (mine, theirs):
        publish_menu(twin)

    shown = mine.call("GET", f"/v1/menus/{mine.oa}")[1]
    assert MENU_OF[theirs.brand] not in str(shown)
    asked: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("DELETE", "", None),
        ("POST", "/publish", {"revision": 1}),
        ("POST", "/rollback", {"version": 1}),
    ]
    asked += [("GET", "/difference", None), ("GET", "/clicks", None), ("POST", "/match", {"user_id": "o"})]
    for method, path, body in asked:
        assert mine.refused(method, f"/v1/menus/{theirs.oa}{path}", body) == MISSING_ACCOUNT
    assert theirs.call("GET", f"/v1/menus/{theirs.oa}")[1]["written"] == draft_of(theirs)


def plan_menus(stage: Stage, mine: Twin, theirs: Twin) -> None:
    """The same names at the same time at both brands."""
    now = stage.house.clock()
    times: dict[str, Any] = {"from_at": (now + timedelta(days=1)).isoformat(), "until_at": (now + timedelta(days=2)).isoformat()}
    for twin in (mine, theirs):
        publish_menu(twin)
        assert twin.call("PUT", f"/v1/menus/{twin.oa}/holidays/same", {**times, **draft_of(twin)})[0] == 200
        assert twin.call("PUT", f"/v1/menus/{twin.oa}/conditional/same", {"platform": "ios", **draft_of(twin)})[0] == 200

    for path, body in (("holidays/same", {**times, **draft_of(mine)}), ("conditional/same", {"platform": "ios", **draft_of(mine)})):
        assert mine.call("GET", f"/v1/menus/{mine.oa}/{path}")[1]["written"] == draft_of(mine)
        for method in ("GET", "PUT", "DELETE"):
            assert mine.refused(method, f"/v1/menus/{theirs.oa}/{path}", body if method == "PUT" else None) == MISSING_ACCOUNT
        assert mine.call("DELETE", f"/v1/menus/{mine.oa}/{path}")[0] == 204
        assert theirs.call("GET", f"/v1/menus/{theirs.oa}/{path}")[0] == 200


def judge_my_text(stage: Stage, mine: Twin, theirs: Twin) -> None:
    token, body = theirs.log_in(stage.user)["session_token"], {"content": "你好", "scene": 2}
    forged = forge(stage, token, signed_by=mine.brand)

    assert mine.refused("POST", "/v1/me/content-checks", body, key=forged) == (401, "session_refused")
    assert theirs.call("POST", "/v1/me/content-checks", body, key=token)[1]["verdict"] == "pass"


CHECKS: dict[tuple[str, str], Callable[[Stage, Twin, Twin], None]] = {
    ("GET", "/v1/keys"): list_keys,
    **{(method, "/v1/menus/{account}/draft"): draft_menu for method in ("GET", "PUT", "DELETE")},
    **{(method, "/v1/menus/{account}"): run_menus for method in ("GET", "DELETE")},
    **{("POST", f"/v1/menus/{{account}}/{name}"): run_menus for name in ("publish", "rollback", "match")},
    **{("GET", f"/v1/menus/{{account}}/{name}"): run_menus for name in ("difference", "clicks")},
    **{(method, "/v1/menus/{account}/holidays/{holiday}"): plan_menus for method in ("GET", "PUT", "DELETE")},
    **{(method, "/v1/menus/{account}/conditional/{menu}"): plan_menus for method in ("GET", "PUT", "DELETE")},
    ("POST", "/v1/content/check"): check_texts,
    ("GET", "/v1/content/rules"): show_content_rules,
    ("GET", "/v1/content/words"): show_own_words,
    ("PUT", "/v1/content/words"): show_own_words,
    ("GET", "/v1/content/findings"): list_found,
    ("POST", "/v1/content/findings/{finding}/acknowledge"): acknowledge_found,
    ("POST", "/v1/me/content-checks"): judge_my_text,
    ("POST", "/v1/keys"): create_key,
    ("DELETE", "/v1/keys/{key_id}"): revoke_key,
    ("POST", "/v1/accounts"): create_account,
    ("GET", "/v1/accounts"): list_accounts,
    ("GET", "/v1/accounts/{account}"): show_account,
    ("PUT", "/v1/accounts/{account}/secret"): change_secret,
    ("PUT", "/v1/accounts/{account}/web-origins"): change_web_origins,
    ("PUT", "/v1/accounts/{account}/domain-file"): keep_domain_file,
    ("DELETE", "/v1/accounts/{account}/domain-file/{file}"): drop_domain_file,
    ("GET", "/{file}"): show_domain_file,
    ("POST", "/v1/accounts/{account}/backfill"): start_backfill,
    ("GET", "/v1/accounts/{account}/backfill"): show_backfill,
    ("POST", "/v1/accounts/{account}/migrate"): start_migration,
    ("GET", "/v1/accounts/{account}/migrate"): show_migration,
    ("POST", "/v1/accounts/{account}/authorization"): begin_authorization,
    ("GET", "/v1/accounts/{account}/authorized"): finish_authorization,
    ("GET", "/v1/accounts/{account}/authorizations"): list_authorizations,
    ("GET", "/v1/accounts/{account}/templates"): see_templates,
    ("POST", "/v1/accounts/{account}/templates/sync"): see_templates,
    ("POST", "/v1/accounts/{account}/templates/{template}/preview"): see_templates,
    ("GET", "/v1/accounts/{account}/quotas"): see_quotas,
    ("POST", "/v1/accounts/{account}/quotas/clear"): see_quotas,
    ("GET", "/v1/accounts/{account}/mini-programs"): list_links,
    ("POST", "/v1/accounts/{account}/mini-programs"): ask_for_link,
    ("DELETE", "/v1/accounts/{account}/mini-programs/{appid}"): ask_for_unlink,
    ("GET", "/v1/tokens/{account}"): lend_token,
    ("POST", "/v1/people/lookup"): look_up,
    ("GET", "/v1/people/{person}"): show_person,
    ("GET", "/v1/people/{person}/links"): explain_person,
    ("POST", "/v1/attributes"): note_attributes,
    ("POST", "/v1/links"): assert_links,
    ("POST", "/v1/splits"): split,
    ("DELETE", "/v1/splits/{split}"): undo_split,
    ("GET", "/v1/reviews"): list_reviews,
    ("POST", "/v1/identity/dry-run"): try_rules,
    ("GET", "/v1/identity/coverage"): show_coverage,
    ("POST", "/v1/reviews/{review}/accept"): accept_link,
    ("POST", "/v1/reviews/{review}/reject"): reject_link,
    ("POST", "/v1/sessions/mini-program"): log_in,
    ("POST", "/v1/sms-codes"): send_code,
    ("POST", "/v1/sessions/phone"): log_in_by_phone,
    ("POST", "/v1/sessions/app"): log_in_to_app,
    ("GET", "/v1/sessions/official-account/{account}/authorize"): authorize,
    ("GET", "/v1/sessions/official-account/{account}/callback"): come_back,
    ("POST", "/v1/tickets"): make_ticket,
    ("POST", "/v1/me/tickets"): make_own_ticket,
    ("GET", "/j/{ticket}"): follow_ticket,
    ("POST", "/v1/sessions/ticket"): redeem_ticket,
    ("GET", "/pages/{account}/phone"): show_phone_page,
    ("POST", "/v1/sessions/refresh"): refresh,
    ("DELETE", "/v1/sessions/current"): log_out,
    ("DELETE", "/v1/sessions"): log_out_everywhere,
    ("GET", "/v1/me"): who_am_i,
    ("POST", "/v1/me/phone"): add_phone,
    ("POST", "/v1/records"): take_records,
    ("GET", "/v1/batches/{batch}"): show_batch,
    ("GET", "/v1/sources"): list_sources,
    ("PUT", "/v1/dictionary"): publish_dictionary,
    ("GET", "/v1/dictionary"): show_dictionary,
    ("POST", "/v1/dictionary/rollback"): roll_dictionary_back,
    ("POST", "/v1/dictionary/dry-run"): rehearse_dictionary,
    ("GET", "/v1/quarantine"): list_groups,
    ("GET", "/v1/quarantine/{group}"): list_held,
    ("POST", "/v1/quarantine/{group}/replay"): replay_group,
    ("POST", "/v1/quarantine/{group}/{record}/replay"): replay_held,
    ("DELETE", "/v1/quarantine/{group}/{record}"): drop_held,
    ("GET", "/v1/people/{person}/records"): list_records,
    ("POST", "/v1/me/events"): tell_events,
    ("GET", "/v1/people/{person}/behaviour"): show_behaviour,
    ("POST", "/v1/people/query"): ask_who_did,
    ("GET", "/v1/queries/{query}"): ask_who_did,
    ("GET", "/v1/archive"): show_archive,
    ("POST", "/v1/archive/replay"): replay_archive,
    ("GET", "/v1/people/{person}/cart"): show_cart,
    ("GET", "/v1/me/orders"): list_my_records,
    ("GET", "/v1/me/reservations"): list_my_records,
    ("GET", "/v1/me/favourites"): list_my_records,
    ("GET", "/v1/me/cart"): list_my_records,
    ("GET", "/v1/accounts/{account}/pulls"): show_pulls,
    ("POST", "/v1/accounts/{account}/pulls/{kind}"): run_pull,
    ("GET", "/v1/accounts/{account}/figures"): list_figures,
    ("GET", "/v1/accounts/{account}/reconciliation"): show_reconciliation,
    ("POST", "/v1/entries"): create_entry,
    ("GET", "/v1/entries"): list_entries,
    ("GET", "/v1/entries/{entry}"): touch_entry("GET", ""),
    ("PUT", "/v1/entries/{entry}"): touch_entry(
        "PUT", "", {"revision": 1, "name": "x", "target": {"end": "channels", "finder": "sphx", "title": "x"}}
    ),
    ("DELETE", "/v1/entries/{entry}"): touch_entry("DELETE", ""),
    ("GET", "/v1/entries/{entry}/ways"): touch_entry("GET", "/ways"),
    ("POST", "/v1/entries/{entry}/ways"): touch_entry("POST", "/ways", {"kind": "scheme"}),
    ("GET", "/v1/entries/{entry}/material"): touch_entry("GET", "/material"),
    ("POST", "/v1/entries/{entry}/codes"): touch_entry("POST", "/codes", {"kind": "mini_program"}),
    ("POST", "/v1/entries/{entry}/links"): touch_entry("POST", "/links", {"who": {"type": "member_no", "value": "M1"}}),
    ("GET", "/v1/accounts/{account}/link-quotas"): show_link_quotas,
    ("GET", "/l/{entry}"): follow_entry,
    ("HEAD", "/l/{entry}"): follow_entry,
    ("GET", "/v1/jssdk/{account}"): sign_page,
    ("GET", "/v1/scenes/{scene}"): show_scene,
    ("GET", "/v1/me/permissions"): say_no,
    ("PUT", "/v1/me/permissions"): say_no,
    ("GET", "/v1/me/permissions/history"): say_no,
    ("GET", "/v1/people/{person}/permissions"): touch_permissions("GET", "permissions"),
    ("PUT", "/v1/people/{person}/permissions"): touch_permissions("PUT", "permissions", {**SAY_NO, "evidence": "x"}),
    ("GET", "/v1/people/{person}/permissions/history"): touch_permissions("GET", "permissions/history"),
    ("PUT", "/v1/privacy-guideline"): publish_for_consent(
        "/v1/privacy-guideline", lambda twin: {"title": twin.brand, "url": f"https://{twin.brand}.example.com/"}
    ),
    ("GET", "/v1/privacy-guideline"): publish_for_consent(
        "/v1/privacy-guideline", lambda twin: {"title": twin.brand, "url": f"https://{twin.brand}.example.com/"}
    ),
    ("PUT", "/v1/contact-policy"): publish_for_consent("/v1/contact-policy", lambda twin: {"stop_words": [twin.brand]}),
    ("GET", "/v1/contact-policy"): publish_for_consent("/v1/contact-policy", lambda twin: {"stop_words": [twin.brand]}),
    ("POST", "/v1/people/{person}/preference-links"): touch_permissions("POST", "preference-links", {}),
    ("GET", "/p/{preferences}"): open_preferences,
    ("POST", "/p/{preferences}"): open_preferences,
    ("POST", "/v1/me/grants"): note_popup,
    ("GET", "/v1/grants/{account}/{template}"): count_reached,
    ("GET", "/v1/privacy/receipts"): list_receipts,
    ("PUT", "/v1/guidance"): publish_guidance,
    ("GET", "/v1/guidance"): show_guidance,
    ("PUT", "/v1/guidance/draft"): draft_guidance,
    ("GET", "/v1/guidance/draft"): draft_guidance,
    ("DELETE", "/v1/guidance/draft"): drop_guidance_draft,
    ("POST", "/v1/guidance/publish"): publish_guidance_draft,
    ("POST", "/v1/guidance/rollback"): roll_guidance_back,
    ("GET", "/v1/guidance/stats"): count_guidance,
    ("GET", "/v1/me/guidance"): ask_for_guidance,
    ("POST", "/v1/me/guidance/{showing}/closed"): close_guidance,
    ("PUT", "/v1/offers"): publish_offers,
    ("GET", "/v1/offers"): publish_offers,
    ("PUT", "/v1/offers/draft"): draft_offers,
    ("GET", "/v1/offers/draft"): draft_offers,
    ("DELETE", "/v1/offers/draft"): drop_offers_draft,
    ("POST", "/v1/offers/publish"): publish_offers_draft,
    ("POST", "/v1/offers/rollback"): roll_offers_back,
    ("POST", "/v1/me/groups"): open_group,
    ("POST", "/v1/me/groups/{group}/members"): touch_group("POST", "/v1/me/groups/", "/members", by_session=True),
    ("GET", "/v1/me/groups/{group}"): touch_group("GET", "/v1/me/groups/", "", by_session=True),
    ("GET", "/v1/groups/{group}"): touch_group("GET", "/v1/groups/", "", by_session=False),
    ("GET", "/v1/me/invitation"): show_invitation,
    ("POST", "/v1/me/invitations"): accept_invitation,
    ("GET", "/v1/people/{person}/invitations"): show_inviter,
    ("POST", "/v1/me/codes"): issue_code,
    ("POST", "/v1/me/codes/redeem"): redeem_code("/v1/me/codes/redeem", by_session=True),
    ("POST", "/v1/codes/redeem"): redeem_code("/v1/codes/redeem", by_session=False),
    ("PUT", "/v1/reply-rules/{account}"): publish_rules,
    ("GET", "/v1/reply-rules/{account}"): show_rules,
    ("POST", "/v1/reply-rules/{account}/rollback"): roll_back,
    ("PUT", "/v1/reply-rules/{account}/draft"): draft_rules("PUT"),
    ("GET", "/v1/reply-rules/{account}/draft"): draft_rules("GET"),
    ("DELETE", "/v1/reply-rules/{account}/draft"): draft_rules("DELETE"),
    ("POST", "/v1/reply-rules/{account}/publish"): publish_draft,
    ("POST", "/v1/reply-rules/simulate"): simulate_rules,
    ("GET", "/v1/reply-rules/{account}/unanswered"): show_unanswered,
    ("GET", "/v1/service/response-times"): show_response_times,
    ("POST", "/v1/messages"): plan_message,
    ("GET", "/v1/messages/{message}"): show_message,
    ("DELETE", "/v1/messages/{message}"): cancel_message,
    ("POST", "/v1/messages/preview"): preview_message,
    ("POST", "/v1/broadcasts"): start_broadcast,
    ("POST", "/v1/broadcasts/preview"): preview_broadcast,
    ("GET", "/v1/broadcasts"): see_broadcasts,
    ("GET", "/v1/broadcasts/{broadcast}"): see_broadcasts,
    ("GET", "/v1/broadcasts/{broadcast}/messages"): see_broadcasts,
    ("POST", "/v1/broadcasts/{broadcast}/pause"): see_broadcasts,
    ("POST", "/v1/broadcasts/{broadcast}/resume"): see_broadcasts,
    ("POST", "/v1/broadcasts/{broadcast}/stop"): see_broadcasts,
    ("POST", "/v1/mass-sends"): plan_mass,
    ("POST", "/v1/mass-sends/preview"): preview_mass,
    ("GET", "/v1/mass-sends"): see_masses,
    ("GET", "/v1/mass-sends/{mass_send}"): see_masses,
    ("POST", "/v1/mass-sends/{mass_send}/cancel"): see_masses,
    ("POST", "/v1/mass-sends/{mass_send}/delete"): see_masses,
    ("GET", "/v1/accounts/{account}/mass-quota"): mass_quota,
    ("PUT", "/v1/accounts/{account}/mass-quota"): mass_quota,
    ("PUT", "/v1/message-rules"): message_rules,
    ("GET", "/v1/message-rules"): message_rules,
    ("PUT", "/v1/message-rules/draft"): message_rules,
    ("GET", "/v1/message-rules/draft"): message_rules,
    ("POST", "/v1/message-rules/publish"): message_rules,
    ("POST", "/v1/message-rules/rollback"): message_rules,
    ("PUT", "/v1/triggers"): triggers,
    ("GET", "/v1/triggers"): triggers,
    ("PUT", "/v1/triggers/draft"): triggers,
    ("GET", "/v1/triggers/draft"): triggers,
    ("DELETE", "/v1/triggers/draft"): triggers,
    ("POST", "/v1/triggers/publish"): triggers,
    ("POST", "/v1/triggers/rollback"): triggers,
    ("POST", "/v1/triggers/simulate"): triggers,
    ("GET", "/v1/triggers/stats"): triggers,
    ("POST", "/v1/triggers/{rule}/stop"): triggers,
    ("POST", "/v1/triggers/{rule}/resume"): triggers,
    ("GET", "/v1/people/{person}/messages"): list_messages,
    ("POST", "/v1/webhooks"): create_webhook,
    ("GET", "/v1/webhooks"): list_webhooks,
    ("GET", "/v1/webhooks/{webhook}"): show_webhook,
    ("PUT", "/v1/webhooks/{webhook}"): touch_webhook("PUT", "", {"url": "https://stolen.example.com/", "facts": ["record.stored"]}),
    ("DELETE", "/v1/webhooks/{webhook}"): touch_webhook("DELETE", ""),
    ("POST", "/v1/webhooks/{webhook}/secret"): touch_webhook("POST", "/secret"),
    ("POST", "/v1/webhooks/{webhook}/test"): touch_webhook("POST", "/test"),
    ("POST", "/v1/webhooks/{webhook}/enable"): touch_webhook("POST", "/enable"),
    ("GET", "/v1/entries/stats"): sum_up_entries,
    ("GET", "/v1/people/{person}/touches"): list_touches,
    ("GET", "/v1/orders/{order}/touches"): show_order_touches,
    ("GET", "/v1/webhooks/{webhook}/deliveries"): list_deliveries,
    ("POST", "/v1/webhooks/{webhook}/redrive"): redrive_deliveries,
    ("GET", "/wechat/{account}"): prove_address,
    ("POST", "/wechat/{account}"): receive,
    ("GET", "/v1/inbox/failed"): list_failed,
    ("POST", "/v1/inbox/redrive"): redrive,
}


def doors() -> list[tuple[str, str]]:
    import app

    return [(door.method, door.path) for door in app.rooms.open_all()]


@pytest.mark.parametrize("brand", KEYS)
@pytest.mark.parametrize("door", doors(), ids=" ".join)
def test_a_door_shows_and_changes_nothing_of_another_brand(stage: Stage, door: tuple[str, str], brand: str) -> None:
    (other,) = KEYS.keys() - {brand}
    assert door in CHECKS, "a new door: write down how its brands are kept apart"

    CHECKS[door](stage, stage.twins[brand], stage.twins[other])


def test_no_check_is_left_of_a_door_that_is_gone() -> None:
    assert set(CHECKS) == set(doors())


@pytest.mark.parametrize(
    "door", [door for door in doors() if door[0] == "GET" and door[1] in ("/v1/keys", "/v1/accounts", "/v1/inbox/failed")]
)
def test_a_key_that_names_the_other_brand_is_refused(stage: Stage, door: tuple[str, str]) -> None:
    mine, theirs = stage.twins["demo"].key, stage.twins["rival"].key
    renamed = mine.replace("ld_demo-", "ld_rival-")
    mixed = "_".join([*theirs.split("_")[:2], *mine.split("_")[2:]])

    assert {stage.twins["rival"].refused(*door, key=key) for key in (renamed, mixed)} == {(401, "key_refused")}


def test_the_same_day_left_two_sets_of_rows_that_share_nothing(stage: Stage) -> None:
    rows = {brand: [row for table in TABLES for row in twin.shows(table)] for brand, twin in stage.twins.items()}
    everything = [row for table in TABLES for row in stage.house.rows(table)]

    strangers = {row["pk"]["S"] for row in everything} - {row["pk"]["S"] for mine in rows.values() for row in mine}
    hashes = {brand: hashes_in(twin.shows("identities")) for brand, twin in stage.twins.items()}
    assert {pk for pk in strangers if not pk.startswith("DUE#")} == {"#brands", "#origins", "#files"}
    assert hashes["demo"]
    assert not hashes["demo"] & hashes["rival"]


def hashes_in(rows: list[dict[str, Any]]) -> set[str]:
    return {text for row in rows for text in re.findall(r"#([0-9a-f]{32})", str(row))}


def test_what_one_brand_sealed_the_other_cannot_open(stage: Stage) -> None:
    sealed = [row[name]["S"] for row in stage.twins["demo"].shows("identities") for name in ("sealed", "session_key") if name in row]

    opened = [stage.house.world.keyring.decrypt("demo", each) for each in sealed]

    assert stage.openid in opened
    for each in sealed:
        with pytest.raises(Exception, match=r"^$"):  # cryptography's InvalidTag says nothing
            stage.house.world.keyring.decrypt("rival", each)
