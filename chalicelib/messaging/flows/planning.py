"""Messages planned and cancelled: one for each id, whoever asks how often."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.consent.words import Channel, Purpose
from chalicelib.errors import Busy, Conflict
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier
from chalicelib.ids import digest
from chalicelib.messaging.flows.handing import hand_over_in_time
from chalicelib.messaging.rules import states, times
from chalicelib.messaging.tables import messages as tables
from chalicelib.messaging.words import Message, Priority, Sealed, State, Way
from chalicelib.messaging.words.contents import AnyStep
from chalicelib.world import World


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to have said, by the first of these steps that is open.

    `hold`: it waits for the end of quiet hours; marketing always does. `best_hour`: for the hour the person is most active in.
    `group`: what it is one of many of; `gate`: what else can stop it.
    """

    id: str
    purpose: Purpose
    steps: tuple[AnyStep, ...]
    topic: str = ""
    priority: Priority = Priority.normal
    not_before: datetime | None = None
    expires_at: datetime | None = None
    hold: bool = False
    best_hour: bool = False
    group: str = ""
    gate: str = ""


def plan(brand: str, to: Identifier, plan: Plan, *, world: World, now: datetime) -> Message:
    """Keep a message until it is due. The same id with the same content is one message; with another content it is refused.

    It is kept first and handed over then: whoever gets no answer asks again with the same id, and it is handed over again.
    """
    message = states.begun(write_message(brand, to, plan, world=world, now=now), now=now)
    kept = message if tables.save(message) else _same(tables.read_message(brand, plan.id), message)
    return _hand_over(kept, world=world, now=now)


def plan_again(brand: str, to: Identifier, plan: Plan, *, world: World, now: datetime) -> Message | None:
    """The message that was kept under this id before, handed over again if it waits; nothing where there is none.

    What was taken once is not judged a second time: templates, accounts and people may have changed since.
    """
    kept = tables.read_message(brand, plan.id)
    if kept is None:
        return None
    return _hand_over(_same(kept, write_message(brand, to, plan, world=world, now=now)), world=world, now=now)


def write_message(brand: str, to: Identifier, plan: Plan, *, world: World, now: datetime) -> Message:
    """A message that is kept nowhere yet."""
    text = msgspec.json.encode(Sealed(to.value, plan.steps), order="deterministic").decode()
    due_at = times.due_at(plan.not_before, now)
    key = str(identity.key_of(brand, to, world=world, now=now))
    times_asked = [each and each.timestamp() for each in (plan.not_before, plan.expires_at)]
    asked = (key, plan.purpose, plan.topic, plan.priority, plan.hold, plan.best_hour, *times_asked, text)
    return Message(
        brand=brand,
        id=plan.id,
        to=key,
        purpose=plan.purpose,
        topic=plan.topic,
        priority=plan.priority,
        ways=tuple(Way(channel_of(step), step.account, step.wait_s) for step in plan.steps),
        sealed=world.keyring.encrypt(brand, text, now=now),
        fingerprint=world.keyring.hash(brand, repr(asked), now=now),
        due_at=due_at,
        next_at=due_at,
        expires_at=plan.expires_at,
        hold=plan.hold or plan.purpose is Purpose.marketing,
        best_hour=plan.best_hour,
        group=plan.group,
        gate=plan.gate,
    )


def channel_of(step: AnyStep) -> Channel:
    """The channel a step goes by: its tag."""
    return Channel(str(step.__struct_config__.tag))


def cancel(brand: str, message_id: str, *, now: datetime) -> Message | None:
    """Take back a message that is planned still; done again, nothing more happens. `Conflict` once it is sent or has ended otherwise.

    Nothing where there is no such message.
    """
    for _ in range(states.TRIES):
        message = tables.read_message(brand, message_id)
        if message is None or message.state is State.cancelled:
            return message
        if message.state is not State.planned or message.tried:
            raise Conflict(code="message_gone")
        cancelled = states.moved(message, State.cancelled, now=now)
        if tables.save(cancelled):
            return cancelled
    raise Busy("Somebody is sending this message right now; look at it again.")


def caused_id(brand: str, *parts: str) -> str:
    """A message's id from what caused it, so that the same cause never sends twice."""
    return digest(brand, "cause", *parts)


def ordered_id(brand: str, idempotency_key: str | None, *, world: World) -> str:
    """A message's id from the caller's Idempotency-Key, or a new one."""
    return world.new_id() if idempotency_key is None else digest(brand, "ordered", idempotency_key)


def _hand_over(message: Message, *, world: World, now: datetime) -> Message:
    if message.state is State.planned:
        hand_over_in_time(message, world=world, now=now)
    return message


def _same(kept: Message | None, message: Message) -> Message:
    """The message of this id that is kept, if it is this one."""
    if kept is None:
        raise Busy("This message is being planned right now; try again.")
    if kept.fingerprint != message.fingerprint:
        raise Conflict(code="idempotency_conflict")
    return kept
