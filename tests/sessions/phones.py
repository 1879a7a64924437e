"""A shop with an app, whose customers log in by texts; phones are new for each customer."""

from __future__ import annotations

import itertools
import re
from typing import Any

from tests.house import House
from tests.sessions.shop import Answer, Shop

APP_APPID, APP_SECRET = "wx00000000000000e5", "canary-app-login-9c1b"
_numbers = itertools.count(13_900_000_101)


def new_number() -> str:
    return str(next(_numbers))


class PhoneShop(Shop):
    """The brand demo with demo.app besides; an hour passes before each code that is asked for, unless the test is in a hurry."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        order = {"name": "app", "kind": "app", "appid": APP_APPID, "app_secret": APP_SECRET, "title": "Demo app"}
        status, body = house.call("POST", "/v1/accounts", order, key=self.key)
        assert status == 201, body
        account = {"appid": APP_APPID, "secret": APP_SECRET, "kind": "mobile_app", "original_id": "gh_e5", "open_platform": "op1"}
        house.play("/accounts", account)

    def owner(self, number: str) -> str:
        return self.customer(phone=number)

    def ask(self, number: str, account: str = "demo.app", *, later_s: float = 3601) -> Answer:
        self.house.clock.advance(seconds=later_s)
        return self.house.call("POST", "/v1/sms-codes", {"account": account, "phone": number})

    def texts(self, user: str) -> list[str]:
        received = self.house.play(f"/users/{user}/received", method="GET")["received"]
        return [shown["text"] for shown in received if shown["via"] == "sms"]

    def texted(self, user: str, number: str) -> str:
        """The code that a customer reads on their phone, once they have asked for one."""
        status, body = self.ask(number)
        assert status == 202, body
        found = re.search(r"[0-9]{6}", self.texts(user)[-1])
        assert found
        return found[0]

    def use(self, number: str, code: str, account: str = "demo.app") -> Answer:
        return self.house.call("POST", "/v1/sessions/phone", {"account": account, "phone": number, "code": code})

    def log_in_by_phone(self, user: str, number: str) -> dict[str, Any]:
        status, body = self.use(number, self.texted(user, number))
        assert status == 201, body
        login: dict[str, Any] = body
        return login


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"
