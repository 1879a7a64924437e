"""Whether somebody may get a mass send as they stand, and what is noted of it with them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.words import Account
from chalicelib.broadcasts.rules import mass_quotas
from chalicelib.broadcasts.words.masses import MassSend, MassState
from chalicelib.consent import flows as consent
from chalicelib.consent.rules import sends
from chalicelib.consent.words import Channel, Contact, Purpose
from chalicelib.identity.words import IdentifierType, Key
from chalicelib.messaging.flows import settings
from chalicelib.messaging.rules import timing, ways
from chalicelib.messaging.rules.ways import Asked, Closed, Open
from chalicelib.messaging.words import Message, Priority, State, Way
from chalicelib.messaging.words.documents import MessageRules
from chalicelib.world import World


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for everybody of one look. `most`: mass sends that somebody may have had in this period besides those to everybody."""

    mass: MassSend
    account: Account
    topic: str
    rules: MessageRules
    most: int

    @property
    def is_repeat(self) -> bool:
        """May an earlier try have been taken?"""
        return self.mass.state is MassState.sending


def may_get(terms: Terms, contact: Contact, now: datetime) -> Open | Closed:
    """By what they said, the brand's caps, quiet hours, and how many WeChat lets them have."""
    message, short = _imagine(terms, contact.folded.key, now), consent.short_of(terms.mass.id)
    moment = timing.when(message, contact, terms.rules, short=short, find_zone=settings.find_zone, now=now)
    if moment.ends is not None:
        return Closed(moment.ends, moment.why)
    if moment.at > now:
        return Closed(State.skipped_cap if moment.why == "cap" else State.skipped_quiet_expired, moment.why)
    asked = Asked(
        channel=Channel.mass,
        end=terms.account.name,
        endpoint=IdentifierType.openid,
        template="",
        purpose=terms.mass.purpose,
        topic=terms.topic,
        message=short,
        to=message.to,
    )
    zone = timing.zone_of(contact, message, terms.rules, settings.find_zone)
    found = ways.look_at(contact, asked, terms.rules.caps, at=now, zone=zone)
    if isinstance(found, Open) and _had(contact, found.key, terms.mass, short) >= terms.most:
        return Closed(State.skipped_cap, "mass_quota")
    return found


def _had(contact: Contact, key: Key, mass: MassSend, short: str) -> int:
    """Mass sends of the period to this openid besides this one."""
    to_it = [sent for sent in sends.unite([contact.sides[key]]) if sent.channel is Channel.mass and sent.message != short]
    return len({sent.message for sent in to_it if mass_quotas.is_within(mass.period, sent.at)})


def noted_under(contact: Contact, mass: MassSend) -> list[Key]:
    """Under which of their identifiers the send is noted."""
    return [key for key in sorted(contact.sides) if sends.find(contact.sides[key], mass.id) is not None]


def is_noted_before(contact: Contact, mass: MassSend) -> bool:
    """Is the send noted in an earlier period than it is counted in, where another one of that period would not see it?"""
    found = [sends.find(contact.sides[key], mass.id) for key in noted_under(contact, mass)]
    return any(sent is not None and not mass_quotas.is_within(mass.period, sent.at) for sent in found)


def release(contact: Contact, mass: MassSend, *, world: World) -> None:
    for key in noted_under(contact, mass):
        consent.release(mass.brand, key, message=mass.id, gives_back=None, world=world)


def _imagine(terms: Terms, key: Key, now: datetime) -> Message:
    """The mass send as a message to one of them: when such a one would go is asked of the rules of the outbox."""
    return Message(
        brand=terms.mass.brand,
        id=terms.mass.id,
        to=str(key),
        purpose=terms.mass.purpose,
        topic=terms.topic,
        priority=Priority.normal,
        ways=(Way(Channel.mass, terms.account.id),),
        sealed="",
        fingerprint="",
        due_at=now,
        next_at=now,
        expires_at=None,
        hold=terms.mass.purpose is Purpose.marketing,
        best_hour=False,
    )
