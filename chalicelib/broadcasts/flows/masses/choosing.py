"""Who of those who were named gets a mass send: what they said, caps and quiet hours asked of each, and the send noted with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from chalicelib.accounts.words import Account
from chalicelib.broadcasts import rules
from chalicelib.broadcasts.rules import mass_quotas
from chalicelib.broadcasts.tables import mass_quotas as quota_tables
from chalicelib.broadcasts.tables import masses as tables
from chalicelib.broadcasts.words import Entry
from chalicelib.broadcasts.words.masses import EVERYBODY, MassSend, MassState, Says
from chalicelib.consent import flows as consent
from chalicelib.consent.rules import sends
from chalicelib.consent.words import Channel, Contact, Purpose, Sent
from chalicelib.errors import Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Folded, Identifier, IdentifierType, Key
from chalicelib.messaging.flows import settings
from chalicelib.messaging.rules import timing, ways
from chalicelib.messaging.rules.ways import Asked, Closed, Open
from chalicelib.messaging.words import Message, Priority, State, Way
from chalicelib.messaging.words.documents import MessageRules
from chalicelib.world import World

AT_ONCE = 25
RUN_FOR = timedelta(seconds=35)
"""Nobody is begun with later than this: the function has a minute."""
LOOKS = 4
CHOSEN = "chosen"


class Choice(msgspec.Struct):
    """Whom it goes to, and what was found of everybody; `finished`: was everybody looked at?"""

    openids: dict[str, None]
    outcomes: dict[str, int]
    finished: bool = True


class _Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for everybody of one look. `most`: mass sends that somebody may have had in this period besides those to everybody."""

    mass: MassSend
    account: Account
    topic: str
    rules: MessageRules
    most: int


def choose(mass: MassSend, says: Says, account: Account, *, world: World, now: datetime) -> Choice:
    """Look at everybody who was named, as of now, and note the send with those who may get it, each once.

    Done again it finds who was noted before; whoever has said no since is left out.
    """
    used = quota_tables.read_used(mass.brand, mass.account, mass.period)
    most = world.settings.mass_sends_per_month - used.counts.get(EVERYBODY, 0)
    in_force = settings.in_force(mass.brand, world=world, now=now)
    terms = _Terms(mass=mass, account=account, topic=says.topic, rules=in_force, most=most)
    choice, seen = Choice({}, {}), set[str]()
    for group in _groups_of(says.entries):
        at = world.now()
        if at - now >= RUN_FOR:
            choice.finished = False
            return choice
        for found in _read(mass.brand, account.name, group, world=world, now=at):
            word = _look(terms, found, seen, choice, world=world, now=at)
            choice.outcomes = rules.count(choice.outcomes, word)
    return choice


def give_back(mass: MassSend, says: Says, *, world: World, now: datetime) -> None:
    """It was certainly not sent: what was noted of it with people is taken back. Done again, nothing happens."""
    for group in _groups_of(says.entries):
        for contact in _read(mass.brand, mass.account, group, world=world, now=now):
            if contact is not None:
                _release(contact, mass, world=world)


def _groups_of(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    return (entries[first : first + AT_ONCE] for first in range(0, len(entries), AT_ONCE))


def _read(brand: str, account: str, entries: Sequence[Entry], *, world: World, now: datetime) -> list[Contact | None]:
    """The person behind each entry, in a few reads for all of them."""
    ids = [each.value for each in entries if each.identifier_type is None]
    of_people = identity.keys_of_each(brand, ids) if ids else {}
    keys = [_key_of(brand, account, each, of_people, world=world, now=now) for each in entries]
    folded = identity.fold_each(brand, {each for each in keys if each is not None})
    people: dict[str, Folded] = {each.person: each for each in folded.values()}
    contacts = dict(zip(people, consent.read_contacts(brand, list(people.values())), strict=True))
    return [contacts[folded[key].person] if key is not None and key in folded else None for key in keys]


def _key_of(brand: str, account: str, entry: Entry, of_people: dict[str, list[Key]], *, world: World, now: datetime) -> Key | None:
    if entry.identifier_type is not None:
        return identity.key_of(brand, Identifier(entry.identifier_type, entry.value, entry.account), world=world, now=now)
    return rules.best_key(of_people.get(entry.value, ()), [(IdentifierType.openid, account)])


def _look(terms: _Terms, contact: Contact | None, seen: set[str], choice: Choice, *, world: World, now: datetime) -> str:
    """What is found of one of them. Whoever is changed by somebody else at this moment is read again."""
    if contact is None:
        return rules.word_of(State.skipped_no_endpoint, "no_person")
    if contact.folded.person in seen:
        return State.skipped_duplicate.value
    seen.add(contact.folded.person)
    for _ in range(LOOKS):
        found = _may_get(terms, contact, now)
        noted = _noted(contact, terms.mass)
        if isinstance(found, Closed):
            if noted and terms.mass.state is MassState.planned:
                _release(contact, terms.mass, world=world)
            return rules.word_of(found.state, found.why)
        key = noted[0] if noted else found.key
        sent = Sent(message=terms.mass.id, at=now, channel=Channel.mass, purpose=terms.mass.purpose)
        if noted or tables.note_send(contact, key, sent):
            choice.openids[identity.reveal_identifier(terms.mass.brand, key, world=world).value] = None
            return CHOSEN
        try:
            contact = consent.read_contact(identity.fold(terms.mass.brand, contact.folded.key))
        except Missing:
            return rules.word_of(State.skipped_no_endpoint, "no_person")
    choice.finished = False
    return "busy"


def _may_get(terms: _Terms, contact: Contact, now: datetime) -> Open | Closed:
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
    per = mass_quotas.per_of(mass.period)
    to_it = [sent for sent in sends.unite([contact.sides[key]]) if sent.channel is Channel.mass and sent.message != short]
    return len({sent.message for sent in to_it if mass_quotas.period_at(sent.at, per) == mass.period})


def _noted(contact: Contact, mass: MassSend) -> list[Key]:
    """Under which of their identifiers the send is noted."""
    return [key for key in sorted(contact.sides) if sends.find(contact.sides[key], mass.id) is not None]


def _release(contact: Contact, mass: MassSend, *, world: World) -> None:
    for key in _noted(contact, mass):
        consent.release(mass.brand, key, message=mass.id, gives_back=None, world=world)


def _imagine(terms: _Terms, key: Key, now: datetime) -> Message:
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
