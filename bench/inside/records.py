"""The hub: units and requests of orders and events from batch to row, and how many the taker and the worker get through on one core."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from statistics import median
from typing import Any

import msgspec

import app
from bench.inside import counting, scene
from chalicelib.aws import clients
from chalicelib.staff.words import Scope

ORDERS = 100
"""As many as one part of a batch holds, each of somebody known."""
EVENTS = 99
ROUNDS = 11


def measure() -> Iterator[tuple[str, float]]:
    """One batch makes the people known, the next one is counted, a third one is answered from memory and timed."""
    counting.listen()
    stage = scene.Scene("records")
    key = stage.make_key(Scope.records_write)
    scene.ask(_batch(key, "warm"))
    keep_part(take_part(stage))
    with counting.watch() as taking:
        scene.ask(_batch(key, "counted"))
    part = take_part(stage)
    with counting.watch() as keeping:
        keep_part(part)
    scene.note(f"ingest: a batch of {ORDERS} orders is taken by {', '.join(taking.requests)}")
    scene.note(f"ingest: kept by {_tell(keeping.requests)}: {keeping.read_units:g} read and {keeping.write_units:g} write units")
    yield "ingest.aws_calls", len(taking.requests)
    yield "ingest.aws_calls_per_order", len(keeping.requests) / ORDERS
    yield "ingest.wru_per_order", keeping.units["PutItem"] / ORDERS
    yield "ingest.wru_per_batch", taking.write_units + keeping.write_units - keeping.units["PutItem"]
    yield "ingest.rru_per_order", (taking.read_units + keeping.read_units) / ORDERS
    event = _batch(key, "timed")
    scene.make_echo("remember")
    scene.ask(event)
    scene.make_echo("repeat")
    yield "ingest.taken_per_core_s", ORDERS / _cpu_s(lambda: scene.ask(event))
    scene.make_echo("remember")
    scene.ask(_batch(key, "kept"))
    part = take_part(stage)
    scene.make_echo("remember")
    keep_part(part)
    scene.make_echo("repeat")
    yield "ingest.kept_per_core_s", ORDERS / _cpu_s(lambda: keep_part(part))
    yield from _measure_events(stage, key)


def _measure_events(stage: scene.Scene, key: str) -> Iterator[tuple[str, float]]:
    """Batches of events of people who are known and did something today already."""
    scene.make_echo("remember")
    take_part(stage)  # what was timed and not kept
    scene.ask(_events(key, "warm"))
    keep_part(take_part(stage))
    with counting.watch() as taking:
        scene.ask(_events(key, "counted"))
    part = take_part(stage)
    with counting.watch() as keeping:
        keep_part(part)
    scene.note(f"ingest: {EVENTS} events are kept by {_tell(keeping.requests)}: {keeping.write_units:g} write units, with the batch's own")
    yield "ingest.wru_per_event", (taking.write_units + keeping.write_units) / EVENTS
    yield "ingest.rru_per_event", (taking.read_units + keeping.read_units) / EVENTS
    scene.make_echo("remember")
    scene.ask(_events(key, "kept"))
    part = take_part(stage)
    scene.make_echo("remember")
    keep_part(part)
    scene.make_echo("repeat")
    yield "ingest.events_per_core_s", EVENTS / _cpu_s(lambda: keep_part(part))


def _batch(key: str, name: str) -> dict[str, Any]:
    """A request that brings orders of a shop, each of somebody else: three fields, two items, below 1 KB."""
    at = datetime.now(UTC).isoformat()
    items = [{"sku": "A1", "title": "肩颈护理", "quantity": 1, "price": "98.00"}, {"sku": "B2", "quantity": 2, "price": "15.00"}]
    brought = [
        {
            "type": "order",
            "id": f"{name}-{place:04}",
            "at": at,
            "who": {"phone": f"1370001{place:04}"},
            "data": {"订单状态": "已支付", "实付金额": "¥128.00", "下单时间": at, "items": items},
        }
        for place in range(ORDERS)
    ]
    body = msgspec.json.encode({"source": "bench", "records": brought})
    return scene.request_event("POST", "/v1/records", body=body, key=key)


def _events(key: str, name: str) -> dict[str, Any]:
    """A request that brings three events of each of 33 people: a name, two properties."""
    at = datetime.now(UTC).isoformat()
    events = [
        {
            "type": "event",
            "id": f"{name}-{place:04}",
            "at": at,
            "who": {"phone": f"1370002{place // 3:04}"},
            "data": {"name": f"view_{place % 3}", "properties": {"sku": "A1", "price": 98}},
        }
        for place in range(EVENTS)
    ]
    return scene.request_event("POST", "/v1/records", body=msgspec.json.encode({"source": "bench", "records": events}), key=key)


def take_part(stage: scene.Scene) -> str:
    """The one message on the queue of records, taken off it."""
    sqs, url = clients.client("sqs"), stage.world.settings.records_queue_url
    (message,) = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    body: str = message["Body"]
    return body


def keep_part(part: str) -> None:
    answer = app.keep_records({"Records": [{"messageId": "1", "receiptHandle": "1", "body": part}]}, scene.CONTEXT)
    if answer["batchItemFailures"]:
        raise AssertionError("the part was not kept")


def _cpu_s(work: Any) -> float:
    """CPU seconds of one run: the median, after one that does not count."""
    spent = []
    for _ in range(ROUNDS + 1):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return median(spent[1:])


def _tell(requests: list[str]) -> str:
    return ", ".join(f"{requests.count(name)} {name}" for name in dict.fromkeys(requests))
