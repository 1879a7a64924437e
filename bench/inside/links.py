"""A visit through a link: what a container without a memory reads and writes, and the CPU of a warm one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

import app
from bench.inside import counting, scene, timing
from chalicelib.staff.words import Scope

WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.50"
SHOP = "https://shop.example.com"


def measure() -> Iterator[tuple[str, float]]:
    """The most of both kinds of targets: a page of a mini program, by WeChat's link, and a web page, whose account is looked at."""
    counting.listen()
    stage = scene.Scene("links")
    key = stage.make_key(Scope.admin)
    origins = msgspec.json.encode({"web_origins": [SHOP]})
    scene.ask(scene.request_event("PUT", "/v1/accounts/{account}/web-origins", path={"account": "links.oa"}, body=origins, key=key))
    page = _make(key, {"end": "mini_program", "account": "links.mini", "path": "pages/index/index"})
    web = _make(key, {"end": "web_page", "account": "links.oa", "url": f"{SHOP}/spring"})
    ledgers = []
    for public, account in ((page, "links.mini"), (web, "links.oa")):
        stage.world.cache.forget("opened", *public.split("."))
        stage.world.cache.forget("account", account)
        with counting.watch() as ledger:
            _visit(public)
        ledgers.append(ledger)
        scene.note(f"link: {', '.join(ledger.requests)}")
    yield "link.reads", max(ledger.reads for ledger in ledgers)
    yield "link.writes", max(ledger.writes - ledger.count("SendMessage") for ledger in ledgers)
    scene.make_echo("remember")
    _visit(page)
    scene.make_echo("repeat")
    yield "link.cpu_us", timing.cpu_us(lambda: _visit(page), rounds=21, batch=50)


def _make(key: str, target: dict[str, Any]) -> str:
    """An entry as addresses name it."""
    order = msgspec.json.encode({"name": "bench", "placement": "sms", "target": target, "utm": {"source": "bench"}})
    made = scene.ask(scene.request_event("POST", "/v1/entries", body=order, key=key))
    return f"links.{msgspec.json.decode(made['body'])['id']}"


def _visit(public: str) -> None:
    event = scene.request_event("GET", "/l/{entry}", path={"entry": public})
    event["headers"]["User-Agent"] = WECHAT
    answer = app.app(event, scene.CONTEXT)
    if answer["statusCode"] != 302:
        raise AssertionError(f"a visit was answered {answer['statusCode']}: {answer['body']}")
