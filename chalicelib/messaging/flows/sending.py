"""One message worked on: reserved for the person right before it is sent, sent once, and the outcome kept."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import msgspec

from chalicelib.aws.tables import TableError
from chalicelib.consent import flows as consent
from chalicelib.consent.words import Channel, Contact, Sent
from chalicelib.errors import Busy, LiandongError
from chalicelib.messaging.flows import ending, receipts
from chalicelib.messaging.flows.channels import CHANNELS
from chalicelib.messaging.flows.glancing import Glance
from chalicelib.messaging.flows.handing import Handover
from chalicelib.messaging.flows.looking import Ended, Looked, look_at
from chalicelib.messaging.rules import states
from chalicelib.messaging.rules.timing import Moment
from chalicelib.messaging.tables import messages as tables
from chalicelib.messaging.words import Accepted, Message, Noted, State
from chalicelib.patience import step_aside
from chalicelib.world import World

log = logging.getLogger("liandong.messaging")
LOOKS = 5
CLOCKS_DIFFER = timedelta(seconds=5)
"""The clock that handed a message over may be ahead of this one, and its due row is gone: what is due that soon counts as due."""


def send_message(handover: Handover, *, glance: Glance | None = None, world: World, now: datetime) -> None:
    """Do what is next for one message: send it, give it up, try its next way. `Busy` asks the queue to bring it again.

    `glance`: what was read ahead for the batch it came in.
    """
    seen = glance.take(handover) if glance else None
    message = seen.message if seen else tables.read_message(handover.brand, handover.message)
    if message is None:
        log.warning("message %s of %s was never kept: whoever planned it got no answer", handover.message, handover.brand)
        return
    pursue(message, contact=seen.contact if seen else None, world=world, now=now)


def pursue(message: Message, *, contact: Contact | None = None, world: World, now: datetime) -> Message:
    """Do what is next for a message as it was read; as it is then comes back. `contact`: the person, where they were read already."""
    if message.state is State.planned:
        too_early = message.next_at > now + CLOCKS_DIFFER
        return message if too_early else _try_ways(message, contact=contact, world=world, now=now)
    if message.state is State.sending:
        if not states.is_abandoned(message, now):
            raise Busy("Somebody is sending this message right now.")
        given_up = ending.give_up(message, world=world, now=now)
        return _try_ways(given_up, world=world, now=now) if given_up.state is State.planned else given_up
    waits_until = states.waits_for_receipt_until(message)
    if waits_until is not None and now + CLOCKS_DIFFER >= waits_until:
        return _advance(message, world=world, now=now)
    # Brought again: whoever kept `accepted` may have ended before they looked for its receipt.
    return receipts.join_parked(message, world=world, now=now) if message.state in (State.accepted, State.unknown) else message


def _try_ways(message: Message, *, contact: Contact | None = None, world: World, now: datetime) -> Message:
    """Look, reserve, send; whoever changes meanwhile is looked at again, and a way that turned out closed leads to the next."""
    for _ in range(LOOKS + len(message.ways)):
        looked, contact = _look(message, contact, world=world, now=now), None
        if isinstance(looked, Moment):
            return ending.put_off(message, looked, now=now)
        if isinstance(looked, Ended):
            return ending.end(message, looked, now=now)
        if states.may_have_gone(message) and (looked.step != message.step or not ending.is_known_again(message, now)):
            return ending.leave_unknown(message, "outcome_unknown", world=world, now=now)
        message = _on_step(message, looked)
        trouble = _make_ready(message.way.channel, looked, world=world, now=now)
        if trouble is not None:
            message = ending.refused_before(message, trouble, now=now)
        else:
            reserved = _reserve(message, looked, world=world, now=now)
            if reserved is None:
                message = _read_again(message)
                step_aside(world)
            else:
                message = _send(reserved, looked, world=world, now=now)
        if message.state is not State.planned or message.next_at > now:
            return message
    raise Busy("Too much happens to this person at once; try again.")


def _look(message: Message, contact: Contact | None, *, world: World, now: datetime) -> Looked | Moment | Ended:
    """Only a yes to the first way goes by what was read before, because its reservation proves it; all else is looked at as of now."""
    if contact is not None:
        looked = look_at(message, contact, world=world, now=now)
        if isinstance(looked, Looked) and not looked.passed:
            return looked
    return look_at(message, None, world=world, now=now)


def _on_step(message: Message, looked: Looked) -> Message:
    """The message on the way that is open, with why those before it are closed in its trace; that is written with what comes of it."""
    if looked.step == message.step:
        return message
    at = message.next_at
    passed = tuple(Noted(at, message.step + place, f"{each.state.value}: {each.why}") for place, each in enumerate(looked.passed))
    return msgspec.structs.replace(message, step=looked.step, attempts=0, trace=(*message.trace, *passed))


def _make_ready(channel: Channel, looked: Looked, *, world: World, now: datetime) -> LiandongError | None:
    """All that can go wrong before the send is done before it is reserved."""
    try:
        CHANNELS[channel].ready(looked.letter, world=world, now=now)
    except LiandongError as error:
        return error
    return None


def _reserve(message: Message, looked: Looked, *, world: World, now: datetime) -> Message | None:
    """At the last moment, and only while the message, the person and all they said are as they were read; nothing when they are not."""
    reserved = states.reserved(message, world.new_id()[-10:], now=now)
    sent = Sent(message=message.known_as, at=now, channel=message.way.channel, purpose=message.purpose)
    key, spends = looked.letter.to, looked.spends
    if tables.save_with(reserved, lambda transaction: consent.reserve(transaction, looked.contact, key, sent=sent, spends=spends)):
        return reserved
    found = tables.read_message(message.brand, message.id)  # ours, when only the first answer was lost
    return reserved if found is not None and found.lease == reserved.lease else None


def _read_again(message: Message) -> Message:
    found = tables.read_message(message.brand, message.id)
    if found is not None and found.state is State.sending:
        raise Busy("Somebody is sending this message right now.")
    return found or message


def _send(message: Message, looked: Looked, *, world: World, now: datetime) -> Message:
    """What ends between here and the outcome may have been sent."""
    try:
        accepted: Accepted = CHANNELS[message.way.channel].send(looked.letter, world=world, now=now)
    except LiandongError as error:
        return ending.refused(message, looked, error, world=world, now=now)
    except TableError:
        # Tables are only asked for the token: before the other side is called, or after it refused an old one.
        return ending.refused(message, looked, Busy(), world=world, now=now)
    return ending.accept(message, accepted, world=world, now=now)


def _advance(message: Message, *, world: World, now: datetime) -> Message:
    """No receipt came in time, and none is parked: the next way."""
    joined = receipts.join_parked(message, world=world, now=now)
    if joined.state is not State.accepted:
        return joined
    further = states.moved(joined, State.planned, "no_receipt", now=now, step=joined.step + 1, next_at=now)
    if not tables.save(further):
        raise Busy("Something happens to this message right now.")
    return _try_ways(further, world=world, now=now)
