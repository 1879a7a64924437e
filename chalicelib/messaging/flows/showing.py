"""Messages as callers see them: what became of each, every step of its way, and when one would go."""

from __future__ import annotations

from datetime import datetime, tzinfo

from chalicelib.consent import flows as consent
from chalicelib.consent.words import Contact
from chalicelib.errors import Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier
from chalicelib.messaging.flows import settings
from chalicelib.messaging.flows.channels import CHANNELS
from chalicelib.messaging.flows.looking import asked_of, find_account
from chalicelib.messaging.rules import places, states, timing, ways
from chalicelib.messaging.rules.sentences import say
from chalicelib.messaging.rules.ways import Closed, Open
from chalicelib.messaging.tables import messages as tables
from chalicelib.messaging.words import Message, Place, State
from chalicelib.messaging.words.documents import MessageRules
from chalicelib.messaging.words.orders import MessageShown, Preview, StepShown, WayShown
from chalicelib.world import World

WAITING = frozenset({State.planned, State.sending})


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


def list_messages(
    brand: str, person: str, *, before: Place | None, most: int, now: datetime
) -> tuple[list[MessageShown], Place | None]:
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
        says=say(message.state, message.why),
        provider_id=provider_id,
        receipt_missing=states.is_receipt_missing(message, CHANNELS[message.way.channel].KIND, now),
        trace=trace,
    )


def preview(message: Message, to: Identifier, templates: tuple[str, ...], *, world: World, now: datetime) -> Preview:
    """When this message would go to this person as of now, by which way, or why it would not. Nothing is kept."""
    key = identity.key_of(message.brand, to, world=world, now=now)
    contact = consent.read_contact(identity.fold(message.brand, key))
    rules = settings.in_force(message.brand, world=world, now=now)
    zone = timing.zone_of(contact, message, rules, settings.find_zone)
    moment = timing.when(message, contact, rules, short=consent.short_of(message.id), find_zone=settings.find_zone, now=now)
    found = [_look_at_way(message, step, template, contact, rules, zone, world=world, now=now) for step, template in enumerate(templates)]
    shown = tuple(
        WayShown(channel=way.channel, account=way.account, open=isinstance(look, Open), why=look.why if isinstance(look, Closed) else "")
        for way, look in zip(message.ways, found, strict=True)
    )
    closed = [look for look in found if isinstance(look, Closed)]
    if moment.ends is None and len(closed) == len(found):
        told = ways.tell_most(closed)
        moment = timing.Moment(moment.at, told.why, told.state)
    state = moment.ends or State.planned
    at = moment.at if moment.ends is None else None
    return Preview(state=state, at=at, says=say(state, moment.why), zone=str(zone), ways=shown)


def _look_at_way(
    message: Message, step: int, template: str, contact: Contact, rules: MessageRules, zone: tzinfo, *, world: World, now: datetime
) -> Open | Closed:
    account = find_account(message.ways[step].account, world=world, now=now)
    if account is None:
        return Closed(State.failed, "account_missing")
    return ways.look_at(contact, asked_of(message, step, template, account), rules.caps, at=now, zone=zone)
