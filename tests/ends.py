"""A person on the ends beside the mini program: texts, the app, web pages; right and wrong, with every secret on the way noted."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.builders import MINI_APPID
from tests.house import House
from tests.scene import away

APP_APPID, APP_LOGIN_SECRET = "wx00000000000000e5", "canary-app-login-9c1b"
PAGES = "/v1/sessions/official-account/demo.oa"
PAGE = "https://shop.example.com/me"
WRONG_CODE = "0canary-app-code-that-is-none0000"
CODE_CALL, PHONE_CALL = "/sns/oauth2/access_token", "/wxa/business/getuserphonenumber"


class Ends:
    """The brand demo with demo.app besides, and pages of demo.oa; `secrets` by kind."""

    def __init__(self, house: House, key: str) -> None:
        self.house = house
        self.secrets: dict[str, set[str]] = defaultdict(set, {"app login secret": {APP_LOGIN_SECRET}})
        order = {"name": "app", "kind": "app", "appid": APP_APPID, "app_secret": APP_LOGIN_SECRET, "title": "Demo app"}
        status, body = house.call("POST", "/v1/accounts", order, key=key)
        assert status == 201, body
        house.play(
            "/accounts",
            {"appid": APP_APPID, "secret": APP_LOGIN_SECRET, "kind": "mobile_app", "original_id": "gh_e5", "open_platform": "op1"},
        )
        status, body = house.call(
            "PUT", "/v1/accounts/demo.oa/web-origins", {"web_origins": [urlsplit(PAGE)._replace(path="").geturl()]}, key=key
        )
        assert status == 200, body

    def visit_all(self, user: str, number: str) -> None:
        """Everything somebody with this number does on every end, and what goes wrong there."""
        session = self.log_in_by_text(user, number)
        self.log_in_to_app(user)
        self.log_in_on_a_page(user)
        self.add_phones(user, number, session)

    def log_in_by_text(self, user: str, number: str) -> str:
        code = self._texted(user, number)
        order = {"account": "demo.app", "phone": number, "code": code}
        for wrong in (
            {"code": f"{(int(code) + 1) % 1_000_000:06}"},
            {"phone": f"{number}{number}"},
            {"code": [code]},
            {"account": "demo.none"},
        ):
            self.house.call("POST", "/v1/sessions/phone", {**order, **wrong})
        session = self._log_in("/v1/sessions/phone", order)
        self.house.call("POST", "/v1/sessions/phone", order)
        self.house.call("POST", "/v1/sms-codes", {"account": "demo.app", "phone": number})
        self.house.call("POST", "/v1/sms-codes", {"account": "demo.app", "phone": [number]})
        self._text_in_trouble(user, number)
        return session

    def log_in_to_app(self, user: str) -> None:
        for fault in ({}, {"errcode": -1}, {"errcode": 40029}, {"drop_after_effect": True}, {"status": 502}):
            code = self.house.play(f"/users/{user}/app-login", {"appid": APP_APPID})["response"]["code"]
            self.secrets["login code"] |= {code, WRONG_CODE}
            if fault:
                self.house.play("/faults", {"path": CODE_CALL, **fault})
            for each in (code, code, WRONG_CODE):
                self._log_in("/v1/sessions/app", {"account": "demo.app", "code": each})

    def log_in_on_a_page(self, user: str) -> None:
        for scope, answer in (("base", "agree"), ("userinfo", "agree"), ("userinfo", "deny")):
            back, cookie = self._ask_wechat(user, scope, answer)
            self.house.visit(back, cookie="ld_browser=canary-of-another-browser")
            self.house.visit(f"{back}x", cookie=cookie)
            with away("dynamodb"):
                self.house.visit(back, cookie=cookie)
            for _ in range(2):
                _, headers, _ = self.house.visit(back, cookie=cookie)
                self._redeem(parse_qs(urlsplit(headers.get("Location", "")).query).get("ticket", ["canary-ticket-that-is-none"])[0])

    def add_phones(self, user: str, number: str, session: str) -> None:
        mini = self.house.play(f"/users/{user}/login", {"appid": MINI_APPID})["code"]
        self.secrets["login code"].add(mini)
        in_mini = self._log_in("/v1/sessions/mini-program", {"account": "demo.mini", "code": mini})
        texted = self._texted(user, number)
        orders: list[dict[str, Any]] = [{"account": "demo.app", "phone": number, "code": texted}] * 2
        code = self.house.play(f"/users/{user}/phone-code", {"appid": MINI_APPID})["code"]
        self.secrets["login code"].add(code)
        orders += [{"code": code}, {"code": code}]
        sealed = self.house.play(f"/users/{user}/encrypted-data", {"appid": MINI_APPID, "what": "phone"})["data"]
        self.secrets["sealed data"] |= {sealed["encryptedData"], sealed["iv"]}
        orders += [
            {"encrypted_data": sealed["encryptedData"], "iv": sealed["iv"]},
            {"encrypted_data": sealed["encryptedData"], "iv": "canary"},
        ]
        for order in orders:
            for each in (session, in_mini, f"{session}x"):
                self.house.call("POST", "/v1/me/phone", order, key=each)
        self.house.call("DELETE", "/v1/sessions", key=in_mini)

    def _ask_wechat(self, user: str, scope: str, answer: str) -> tuple[str, str]:
        """The address WeChat sends the browser back to, as a path of ours, and the browser's cookie."""
        _, headers, _ = self.house.visit(f"{PAGES}/authorize?{urlencode({'return_to': PAGE, 'scope': scope})}")
        cookie, asked = headers["Set-Cookie"].split(";")[0], urlsplit(headers["Location"])
        with self.house.wechat_app.test_client() as client:
            page = client.post(f"{asked.path}?{asked.query}", data={"user": user, "answer": answer})
        back = urlsplit(page.headers["Location"])
        given = parse_qs(back.query)
        self.secrets["web state"] |= set(given["state"])
        self.secrets["login code"] |= set(given.get("code", ()))
        self.secrets["browser cookie"].add(cookie.partition("=")[2])
        return f"{back.path}?{back.query}", cookie

    def _redeem(self, ticket: str) -> None:
        self.secrets["web ticket"].add(ticket)
        for each in (ticket, ticket, f"{ticket}x"):
            self._log_in("/v1/sessions/ticket", {"ticket": each})

    def _text_in_trouble(self, user: str, number: str) -> None:
        """The provider refuses, and a table is away."""
        settings = self.house.sandbox.state.settings
        key, settings.sms_key = settings.sms_key, "another key"
        self._ask_for_text(number)
        settings.sms_key = key
        with away("dynamodb"):
            self._ask_for_text(number)

    def _texted(self, user: str, number: str) -> str:
        self._ask_for_text(number)
        received = self.house.play(f"/users/{user}/received", method="GET")["received"]
        text = [shown["text"] for shown in received if shown["via"] == "sms"][-1]
        (code,) = re.findall(r"\b[0-9]{6}\b", text)
        self.secrets["texted code"] |= {text, f'"code":"{code}"', f"'code': '{code}'", f"('{code}',)"}
        return str(code)

    def _ask_for_text(self, number: str) -> None:
        self.house.clock.advance(seconds=3601)
        self.house.call("POST", "/v1/sms-codes", {"account": "demo.app", "phone": number})

    def _log_in(self, path: str, order: dict[str, Any]) -> str:
        """The session token, if there is one."""
        _, given = self.house.call("POST", path, order)
        self.secrets["session token"] |= {given[name] for name in ("session_token", "refresh_token") if name in given}
        return str(given.get("session_token", ""))
