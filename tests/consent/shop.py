"""A brand with a mini program and an official account in a house, and one customer of both; a test changes only what it is about."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from tests.builders import MINI_APPID, OA_APPID, TEMPLATE_ID, log_in, make_user
from tests.house import House

NO_MARKETING = {"say": [{"about": "marketing", "granted": False}]}
MARKETING = {"say": [{"about": "marketing", "granted": True, "text": "1/zh"}]}


class Shop:
    """What a customer does, what the brand's systems ask, and the doors each of them uses."""

    def __init__(self, house: House, key: str) -> None:
        self.house = house
        self.key = key
        self.user = make_user(house)
        self.session, self.person = self.log_in()
        self.follow()

    def log_in(self) -> tuple[str, str]:
        login = log_in(self.house, self.user)
        return login["session_token"], login["person"]

    def follow(self) -> None:
        self.house.play(f"/users/{self.user}/follow", {"appid": OA_APPID})
        self.house.work()

    def openid(self, appid: str = OA_APPID) -> str:
        openid: str = self.house.play(f"/users/{self.user}?appid={appid}", method="GET")["openid"]
        return openid

    def say(self, content: str) -> str:
        """A message to the official account; what it was answered."""
        push = self.house.play(f"/users/{self.user}/send", {"appid": OA_APPID, "msgtype": "text", "content": content})["push"]
        self.house.work()
        return str(push)

    def answer_popup(self, answer: str = "accept") -> None:
        self.house.play(f"/users/{self.user}/request-subscribe", {"appid": MINI_APPID, "answers": {TEMPLATE_ID: answer}})
        self.house.work()

    # -- the customer's doors ---------------------------------------------------------------------------------

    def mine(self, method: str = "GET", path: str = "permissions", body: Any = None) -> Any:
        status, told = self.house.call(method, f"/v1/me/{path}", body, key=self.session)
        assert status == 200, told
        return told

    def theirs(self, method: str = "GET", path: str = "permissions", body: Any = None) -> Any:
        status, told = self.house.call(method, f"/v1/people/{self.person}/{path}", body, key=self.key)
        assert status < 300, told
        return told

    def link(self) -> str:
        address: str = self.theirs("POST", "preference-links", {})["link"]
        return address.removeprefix("https://api.example.com")

    def page(self, address: str, **form: Any) -> tuple[int, str]:
        """The page as it is seen, or after it was sent."""
        if not form:
            status, _, text = self.house.visit(address)
            return status, text
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, body = self.house.raw("POST", address, body=urlencode(form, doseq=True).encode(), headers=headers)
        return status, body.decode()

    def reach(self) -> int:
        status, told = self.house.call("GET", f"/v1/grants/demo.mini/{TEMPLATE_ID}", key=self.key)
        assert status == 200, told
        reached: int = told["reached"]
        return reached
