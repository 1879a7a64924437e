"""What WeChat tells of itself, fetched on the real stack: each function with its own rights, messages through a real queue."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from desk.teller import http, until
from tests.stack.conftest import ROOT, Stack

pytestmark = pytest.mark.stack
APPIDS = {"oa": "wxfigures00000001", "mini": "wxfigures00000002", "shop": "wxfigures00000003", "studio": "wxfigures00000004"}
KINDS = {"oa": "official_account", "mini": "mini_program", "shop": "channels_shop", "studio": "channels_assistant"}
ASKED = [("oa", "tags"), ("oa", "follower_changes"), ("oa", "followers"), ("mini", "visits"), ("shop", "shop_orders"), ("studio", "leads")]
PATIENCE_S = 240
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"


class Brand:
    """A brand of its own beside the story's, with an account of each kind that has something to tell."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.addresses = stack, stack.addresses()
        self.command("brand", "create", "figures", "--title", "Figures")
        self.key = str(self.command("key", "create", "figures", "--scope", "admin")["key"])
        for name, appid in APPIDS.items():
            secrets = {"app_secret": f"secret-{name}", "callback_token": "FiguresToken", "aes_key": AES_KEY}
            order = {"name": name, "kind": KINDS[name], "appid": appid, "original_id": f"gh_{name}", **secrets}
            assert self.call("POST", "/v1/accounts", order)[0] == 201
            callback = {"url": f"{self.addresses.front}/wechat/figures.{name}", "token": "FiguresToken", "aes_key": AES_KEY, "mode": "safe"}
            account = {"appid": appid, "secret": f"secret-{name}", "kind": KINDS[name], "original_id": f"gh_{name}", "open_platform": "op9"}
            self.play("/accounts", {**account, "callback": {**callback, "format": "json" if name == "shop" else "xml"}})

    def command(self, *arguments: str) -> Any:
        environ = {**self.stack.environ, **self.addresses.environment}
        done = subprocess.run([sys.executable, "-m", "liandong", *arguments], cwd=ROOT, env=environ, capture_output=True, check=True)
        return json.loads(done.stdout)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return http(method, self.addresses.front + path, body, key=self.key)

    def play(self, path: str, body: Any = None) -> Any:
        status, answer = http("POST", f"{self.addresses.sandbox}/_sandbox{path}", body)
        assert status == 200, answer
        return answer

    def orders(self, openid: str) -> list[str]:
        """The orders of whoever has this openid at the shop."""
        query = {"type": "openid", "value": openid, "account": "figures.shop"}
        status, person = self.call("POST", "/v1/people/lookup", query)
        if status != 200:
            return []
        return [each["id"] for each in self.call("GET", f"/v1/people/{person['id']}/records?type=order")[1]["records"]]

    def pulls(self, name: str) -> list[dict[str, Any]]:
        pulls: list[dict[str, Any]] = self.call("GET", f"/v1/accounts/figures.{name}/pulls")[1]["pulls"]
        return pulls


def test_what_wechat_tells_is_fetched_by_functions_that_may_do_no_more(stack: Stack) -> None:
    brand = Brand(stack)
    user = brand.play("/users", {})["user"]
    brand.play(f"/users/{user}/follow", {"appid": APPIDS["oa"]})
    brand.play("/clock", {"shift_s": -600})  # what changed a moment ago is listed in two minutes
    bought = brand.play(f"/users/{user}/buy", {"appid": APPIDS["shop"]})
    brand.play("/clock", {"shift_s": 0})

    asked = {brand.call("POST", f"/v1/accounts/figures.{name}/pulls/{kind}")[0] for name, kind in ASKED}

    def standing() -> dict[tuple[str, str], tuple[str, str]]:
        return {(name, each["kind"]): (each["state"], each["trouble"]) for name in APPIDS for each in brand.pulls(name)}

    stood = until(standing, lambda told: all(told[each][0] in ("up_to_date", "waiting") for each in ASKED), within_s=PATIENCE_S)
    assert asked == {202}
    assert {each: stood[each] for each in ASKED if stood[each][0] not in ("up_to_date", "waiting")} == {}
    assert len(brand.call("GET", "/v1/accounts/figures.oa/figures?kind=tags")[1]["days"]) == 1
    assert len(brand.call("GET", "/v1/accounts/figures.oa/figures?kind=follower_changes")[1]["days"]) >= 2
    assert until(lambda: brand.orders(bought["openid"]), bool, within_s=PATIENCE_S) == [bought["order"]["order_id"]]
    assert until(lambda: counted(stack), bool) == 1


def counted(stack: Stack) -> int:
    """Follows that callbacks told of."""
    program = """
import boto3
rows = boto3.client("dynamodb").scan(TableName="liandong-local-counters")["Items"]
print(len([row for row in rows if row["pk"]["S"].startswith("figures#H#")]))
"""
    environ = {**stack.environ, **stack.addresses().environment}
    return int(subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, check=True).stdout)
