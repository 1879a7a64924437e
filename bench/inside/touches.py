"""Touches: units and requests of a link that was opened and of a login, and how many opened links the worker keeps on one core."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median
from typing import Any

import msgspec

import app
from bench.inside import counting, scene
from chalicelib.aws.facts import Fact
from chalicelib.entries.words.arrivals import Arrived
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.sessions.words import LoggedIn, Told
from chalicelib.staff.words import Scope

BATCH = 10
"""As many as the queue hands over at once."""
ROUNDS = 15


def measure() -> Iterator[tuple[str, float]]:
    """One opened link and one login that names an entry are counted; then one opened link is kept again and again from memory."""
    counting.listen()
    stage = scene.Scene("touches")
    entry = make_entry(stage)
    _keep([_opened(entry, "warm")])
    with counting.watch() as opened:
        _keep([_opened(entry, "counted")])
    _hear(_login(stage, entry, "warm"))
    with counting.watch() as login:
        _hear(_login(stage, entry, "counted"))
    for what, ledger in (("an opened link", opened), ("a login of somebody known", login)):
        told = ", ".join(f"{ledger.requests.count(name)} {name}" for name in dict.fromkeys(ledger.requests))
        scene.note(f"touch: {what}: {told}; {ledger.read_units:g} read and {ledger.write_units:g} write units")
    yield "touch.wru", opened.write_units
    yield "touch.login_wru", login.write_units
    scene.make_echo("remember")
    timed = _opened(entry, "timed")
    _keep([timed])
    scene.make_echo("repeat")
    spent = []
    for _ in range(ROUNDS + 1):
        began = time.process_time()
        _keep([timed] * BATCH)
        spent.append((time.process_time() - began) / BATCH)
    yield "touch.per_core_s", 1 / median(spent[1:])


def make_entry(stage: scene.Scene) -> str:
    order = {"name": "bench", "placement": "qr_material", "target": {"end": "official_account", "account": f"{stage.brand}.oa"}}
    key = stage.make_key(Scope.admin)
    made = scene.ask(scene.request_event("POST", "/v1/entries", body=msgspec.json.encode(order), key=key))
    code: str = msgspec.json.decode(made["body"])["id"]
    return code


def _opened(entry: str, visit: str) -> str:
    arrived = Arrived(brand="touches", entry=entry, visit=f"visit-{visit}", opened_in="wechat", at=datetime.now(UTC), utm={})
    return msgspec.json.encode(arrived).decode()


def _login(stage: scene.Scene, entry: str, name: str) -> str:
    now = stage.world.now()
    openid = Identifier(IdentifierType.openid, "o-bench", "mini")
    key = identity.meet(stage.brand, openid, world=stage.world, now=now).key
    body = LoggedIn(key=str(key), account="mini", session=name, cause=name, at=now, told=Told(entry=entry, scene=1047))
    fact = Fact(kind="logged_in", brand=stage.brand, id=name, body=msgspec.to_builtins(body), at=now)
    return msgspec.json.encode([fact]).decode()


def _keep(bodies: list[str]) -> None:
    _check(app.keep_touches(_event(bodies), scene.CONTEXT))


def _hear(body: str) -> None:
    _check(app.hear_attribution(_event([body]), scene.CONTEXT))


def _event(bodies: list[str]) -> dict[str, Any]:
    return {"Records": [{"messageId": str(place), "receiptHandle": "1", "body": body} for place, body in enumerate(bodies)]}


def _check(answer: dict[str, Any]) -> None:
    if answer["batchItemFailures"]:
        raise AssertionError("a touch was not kept")
