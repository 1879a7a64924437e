"""Messages as callers see them: what became of each, every step of its way."""

from __future__ import annotations

from datetime import datetime

from chalicelib.errors import Missing
from chalicelib.identity import flows as identity
from chalicelib.messaging.flows.channels import CHANNELS
from chalicelib.messaging.rules import places, states
from chalicelib.messaging.rules.sentences import TELLS_NOTHING, say
from chalicelib.messaging.tables import messages as tables
from chalicelib.messaging.words import Message, Place, State
from chalicelib.messaging.words.orders import MessageShown, StepShown


def show_message(brand: str, message_id: str, *, now: datetime) -> MessageShown:
    """A message with every step of its way."""
    message = tables.read_message(brand, message_id) if places.is_message_id(message_id) else None
    if message is None:
        raise Missing(code="message_missing")
    return show(message, now=now)


def was_lost(brand: str, message_id: str) -> bool:
    """Is a message known never to have reached anybody?"""
    message = tables.read_message(brand, message_id)
    return message is not None and message.state in states.LOST


def list_messages(brand: str, person: str, *, before: Place | None, most: int, now: datetime) -> tuple[list[MessageShown], Place | None]:
    """Messages to a person, the latest due first, and where earlier ones begin.

    They are listed of each identifier the person has now: what was said to somebody stays with the identifier it was said to.
    """
    keys = identity.keys_of_person(brand, person)
    found = sorted((place for key in keys for place in tables.list_places(brand, str(key), before=before, most=most + 1)), reverse=True)
    page = found[:most]
    kept = tables.read_messages(brand, (place.id for place in page))
    shown = [show(kept[place.id], now=now) for place in page if place.id in kept]
    return shown, page[-1] if len(found) > most else None


def show(message: Message, *, now: datetime) -> MessageShown:
    """A message as callers see it."""
    provider_id = next((each.provider_id for each in reversed(message.tried) if each.step == message.step and each.provider_id), None)
    kind = CHANNELS[message.way.channel].KIND
    trace = tuple(StepShown(at=note.at, what=note.what, channel=message.ways[note.step].channel) for note in message.trace)
    return MessageShown(
        id=message.id,
        purpose=message.purpose,
        topic=message.topic,
        account=message.way.account,
        channel=message.way.channel,
        state=message.state,
        due_at=message.due_at,
        next_at=message.next_at if message.state is State.planned else None,
        expires_at=message.expires_at,
        outcome="" if message.state in states.TAKEN else message.why,
        says=TELLS_NOTHING if message.state is State.accepted and not kind.receipts else say(message.state, message.why),
        provider_id=provider_id,
        receipt_missing=states.is_receipt_missing(message, kind, now),
        trace=trace,
    )
