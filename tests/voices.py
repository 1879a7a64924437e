"""What people say of themselves, and how they are written to by push, text and broadcast; right and wrong, every secret noted."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from urllib.parse import urlencode

from tests.builders import MINI_APPID, OA_APPID, TEMPLATE_ID, log_in
from tests.house import House
from tests.scene import away

TOKEN, GONE = "canary-push-token-51ab", "gone-canary-push-token-52"
EVIDENCE = "canary-evidence-of-a-call"
TEXTED = "canary-in-a-text-or-push"
UNKNOWN = "13698761234"
NO_MARKETING = {"say": [{"about": "marketing", "granted": False}]}


class Voices:
    """One customer of the brand demo, their devices and words; `secrets` by kind."""

    def __init__(self, house: House, key: str) -> None:
        self.house, self.key = house, key
        self.secrets: dict[str, set[str]] = defaultdict(
            set, {"push token": {TOKEN, GONE}, "evidence": {EVIDENCE}, "text of a message": {TEXTED}, "unknown phone": {UNKNOWN}}
        )

    def raise_all(self, user: str, number: str) -> None:
        """Everything somebody with this number says, and everything they are sent."""
        login = log_in(self.house, user)
        self.secrets["session token"] |= {login["session_token"], login["refresh_token"]}
        self.tell_devices(login["person"], number)
        self.write(number)
        self.broadcast(number)
        self.say(login["person"], login["session_token"])
        self.open_page(login["person"])
        self.hear(user)

    def tell_devices(self, person: str, number: str) -> None:
        phone = {"type": "phone", "value": number}
        for token in (TOKEN, GONE):
            right = {"type": "push_token", "value": token, "account": "demo.app"}
            for wrong in ({}, {"account": None}, {"account": "demo.none"}, {"type": token}, {"value": [token]}, {"value": token * 90}):
                self._call("POST", "/v1/links", {"links": [{"a": phone, "b": {**right, **wrong}, "source": "app"}]})
                self._call("POST", "/v1/people/lookup", {**right, **wrong})
            with away("dynamodb"):
                self._call("POST", "/v1/links", {"links": [{"a": phone, "b": right}]})
        self._call("GET", f"/v1/people/{person}")

    def write(self, number: str) -> None:
        """By push and by text, taken and refused, while tables and providers are there and while they are not."""
        push = {"channel": "push", "account": "demo.app", "title": "t", "text": TEXTED, "data": {"k": TEXTED}}
        text = {"channel": "sms", "account": "demo.app", "text": TEXTED}
        settings = self.house.sandbox.state.settings
        for to in ({"type": "phone", "value": number}, {"type": "push_token", "value": TOKEN, "account": "demo.app"}):
            for steps in ([push, text], [text], [push], [{**push, "text": [TEXTED]}], [{**text, "text": TEXTED * 90}]):
                self._call("POST", "/v1/messages", {"to": to, "purpose": "service", "channels": steps})
                key, settings.sms_key = settings.sms_key, "another key"
                self.house.work()
                settings.sms_key = key
        for services in (("dynamodb",), ("kms",)):
            self._call("POST", "/v1/messages", {"to": {"type": "phone", "value": number}, "purpose": "service", "channels": [push, text]})
            self.house.new_container()
            with away(*services):
                self.house.work_off("outbox")
        self.house.new_container()
        self.house.clock.advance(minutes=6)
        self.house.work()

    def broadcast(self, number: str) -> None:
        step = {"channel": "sms", "account": "demo.app", "text": TEXTED}
        people = [{"type": "phone", "value": each} for each in (number, UNKNOWN)]
        people += [{"type": "push_token", "value": TOKEN, "account": "demo.app"}]
        for audience in ({"identifiers": people[:2]}, {"identifiers": people}, {"identifiers": [[UNKNOWN]]}, {"people": [UNKNOWN]}):
            order = {"name": "one", "purpose": "service", "channels": [step], "audience": audience}
            self._call("POST", "/v1/broadcasts/preview", order)
            _, started = self._call("POST", "/v1/broadcasts", order)
            with away("kms"):
                self.house.work_off("broadcasts")
            self.house.new_container()
            self.house.work()
            self._call("GET", f"/v1/broadcasts/{started.get('id', UNKNOWN)}/messages")

    def say(self, person: str, session: str) -> None:
        path = f"/v1/people/{person}/permissions"
        for wrong in ({}, {"evidence": [EVIDENCE]}, {"evidence": EVIDENCE * 90}, {"end": EVIDENCE}):
            self._call("PUT", path, {**NO_MARKETING, "evidence": EVIDENCE, **wrong})
        with away("dynamodb"):
            self._call("PUT", path, {**NO_MARKETING, "evidence": EVIDENCE})
        for method, tail in (("GET", ""), ("GET", "/history"), ("GET", f"/history?cursor={UNKNOWN}")):
            self._call(method, f"{path}{tail}")
            self.house.call(method, f"/v1/me/permissions{tail}", key=session)
        popup = {"popup": "popup-0001", "answers": {TEMPLATE_ID: "accept"}}
        for order in (popup, {**popup, "popup": EVIDENCE * 9}, {**popup, "answers": {EVIDENCE: EVIDENCE}}):
            self.house.call("POST", "/v1/me/grants", order, key=session)

    def open_page(self, person: str) -> None:
        _, made = self._call("POST", f"/v1/people/{person}/preference-links", {})
        page = made["link"].removeprefix("https://api.example.com")
        self.secrets["preference link"] |= {page, page.rpartition(".")[2]}
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        for services in ((), ("dynamodb",), ("kms",)):
            self.house.new_container()
            with away(*services):
                for address in (page, f"{page}x", page.replace("demo.", "rival.")):
                    self.house.visit(address)
                    self.house.raw("POST", address, body=urlencode({"save": EVIDENCE, "topic": EVIDENCE}).encode(), headers=form)
        self.house.new_container()

    def hear(self, user: str) -> None:
        """What WeChat tells of them."""
        self.house.play(f"/users/{user}/follow", {"appid": OA_APPID})
        self.house.play(f"/users/{user}/send", {"appid": OA_APPID, "msgtype": "text", "content": "退订"})
        self.house.play(f"/users/{user}/request-subscribe", {"appid": MINI_APPID, "answers": {TEMPLATE_ID: "accept"}})
        self.house.play(f"/users/{user}/revoke-authorization", {"appid": MINI_APPID, "kind": "8"})
        self.house.play(f"/users/{user}/unfollow", {"appid": OA_APPID})
        self.house.work()
        self._call("GET", "/v1/privacy/receipts")

    def _call(self, method: str, path: str, order: Any = None) -> tuple[int, Any]:
        return self.house.call(method, path, order, key=self.key)
