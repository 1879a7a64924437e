"""When a message somebody thinks of would go, and by which way, as of now."""

from __future__ import annotations

from datetime import datetime, tzinfo

from chalicelib.consent import flows as consent
from chalicelib.consent.words import Contact, Purpose
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier
from chalicelib.messaging.flows import settings
from chalicelib.messaging.flows.looking import asked_of, find_account, read_contact
from chalicelib.messaging.rules import times, timing, ways
from chalicelib.messaging.rules.sentences import say
from chalicelib.messaging.rules.ways import Closed, Open
from chalicelib.messaging.words import Message, Priority, State, Way
from chalicelib.messaging.words.documents import MessageRules
from chalicelib.messaging.words.orders import Preview, PreviewOrder, Quiet, WayShown
from chalicelib.world import World


def preview(brand: str, to: Identifier, order: PreviewOrder, *, world: World, now: datetime) -> Preview:
    """When this message would go to this person as of now, by which way, or why it would not. Nothing is kept."""
    key = identity.key_of(brand, to, world=world, now=now)
    contact = read_contact(identity.fold(brand, key), [way.channel for way in order.channels])
    rules = settings.in_force(brand, world=world, now=now)
    message, templates = _imagine(brand, str(key), order, now=now), [way.template_id for way in order.channels]
    zone = timing.zone_of(contact, message, rules, settings.find_zone)
    moment = timing.when(message, contact, rules, short=consent.short_of(message.id), find_zone=settings.find_zone, now=now)
    found = [_look_at_way(message, step, template, contact, rules, zone, world=world, now=now) for step, template in enumerate(templates)]
    shown = tuple(
        WayShown(channel=way.channel, account=way.account, open=isinstance(look, Open), why=look.why if isinstance(look, Closed) else "")
        for way, look in zip(message.ways, found, strict=True)
    )
    closed = [look for look in found if isinstance(look, Closed)]
    told = ways.tell_most(closed) if len(closed) == len(found) else None
    if told is not None and (moment.ends is None or told.state in ways.DECIDED):
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


def _imagine(brand: str, to: str, order: PreviewOrder, *, now: datetime) -> Message:
    due_at = times.due_at(order.not_before, now)
    return Message(
        brand=brand,
        id="preview",
        to=to,
        purpose=order.purpose,
        topic=order.topic or "",
        priority=Priority.normal,
        ways=tuple(Way(way.channel, way.account) for way in order.channels),
        sealed="",
        fingerprint="",
        due_at=due_at,
        next_at=due_at,
        expires_at=order.expires_at,
        hold=order.quiet is Quiet.hold or order.purpose is Purpose.marketing,
        best_hour=order.best_hour,
    )
