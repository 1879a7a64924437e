"""Broadcasts started, paused, resumed and stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from chalicelib.broadcasts import rules
from chalicelib.broadcasts.flows import handing, laying
from chalicelib.broadcasts.tables import broadcasts as tables
from chalicelib.broadcasts.tables import parts
from chalicelib.broadcasts.words import Broadcast, Entry, Errand, Sealed, Source, State
from chalicelib.broadcasts.words.orders import Content
from chalicelib.errors import Busy, Conflict, Missing
from chalicelib.messaging import flows as messaging
from chalicelib.messaging.rules.places import is_message_id
from chalicelib.messaging.rules.times import due_at
from chalicelib.messaging.words import Gate
from chalicelib.staff import flows as staff
from chalicelib.world import World

GATES = {State.running: Gate.open, State.paused: Gate.paused, State.stopped: Gate.closed}
DID = {State.running: "broadcast.resumed", State.paused: "broadcast.paused", State.stopped: "broadcast.stopped"}
TRIES = 5


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to have said to many: to these, or to whom a source names."""

    id: str
    content: Content
    entries: tuple[Entry, ...] = ()
    source: Source = Source()
    not_before: datetime | None
    per_minute: int

    @property
    def is_told(self) -> bool:
        """Were its people named?"""
        return self.source == Source()


def start(brand: str, wanted: Start, *, actor: str, world: World, now: datetime) -> Broadcast:
    """Keep a broadcast and have it sent. The same id with the same order is one broadcast; with another order it is refused.

    It is kept first and handed over then: whoever gets no answer asks again with the same id, and it is handed over again.
    """
    entries = tuple(dict.fromkeys(wanted.entries))
    broadcast = _write(brand, msgspec.structs.replace(wanted, entries=entries), actor=actor, world=world, now=now)
    found = tables.read_broadcast(brand, broadcast.id)
    if found is None:
        about = {"broadcast": broadcast.id, "purpose": wanted.content.purpose.value, "people": broadcast.people}
        staff.record(brand, "broadcast.started", about, actor=actor, world=world, now=now)
        laying.lay_parts(broadcast, entries, first=0, world=world, now=now)
        found = broadcast if tables.begin(broadcast) else tables.read_broadcast(brand, broadcast.id)
    if found is None:
        raise Busy("This broadcast is being started right now; try again.")
    if found.fingerprint != broadcast.fingerprint:
        raise Conflict(code="idempotency_conflict")
    if found.state is State.running:
        _hand_over(found, found.begins_at, world=world, now=now)
    return found


def turn(brand: str, broadcast_id: str, state: State, *, actor: str, world: World, now: datetime) -> Broadcast:
    """Pause, resume or stop a broadcast; asked again, nothing more happens. `Conflict` for one that is stopped or done.

    Stopped is for good: what is planned for the end of somebody's quiet hours does not go either.
    """
    staff.record(brand, DID[state], {"broadcast": broadcast_id}, actor=actor, world=world, now=now)
    for _ in range(TRIES):
        broadcast = find_broadcast(brand, broadcast_id)
        if broadcast.state is not state:
            if broadcast.state is State.stopped or (rules.state_of(broadcast) is State.done and state is not State.stopped):
                raise Conflict(code="broadcast_over")
            if not _turn(broadcast, state, now=now):
                continue
        turned = find_broadcast(brand, broadcast_id)
        world.cache.forget("gate", brand, broadcast_id)
        if state is State.running:
            _hand_over(turned, max(now, turned.begins_at), world=world, now=now)
        return turned
    raise Busy("Somebody else turns this broadcast right now; look at it again.")


def find_broadcast(brand: str, broadcast_id: str) -> Broadcast:
    """A broadcast as of now."""
    found = tables.read_broadcast(brand, broadcast_id) if is_message_id(broadcast_id) else None
    if found is None:
        raise Missing(code="broadcast_missing")
    return found


def _write(brand: str, wanted: Start, *, actor: str, world: World, now: datetime) -> Broadcast:
    text = msgspec.json.encode(Sealed(wanted.content, wanted.source), order="deterministic").decode()
    asked = (text, repr(wanted.entries), wanted.not_before and wanted.not_before.timestamp(), wanted.per_minute)
    return Broadcast(
        brand=brand,
        id=wanted.id,
        state=State.running,
        sealed=world.keyring.encrypt(brand, text, now=now),
        fingerprint=world.keyring.hash(brand, repr(asked), now=now),
        started_at=now,
        begins_at=due_at(wanted.not_before, now),
        by=actor,
        per_minute=wanted.per_minute,
        laid=wanted.is_told,
        parts=len(rules.part_sizes(len(wanted.entries))),
        people=len(wanted.entries),
    )


def _hand_over(broadcast: Broadcast, begins_at: datetime, *, world: World, now: datetime) -> None:
    """Have what is not done of it done."""
    unfinished: Sequence[int] = [part.number for part in parts.list_parts(broadcast.brand, broadcast.id) if part.left]
    handing.hand_over_parts(broadcast, unfinished, begins_at, world=world, now=now)
    if not broadcast.laid:
        handing.hand_over_at(Errand(broadcast.brand, broadcast.id), begins_at, world=world, now=now)


def _turn(broadcast: Broadcast, state: State, *, now: datetime) -> bool:
    return tables.turn(
        broadcast, state, lambda transaction: messaging.set_gate(transaction, broadcast.brand, broadcast.id, GATES[state], now=now)
    )
