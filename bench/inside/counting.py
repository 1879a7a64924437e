"""Counts what goes over the wire to AWS: requests of every client, and DynamoDB's own account of its units."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore.session

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
    """Have every client made from now on report; PynamoDB's clients are botocore's too."""
    make = botocore.session.Session.create_client

    def create_client(*given: Any, **named: Any) -> Any:
        client = make(*given, **named)
        events = client.meta.events
        events.register("provide-client-params.dynamodb", _ask_for_units)
        events.register("before-send", _note_request)
        events.register("after-call.dynamodb", _note_units)
        return client

    botocore.session.Session.create_client = create_client


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


def _ask_for_units(params: dict[str, Any], **_: Any) -> dict[str, Any]:
    return {**params, "ReturnConsumedCapacity": "TOTAL"}


def _note_request(event_name: str, **_: Any) -> None:
    for ledger in _watching:
        ledger.requests.append(event_name.rsplit(".", 1)[-1])


def _note_units(parsed: dict[str, Any], model: Any, **_: Any) -> None:
    consumed = parsed.get("ConsumedCapacity", [])
    units = sum(each["CapacityUnits"] for each in (consumed if isinstance(consumed, list) else [consumed]))
    for ledger in _watching:
        if model.name in READS:
            ledger.read_units += units
        else:
            ledger.write_units += units
