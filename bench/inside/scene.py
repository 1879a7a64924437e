"""A brand with an official account and a mini program, known to us and to WeChat, and requests as Lambda hands them over."""

from __future__ import annotations

import base64
import json
import os
import sys
import urllib.request
from types import SimpleNamespace
from typing import Any

import msgspec

import app
from chalicelib import wiring
from chalicelib.accounts.flows import keeper, register
from chalicelib.accounts.words import AccountOrder, Kind
from chalicelib.replies import flows as replies
from chalicelib.replies.words import RulesOrder
from chalicelib.staff import flows as staff
from chalicelib.staff.words import KeyOrder, Scope
from chalicelib.world import World

TOKEN = "BenchToken2026"
AES_KEY = "benchAesKey0123456789benchAesKey0123456789a"
TEMPLATE = "TPL_BENCH_0001"
ACTOR = "bench"
CONTEXT = SimpleNamespace(function_name="bench", aws_request_id="bench")
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class Scene:
    """One brand on the stage, with the world the app uses."""

    def __init__(self, brand: str) -> None:
        self.brand = brand
        self.world = _world()
        self.appids = {"oa": f"wxoa{brand:0<12}", "mini": f"wxmini{brand:0<10}"}
        register.create_brand(brand, brand, actor=ACTOR, world=self.world, now=self.world.now())
        self._make_account("oa", Kind.official_account)
        self._make_account("mini", Kind.mini_program)

    def account(self, name: str) -> Any:
        return register.find_account(f"{self.brand}.{name}", world=self.world, now=self.world.now())

    def publish(self, rules: list[dict[str, Any]]) -> None:
        """Put reply rules in force for the official account."""
        order = msgspec.convert({"rules": rules}, RulesOrder)
        replies.publish_rules(self.account("oa"), order, actor=ACTOR, world=self.world, now=self.world.now())

    def make_key(self, *scopes: Scope) -> str:
        """An API key of the brand."""
        order = KeyOrder(scopes=scopes)
        return staff.create_key(self.brand, order, actor=ACTOR, world=self.world, now=self.world.now()).key

    def _make_account(self, name: str, kind: Kind) -> None:
        order = AccountOrder(
            name=name, kind=kind, appid=self.appids[name], app_secret=f"secret-of-{name}", callback_token=TOKEN, aes_key=AES_KEY
        )
        register.create_account(self.brand, order, actor=ACTOR, world=self.world, now=self.world.now())
        standing = {"id": TEMPLATE, "title": "预约提醒", "type": 3, "content": {"thing1": "服务", "time2": "时间"}}
        play(
            "/accounts",
            {
                "appid": order.appid,
                "secret": order.app_secret,
                "kind": kind.value,
                "original_id": f"gh_{order.appid}",
                "open_platform": self.brand,
                "templates": [standing] if kind is Kind.mini_program else [],
            },
        )


def play(path: str, body: dict[str, Any] | None = None) -> Any:
    """One call of the sandbox's control API: a POST when there is a body."""
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{os.environ['WECHAT_API_URL']}/_sandbox{path}", content, {"Content-Type": "application/json"})
    with _open(request, timeout=10) as answer:
        return json.load(answer)


def request_event(
    method: str,
    resource: str,
    *,
    path: dict[str, str] | None = None,
    query: dict[str, str] | None = None,
    body: bytes = b"",
    content_type: str = "application/json",
    key: str = "",
) -> dict[str, Any]:
    """A request as API Gateway hands it to Lambda: bodies in base64, because the template declares every type binary."""
    headers = {"Content-Type": content_type, "Accept": "*/*", "Host": "bench.test", "User-Agent": "Mozilla/4.0"}
    return {
        "requestContext": {"httpMethod": method, "resourcePath": resource, "requestId": "bench", "identity": {"sourceIp": "127.0.0.1"}},
        "path": resource.format(**(path or {})),
        "headers": {**headers, "Authorization": f"Bearer {key}"} if key else headers,
        "multiValueQueryStringParameters": {name: [value] for name, value in (query or {}).items()} or None,
        "pathParameters": path,
        "stageVariables": None,
        "body": base64.b64encode(body).decode() or None,
        "isBase64Encoded": True,
    }


def ask(event: dict[str, Any]) -> dict[str, Any]:
    """The app's answer to a request, which has to be a success."""
    answer: dict[str, Any] = app.app(event, CONTEXT)
    if answer["statusCode"] >= 300:
        raise AssertionError(f"{event['path']} was answered {answer['statusCode']}: {answer['body']}")
    return answer


def make_echo(order: str) -> None:
    """Tell the endpoints of AWS and WeChat to `remember` what they answer from now on, or to `repeat` it."""
    for name in ("AWS_ENDPOINT_URL", "WECHAT_API_URL"):
        with _open(f"{os.environ[name]}/_echo/{order}", timeout=10):
            pass


def note(text: str) -> None:
    """Say something to the person who reads along."""
    print(f"  {text}", file=sys.stderr, flush=True)


def _world() -> World:
    """The app's own world, with one difference: the minting function is called, not invoked."""

    def mint(account: str, *, rejected_version: int | None, platform: str = "") -> None:
        keeper.mint_token(account, rejected_version=rejected_version, platform=platform, world=world, now=world.now())

    world = msgspec.structs.replace(wiring.build_world(), mint=mint)
    wiring.build_world = lambda: world
    return world
