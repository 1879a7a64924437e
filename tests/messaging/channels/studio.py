"""A brand with every end: an official account with templates, a mini program, an app; somebody who is known at all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.errors import Refused
from chalicelib.providers.push import NoPush, Notice, Push
from chalicelib.providers.sms import NoSms
from sandbox import media
from sandbox.official.words import Article, MessageTemplate
from tests.builders import MINI_APPID, OA_APPID
from tests.scene import Scene

TEMPLATE, NOTICE = "TM1", "N2"
DATA = {"thing1": "美容护理", "time2": "15:00"}
PHONE = "+8613900000000"


class WatchedPush:
    """Hands on to the real provider, and remembers which devices were asked for. `gone`: tokens of devices the app was taken from."""

    def __init__(self, real: Push) -> None:
        self._real = real
        self.tokens: list[str] = []
        self.gone: set[str] = set()

    def send(self, token: str, notice: Notice, *, app: str, message_id: str, now: datetime) -> None:
        self.tokens.append(token)
        if token in self.gone:
            raise Refused(code="push_token_dead")
        self._real.send(token, notice, app=app, message_id=message_id, now=now)


class Studio:
    """What a test of channels needs to play."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.house = scene, scene.house
        self.push = WatchedPush(scene.house.world.push)
        self.house.enter(msgspec.structs.replace(scene.house.world, push=self.push))
        self.house.play(
            "/accounts", {"appid": OA_APPID, "templates": [{"id": NOTICE, "title": "到店", "type": 2, "content": {"thing1": "服务"}}]}
        )
        official = self.house.sandbox.official(OA_APPID)
        official.templates[TEMPLATE] = MessageTemplate(TEMPLATE, "预约", "服务：{{thing1.DATA}}\n时间：{{time2.DATA}}")
        status, body = self.house.call("POST", "/v1/accounts", {"name": "app", "kind": "app", "appid": "wx00000000000000d1"}, key=scene.key)
        assert status == 201, body
        self.sync("oa")
        self.sync("mini")

    def sync(self, account: str) -> None:
        """Have an account's templates anew."""
        status, body = self.house.call("POST", f"/v1/accounts/demo.{account}/templates/sync", key=self.scene.key)
        assert status == 200, body

    @contextmanager
    def without_providers(self) -> Iterator[None]:
        """Nobody has set up a provider meanwhile."""
        world = self.house.world
        self.house.enter(msgspec.structs.replace(world, sms=NoSms(), push=NoPush()))
        yield
        self.house.enter(world)

    def media(self, kind: str, appid: str = OA_APPID) -> str:
        return media.keep_sample(self.house.sandbox, appid=appid, kind=kind)

    def article(self) -> str:
        """An article that the account has published."""
        official = self.house.sandbox.official(OA_APPID)
        official.articles["ART_1"] = Article("ART_1", 1, [{"title": "文章"}], 0.0, 0)
        return "ART_1"

    def somebody(self) -> str:
        """Somebody new who follows, wrote just now, and said yes to the notice once."""
        user = self.scene.follower()
        self.scene.say(user, "在吗")
        self.house.play(f"/users/{user}/subscribe", {"appid": OA_APPID, "template_id": NOTICE, "answer": "accept"})
        self.house.work()
        self.house.clock.advance(seconds=1)  # what WeChat says later of who was alive this second counts
        return user

    def link(self, user: str, kind: str, value: str, *, app: str = "demo.app") -> None:
        end = {"type": "openid", "value": self.scene.openid(user), "account": "demo.oa"}
        about = {"b": {"type": kind, "value": value, "account": app}} if kind == "push_token" else {"b": {"type": kind, "value": value}}
        link = {"a": end, "source": "app", **about, **({} if kind == "push_token" else {"rank": "verified"})}
        status, body = self.house.call("POST", "/v1/links", {"links": [link]}, key=self.scene.key)
        assert (status, body["links"][0]["verdict"]) == (200, "followed"), body

    def order(self, user: str, *steps: dict[str, Any], **changes: Any) -> tuple[int, Any]:
        to = {"type": "openid", "value": self.scene.openid(user), "account": "demo.oa"}
        return self.scene.post({"to": to, "purpose": "service", "channels": list(steps), **changes})

    def sent(self, user: str, *steps: dict[str, Any], **changes: Any) -> Any:
        """What became of an order once every queue is empty."""
        status, message = self.order(user, *steps, **changes)
        assert status == 202, message
        self.house.work()
        return self.scene.message(message["id"])


def template(**changes: Any) -> dict[str, Any]:
    return {"channel": "template_message", "account": "demo.oa", "template_id": TEMPLATE, "data": DATA, **changes}


def notice(**changes: Any) -> dict[str, Any]:
    return {"channel": "subscription_notice", "account": "demo.oa", "template_id": NOTICE, "data": {"thing1": "美容护理"}, **changes}


def answer(message: dict[str, Any], account: str = "demo.oa") -> dict[str, Any]:
    return {"channel": "customer_service", "account": account, "message": message}


def text(words: str = "canary-words-91") -> dict[str, Any]:
    return {"channel": "sms", "account": "demo.app", "text": words}


def push(**changes: Any) -> dict[str, Any]:
    return {"channel": "push", "account": "demo.app", "title": "到店", "text": "canary-words-91", **changes}


PAGE = {"appid": MINI_APPID, "path": "pages/book/index"}
