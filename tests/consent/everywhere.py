"""Customers logged in at every end of a brand, each way of saying no, and a phone book of WeChat that lets a test in between two sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec

from chalicelib.wechat.gateway import Gateway
from tests.builders import MINI_APPID, OA_APPID
from tests.consent.shop import MARKETING, NO_MARKETING, Shop
from tests.house import House

APP_APPID, APP_SECRET = "wx00000000000000e5", "app-secret-0001"
PAGE = "https://shop.example.com/me"


class Customer:
    """Somebody at the mini program, the app and a web page, who follows, wrote just now and wants marketing."""

    def __init__(self, house: House, key: str) -> None:
        self.house, self.shop = house, Shop(house, key)
        self.user = self.shop.user
        self.sessions = {"mini": self.shop.session, "app": self._log_in_to_app(), "web": self._log_in_on_a_page()}
        self.shop.mine("PUT", body={"say": [{"about": "marketing", "granted": True, "text": "1/zh"}]})
        self.write("在吗")
        self.link = self.shop.link()

    def put(self, end: str, said: dict[str, Any] = NO_MARKETING) -> None:
        status, told = self.house.call("PUT", "/v1/me/permissions", said, key=self.sessions[end])
        assert (status, told["marketing"]) == (200, "denied" if said is NO_MARKETING else "granted")

    def write(self, content: str, appid: str = OA_APPID) -> None:
        """What it says is worked off, and nothing else that waits."""
        self.send(content, appid)
        self.house.work_off("inbox")

    def send(self, content: str, appid: str = OA_APPID) -> None:
        """A message that is not worked off yet."""
        self.house.play(f"/users/{self.user}/send", {"appid": appid, "msgtype": "text", "content": content})

    def unfollow(self) -> None:
        self.house.play(f"/users/{self.user}/unfollow", {"appid": OA_APPID})
        self.house.work_off("inbox")

    def close_account(self) -> None:
        self.house.play(f"/users/{self.user}/close-account", {})
        self.house.work_off("inbox")

    def marketing_by_door(self) -> dict[str, str]:
        """What each door says of marketing now."""
        ends = {end: self.house.call("GET", "/v1/me/permissions", key=key)[1]["marketing"] for end, key in self.sessions.items()}
        ticked = 'name="marketing" value="1" checked' in self.shop.page(self.link)[1]
        return {**ends, "server": self.shop.theirs()["marketing"], "page": "granted" if ticked else "denied"}

    def _log_in_to_app(self) -> str:
        code = self.house.play(f"/users/{self.user}/app-login", {"appid": APP_APPID})["response"]["code"]
        return self._session("/v1/sessions/app", {"account": "demo.app", "code": code})

    def _log_in_on_a_page(self) -> str:
        path = "/v1/sessions/official-account/demo.oa/authorize"
        _, headers, _ = self.house.visit(f"{path}?{urlencode({'return_to': PAGE, 'scope': 'base'})}")
        cookie, asked = headers["Set-Cookie"].split(";")[0], urlsplit(headers["Location"])
        with self.house.wechat_app.test_client() as client:
            page = client.post(f"{asked.path}?{asked.query}", data={"user": self.user, "answer": "agree"})
        back = urlsplit(page.headers["Location"])
        _, headers, _ = self.house.visit(f"{back.path}?{back.query}", cookie=cookie)
        return self._session("/v1/sessions/ticket", {"ticket": parse_qs(urlsplit(headers["Location"]).query)["ticket"][0]})

    def _session(self, path: str, order: dict[str, Any]) -> str:
        status, login = self.house.call("POST", path, order)
        assert (status, login["person"]) == (201, self.shop.person), login
        return str(login["session_token"])


SAYS_NO: dict[str, Callable[[Customer], object]] = {
    "the mini program": lambda who: who.put("mini"),
    "the app": lambda who: who.put("app"),
    "a web page of the official account": lambda who: who.put("web"),
    "a business system": lambda who: who.shop.theirs("PUT", body={**NO_MARKETING, "evidence": "call 4711"}),
    "the page of preferences": lambda who: who.shop.page(who.link, stop="1"),
    "a message to the official account": lambda who: who.write("退订"),
    "a message to the mini program's service": lambda who: who.write("退订", MINI_APPID),
}

SAYS_YES: dict[str, Callable[[Customer], object]] = {
    "the mini program": lambda who: who.put("mini", MARKETING),
    "the app": lambda who: who.put("app", MARKETING),
    "a web page of the official account": lambda who: who.put("web", MARKETING),
    "a business system": lambda who: who.shop.theirs("PUT", body={**MARKETING, "evidence": "form 7"}),
    "the page of preferences": lambda who: who.shop.page(who.link, save="1", marketing="1"),
}


def open_ends(house: House, key: str) -> None:
    """The app and the web pages of the brand demo."""
    order = {"name": "app", "kind": "app", "appid": APP_APPID, "app_secret": APP_SECRET}
    assert house.call("POST", "/v1/accounts", order, key=key)[0] == 201
    app = {"appid": APP_APPID, "secret": APP_SECRET, "kind": "mobile_app", "original_id": "gh_e5", "open_platform": "op1"}
    house.play("/accounts", app)
    origins = {"web_origins": ["https://shop.example.com"]}
    assert house.call("PUT", "/v1/accounts/demo.oa/web-origins", origins, key=key)[0] == 200


class Between(Gateway):
    """WeChat, and what happens the moment it has taken the first message: a broadcast stands in the middle then."""

    def __init__(self, real: Gateway, happens: Callable[[], object]) -> None:
        vars(self).update(vars(real))
        self._happens = happens
        self.reached: list[str] = []

    def send_customer_message(self, token: str, openid: str, msgtype: str, content: dict[str, Any]) -> None:
        super().send_customer_message(token, openid, msgtype, content)
        self.reached.append(openid)
        if len(self.reached) == 1:
            self._happens()


@contextmanager
def let_in_between(house: House, happens: Callable[[], object]) -> Iterator[Between]:
    """Have something happen right after the next message of a broadcast."""
    before = house.world
    between = Between(before.wechat, happens)
    house.enter(msgspec.structs.replace(before, wechat=between))
    yield between
    house.enter(before)
