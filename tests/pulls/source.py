"""A brand whose accounts have something to tell: what happened in the sandbox, fetched by the schedule on a stopped clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from moto.core import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from tests.builders import AES_KEY, APP_SECRET, CALLBACK_TOKEN, MINI_APPID, OA_APPID, make_accounts, make_brand, make_user, tell_wechat
from tests.house import REGION, House

SHOP_APPID, ASSISTANT_APPID = "wx00000000000000e5", "wx00000000000000f6"
DATACUBE = "/datacube/"


class Told:
    """Figures that were put, in the place of CloudWatch."""

    def __init__(self) -> None:
        self.values: list[tuple[str, float]] = []

    def __call__(self, name: str, value: float) -> None:
        self.values.append((name, value))


class Brand:
    """The brand demo with an official account and a mini program; it looks back two days when it begins. It is noon in Beijing."""

    def __init__(self, house: House, **settings: Any) -> None:
        self.house = house
        house.settings = msgspec.structs.replace(house.settings, **{"pull_history_days": 2, "pull_calls_per_run": 200, **settings})
        house.new_container()
        self.key = make_brand(house)
        make_accounts(house, self.key)

    def add(self, name: str, kind: str, appid: str) -> None:
        """An account of another kind, known to us and to WeChat alike."""
        order = {
            "name": name,
            "kind": kind,
            "appid": appid,
            "original_id": f"gh_{name}",
            "app_secret": APP_SECRET,
            "callback_token": CALLBACK_TOKEN,
            "aes_key": AES_KEY,
        }
        status, body = self.house.call("POST", "/v1/accounts", order, key=self.key)
        assert status == 201, body
        tell_wechat(self.house, order, mode="safe", format="json", open_platform="op1")

    def follow(self, *, lost: bool = False, user: str = "") -> str:
        """Somebody follows; the callback may never come."""
        user = user or make_user(self.house)
        self.house.play("/settings", {"hold_pushes": lost})
        self.house.play(f"/users/{user}/follow", {"appid": OA_APPID, "wait": not lost})
        self.house.play("/settings", {"hold_pushes": False})
        if lost:
            self.house.play("/pushes/lose", {})
        self.house.work()
        return user

    def visit(self) -> None:
        user = make_user(self.house)
        self.house.play(f"/users/{user}/launch", {"appid": MINI_APPID, "stay_s": 4})

    def run(self, *kinds: str) -> int:
        """One run of the schedule, and all that follows from it, of some kinds alone: the others take as long and tell nothing."""
        self.house.tick("plan_pulls")
        queue = sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues["liandong-local-pulls"]
        wanted = {f'"{kind}"' for kind in kinds or ("follower_changes",)}
        queue._messages = [each for each in queue._messages if any(kind in each.body for kind in wanted)]
        return self.house.work()

    def take_queued(self) -> list[str]:
        """The messages of pulls that wait, which wait no more."""
        queue = sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues["liandong-local-pulls"]
        bodies = [each.body for each in queue._messages]
        queue._messages.clear()
        return bodies

    def run_all(self) -> int:
        self.house.tick("plan_pulls")
        return self.house.work()

    def at(self, moment: str) -> None:
        """The clock is moved on to a time in Beijing."""
        then = datetime.fromisoformat(f"{moment}+08:00")
        assert then >= self.house.clock.moment
        self.house.clock.advance(seconds=(then - self.house.clock.moment).total_seconds())

    def later(self, **duration: float) -> None:
        self.house.clock.moment += timedelta(**duration)

    def call(self, method: str, path: str, account: str = "demo.oa", **query: Any) -> tuple[int, Any]:
        target = f"/v1/accounts/{account}/{path}" + (f"?{urlencode(query)}" if query else "")
        return self.house.call(method, target, key=self.key)

    def pull(self, kind: str, account: str = "demo.oa") -> dict[str, Any]:
        """How far one kind has come."""
        status, shown = self.call("GET", "pulls", account)
        assert status == 200, shown
        found: dict[str, Any] = next(each for each in shown["pulls"] if each["kind"] == kind)
        return found

    def figures(self, kind: str, account: str = "demo.oa", **query: Any) -> dict[str, Any]:
        """The lines of each day."""
        span = {"from": "2026-11-01", "to": "2026-12-31", **query}
        status, page = self.call("GET", "figures", account, kind=kind, **span)
        assert status == 200, page
        return {each["day"]: each["lines"] for each in page["days"]}

    def reconciled(self) -> dict[str, Any]:
        status, shown = self.call("GET", "reconciliation", **{"from": "2026-11-01", "to": "2026-12-31"})
        assert status == 200, shown
        return {each["day"]: each for each in shown["days"]}

    def fault(self, path: str, errcode: int, times: int = 1) -> None:
        self.house.play("/faults", {"path": path, "errcode": errcode, "times": times})

    def asked(self, name: str) -> list[Any]:
        """Which days WeChat was asked for in one report."""
        return [call["body"]["begin_date"] for call in self.house.wechat_calls(DATACUBE + name)]
