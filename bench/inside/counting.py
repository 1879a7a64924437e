"""Counts what goes over the wire to AWS: requests of every client, and DynamoDB's own account of its units."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session
import msgspec

from chalicelib.aws.wire import Wire

READS = {"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"}
_watching: list[Ledger] = []


class Ledger:
    """What was asked of AWS while somebody watched. Units are DynamoDB's: a repeated request counts again, as it is billed again."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.read_units = 0.0
        self.write_units = 0.0

    def count(self, *operations: str) -> int:
        return sum(request in operations for request in self.requests)

    @property
    def reads(self) -> int:
        return self.count(*READS)

    @property
    def writes(self) -> int:
        return sum(request not in READS for request in self.requests)


def listen() -> None:
    """Have our wire report, and every client of boto3 that is made from now on."""
    make, post = botocore.session.Session.create_client, Wire.post

    def create_client(*given: Any, **named: Any) -> Any:
        client = make(*given, **named)
        client.meta.events.register("before-send", _note_request)
        return client

    def note_and_post(wire: Wire, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        operation = headers["x-amz-target"].rpartition(".")[2]
        _note_request(operation)
        status, answer = post(wire, body, headers)
        _note_units(operation, answer)
        return status, answer

    botocore.session.Session.create_client = create_client
    Wire.post = note_and_post  # type: ignore[assignment, method-assign]


@contextmanager
def watch() -> Iterator[Ledger]:
    """A ledger of what happens meanwhile."""
    ledger = Ledger()
    _watching.append(ledger)
    try:
        yield ledger
    finally:
        _watching.remove(ledger)


def _note_request(event_name: str, **_: Any) -> None:
    for ledger in _watching:
        ledger.requests.append(event_name.rsplit(".", 1)[-1])


def _note_units(operation: str, answer: bytes) -> None:
    """PynamoDB asks for them with every request."""
    if not _watching:
        return
    consumed = msgspec.json.decode(answer or b"{}").get("ConsumedCapacity", [])
    units = sum(each["CapacityUnits"] for each in (consumed if isinstance(consumed, list) else [consumed]))
    for ledger in _watching:
        if operation in READS:
            ledger.read_units += units
        else:
            ledger.write_units += units
