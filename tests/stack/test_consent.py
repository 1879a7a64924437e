"""A no on the real stack: said by a door, a page or a message, in force at all others, and for what is left of a broadcast that runs."""

from __future__ import annotations

import urllib.request
from typing import Any
from urllib.parse import urlencode

import pytest

from desk.teller import http, until
from tests.stack.brands import PATIENCE_S, OwnBrand
from tests.stack.conftest import Stack

pytestmark = pytest.mark.stack
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
CALLBACK = {"callback_mode": "safe", "callback_token": "tokenOfVoices", "aes_key": AES_KEY}
ACCOUNTS = {
    "mini": {"kind": "mini_program", "appid": "wxvoices000000001", "original_id": "gh_voices1", "app_secret": "voices-1", **CALLBACK},
    "oa": {"kind": "official_account", "appid": "wxvoices000000002", "original_id": "gh_voices2", "app_secret": "voices-2", **CALLBACK},
}
YES, NO = ({"say": [{"about": "marketing", "granted": granted}]} for granted in (True, False))
MANY, A_MINUTE = 3, 1
"""So few that the last one's turn cannot come in the minute of the first."""


class Voice:
    """Somebody at a mini program who follows the official account of a brand, and whoever else the brand knows."""

    def __init__(self, stack: Stack) -> None:
        self.brand = OwnBrand(stack, "voices", **ACCOUNTS["mini"])
        assert self.brand.call("POST", "/v1/accounts", {"name": "oa", **ACCOUNTS["oa"]})[0] == 201
        for name, account in ACCOUNTS.items():
            self.sandbox("/accounts", self.on_wechats_side(name, account))
        self.user = self.sandbox("/users", {})["user"]
        code = self.sandbox(f"/users/{self.user}/login", {"appid": ACCOUNTS["mini"]["appid"]})["code"]
        status, login = self.brand.call("POST", "/v1/sessions/mini-program", {"account": "voices.mini", "code": code}, key="")
        assert status == 201, login
        self.session, self.person = login["session_token"], login["person"]
        self.sandbox(f"/users/{self.user}/follow", {"appid": ACCOUNTS["oa"]["appid"]})
        self.page = self.brand.call("POST", f"/v1/people/{self.person}/preference-links", {})[1]["link"]

    def on_wechats_side(self, name: str, account: dict[str, str]) -> dict[str, Any]:
        url = f"{self.brand.addresses.front}/wechat/voices.{name}"
        callback = {"url": url, "token": account["callback_token"], "aes_key": AES_KEY, "mode": "safe", "format": "xml"}
        kept = {each: account[each] for each in ("appid", "kind", "original_id")}
        return {**kept, "secret": account["app_secret"], "open_platform": "voices", "callback": callback}

    def sandbox(self, path: str, body: Any) -> Any:
        status, answer = http("POST", f"{self.brand.addresses.sandbox}/_sandbox{path}", body)
        assert status < 400, answer
        return answer

    def says(self, order: dict[str, Any]) -> None:
        assert self.brand.call("PUT", "/v1/me/permissions", order, key=self.session)[0] == 200

    def told(self) -> list[str]:
        """What the end, the server and the page say of marketing."""
        own = self.brand.call("GET", "/v1/me/permissions", key=self.session)[1]["marketing"]
        server = self.brand.call("GET", f"/v1/people/{self.person}/permissions")[1]["marketing"]
        with urllib.request.urlopen(self.page, timeout=30) as answer:
            ticked = 'name="marketing" value="1" checked' in answer.read().decode()
        return [own, server, "granted" if ticked else "denied"]

    def stop_on_the_page(self) -> None:
        urllib.request.urlopen(self.page, data=urlencode({"stop": 1}).encode(), timeout=30).close()

    def wants_marketing(self, phone: str) -> str:
        """A person known by their phone, who said yes."""
        person: str = self.brand.call("POST", "/v1/people/lookup", {"type": "phone", "value": phone})[1]["id"]
        assert self.brand.call("PUT", f"/v1/people/{person}/permissions", {**YES, "evidence": "form 7"})[0] == 200
        return person


@pytest.fixture(scope="module")
def voice(stack: Stack) -> Voice:
    return Voice(stack)


def test_a_no_at_one_door_is_in_force_at_every_other(voice: Voice) -> None:
    told = []
    for say_no in (
        lambda: voice.says(NO),
        lambda: voice.brand.call("PUT", f"/v1/people/{voice.person}/permissions", {**NO, "evidence": "call 4711"}),
        voice.stop_on_the_page,
    ):
        voice.says(YES)
        told.append(voice.told())
        say_no()
        told.append(voice.told())
    voice.says(YES)
    voice.sandbox(f"/users/{voice.user}/send", {"appid": ACCOUNTS["oa"]["appid"], "msgtype": "text", "content": "退订"})
    by_message = until(voice.told, lambda seen: seen == ["denied"] * 3, within_s=60)

    assert told == [["granted"] * 3, ["denied"] * 3] * 3
    assert by_message == ["denied"] * 3


def test_who_says_no_while_a_broadcast_runs_is_left_out_of_the_rest_of_it(voice: Voice) -> None:
    brand, phones = voice.brand, [f"+86139{12345000 + number}" for number in range(MANY)]
    brand.settle(phones)
    people = [voice.wants_marketing(phone) for phone in phones]
    assert brand.call("PUT", "/v1/message-rules", {})[0] == 201, "at any hour of the day"

    running = brand.start(phones, purpose="marketing", per_minute=A_MINUTE)
    until(lambda: brand.shown(running)["looked_at"], lambda looked_at: looked_at > 0, within_s=PATIENCE_S)
    seen_before = brand.shown(running)["looked_at"]
    said = brand.call("PUT", f"/v1/people/{people[-1]}/permissions", {**NO, "evidence": "call 4712"})[0]
    done = until(lambda: brand.shown(running), lambda shown: shown["state"] == "done", within_s=2 * PATIENCE_S)

    assert (said, seen_before < MANY, done["state"]) == (200, True, "done")
    assert brand.outcomes(running) == {"accepted": MANY - 1, "skipped_consent": 1}
