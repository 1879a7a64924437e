"""A menu on the real stack: published, turned by the schedule's own function with its own rights, a tap counted by the worker's."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from desk.teller import http, until
from tests.stack.conftest import ROOT, Stack

pytestmark = pytest.mark.stack
APPID, SECRET, TOKEN = "wxmenus0000000001", "secret-menus", "MenusToken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


class Menus:
    """A brand of its own with an official account, its phone, and the function that tends what is published."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.addresses = stack, stack.addresses()
        self.command("brand", "create", "menus", "--title", "Menus")
        self.key = str(self.command("key", "create", "menus", "--scope", "admin")["key"])
        keys = {"app_secret": SECRET, "callback_token": TOKEN, "aes_key": AES_KEY}
        made = {"name": "oa", "kind": "official_account", "appid": APPID, "original_id": "gh_menus", **keys}
        assert self.call("POST", "/v1/accounts", made)[0] == 201
        callback = {"url": f"{self.addresses.front}/wechat/menus.oa", "token": TOKEN, "aes_key": AES_KEY, "mode": "safe", "format": "xml"}
        told = {"appid": APPID, "secret": SECRET, "kind": "official_account", "original_id": "gh_menus", "callback": callback}
        self.play("/accounts", told)
        self.user = str(self.play("/users", {})["user"])
        self.play(f"/users/{self.user}/follow", {"appid": APPID})

    def command(self, *arguments: str) -> Any:
        environ = {**self.stack.environ, **self.addresses.environment}
        done = subprocess.run([sys.executable, "-m", "liandong", *arguments], cwd=ROOT, env=environ, capture_output=True, check=True)
        return json.loads(done.stdout)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return http(method, self.addresses.front + path, body, key=self.key)

    def play(self, path: str, body: Any) -> Any:
        status, answer = http("POST", f"{self.addresses.sandbox}/_sandbox{path}", body)
        assert status == 200, answer
        return answer

    def phone(self) -> list[str]:
        menu = http("GET", f"{self.addresses.sandbox}/_sandbox/users/{self.user}/menu?appid={APPID}")[1]["menu"]
        return [button["name"] for button in menu["button"]] if menu else []

    def tend(self) -> None:
        """A run of the schedule, now."""
        given = self.addresses.environment
        session = boto3.Session(given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], region_name=given["AWS_DEFAULT_REGION"])
        event = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}, "resources": [], "region": "", "id": "1"}
        event |= {"version": "0", "account": "1", "time": "2026-11-21T00:00:00Z"}
        client = session.client("lambda", endpoint_url=self.addresses.aws)
        answer = client.invoke(FunctionName="liandong-local-tend_published", Payload=json.dumps(event).encode())
        assert "FunctionError" not in answer, answer["Payload"].read()

    def taps(self) -> int:
        return sum(int(each["clicks"]) for each in self.call("GET", "/v1/menus/menus.oa/clicks")[1]["buttons"])


def test_a_holiday_menu_comes_by_the_schedule_s_function_and_a_tap_is_counted(stack: Stack) -> None:
    menus = Menus(stack)
    revision = menus.call("PUT", "/v1/menus/menus.oa/draft", {"buttons": [{"name": "平日", "type": "click", "key": "DAY"}]})[1]["revision"]
    published = menus.call("POST", "/v1/menus/menus.oa/publish", {"revision": revision})[1]
    menus.play(f"/users/{menus.user}/tap", {"appid": APPID, "name": "平日"})
    begins = datetime.now(UTC) + timedelta(seconds=3)
    times = {"from_at": begins.isoformat(), "until_at": (begins + timedelta(minutes=90)).isoformat()}
    feast = {**times, "buttons": [{"name": "节日", "type": "click", "key": "FEAST"}]}

    planned, _ = menus.call("PUT", "/v1/menus/menus.oa/holidays/feast", feast)
    before = menus.phone()
    until(lambda: datetime.now(UTC), lambda now: now > begins, within_s=10)
    menus.tend()
    during = menus.phone()
    gone, _ = menus.call("DELETE", "/v1/menus/menus.oa/holidays/feast")

    assert (published["told"], planned, before, during) == ("live", 200, ["平日"], ["节日"])
    assert (gone, menus.phone()) == (204, ["平日"])
    assert until(menus.taps, lambda taps: taps == 1, within_s=20) == 1
