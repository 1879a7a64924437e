"""Attribution: units and requests of orders that are heard, of people whom only a till knows and of people who came by a poster."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median
from typing import Any

import msgspec

import app
from bench.inside import counting, scene
from bench.inside.records import keep_part, take_part
from bench.inside.touches import make_entry
from chalicelib.attribution.flows.keeping import keep_touch
from chalicelib.attribution.words import Touch, TouchKind
from chalicelib.aws.facts import PACK, Fact
from chalicelib.hub.flows.keeping import record_key
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType, Rank
from chalicelib.staff.words import Scope

ORDERS = 100
"""As many as one part of a batch holds, each of somebody else."""
ROUNDS = 11


def measure() -> Iterator[tuple[str, float]]:
    """A hundred orders of people with a phone alone are heard, then as many of people with a phone, an openid and a unionid who came."""
    counting.listen()
    stage = scene.Scene("attributing")
    _hear(_bring(stage, "warm"))
    facts = _bring(stage, "counted")
    with counting.watch() as heard:
        _hear(facts)
    _tell("of people with a phone alone", heard)
    facts = _bring(stage, "came")
    poster = make_entry(stage)
    for place in range(ORDERS):
        _come(stage, place, poster)
    with counting.watch() as came:
        _hear(facts)
    _tell("of people who came by a poster", came)
    yield "attribution.aws_calls_per_order", len(heard.requests) / ORDERS
    yield "attribution.wru_per_order", heard.write_units / ORDERS
    yield "attribution.rru_per_order", heard.read_units / ORDERS
    yield "attribution.came.aws_calls_per_order", len(came.requests) / ORDERS
    yield "attribution.came.wru_per_order", came.write_units / ORDERS
    timed = _bring(stage, "timed")
    scene.make_echo("remember")
    _hear(timed)
    scene.make_echo("repeat")
    spent = []
    for _ in range(ROUNDS + 1):
        began = time.process_time()
        _hear(timed)
        spent.append(time.process_time() - began)
    yield "attribution.orders_per_core_s", ORDERS / median(spent[1:])


def _bring(stage: scene.Scene, name: str) -> list[Fact]:
    """Orders as a till brings them, stored, and what is announced of them."""
    key, at = stage.make_key(Scope.records_write), datetime.now(UTC).isoformat()
    data = {"订单状态": "已支付", "实付金额": "¥128.00"}
    brought = [
        {"type": "order", "id": f"{name}-{place:04}", "at": at, "who": {"phone": _phone(place)}, "data": data} for place in range(ORDERS)
    ]
    scene.ask(scene.request_event("POST", "/v1/records", body=msgspec.json.encode({"source": "bench", "records": brought}), key=key))
    keep_part(take_part(stage))
    return [_fact(stage, each["id"]) for each in brought]


def _fact(stage: scene.Scene, order: Any) -> Fact:
    key = record_key(stage.brand, "order", order, world=stage.world, now=stage.world.now())
    return Fact(kind="record.stored", brand=stage.brand, id=f"{order}/0", body={"type": "order", "key": key})


def _phone(place: int) -> str:
    return f"1370003{place:04}"


def _come(stage: scene.Scene, place: int, poster: str) -> None:
    """Somebody with a phone is known by two identifiers more, and followed by a poster."""
    world, now = stage.world, stage.world.now()
    phone = Identifier(IdentifierType.phone, _phone(place))
    openid, unionid = Identifier(IdentifierType.openid, f"o{place}", "oa"), Identifier(IdentifierType.unionid, f"u{place}")
    for a, b, rank in ((openid, unionid, Rank.attested), (openid, phone, Rank.verified)):
        identity.assert_link(stage.brand, a, b, rank=rank, source="bench", at=now, world=world, now=now)
    key = identity.key_of(stage.brand, openid, world=world, now=now)
    touch = Touch(id=f"{place:032}", kind=TouchKind.qr_follow, at=now.replace(microsecond=0), entry=poster)
    keep_touch(stage.brand, key, touch, world=world, now=now)


def _hear(facts: list[Fact]) -> None:
    """Facts as they come off the queue: as many in a message as are told together."""
    packs = [facts[start : start + PACK] for start in range(0, len(facts), PACK)]
    bodies = [msgspec.json.encode(pack).decode() for pack in packs]
    event = {"Records": [{"messageId": str(place), "receiptHandle": "1", "body": body} for place, body in enumerate(bodies)]}
    if app.hear_attribution(event, scene.CONTEXT)["batchItemFailures"]:
        raise AssertionError("an order was not attributed")


def _tell(whose: str, ledger: counting.Ledger) -> None:
    told = ", ".join(f"{ledger.requests.count(name)} {name}" for name in dict.fromkeys(ledger.requests))
    scene.note(f"attribution: {ORDERS} orders {whose}: {told}; {ledger.read_units:g} read and {ledger.write_units:g} write units")
