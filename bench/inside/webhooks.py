"""Webhooks: requests and units of one fact from the topic to its receiver's answer, and how many the sender gets through on one core."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

import msgspec

import app
from bench.inside import counting, scene
from chalicelib.aws import clients
from chalicelib.aws.facts import Fact
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.staff.words import Scope

BATCH = 10
"""As many as the queue hands over at once."""
BATCHES = 15


def measure() -> Iterator[tuple[str, float]]:
    """A stored record is told to one webhook, its units counted; then one telling, its answers remembered, many times."""
    counting.listen()
    stage = scene.Scene("webhooks")
    order = {"url": f"{os.environ['WECHAT_API_URL']}/_echo/well", "facts": ["record.stored"], "title": "ERP"}
    scene.ask(scene.request_event("POST", "/v1/webhooks", body=msgspec.json.encode(order), key=stage.make_key(Scope.webhooks_write)))
    owner = identity.meet(stage.brand, Identifier(IdentifierType.phone, "13700030000"), world=stage.world, now=stage.world.now()).key
    facts = [
        Fact(kind="record.stored", brand=stage.brand, id=f"{number}/@/0", body={"type": "order", "version": 1, "owner": str(owner)})
        for number in range(3)
    ]
    _tell(stage, facts[0])
    with counting.watch() as ledger:
        _tell(stage, facts[1])
    scene.note(f"webhook: {ledger.write_units:g} write and {ledger.read_units:g} read units by {', '.join(ledger.requests)}")
    yield "webhook.aws_calls", len(ledger.requests)
    yield "webhook.wru", ledger.write_units
    handover = _hear(stage, facts[2])
    scene.make_echo("remember")
    _work(app.send_webhooks_0, [handover])
    scene.make_echo("repeat")
    spent = [_work(app.send_webhooks_0, [handover] * BATCH) for _ in range(BATCHES + 1)]
    scene.note(f"webhook: {median(spent[1:]) * 1000:.2f} ms of CPU for one of a batch of {BATCH}, without TLS")
    yield "webhook.per_core_s", 1 / median(spent[1:])


def _tell(stage: scene.Scene, fact: Fact) -> None:
    """Heard, kept, handed over, carried, settled; taking it off the queue is Lambda's."""
    _work(app.send_webhooks_0, [_hear(stage, fact)])


def _hear(stage: scene.Scene, fact: Fact) -> str:
    """The message that is on the queue once a fact was heard."""
    _work(app.hear_webhooks, [msgspec.json.encode([fact]).decode()])
    with counting.unwatched():
        sqs, url = clients.client("sqs"), stage.world.settings.webhook_queue_urls
        (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    body: str = message["Body"]
    return body


def _work(function: Any, bodies: list[str]) -> float:
    """Have a worker work a batch off; CPU seconds for each message."""
    records = [{"messageId": str(place), "receiptHandle": str(place), "body": body} for place, body in enumerate(bodies)]
    began = time.process_time()
    answer = function({"Records": records}, scene.CONTEXT)
    spent = time.process_time() - began
    if answer["batchItemFailures"]:
        raise AssertionError("a fact was not told")
    return spent / len(bodies)
