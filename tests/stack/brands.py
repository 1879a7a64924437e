"""A brand of a test's own on the stack, and people known by their phones."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from typing import Any

from desk.teller import http, until
from tests.stack.conftest import ROOT, Stack

DATA = {"订单状态": "已支付", "金额": "¥128.00"}
PATIENCE_S = 240


class OwnBrand:
    """A new brand with an account on whose behalf texts are sent."""

    def __init__(self, stack: Stack, name: str, **account: Any) -> None:
        self.stack, self.addresses, self.name = stack, stack.addresses(), name
        self.command("brand", "create", name, "--title", name)
        self.key = str(self.command("key", "create", name, "--scope", "admin")["key"])
        made = {"name": "mini", "kind": "mini_program", "original_id": f"gh_{name}", "app_secret": f"secret-{name}", **account}
        status, answer = self.call("POST", "/v1/accounts", made)
        assert status == 201, answer

    def command(self, *arguments: str) -> Any:
        environ = {**self.stack.environ, **self.addresses.environment}
        done = subprocess.run([sys.executable, "-m", "liandong", *arguments], cwd=ROOT, env=environ, capture_output=True, check=True)
        return json.loads(done.stdout)

    def call(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> tuple[int, Any]:
        return http(method, self.addresses.front + path, body, key=self.key if key is None else key)

    def settle(self, phones: list[str]) -> None:
        """Have everybody known, by a record of theirs."""
        records = [
            {"type": "order", "id": f"B-{place}", "at": "2026-11-20T11:00:00+08:00", "who": {"phone": phone}, "data": DATA}
            for place, phone in enumerate(phones)
        ]
        for start in range(0, len(phones), 500):
            status, taken = self.call("POST", "/v1/records", {"records": records[start : start + 500]})
            assert status == 202, taken
            assert until(partial(self._waiting, taken["id"]), lambda waiting: waiting == 0, within_s=PATIENCE_S) == 0

    def own(self, phone: str) -> str:
        """Somebody in the sandbox who has a phone."""
        status, made = http("POST", f"{self.addresses.sandbox}/_sandbox/users", {"phone": phone.removeprefix("+86")})
        assert status < 300, made
        return str(made["user"])

    def texts_of(self, user: str) -> list[str]:
        """What came to somebody's phone."""
        return [each["text"] for each in http("GET", f"{self.addresses.sandbox}/_sandbox/users/{user}/received?appid=")[1]["received"]]

    def start(self, phones: list[str], **changes: Any) -> str:
        """A broadcast of texts."""
        step = {"channel": "sms", "account": f"{self.name}.mini", "text": "秋季护理"}
        audience = {"identifiers": [{"type": "phone", "value": phone} for phone in phones]}
        status, started = self.call(
            "POST", "/v1/broadcasts", {"name": self.name, "purpose": "service", "channels": [step], "audience": audience, **changes}
        )
        assert status == 202, started
        return str(started["id"])

    def shown(self, broadcast: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.call("GET", f"/v1/broadcasts/{broadcast}")[1]
        return shown

    def outcomes(self, broadcast: str) -> dict[str, int]:
        return {each["state"]: each["people"] for each in self.shown(broadcast)["outcomes"]}

    def _waiting(self, batch: str) -> int:
        waiting: int = self.call("GET", f"/v1/batches/{batch}")[1]["waiting"]
        return waiting
