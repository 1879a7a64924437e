"""Batches of records: judged one by one, handed on in parts, and what became of each told."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from chalicelib.errors import Busy, Conflict, Missing, TooMany
from chalicelib.hub.flows.dictionaries import live_dictionary
from chalicelib.hub.rules import records as rules
from chalicelib.hub.tables import batches as tables
from chalicelib.hub.words.records import Batch, BatchOrder, BatchShown, BatchState, Part, Ready, Verdict
from chalicelib.ids import digest
from chalicelib.world import World

LEASE = timedelta(seconds=30)
"""Longer than the function may run: whoever began a batch and has not finished it by then has broken off."""
PART_BYTES = 120_000
"""Of a part, packed: sealed and in base64 it stays below what SQS takes."""
PART_RECORDS = 100


def take_batch(
    brand: str, order: BatchOrder, *, source: str, body: bytes, idempotency_key: str | None, world: World, now: datetime
) -> tuple[BatchShown, bool]:
    """Judge every record of a batch and hand on those that are accepted; whether it is an earlier answer told again.

    The same Idempotency-Key with the same body is one batch; with another one it is refused.
    """
    dictionary = live_dictionary(brand, world=world, now=now)
    judged = [rules.judge(given, place, dictionary, brand=brand, now=now) for place, given in enumerate(order.records)]
    parts = list(_pack([each.ready for each in judged if each.ready is not None]))
    batch = Batch(
        brand=brand,
        id=world.new_id() if idempotency_key is None else digest(brand, "batch", source, idempotency_key),
        source=source,
        fingerprint=world.keyring.hash(brand, f"{source}:{digest(body.hex())}", now=now),
        state=BatchState.taking,
        received=len(judged),
        rejected=sum(each.verdict.verdict is Verdict.rejected for each in judged),
        parts=len(parts),
        verdicts=tuple(each.verdict for each in judged),
        made_at=now,
    )
    if not tables.begin_batch(batch, lease=LEASE, now=now):
        return _same_again(batch), True
    _hand_on(batch, parts, dictionary=dictionary.version, world=world, now=now)
    tables.finish_batch(batch)
    return rules.show(batch, ()), False


def show_batch(brand: str, batch_id: str) -> BatchShown:
    """A batch and what has become of each of its records by now."""
    kept = tables.read_batch(brand, batch_id)
    if kept is None:
        raise Missing(code="batch_missing")
    return rules.show(*kept)


def open_part(part: Part, *, world: World) -> tuple[Ready, ...]:
    """The records of a part, as they were handed on."""
    packed = base64.b64decode(world.keyring.decrypt(part.brand, part.sealed))
    return msgspec.json.decode(zlib.decompress(packed), type=tuple[Ready, ...])


def _pack(ready: Sequence[Ready]) -> Iterator[bytes]:
    """The records in parts that a queue takes, each as small as it packs."""
    waiting = [ready[start : start + PART_RECORDS] for start in range(0, len(ready), PART_RECORDS)]
    while waiting:
        records = waiting.pop(0)
        packed = zlib.compress(msgspec.json.encode(records))
        if len(packed) <= PART_BYTES:
            yield packed
        else:
            half = len(records) // 2
            waiting = [records[:half], records[half:], *waiting]


def _hand_on(batch: Batch, parts: list[bytes], *, dictionary: int, world: World, now: datetime) -> None:
    """Every part, or `Busy`: the caller sends the batch again, and what is on its way has one effect all the same."""
    bodies = []
    for number, packed in enumerate(parts):
        sealed = world.keyring.encrypt(batch.brand, base64.b64encode(packed).decode(), now=now)
        part = Part(brand=batch.brand, batch=batch.id, part=number, source=batch.source, dictionary=dictionary, sealed=sealed)
        bodies.append(msgspec.json.encode(part).decode())
    if world.queues.send_all("records", bodies):
        raise Busy("The queue did not take all of the batch: send it again, with its Idempotency-Key.")


def _same_again(batch: Batch) -> BatchShown:
    kept = tables.read_batch(batch.brand, batch.id)
    if kept is None:
        raise Busy("This batch is being taken right now: try again.")
    old, done = kept
    if old.fingerprint != batch.fingerprint:
        raise Conflict(code="idempotency_conflict")
    if old.state is BatchState.taking:
        raise TooMany("This batch is being taken right now.", code="batch_busy", retry_after_s=1)
    return rules.show(old, done)
