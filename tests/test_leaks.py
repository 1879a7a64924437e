"""Canaries are planted, the whole journey is played, failures included, and every place is searched: MAY_HOLD says which may hold which."""

from __future__ import annotations

import base64
import gzip
import re
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import duckdb
import msgspec
import pytest

from chalicelib.accounts.flows import register
from chalicelib.messaging import flows as messaging
from chalicelib.staff.words import Scope
from tests.builders import (
    AES_KEY,
    APP_SECRET,
    CALLBACK_TOKEN,
    MINI_APPID,
    MINI_SECRET,
    OA_APPID,
    OTHER_AES_KEY,
    PLATFORM_APPID,
    PLATFORM_SECRET,
    log_in,
    make_key,
    make_platform,
    make_user,
)
from tests.ends import Ends
from tests.house import open_house
from tests.outlets import Outlets
from tests.places import TABLES, Places, every_log_heard, everything_noted, note_what_lies_about
from tests.scene import SUBSCRIBE_CALL, Scene, away
from tests.till import SECRETS as CUSTOMER
from tests.till import Till
from tests.voices import Voices

SAID = "canary-said-by-a-person"
WRITTEN = "canary-in-a-message"
PHONE = "13912345678"
SECRETS = frozenset({"app secret", "app login secret", "mini secret", "platform secret", "callback token", "AES key", "signing key"})

MAY_HOLD: dict[str, frozenset[str]] = {
    # A callback travels whole to the worker, with whatever was written in it; the queue is encrypted by the stage's key.
    "queue inbox": frozenset({"openid", "unionid", "text", "phone", "ticket", "authorisation code"}),
    # The one place of access tokens; the table is encrypted by the stage's key and only what sends may read it.
    "table credentials": frozenset({"access token"}),
    # Counts by the day bear the names of events, which are words of the brand, as the names of types are; docs/api.md says so.
    "table archive": frozenset({"event's name"}),
    # SecureStrings; who may read them is said by the functions' policies.
    "values of parameters": SECRETS,
}
"""Every other place holds no canary at all: logs, refusals, the other queues, the topic, the other tables, the names of parameters."""


def canaries_of(journey: Journey) -> dict[str, set[str]]:
    """What must not be found, by kind; what WeChat made up is asked of the sandbox."""
    state = journey.house.sandbox.state
    people = state.users.values()
    brand_secret = register.fetch_brand_secret("demo", world=journey.house.world, now=journey.house.clock())
    ends = journey.ends.secrets
    return {
        **ends,
        **CUSTOMER,
        **journey.outlets.secrets,
        **journey.voices.secrets,
        "app secret": {APP_SECRET},
        "mini secret": {MINI_SECRET},
        "platform secret": {PLATFORM_SECRET},
        "ticket": {ticket for platform in state.platforms.values() for ticket in platform.tickets},
        "refresh token": {grant.refresh_token for platform in state.platforms.values() for grant in platform.grants.values()},
        "authorisation code": set(journey.authorisation_codes),
        "callback token": {CALLBACK_TOKEN},
        "AES key": {AES_KEY, OTHER_AES_KEY},
        "signing key": {key.secret for key in brand_secret.signing_keys},
        "API key": {key for made in journey.api_keys for key in (made, made.split("_", 2)[2])},
        "login code": {*state.codes, *journey.login_codes, *ends["login code"]},
        "session_key": {
            contact.session_key for contacts in state.contacts.values() for contact in contacts.values() if contact.session_key
        },
        "session token": {*journey.session_tokens, *ends["session token"], *journey.voices.secrets["session token"]},
        "access token": set(state.tokens),
        "openid": {openid for user in people for openid in user.openids.values()},
        "unionid": {unionid for user in people for unionid in user.unionids.values()},
        "text": {SAID},
        "message data": {WRITTEN},
        "phone": {PHONE, *(user.phone for user in people)},
    }


class Journey:
    """Everything a brand, a person and a business system do, and everything that goes wrong on the way."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.house = scene.house
        self.api_keys = [scene.key]
        self.login_codes: list[str] = []
        self.session_tokens: list[str] = []
        self.authorisation_codes: list[str] = []
        self.ends = Ends(scene.house, scene.key)
        self.outlets = Outlets(scene.house, scene.key)
        self.voices = Voices(scene.house, scene.key)

    def play(self) -> None:
        user = self.scene.follower()
        self.become_one(make_user(self.house))
        self.talk(user)
        self.log_in(user)
        self.ends.visit_all(user, self.house.sandbox.state.users[user].phone)
        self.look_up(user)
        self.voices.raise_all(user, self.house.sandbox.state.users[user].phone)
        self.write_to(user)
        self.act_as_platform()
        till = Till(self.house, self.scene.key)
        self.api_keys += [till.seeing, self.outlets.seeing]
        till.bring_all()
        self.outlets.use_all()
        self.run_into_trouble(user)
        self.knock_wrongly(user)
        for schedule in ("send_due", "sweep_inbox", "work_jobs", "refresh_tokens", "watch_records"):
            self.house.tick(schedule)
        self.house.work()

    def become_one(self, user: str) -> None:
        """Somebody is met on two ends before anything tells that they are one person."""
        self.scene.follow(user)
        followed = self.scene.take("inbox")
        self.scene.say(user, SAID)
        self.house.work()
        log_in(self.house, user)
        for body in followed:
            self.house.deliver("apply_callbacks", [("c", body)])
        self.house.work()

    def talk(self, user: str) -> None:
        for content in (SAID, "预约", f"{PHONE} {SAID}"):
            self.scene.say(user, content)
        self.house.play(f"/users/{user}/click", {"appid": OA_APPID, "key": "MENU_HELP"})
        self.house.play(f"/users/{user}/unfollow", {"appid": OA_APPID})
        self.house.work()

    def log_in(self, user: str) -> None:
        login = log_in(self.house, user)
        tokens = {login["session_token"], login["refresh_token"]}
        self.house.call("GET", "/v1/me", key=login["session_token"])
        _, refreshed = self.house.call("POST", "/v1/sessions/refresh", {"refresh_token": login["refresh_token"]})
        tokens |= {refreshed["session_token"], refreshed["refresh_token"]}
        self.session_tokens += tokens
        self.house.clock.advance(minutes=20)
        used = self.house.play(f"/users/{user}/login", {"appid": MINI_APPID})["code"]
        phone_code = self.house.play(f"/users/{user}/phone-code", {"appid": MINI_APPID})["code"]
        for code in (used, used, phone_code, "0canary-login-code-that-is-none00"):
            self.login_codes.append(code)
            self.house.call("POST", "/v1/sessions/mini-program", {"account": "demo.mini", "code": code})
        for token in (*tokens, f"{login['session_token']}x"):
            self.house.call("GET", "/v1/me", key=token)
            self.house.call("POST", "/v1/sessions/refresh", {"refresh_token": token})
        self.house.call("DELETE", "/v1/sessions/current", key=refreshed["session_token"])

    def look_up(self, user: str) -> None:
        values = [
            {"type": "openid", "value": self.scene.openid(user), "account": "demo.oa"},
            {"type": "openid", "value": self.scene.openid(user), "account": "demo.mini"},
            {"type": "openid", "value": self.scene.openid(user)},
            {"type": "unionid", "value": self.scene.unionid(user)},
            {"type": "phone", "value": PHONE},
            {"type": "phone", "value": f"{PHONE}{PHONE}"},
            {"type": SAID, "value": PHONE},
            {"type": "phone", "value": [PHONE]},
        ]
        for value in values:
            self.house.call("POST", "/v1/people/lookup", value, key=self.scene.key)
            self.scene.post(self.scene.order(user, to=value))
        lender = make_key(self.house, "demo", Scope.tokens_read)
        self.api_keys.append(lender)
        for key in (lender, f"{lender}x", lender[:-1] + ("a" if lender[-1] != "a" else "b")):
            self.house.call("GET", "/v1/tokens/demo.oa", key=key)
            self.house.call("GET", "/v1/accounts", key=key)
        self.house.call("PUT", "/v1/accounts/demo.oa/secret", {"aes_key": OTHER_AES_KEY, "app_secret": APP_SECRET}, key=self.scene.key)
        self.house.call("PUT", "/v1/accounts/demo.oa/secret", {"aes_key": f"{AES_KEY}!", "app_secret": [APP_SECRET]}, key=self.scene.key)

    def write_to(self, user: str) -> None:
        self.scene.accept(user, 2)
        data = {"thing1": WRITTEN[:20], "time2": "15:00"}
        for fault in ({}, {"errcode": -1}, {"errcode": 43101}, {"drop_after_effect": True}, {"status": 502}):
            if fault:
                self.house.play("/faults", {"path": SUBSCRIBE_CALL, **fault})
            self.scene.accept(user, 1)
            _, planned = self.scene.post(self.scene.order(user, data=data))
            handover = messaging.Handover("demo", planned["id"])
            for _ in range(2):
                self.house.deliver("send_messages", [("m", msgspec.json.encode(handover).decode())])
        self.scene.post(self.scene.order(user, data={"thing1": [WRITTEN]}))
        self.scene.post(self.scene.order(user, data={WRITTEN: WRITTEN}))
        self.scene.post(self.scene.order(user, data=data), idempotency_key="k")
        self.scene.post(self.scene.order(user, data={**data, "thing1": f"{WRITTEN}!"}), idempotency_key="k")

    def act_as_platform(self) -> None:
        """A third-party platform: tickets, authorisations by notice and by browser, links; and all of it goes wrong too."""
        house, key = self.house, self.scene.key
        make_platform(house, key)
        begin = ("POST", "/v1/accounts/demo.open/authorization", {"account": "demo.oa"})
        house.call(*begin, key=key)
        for errcode in (61006, 40125, -1, 0):
            house.play(f"/platforms/{PLATFORM_APPID}/push-ticket")
            house.work()
            if errcode:
                house.play("/faults", {"path": "/cgi-bin/component/api_component_token", "errcode": errcode})
            house.call(*begin, key=key)
        for path, errcode in (("api_query_auth", 61010), ("api_query_auth", -1), ("api_get_authorizer_info", 61003), ("", 0)):
            if path:
                house.play("/faults", {"path": f"/cgi-bin/component/{path}", "errcode": errcode})
            self.authorise(house.call(*begin, key=key)[1]["address"])
        for path in ("/cgi-bin/component/api_authorizer_token", "/cgi-bin/wxopen/wxamplinkget"):
            for errcode in (61023, 61007, -1):
                house.play("/faults", {"path": path, "errcode": errcode})
                house.call("GET", "/v1/accounts/demo.oa/mini-programs", key=key)
        house.call("POST", "/v1/accounts/demo.oa/mini-programs", {"mini_program": "demo.mini"}, key=key)
        house.call("DELETE", f"/v1/accounts/demo.oa/mini-programs/{MINI_APPID}", key=key)
        house.call("GET", "/v1/accounts/demo.open/authorizations", key=key)

    def authorise(self, address: str) -> None:
        """The admin says yes; WeChat's notice and the browser bring the same code, the browser a changed state first."""
        code = str(self.house.play(f"/platforms/{PLATFORM_APPID}/authorize", {"appid": OA_APPID})["auth_code"])
        self.authorisation_codes.append(code)
        back = parse_qs(urlsplit(address).query)["redirect_uri"][0].removeprefix("https://api.example.com")
        for changed in (f"{back}x", back):
            self.house.visit(f"{changed}&{urlencode({'auth_code': code})}")
        self.house.work()

    def run_into_trouble(self, user: str) -> None:
        self.scene.follow(user)
        for errcode in (-1, 40003, 45009):
            self.house.play("/faults", {"path": "/cgi-bin/user/info", "errcode": errcode})
            for body in self.scene.take("inbox"):
                self.house.deliver("apply_callbacks", [("c", body)])
            self.house.call("GET", "/v1/inbox/failed", key=self.scene.key)
            self.house.call("POST", "/v1/inbox/redrive", {}, key=self.scene.key)
        self.house.play("/tokens/revoke", {"appid": OA_APPID})
        self.house.work()
        self.house.play("/tokens/revoke", {"appid": MINI_APPID})
        self.house.play("/faults", {"path": "/cgi-bin/stable_token", "errcode": 40125})
        self.scene.post(self.scene.order(user))
        self.house.work()
        for services in (("sqs",), ("dynamodb",), ("sqs", "dynamodb"), ("ssm", "kms", "dynamodb", "sqs")):
            self.house.new_container()
            with away(*services):
                self.scene.say(user, SAID)
                self.scene.post(self.scene.order(user))
                self.house.deliver("send_messages", [("m", '{"brand":"demo","message":"none"}')])
                code = self.house.play(f"/users/{user}/login", {"appid": MINI_APPID})["code"]
                self.house.call("POST", "/v1/sessions/mini-program", {"account": "demo.mini", "code": code})
                self.login_codes.append(code)
        self.house.deliver("apply_callbacks", [("c", f'{{"account":"demo.oa","key":"{SAID}"}}'), ("d", SAID)])
        self.house.clock.advance(minutes=1)

    def knock_wrongly(self, user: str) -> None:
        fields = {"MsgType": "text", "FromUserName": self.scene.openid(user), "Content": SAID}
        for forge in ("signature", "aes_key", "appid", "truncate", "old_timestamp"):
            self.house.play("/push", {"appid": OA_APPID, "fields": fields, "forge": forge})
        for wrong in ({"MsgType": "hologram"}, {"CreateTime": SAID}, {"MsgType": "event", "Event": "beamed"}, {"MsgType": "location"}):
            self.house.play("/push", {"appid": OA_APPID, "fields": {**fields, **wrong}})
        self.house.play("/push", {"appid": OA_APPID, "fields": fields, "raw_body": f"<xml>{SAID}"})


@pytest.fixture(scope="module")
def played() -> Iterator[tuple[Places, dict[str, set[str]]]]:
    """The places after the journey, and the canaries that were in it."""
    places = Places()
    with open_house() as house:
        with every_log_heard(places), everything_noted(house, places):
            journey = Journey(Scene(house))
            journey.play()
        note_what_lies_about(house, places)
        yield places, canaries_of(journey)


def test_no_canary_is_where_it_may_not_be(played: tuple[Places, dict[str, set[str]]]) -> None:
    places, canaries = played

    found = places.holding(canaries)

    assert {
        place: kinds - MAY_HOLD.get(place, frozenset()) for place, kinds in found.items() if kinds - MAY_HOLD.get(place, frozenset())
    } == {}


def test_what_may_be_held_is_held_so_nothing_is_allowed_in_vain(played: tuple[Places, dict[str, set[str]]]) -> None:
    places, canaries = played

    assert places.holding(canaries) == MAY_HOLD


def test_every_canary_was_in_play(played: tuple[Places, dict[str, set[str]]]) -> None:
    _, canaries = played

    assert {kind for kind, values in canaries.items() if not values or any(len(value) < 10 for value in values)} == set()


def test_the_journey_went_everywhere_and_everything_went_wrong(played: tuple[Places, dict[str, set[str]]]) -> None:
    places, _ = played
    codes = {msgspec.json.decode(text)["Code"] for text in places.texts["refusals"]}
    tables = {f"table {name}" for name in TABLES}

    queues = {
        f"queue {name}"
        for name in ("inbox", "outbox", "records", "archive", "broadcasts", "pulls", "webhooks-0", "webhooks-1", "webhooks-slow")
    }

    assert tables | queues | {"logs", "topic", "objects", "tellings", "refused pages", "names of parameters"} <= set(places.texts)
    assert {"busy", "callback_refused", "callback_unreadable", "field_invalid", "idempotency_conflict", "key_refused"} <= codes
    assert {"login_code_used", "person_missing", "scope_missing", "session_ended", "session_refused", "login_code_wrong_kind"} <= codes
    assert {"login_code_expired", "sms_code_wrong", "sms_code_expired", "sms_missing", "too_many_codes", "ticket_refused"} <= codes
    assert {"outcome_unknown", "wechat_busy", "batch_missing", "held_missing", "cursor_invalid"} <= codes
    assert "preference_link_over" in set(re.findall(r'class="code">(\w+)<', str(places.texts["refused pages"])))
    assert {"query_missing", "webhook_url_refused", "webhook_disabled", "delivery_missing", "pull_missing"} <= codes
    assert '"source":"wechat"' in str(places.texts["queue records"])
    brought = str(places.texts["names of objects"])
    assert [kind for kind in ("parts", "columns", "owners", "answers") if f"demo/{kind}/" not in brought] == []
    assert [state for state in ("accepted", "failed", "unknown") if f"'{state}" not in str(places.texts["table messages"])] == []


def test_the_search_finds_what_lies_open() -> None:
    places = Places()
    places.note("table inbox", {"sealed": {"S": f"...{SAID}..."}})

    assert places.holding({"text": {SAID}, "phone": {PHONE}}) == {"table inbox": {"text"}}


def test_the_search_opens_what_is_packed() -> None:
    packed = base64.b64encode(zlib.compress(SAID.encode() * 2)).decode()
    objects = {"gzip": gzip.compress(SAID.encode()), "plain": SAID.encode(), "columns": _columns(SAID), "base64": packed.encode()}

    for content in objects.values():
        places = Places()
        places.note("objects", content)
        assert places.holding({"text": {SAID}}) == {"objects": {"text"}}


def _columns(text: str) -> bytes:
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        duckdb.sql(f"COPY (SELECT '{text}' AS told) TO '{file.name}' (FORMAT parquet, COMPRESSION zstd)")
        return Path(file.name).read_bytes()
