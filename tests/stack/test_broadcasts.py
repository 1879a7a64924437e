"""A broadcast to two thousand on the real stack: by functions with their own rights and real queues, seen as it goes, and stopped."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from typing import Any

import pytest

from desk.teller import http, until
from tests.stack.conftest import ROOT, Stack

pytestmark = pytest.mark.stack
MANY = 2000
DATA = {"订单状态": "已支付", "金额": "¥128.00"}
PATIENCE_S = 240


class Brand:
    """A brand of its own with an account on whose behalf texts are sent, and two thousand people by their phones."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.addresses = stack, stack.addresses()
        self.command("brand", "create", "many", "--title", "Many")
        self.key = str(self.command("key", "create", "many", "--scope", "admin")["key"])
        made = {"name": "mini", "kind": "mini_program", "appid": "wxmany00000000001", "original_id": "gh_many", "app_secret": "secret-many"}
        assert self.call("POST", "/v1/accounts", made)[0] == 201
        self.phones = [f"+86138{12345000 + number}" for number in range(MANY)]

    def command(self, *arguments: str) -> Any:
        environ = {**self.stack.environ, **self.addresses.environment}
        done = subprocess.run([sys.executable, "-m", "liandong", *arguments], cwd=ROOT, env=environ, capture_output=True, check=True)
        return json.loads(done.stdout)

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return http(method, self.addresses.front + path, body, key=self.key)

    def settle(self) -> None:
        """Have everybody known, by a record of theirs."""
        records = [
            {"type": "order", "id": f"B-{place}", "at": "2026-11-20T11:00:00+08:00", "who": {"phone": phone}, "data": DATA}
            for place, phone in enumerate(self.phones)
        ]
        for start in range(0, MANY, 500):
            status, taken = self.call("POST", "/v1/records", {"records": records[start : start + 500]})
            assert status == 202, taken
            assert until(partial(self.waiting, taken["id"]), lambda waiting: waiting == 0, within_s=PATIENCE_S) == 0

    def waiting(self, batch: str) -> int:
        waiting: int = self.call("GET", f"/v1/batches/{batch}")[1]["waiting"]
        return waiting

    def start(self, phones: list[str], **changes: Any) -> str:
        step = {"channel": "sms", "account": "many.mini", "text": "秋季护理"}
        audience = {"identifiers": [{"type": "phone", "value": phone} for phone in phones]}
        status, started = self.call(
            "POST", "/v1/broadcasts", {"name": "many", "purpose": "service", "channels": [step], "audience": audience, **changes}
        )
        assert status == 202, started
        return str(started["id"])

    def shown(self, broadcast: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.call("GET", f"/v1/broadcasts/{broadcast}")[1]
        return shown

    def outcomes(self, broadcast: str) -> dict[str, int]:
        return {each["state"]: each["people"] for each in self.shown(broadcast)["outcomes"]}


def test_two_thousand_are_written_to_once_and_another_broadcast_is_stopped_in_the_middle(stack: Stack) -> None:
    brand = Brand(stack)
    brand.settle()

    halves = [brand.start(brand.phones[:1000]), brand.start(brand.phones[1000:])]
    seen = until(
        lambda: [brand.shown(each) for each in halves], lambda shown: all(each["looked_at"] for each in shown), within_s=PATIENCE_S
    )
    done = until(
        lambda: [brand.shown(each) for each in halves], lambda shown: all(each["state"] == "done" for each in shown), within_s=PATIENCE_S
    )
    slow = brand.start(brand.phones[:300], per_minute=60)
    until(lambda: brand.shown(slow)["looked_at"], lambda looked_at: looked_at > 0, within_s=PATIENCE_S)
    stopped = brand.call("POST", f"/v1/broadcasts/{slow}/stop")

    assert all(each["people"] == 1000 for each in seen)
    assert [(each["looked_at"], each["laid"]) for each in done] == [(1000, True)] * 2
    assert [brand.outcomes(each) for each in halves] == [{"accepted": 1000}] * 2
    assert (stopped[0], stopped[1]["state"]) == (200, "stopped")
    assert 0 < brand.shown(slow)["looked_at"] <= 120
