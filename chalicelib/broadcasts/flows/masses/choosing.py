"""Who of those who were named gets a mass send: what they said, caps and quiet hours asked of each, and the send noted with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from chalicelib.accounts.words import Account
from chalicelib.broadcasts import rules
from chalicelib.broadcasts.flows.masses import judging
from chalicelib.broadcasts.flows.masses.judging import Terms
from chalicelib.broadcasts.tables import mass_quotas as quota_tables
from chalicelib.broadcasts.tables import masses as tables
from chalicelib.broadcasts.words import Entry
from chalicelib.broadcasts.words.masses import EVERYBODY, MassSend, MassState, Says
from chalicelib.consent import flows as consent
from chalicelib.consent.words import Channel, Contact, Sent
from chalicelib.errors import Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Folded, Identifier, IdentifierType, Key
from chalicelib.messaging.flows import settings
from chalicelib.messaging.rules.ways import Closed
from chalicelib.messaging.words import State
from chalicelib.world import World

AT_ONCE = 25
RUN_FOR = timedelta(seconds=35)
"""Nobody is begun with later than this: the function has a minute."""
LOOKS = 4
CHOSEN = "chosen"


class Chosen(msgspec.Struct, frozen=True):
    """Somebody it goes to, by which openid. `person`: as they were read; `had`: an earlier try may have been to them."""

    openid: str
    person: Folded
    had: bool


class Choice(msgspec.Struct, kw_only=True):
    """Whom it goes to, and what was found of everybody; `dropped`: who was chosen first; `finished`: was everybody looked at?"""

    terms: Terms
    chosen: dict[Key, Chosen] = {}
    outcomes: dict[str, int] = {}
    dropped: dict[Key, Chosen] = {}
    finished: bool = True

    @property
    def openids(self) -> tuple[str, ...]:
        return tuple(each.openid for each in self.chosen.values())


def choose(mass: MassSend, says: Says, account: Account, *, world: World, now: datetime) -> Choice:
    """Look at everybody who was named, as of now, and note the send with those who may get it, each once.

    Done again it finds who was noted before; whoever has said no since is left out.
    """
    used = quota_tables.read_used(mass.brand, mass.account, mass.period)
    most = world.settings.mass_sends_per_month - used.counts.get(EVERYBODY, 0)
    in_force = settings.in_force(mass.brand, world=world, now=now)
    terms = Terms(mass=mass, account=account, topic=says.topic, rules=in_force, most=most)
    choice, seen = Choice(terms=terms), set[str]()
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
                judging.release(contact, mass, world=world)


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


def _look(terms: Terms, contact: Contact | None, seen: set[str], choice: Choice, *, world: World, now: datetime) -> str:
    """What is found of one of them. Whoever is changed by somebody else at this moment is read again."""
    if contact is None:
        return rules.word_of(State.skipped_no_endpoint, "no_person")
    if contact.folded.person in seen:
        return State.skipped_duplicate.value
    seen.add(contact.folded.person)
    for _ in range(LOOKS):
        found = judging.may_get(terms, contact, now)
        noted = judging.noted_under(contact, terms.mass)
        if isinstance(found, Closed):
            return _leave_out(terms.mass, contact, found, had=bool(noted), world=world)
        if judging.is_noted_before(contact, terms.mass) and not terms.is_repeat:
            judging.release(contact, terms.mass, world=world)
            contact, noted = consent.read_contact(contact.folded), []
        key = noted[0] if noted else found.key
        sent = Sent(message=terms.mass.id, at=now, channel=Channel.mass, purpose=terms.mass.purpose)
        if noted or tables.note_send(contact, key, sent):
            openid = identity.reveal_identifier(terms.mass.brand, key, world=world).value
            choice.chosen[key] = Chosen(openid, msgspec.structs.replace(contact.folded, key=key), had=bool(noted) and terms.is_repeat)
            return CHOSEN
        try:
            contact = consent.read_contact(identity.fold(terms.mass.brand, contact.folded.key))
        except Missing:
            return rules.word_of(State.skipped_no_endpoint, "no_person")
    choice.finished = False
    return "busy"


def _leave_out(mass: MassSend, contact: Contact, found: Closed, *, had: bool, world: World) -> str:
    """What is told of somebody who may not get it now. Of who was in an earlier try that may have been taken nobody knows."""
    if had and mass.state is not MassState.planned:
        return rules.word_of(State.unknown, found.why)
    if had:
        judging.release(contact, mass, world=world)
    return rules.word_of(found.state, found.why)
