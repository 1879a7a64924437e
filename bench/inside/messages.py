"""The outbox: units from plan to receipt, of a message and of one of a broadcast, and how many the sender gets through on one core."""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median

import msgspec

import app
from bench.inside import counting, scene
from chalicelib.accounts.rules import quotas
from chalicelib.consent.flows import changing
from chalicelib.consent.rules import grants
from chalicelib.consent.words import Purpose
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.messaging import flows as messaging
from chalicelib.messaging.flows import Handover, Plan, settings, showing
from chalicelib.messaging.words import Message, Receipt, State
from chalicelib.messaging.words.contents import SubscribeMessage
from chalicelib.messaging.words.documents import MessageRules
from chalicelib.staff.words import Scope

DATA = {"thing1": "美容护理", "time2": "15:00"}
BATCH = 10
"""As many as the queue hands over at once."""
BATCHES = 15


def measure() -> Iterator[tuple[str, float]]:
    """One message by HTTP and queue, its units counted; one by the worker, its answers remembered; then many of the same."""
    counting.listen()
    quotas.LARGEST_BLOCK = 10 * BATCH * BATCHES  # so that none is leased while answers are repeated
    stage = scene.Scene("messages")
    settings.publish(stage.brand, MessageRules(), actor="bench", world=stage.world, now=stage.world.now())  # it is night somewhere
    openid = _subscriber(stage)
    yield "message.wru", _from_plan_to_receipt(stage, openid)
    _one_of_a_broadcast(stage, openid)  # the day's first call of marketing leases a block of calls
    yield "broadcast.wru", _one_of_a_broadcast(stage, openid)
    yield "broadcast.last_leave_wru", _one_of_a_broadcast(stage, _subscriber(stage, long_term=False))
    people = [_subscriber(stage) for _ in range(BATCH)]
    now = stage.world.now()
    msgspec.structs.force_setattr(stage.world, "now", lambda: now)  # so that no cache reads anew while answers are repeated
    stage.world.cache.forget("token", f"{stage.brand}.mini")
    _send(stage, [_plan(stage, openid)])
    counted, timed = ([_plan(stage, each) for each in people] for _ in range(2))
    with counting.watch() as ledger:
        _send(stage, counted)
    told = ", ".join(f"{ledger.requests.count(name)} {name}" for name in dict.fromkeys(ledger.requests))
    scene.note(f"message: {BATCH} at once: {told}; {ledger.read_units:g} read units")
    yield "message.aws_calls", len(ledger.requests) / BATCH
    scene.make_echo("remember")
    _send(stage, timed)
    scene.make_echo("repeat")
    spent = [_send(stage, timed) for _ in range(BATCHES + 1)]
    scene.note(f"message: {median(spent[1:]) * 1000:.2f} ms of CPU for one of a batch of {BATCH}")
    yield "message.per_core_s", 1 / median(spent[1:])


def _from_plan_to_receipt(stage: scene.Scene, openid: str) -> float:
    step = {"channel": "subscribe_message", "account": f"{stage.brand}.mini", "template_id": scene.TEMPLATE, "data": DATA}
    order = {"to": _identifier(stage, openid), "purpose": "service", "channels": [step]}
    event = scene.request_event(
        "POST", "/v1/messages", body=msgspec.json.encode(order), key=stage.make_key(Scope.messages_write, Scope.messages_read)
    )
    _send(stage, [msgspec.json.decode(scene.ask(event)["body"])["id"]])
    with counting.watch() as ledger:
        message_id = msgspec.json.decode(scene.ask(event)["body"])["id"]
        _send(stage, [message_id])
        _hear_receipt(stage, openid, message_id)
    scene.note(f"message: {ledger.write_units:g} write units by {', '.join(ledger.requests)}")
    return ledger.write_units


def _one_of_a_broadcast(stage: scene.Scene, openid: str) -> float:
    what = Plan(id=stage.world.new_id(), purpose=Purpose.marketing, steps=(_step(stage),))
    with counting.watch() as ledger:
        to = Identifier(IdentifierType.openid, openid, "mini")
        sent: Message = messaging.send_directly(stage.brand, to, what, world=stage.world, now=stage.world.now())
        _hear_receipt(stage, openid, sent.id)
    if sent.state is not State.accepted:
        raise AssertionError(f"the message of the broadcast is {sent.state}: {sent.why}")
    scene.note(f"broadcast: {ledger.write_units:g} write units by {', '.join(ledger.requests)}")
    return ledger.write_units


def _hear_receipt(stage: scene.Scene, openid: str, message_id: str) -> None:
    """WeChat's word that it was delivered, as the worker of callbacks hears it."""
    now = stage.world.now()
    provider_id = showing.show_message(stage.brand, message_id, now=now).provider_id or ""
    receipt = Receipt(provider_id=provider_id, told=State.delivered, why="", at=now)
    to = Identifier(IdentifierType.openid, openid, "mini")
    heard = messaging.hear_receipt(stage.account("mini"), to, receipt, world=stage.world, now=now)
    if heard is None or heard.state is not State.delivered:
        raise AssertionError("the receipt found no message")


def _step(stage: scene.Scene) -> SubscribeMessage:
    return SubscribeMessage(account=f"{stage.brand}.mini", template_id=scene.TEMPLATE, data=DATA)


def _identifier(stage: scene.Scene, openid: str) -> dict[str, str]:
    return {"type": "openid", "value": openid, "account": f"{stage.brand}.mini"}


def _subscriber(stage: scene.Scene, *, long_term: bool = True) -> str:
    """Somebody known by two identifiers who has accepted a template: for any number of messages, or for one."""
    user = scene.play("/users", {})["user"]
    answer = scene.play(f"/users/{user}/subscribe", {"appid": stage.appids["mini"], "template_id": scene.TEMPLATE, "answer": "accept"})
    openid: str = answer["openid"]
    who, now = Identifier(IdentifierType.openid, openid, "mini"), stage.world.now()
    key = identity.recognise(stage.brand, who, f"u{openid}", source="bench", world=stage.world, now=now).key
    accept = grants.Source.callback
    changing.change_side(
        stage.brand, key, lambda side: grants.accept(side, scene.TEMPLATE, accept, long_term=long_term, at=now), world=stage.world
    )
    return openid


def _plan(stage: scene.Scene, openid: str) -> str:
    to = Identifier(IdentifierType.openid, openid, "mini")
    what = Plan(id=stage.world.new_id(), purpose=Purpose.service, steps=(_step(stage),))
    return messaging.plan(stage.brand, to, what, world=stage.world, now=stage.world.now()).id


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
