"""Broadcasts started, paused, resumed and stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from chalicelib.broadcasts import rules
from chalicelib.broadcasts.flows import handing, laying, reading
from chalicelib.broadcasts.tables import broadcasts as tables
from chalicelib.broadcasts.tables import parts
from chalicelib.broadcasts.words import Broadcast, Entry, Errand, Sealed, Source, State
from chalicelib.broadcasts.words.orders import Content
from chalicelib.errors import Busy, Conflict, Missing
from chalicelib.lint.words import Finding
from chalicelib.messaging import flows as messaging
from chalicelib.messaging.rules.places import is_message_id
from chalicelib.messaging.rules.times import due_at
from chalicelib.messaging.words import Gate
from chalicelib.patience import step_aside
from chalicelib.staff import flows as staff
from chalicelib.world import World

GATES = {State.running: Gate.open, State.paused: Gate.paused, State.stopped: Gate.closed}
DID = {State.running: "broadcast.resumed", State.paused: "broadcast.paused", State.stopped: "broadcast.stopped"}
TRIES = 5


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to have said to many: to these, or to whom a source names; without a rate, as the settings have it then."""

    id: str
    content: Content
    entries: tuple[Entry, ...] = ()
    source: Source = Source()
    not_before: datetime | None
    per_minute: int | None
    override: str = ""

    @property
    def is_told(self) -> bool:
        """Were its people named?"""
        return self.source == Source()


def start(brand: str, wanted: Start, *, actor: str, world: World, now: datetime) -> tuple[Broadcast, tuple[Finding, ...]]:
    """Keep a broadcast and have it sent; what was found in its texts comes back too. `Invalid` (content_refused) as in `reading.read`.

    The same id with the same order is one broadcast; with another order it is refused. It is kept first and handed over then: whoever
    gets no answer asks again with the same id, and it is handed over again.
    """
    findings = reading.read(brand, wanted.id, wanted.content, override=wanted.override, actor=actor, world=world, now=now)
    broadcast = _write(brand, wanted, overridden=reading.stand_in_the_way(findings), actor=actor, world=world, now=now)
    about = {"broadcast": broadcast.id, "purpose": wanted.content.purpose.value, "people": broadcast.people}
    staff.record(brand, "broadcast.started", about, actor=actor, world=world, now=now)
    if parts.is_of_another(brand, broadcast.id, 0, broadcast.fingerprint):
        raise Conflict(code="idempotency_conflict")
    laying.lay_parts(broadcast, _everybody(wanted), first=0, world=world, now=now)
    kept = broadcast if tables.begin(broadcast) else tables.read_broadcast(brand, broadcast.id)
    if kept is None:
        raise Busy("This broadcast is being started right now; try again.")
    return _go_on(kept, broadcast, world=world, now=now), findings


def start_again(brand: str, wanted: Start, *, actor: str, world: World, now: datetime) -> Broadcast | None:
    """The broadcast that was kept under this id before, handed over again if it runs; nothing where there is none.

    What was taken once is not judged a second time: rules, templates and accounts may have changed since.
    """
    kept = tables.read_broadcast(brand, wanted.id)
    if kept is None:
        return None
    return _go_on(kept, _write(brand, wanted, overridden=False, actor=actor, world=world, now=now), world=world, now=now)


def turn(brand: str, broadcast_id: str, state: State, *, override: str = "", actor: str, world: World, now: datetime) -> Broadcast:
    """Pause, resume or stop a broadcast; asked again, nothing more happens. `Conflict` for one that is stopped or done.

    Stopped is for good: what is planned for the end of somebody's quiet hours does not go either. `Invalid` (content_refused) for one
    that is resumed and that the rules of content would not take today, unless there is a reason to `override` it.
    """
    broadcast = find_broadcast(brand, broadcast_id)
    _refuse_if_over(broadcast, state)
    goes_on = state is State.running and rules.state_of(broadcast) is not State.done
    lets_through = goes_on and reading.read_again(broadcast, override=override, actor=actor, world=world, now=now)
    staff.record(brand, DID[state], {"broadcast": broadcast_id}, actor=actor, world=world, now=now)
    for _ in range(TRIES):
        broadcast = find_broadcast(brand, broadcast_id)
        overridden = broadcast.overridden or lets_through
        if broadcast.state is not state or broadcast.overridden is not overridden:
            _refuse_if_over(broadcast, state)
            if not _turn(broadcast, state, overridden=overridden, now=now):
                step_aside(world)
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


def _everybody(wanted: Start) -> tuple[Entry, ...]:
    """Those who were named, each once."""
    return tuple(dict.fromkeys(wanted.entries))


def _write(brand: str, wanted: Start, *, overridden: bool, actor: str, world: World, now: datetime) -> Broadcast:
    text, people = msgspec.json.encode(Sealed(wanted.content, wanted.source), order="deterministic").decode(), _everybody(wanted)
    asked = (text, repr(people), wanted.not_before and wanted.not_before.timestamp(), wanted.per_minute)
    return Broadcast(
        brand=brand,
        id=wanted.id,
        state=State.running,
        sealed=world.keyring.encrypt(brand, text, now=now),
        fingerprint=world.keyring.hash(brand, repr(asked), now=now),
        started_at=now,
        begins_at=due_at(wanted.not_before, now),
        by=actor,
        per_minute=wanted.per_minute or world.settings.broadcast_per_minute,
        laid=wanted.is_told,
        parts=len(rules.part_sizes(len(people))),
        people=len(people),
        overridden=overridden,
    )


def _go_on(kept: Broadcast, asked: Broadcast, *, world: World, now: datetime) -> Broadcast:
    """What is kept under the id that was asked for, if it is what was asked for."""
    if kept.fingerprint != asked.fingerprint:
        raise Conflict(code="idempotency_conflict")
    if kept.state is State.running:
        _hand_over(kept, kept.begins_at, world=world, now=now)
    return kept


def _refuse_if_over(broadcast: Broadcast, state: State) -> None:
    if broadcast.state is state:
        return
    if broadcast.state is State.stopped or (rules.state_of(broadcast) is State.done and state is not State.stopped):
        raise Conflict(code="broadcast_over")


def _hand_over(broadcast: Broadcast, begins_at: datetime, *, world: World, now: datetime) -> None:
    """Have what is not done of it done."""
    unfinished: Sequence[int] = [part.number for part in parts.list_parts(broadcast.brand, broadcast.id) if part.left]
    handing.hand_over_parts(broadcast, unfinished, begins_at, world=world, now=now)
    if not broadcast.laid:
        handing.hand_over_at(Errand(broadcast.brand, broadcast.id), begins_at, world=world, now=now)


def _turn(broadcast: Broadcast, state: State, *, overridden: bool, now: datetime) -> bool:
    return tables.turn(
        broadcast,
        state,
        lambda transaction: messaging.set_gate(transaction, broadcast.brand, broadcast.id, GATES[state], now=now),
        overridden=overridden,
    )
