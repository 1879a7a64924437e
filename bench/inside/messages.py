"""The outbox: units from plan to accepted, and how many messages the sender gets through on one core."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

import msgspec

import app
from bench.inside import counting, scene
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.messaging import flows as messaging
from chalicelib.messaging.flows import Handover
from chalicelib.messaging.words import SubscribeMessage
from chalicelib.staff.words import Scope

DATA = {"thing1": "美容护理", "time2": "15:00"}
BATCH = 10
"""As many as the queue hands over at once."""
BATCHES = 15


def measure() -> Iterator[tuple[str, float]]:
    """One message by HTTP and queue, its units counted; one by the worker, its answers remembered; then many of the same."""
    counting.listen()
    stage = scene.Scene("messages")
    openid = _subscriber(stage)
    yield "message.wru", _from_plan_to_accepted(stage, openid)
    warm, planned = _plan(stage, openid), _plan(stage, openid)
    stage.world.cache.forget("token", f"{stage.brand}.mini")
    _send(stage, [warm])  # the token is read now and not while every read is answered with the same row
    scene.make_echo("remember")
    _send(stage, [planned])
    scene.make_echo("repeat")
    spent = [_send(stage, [planned] * BATCH) for _ in range(BATCHES + 1)]
    scene.note(f"message: {median(spent[1:]) * 1000:.2f} ms of CPU for one of a batch of {BATCH}")
    yield "message.per_core_s", 1 / median(spent[1:])


def _from_plan_to_accepted(stage: scene.Scene, openid: str) -> float:
    order = {"account": f"{stage.brand}.mini", "to": _identifier(stage, openid), "template_id": scene.TEMPLATE, "data": DATA}
    event = scene.request_event(
        "POST", "/v1/messages", body=msgspec.json.encode(order), key=stage.make_key(Scope.messages_write, Scope.messages_read)
    )
    _send(stage, [msgspec.json.decode(scene.ask(event)["body"])["id"]])
    with counting.watch() as ledger:
        message_id = msgspec.json.decode(scene.ask(event)["body"])["id"]
        _send(stage, [message_id])
    scene.note(f"message: {ledger.write_units:g} write units by {', '.join(ledger.requests)}")
    return ledger.write_units


def _identifier(stage: scene.Scene, openid: str) -> dict[str, str]:
    return {"type": "openid", "value": openid, "account": f"{stage.brand}.mini"}


def _subscriber(stage: scene.Scene) -> str:
    """Somebody who has accepted a long-term template, so that WeChat takes any number of messages."""
    user = scene.play("/users", {})["user"]
    answer = scene.play(f"/users/{user}/subscribe", {"appid": stage.appids["mini"], "template_id": scene.TEMPLATE, "answer": "accept"})
    openid: str = answer["openid"]
    identity.meet(stage.brand, Identifier(IdentifierType.openid, openid, "mini"), world=stage.world, now=stage.world.now())
    return openid


def _plan(stage: scene.Scene, openid: str) -> str:
    content = SubscribeMessage(template_id=scene.TEMPLATE, data=DATA, page="", state="formal")
    to = Identifier(IdentifierType.openid, openid, "mini")
    message = messaging.plan_message(
        stage.account("mini"),
        to,
        content,
        message_id=stage.world.new_id(),
        world=stage.world,
        now=stage.world.now(),
    )
    return message.id


def _send(stage: scene.Scene, message_ids: list[str]) -> float:
    """Have the worker send a batch; CPU seconds for each message."""
    bodies = [msgspec.json.encode(Handover(stage.brand, message_id)).decode() for message_id in message_ids]
    records = [{"messageId": str(place), "receiptHandle": str(place), "body": body} for place, body in enumerate(bodies)]
    began = time.process_time()
    answer = app.send_messages({"Records": records}, scene.CONTEXT)
    spent = time.process_time() - began
    if answer["batchItemFailures"]:
        raise AssertionError("a message was not sent")
    return spent / len(message_ids)
