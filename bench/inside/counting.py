"""Counts what goes over the wire to AWS: requests of every client, and DynamoDB's own account of its units."""

from __future__ import annotations

from collections import defaultdict
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
        self.units: defaultdict[str, float] = defaultdict(float)

    def count(self, *operations: str) -> int:
        return sum(request in operations for request in self.requests)

    @property
    def reads(self) -> int:
        return self.count(*READS)

    @property
    def writes(self) -> int:
        return sum(request not in READS for request in self.requests)

    @property
    def read_units(self) -> float:
        return sum(units for operation, units in self.units.items() if operation in READS)

    @property
    def write_units(self) -> float:
        return sum(units for operation, units in self.units.items() if operation not in READS)


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
        _note_units(operation, body, answer)
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


@contextmanager
def unwatched() -> Iterator[None]:
    """What Lambda does itself is on nobody's ledger."""
    watching, _watching[:] = list(_watching), []
    try:
        yield
    finally:
        _watching[:] = watching


def _note_request(event_name: str, **_: Any) -> None:
    for ledger in _watching:
        ledger.requests.append(event_name.rsplit(".", 1)[-1])


def _note_units(operation: str, body: bytes, answer: bytes) -> None:
    """PynamoDB asks for them with every request; of batches of reads MiniStack tells none: below 4 KB an item they are known."""
    if not _watching:
        return
    consumed = msgspec.json.decode(answer or b"{}").get("ConsumedCapacity", [])
    units = float(sum(each["CapacityUnits"] for each in (consumed if isinstance(consumed, list) else [consumed])))
    if operation == "BatchGetItem" and not units:
        tables = msgspec.json.decode(body)["RequestItems"].values()
        units = sum(len(table["Keys"]) * (1 if table.get("ConsistentRead") else 0.5) for table in tables)
    for ledger in _watching:
        ledger.units[operation] += units
