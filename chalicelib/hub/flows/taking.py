"""Batches of records: judged one by one, handed on in parts, and what became of each told."""

from __future__ import annotations

import base64
import logging
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from chalicelib.errors import Busy, Conflict, Missing, TooMany
from chalicelib.hub.flows.dictionaries import dictionary_of_version, live_dictionary
from chalicelib.hub.flows.sources import begin_counted
from chalicelib.hub.rules import records as rules
from chalicelib.hub.rules.records import Judged
from chalicelib.hub.tables import batches as tables
from chalicelib.hub.words.behaviour import EventOrder, EventsOrder, EventsTaken
from chalicelib.hub.words.dictionary import Dictionary
from chalicelib.hub.words.records import Batch, BatchOrder, BatchShown, BatchState, Part, PartDone, Ready, Verdict
from chalicelib.identity.words import read_key
from chalicelib.ids import digest
from chalicelib.sessions.flows.limiting import spend
from chalicelib.sessions.words import Claims
from chalicelib.world import World

log = logging.getLogger("liandong.hub")
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
    made_at = now.replace(microsecond=0)
    dictionary = live_dictionary(brand, world=world, now=now)
    judged = _judge(brand, order, dictionary, as_of=made_at)
    parts = list(_pack(_going_on(judged)))
    verdicts = tuple(each.verdict for each in judged)
    batch = Batch(
        brand=brand,
        id=world.new_id() if idempotency_key is None else digest(brand, "batch", source, idempotency_key),
        source=source,
        fingerprint=world.keyring.hash(brand, f"{source}:{digest(body.hex())}", now=now),
        state=BatchState.taking,
        received=len(judged),
        rejected=sum(verdict.verdict is Verdict.rejected for verdict in verdicts),
        parts=len(parts),
        dictionary=dictionary.version,
        sealed=world.keyring.encrypt(brand, tables.pack(verdicts), now=now),
        made_at=made_at,
    )
    if not begin_counted(batch, lease=LEASE, world=world, now=now):
        return _take_again(batch, order, world=world, now=now), True
    _hand_on(batch, parts, world=world, now=now)
    return rules.show(batch, verdicts, ()), False


def show_batch(brand: str, batch_id: str, *, world: World) -> BatchShown:
    """A batch and what has become of each of its records by now."""
    kept = tables.read_batch(brand, batch_id)
    if kept is None:
        raise Missing(code="batch_missing")
    return _show(*kept, world=world)


def take_events(claims: Claims, order: EventsOrder, *, world: World, now: datetime) -> EventsTaken:
    """Judge what somebody's end says they did, and hand on what is accepted: under the identifier of their session, whoever that is."""
    spend((rules.event_limit(claims.brand, claims.key, world.settings.event_calls_per_person_hour),), refusal="too_many_events", now=now)
    dictionary = live_dictionary(claims.brand, world=world, now=now)
    judged = [
        rules.judge_event(given, place, dictionary, brand=claims.brand, owner=claims.key, now=now)
        for place, given in enumerate(order.events)
    ]
    ready = _going_on(judged)
    source = f"end-{read_key(claims.key).account or read_key(claims.key).type}"
    hand_on_quietly(claims.brand, ready, source=source, dictionary=dictionary.version, world=world, now=now)
    verdicts = tuple(each.verdict for each in judged)
    rejected = sum(verdict.verdict is Verdict.rejected for verdict in verdicts)
    return EventsTaken(accepted=len(verdicts) - rejected, rejected=rejected, events=verdicts)


def tell_event(brand: str, owner: str, event: EventOrder, *, source: str, world: World, now: datetime) -> None:
    """Hand on what somebody did as a room of ours saw it, under the identifier it saw. With the id of an earlier one it is that one."""
    dictionary = live_dictionary(brand, world=world, now=now)
    judged = rules.judge_event(msgspec.to_builtins(event), 0, dictionary, brand=brand, owner=owner, now=now)
    if judged.ready is None:
        log.warning("the dictionary of %s does not take the event of %s: %s", brand, source, judged.verdict.code)
        return
    hand_on_quietly(brand, [judged.ready], source=source, dictionary=dictionary.version, world=world, now=now)


def hand_on_quietly(brand: str, ready: Sequence[Ready], *, source: str, dictionary: int, world: World, now: datetime) -> None:
    """Records of which nobody will ask what became of them; `Busy` when they are not all on their way."""
    like = Part(brand=brand, batch=world.new_id(), part=0, source=source, dictionary=dictionary, sealed="", told=False)
    if not _send(like, list(_pack(ready)), world, now):
        raise Busy("The queue did not take all of it: send it again.")


def open_part(part: Part, *, world: World) -> tuple[Ready, ...]:
    """The records of a part, as they were handed on."""
    packed = base64.b64decode(world.keyring.decrypt(part.brand, part.sealed))
    return msgspec.json.decode(zlib.decompress(packed), type=tuple[Ready, ...])


def _judge(brand: str, order: BatchOrder, dictionary: Dictionary, *, as_of: datetime) -> list[Judged]:
    return [rules.judge(given, place, dictionary, brand=brand, now=as_of) for place, given in enumerate(order.records)]


def _going_on(judged: Sequence[Judged]) -> list[Ready]:
    return [each.ready for each in judged if each.ready is not None]


def _pack(ready: Sequence[Ready]) -> Iterator[bytes]:
    """Records in parts that a queue takes, each as small as it packs."""
    waiting = [ready[start : start + PART_RECORDS] for start in range(0, len(ready), PART_RECORDS)]
    while waiting:
        records = waiting.pop(0)
        packed = zlib.compress(msgspec.json.encode(records))
        if len(packed) <= PART_BYTES or len(records) == 1:
            yield packed
        else:
            half = len(records) // 2
            waiting = [records[:half], records[half:], *waiting]


def _hand_on(batch: Batch, parts: Sequence[bytes], *, world: World, now: datetime) -> None:
    """Every part, or `Busy`: the caller sends the batch again, and what is on its way has one effect all the same."""
    like = Part(
        brand=batch.brand,
        batch=batch.id,
        part=0,
        source=batch.source,
        dictionary=batch.dictionary,
        sealed="",
        parts=len(parts),
        made_at=batch.made_at,
    )
    if not _send(like, parts, world, now):
        tables.give_up(batch)
        raise Busy("The queue did not take all of the batch: send it again, with its Idempotency-Key.")
    tables.finish_batch(batch)


def _send(like: Part, parts: Sequence[bytes], world: World, now: datetime) -> bool:
    """Put parts on the queue, sealed and numbered, otherwise like one of them; `False` when the queue did not take them all."""
    bodies = []
    for number, packed in enumerate(parts):
        sealed = world.keyring.encrypt(like.brand, base64.b64encode(packed).decode(), now=now)
        bodies.append(msgspec.json.encode(msgspec.structs.replace(like, part=number, sealed=sealed)).decode())
    return not world.queues.send_all("records", bodies)


def _take_again(batch: Batch, order: BatchOrder, *, world: World, now: datetime) -> BatchShown:
    """The batch that has this id already. One that broke off is finished as of when it was begun, so that its parts are the same parts."""
    kept = tables.read_batch(batch.brand, batch.id)
    if kept is None:
        raise Busy("This batch is being taken right now: try again.")
    begun, _ = kept
    if begun.fingerprint != batch.fingerprint:
        raise Conflict(code="idempotency_conflict")
    if begun.state is BatchState.taking:
        if not tables.take_over(begun, lease=LEASE, now=now):
            raise TooMany("This batch is being taken right now.", code="batch_busy", retry_after_s=1)
        dictionary = dictionary_of_version(begun.brand, begun.dictionary, world=world, now=now)
        _hand_on(begun, list(_pack(_going_on(_judge(begun.brand, order, dictionary, as_of=begun.made_at)))), world=world, now=now)
    return _show(*kept, world=world)


def _show(batch: Batch, done: Iterable[PartDone], *, world: World) -> BatchShown:
    return rules.show(batch, tables.unpack(world.keyring.decrypt(batch.brand, batch.sealed)), done)
