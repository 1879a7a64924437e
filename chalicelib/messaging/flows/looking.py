"""A message looked at together with the person it is to: when it goes, by which way, or why not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account
from chalicelib.consent import flows as consent
from chalicelib.consent.words import Allowance, Channel, Contact, Grant
from chalicelib.errors import Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Folded, IdentifierType, Key, read_key
from chalicelib.messaging.flows import gates, settings
from chalicelib.messaging.flows.channels import CHANNELS
from chalicelib.messaging.rules import timing, ways
from chalicelib.messaging.rules.timing import Moment
from chalicelib.messaging.rules.ways import Asked, Closed, Open
from chalicelib.messaging.words import Gate, Letter, Message, Sealed, State
from chalicelib.messaging.words.documents import MessageRules
from chalicelib.world import World

LOOKS_AGAIN = timedelta(minutes=15)
"""After so long a message of a group that is paused is looked at anew."""


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """A message that may go now: the person as they were read, by which step, why those before it are closed, and what a send spends."""

    contact: Contact
    step: int
    passed: tuple[Closed, ...]
    spends: Grant | Allowance | None
    letter: Letter


class Ended(msgspec.Struct, frozen=True):
    """A message that is not sent: what it ends as and why, and what was found of each way it might still have gone."""

    state: State
    why: str
    passed: tuple[Closed, ...] = ()


def look_at(message: Message, contact: Contact | None, *, world: World, now: datetime) -> Looked | Moment | Ended:
    """May it go now, and how? `Moment`: later. The person is read, unless that was done: a send is reserved only while all of it stands."""
    if message.expires_at is not None and now > message.expires_at:
        return Ended(State.skipped_expired, "")
    match gates.find_gate(message.brand, message.heeds, world=world, now=now) if message.heeds else Gate.open:
        case Gate.closed:
            return Ended(State.cancelled, "stopped")
        case Gate.paused:
            return Moment(now + LOOKS_AGAIN, "paused")
    if contact is None:
        try:
            folded = identity.fold(message.brand, read_key(message.to))
        except Missing:
            return Ended(State.skipped_no_endpoint, "no_person")
        contact = read_contact(folded, [way.channel for way in message.ways[message.step :]])
    rules = settings.in_force(message.brand, world=world, now=now)
    short = consent.short_of(message.known_as)
    if message.group and not message.tried and any(sent.message == short for sent in contact.sends):
        return Ended(State.skipped_duplicate, "")
    moment = timing.when(message, contact, rules, short=short, find_zone=settings.find_zone, now=now)
    found = _find_way(message, contact, rules, world=world, now=now)
    if isinstance(found, Ended) and found.state in ways.DECIDED:
        return found
    if moment.ends is not None:
        return Ended(moment.ends, moment.why)
    if isinstance(found, Ended) or moment.at <= now:
        return found
    return moment


def read_contact(folded: Folded, channels: Iterable[Channel]) -> Contact:
    """A person as they may be written to by these channels: with their push tokens, where an app is among them."""
    by_push = any(CHANNELS[channel].KIND.endpoint is IdentifierType.push_token for channel in channels)
    return consent.read_contact(folded, also=identity.push_tokens_of(folded) if by_push else {})


def _find_way(message: Message, contact: Contact, rules: MessageRules, *, world: World, now: datetime) -> Looked | Ended:
    """The first way that is open, of those that were not tried yet."""
    sealed = msgspec.json.decode(world.keyring.decrypt(message.brand, message.sealed), type=Sealed)
    zone = timing.zone_of(contact, message, rules, settings.find_zone)
    passed: list[Closed] = []
    for step in range(message.step, len(message.ways)):
        account = find_account(message.ways[step].account, world=world, now=now)
        if account is None:
            passed.append(Closed(State.failed, "account_missing"))
            continue
        asked = asked_of(message, step, getattr(sealed.steps[step], "template_id", ""), account)
        found = ways.look_at(contact, asked, rules.caps, at=now, zone=zone)
        if isinstance(found, Closed):
            passed.append(found)
            continue
        beside = ways.beside(contact, asked, found.key)
        try:
            letter = _write(message, step, sealed, account, found, beside, world=world)
        except Missing:  # a phone that was taken back is theirs again by an operator's word, but its value is gone
            passed.append(ways.NO_ENDPOINT)
            continue
        return Looked(contact=contact, step=step, passed=tuple(passed), spends=found.spends, letter=letter)
    told = ways.tell_most(passed)
    return Ended(told.state, told.why, tuple(passed))


def asked_of(message: Message, step: int, template: str, account: Account) -> Asked:
    """One way of a message, as far as it decides whether it is open."""
    way = message.ways[step]
    return Asked(
        channel=way.channel,
        end=account.name,
        endpoint=CHANNELS[way.channel].KIND.endpoint,
        template=template,
        purpose=message.purpose,
        topic=message.topic,
        message=consent.short_of(message.known_as),
        to=message.to,
    )


def find_account(account_id: str, *, world: World, now: datetime) -> Account | None:
    try:
        return register.find_account(account_id, world=world, now=now)
    except Missing:
        return None


def _write(message: Message, step: int, sealed: Sealed, account: Account, found: Open, beside: Iterable[Key], *, world: World) -> Letter:
    return Letter(
        account=account,
        to=found.key,
        endpoint=_value_of(message, found.key, sealed, world=world),
        content=sealed.steps[step],
        key=key_of(message, step),
        purpose=message.purpose,
        priority=message.priority,
        beside=tuple((key, _value_of(message, key, sealed, world=world)) for key in beside),
    )


def key_of(message: Message, step: int) -> str:
    """What a provider knows a repeat of this step by: at most 32 characters, as WeChat takes them."""
    return f"{message.id[:29]}-{step}"


def _value_of(message: Message, key: Key, sealed: Sealed, *, world: World) -> str:
    if str(key) == message.to:
        return sealed.value
    if key.type is IdentifierType.push_token:
        return identity.reveal_push_token(message.brand, key, world=world)
    return identity.reveal_identifier(message.brand, key, world=world).value
