"""A brand with a third-party platform, and WeChat's side of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chalicelib.accounts.flows import platforms, register, tokens
from chalicelib.accounts.tables import platforms as tables
from chalicelib.accounts.words import Account
from chalicelib.accounts.words.platforms import Grant
from tests.builders import OA_APPID, PLATFORM_APPID, make_accounts, make_brand, make_platform
from tests.house import House


class Agency:
    """A brand with an official account, a mini program and a platform; WeChat's side of the platform by control doors."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.key = make_brand(house)
        make_accounts(house, self.key)
        make_platform(house, self.key)

    def find(self, account: str) -> Account:
        return register.find_account(account, world=self.house.world, now=self.house.clock())

    def push_ticket(self) -> str:
        """WeChat pushes a ticket, and the worker has it kept."""
        ticket = str(self.house.play(f"/platforms/{PLATFORM_APPID}/push-ticket")["ticket"])
        self.house.work()
        return ticket

    def authorize(self, appid: str = OA_APPID, *, hear: bool = True, **more: Any) -> str:
        """The account's admin says yes; the code of it."""
        code = str(self.house.play(f"/platforms/{PLATFORM_APPID}/authorize", {"appid": appid, **more})["auth_code"])
        if hear:
            self.house.work()
        return code

    def withdraw(self, appid: str = OA_APPID, *, hear: bool = True) -> None:
        self.house.play(f"/platforms/{PLATFORM_APPID}/unauthorize", {"appid": appid})
        if hear:
            self.house.work()

    def start(self) -> None:
        """A ticket, and an authorisation by the official account."""
        self.push_ticket()
        self.authorize()

    def hear(self, *notices: Any) -> None:
        for notice in notices:
            platforms.hear(self.find("demo.open"), notice, world=self.house.world, now=self.house.clock())

    def grant(self, appid: str = OA_APPID) -> Grant | None:
        return tables.read_grant(self.find("demo.open"), appid)

    def lives(self, appid: str = OA_APPID) -> bool:
        grant = self.grant(appid)
        return grant is not None and grant.sealed != ""

    def fetch(self, account: str = "demo.open") -> str:
        return tokens.fetch_token(self.find(account), world=self.house.world, now=self.house.clock()).value

    def call_as_platform(self, call: Callable[[str], str] = str) -> str:
        """A call that only a platform may make for the official account."""
        oa, acting = self.find("demo.oa"), self.find("demo.open")
        return tokens.with_token(oa, call, platform=acting, world=self.house.world, now=self.house.clock())

    def asked(self, path: str) -> int:
        return len(self.house.wechat_calls(path))

    def authorizations(self) -> Any:
        status, answer = self.house.call("GET", "/v1/accounts/demo.open/authorizations", key=self.key)
        assert status == 200, answer
        return answer

    def begin(self, body: Any = None) -> dict[str, Any]:
        status, begun = self.house.call("POST", "/v1/accounts/demo.open/authorization", body or {}, key=self.key)
        assert status == 201, begun
        answer: dict[str, Any] = begun
        return answer

    def confirm(self, begun: dict[str, Any], appid: str = OA_APPID) -> str:
        """The admin opens WeChat's page and says yes: where WeChat sends the browser then."""
        parts = urlsplit(begun["address"])
        asked = dict(parse_qsl(parts.query))
        with self.house.wechat_app.test_client() as browser:
            assert browser.get(f"{parts.path}?{parts.query}").status_code == 200
            led = browser.get("/cgi-bin/componentloginpage/confirm", query_string={**asked, "appid": appid})
        assert led.status_code == 302, led.text
        back = urlsplit(led.headers["Location"])
        assert f"{back.scheme}://{back.netloc}" == "https://api.example.com"
        return f"{back.path}?{back.query}"
