"""A shop with every end a jump ticket can go to."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from chalice.test import Client

from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType, Key
from tests.builders import MINI_APPID, official_account
from tests.house import House
from tests.sessions.phones import APP_APPID, PhoneShop
from tests.sessions.shop import Answer

PAGE = "https://shop.example.com/order?tab=1"
WECHAT = "Mozilla/5.0 (iPhone) AppleWebKit/605 Mobile/15E148 MicroMessenger/8.0.50"
SUBSCRIPTION_APPID = "wx00000000000000f6"
Visit = tuple[int, dict[str, str], str]


class JumpShop(PhoneShop):
    """demo.oa has web login and pages, demo.sub pages and no web login, demo.app pages and WeChat, demo.web texted codes alone."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.add(official_account(name="sub", appid=SUBSCRIPTION_APPID, original_id="gh_f6"))
        self.add({"name": "web", "kind": "website", "appid": "wx00000000000000a7"})
        self.say_pages("demo.oa", "https://shop.example.com")
        self.say_pages("demo.sub", "https://news.example.com", web_login=False)
        self.say_pages("demo.app", "https://app.example.com")

    def add(self, order: dict[str, Any]) -> None:
        status, body = self.house.call("POST", "/v1/accounts", order, key=self.key)
        assert status == 201, body

    def say_pages(self, account: str, *origins: str, web_login: bool = True) -> None:
        order = {"web_origins": origins, "web_login": web_login}
        status, body = self.house.call("PUT", f"/v1/accounts/{account}/web-origins", order, key=self.key)
        assert status == 200, body

    def openid(self, user: str, appid: str = MINI_APPID) -> str:
        openid: str = self.house.play(f"/users/{user}?appid={appid}", method="GET")["openid"]
        return openid

    # -- tickets ----------------------------------------------------------------------------------------------

    def try_to_make(self, **order: Any) -> Answer:
        return self.house.call("POST", "/v1/tickets", {"purpose": "order", "audience": ["demo.app"], **order}, key=self.key)

    def make(self, user: str | None = None, **order: Any) -> dict[str, Any]:
        """A ticket, for the mini program's openid of somebody if one is named."""
        who = {"who": {"type": "openid", "value": self.openid(user), "account": "demo.mini"}} if user else {}
        status, made = self.try_to_make(**{**who, **order})
        assert status == 201, made
        ticket: dict[str, Any] = made
        return ticket

    def make_own(self, login: dict[str, Any], **order: Any) -> Answer:
        asked = {"purpose": "order", "audience": ["demo.app"], **order}
        return self.house.call("POST", "/v1/me/tickets", asked, key=login["session_token"])

    def show(self, ticket: str, account: str | None = "demo.app", code: str | None = None, **more: Any) -> Answer:
        return self.house.call("POST", "/v1/sessions/ticket", {"ticket": ticket, "account": account, "code": code, **more})

    # -- codes of the ends ------------------------------------------------------------------------------------

    def app_code(self, user: str) -> str:
        code: str = self.house.play(f"/users/{user}/app-login", {"appid": APP_APPID})["response"]["code"]
        return code

    def arrive(self, ticket: str, user: str, **more: Any) -> Answer:
        """Somebody shows a ticket in the app, logged in there by WeChat."""
        return self.show(ticket, "demo.app", self.app_code(user), **more)

    def log_in_to_app(self, user: str) -> dict[str, Any]:
        """Somebody is known by the app, and by what it learns of them."""
        status, body = self.house.call("POST", "/v1/sessions/app", {"account": "demo.app", "code": self.app_code(user)})
        assert status == 201, body
        login: dict[str, Any] = body
        return login

    def visit(self, target: str, *, cookie: str = "", user_agent: str = "") -> Visit:
        headers = {**({"cookie": cookie} if cookie else {}), **({"user-agent": user_agent} if user_agent else {})}
        with Client(self.house.app.app) as client:
            answer = client.http.get(target, headers=headers)
        return answer.status_code, dict(answer.headers), bytes(answer.body).decode()

    def follow_link(self, link: str, *, user_agent: str = "") -> Visit:
        return self.visit(path_of(link), user_agent=user_agent)

    def web_login(self, user: str, begin_at: str = "") -> dict[str, list[str]]:
        """What the page of demo.oa is opened with after a web login, in its query."""
        query = urlencode({"return_to": PAGE, "scope": "userinfo"})
        begun = self.visit(begin_at or f"/v1/sessions/official-account/demo.oa/authorize?{query}")
        assert begun[0] == 302, begun
        asked = urlsplit(begun[1]["Location"])
        with self.house.wechat_app.test_client() as client:
            agreed = client.post(f"{asked.path}?{asked.query}", data={"user": user, "answer": "agree"})
        back = self.visit(path_of(agreed.headers["Location"]), cookie=begun[1]["Set-Cookie"].split(";")[0])
        assert back[0] == 302, back
        return parse_qs(urlsplit(back[1]["Location"]).query)

    def texted_at(self, user: str, number: str, account: str) -> str:
        """The code somebody is texted for an account, a minute later."""
        assert self.ask(number, account, later_s=61)[0] == 202
        found = re.search(r"[0-9]{6}", self.texts(user)[-1])
        assert found
        return found[0]

    def links(self) -> list[str]:
        """Every link that was ever asserted, and what was told apart."""
        said = [row for row in self.house.rows("identities") if row["sk"]["S"][:2] in ("L#", "N#")]
        return sorted(str(sorted(row.items())) for row in said)

    def meet(self, openid: str, account: str) -> Key:
        """Somebody of whom nothing is known but their openid at an account."""
        world, now = self.house.world, self.house.clock()
        return identity.meet("demo", Identifier(IdentifierType.openid, openid, account), world=world, now=now).key


def path_of(address: str) -> str:
    """An address of ours as this process is asked for it."""
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == "https://api.example.com", address
    return parts.path + (f"?{parts.query}" if parts.query else "")
