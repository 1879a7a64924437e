"""The page behind a sealed link: what somebody wants, seen and changed without a login, and without saying who they are."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from chalicelib.consent.flows import policy
from chalicelib.consent.flows.telling import say
from chalicelib.consent.rules import page as rules
from chalicelib.consent.tables import contacts
from chalicelib.consent.words import Contact
from chalicelib.consent.words.ledger import Evidence, Way
from chalicelib.consent.words.page import Chosen, LinkOrder, Page, PreferenceLink, SealedLink
from chalicelib.errors import Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Key, read_key
from chalicelib.staff import flows as staff
from chalicelib.world import World

USE = "preferences"


def make_link(brand: str, person: str, order: LinkOrder, *, actor: str, home: str, world: World, now: datetime) -> PreferenceLink:
    """A link to a person's page, written down. `home`: our own address."""
    keys = identity.keys_of_person(brand, person)
    if not keys:
        raise Missing(code="person_missing")
    ends_at = now + timedelta(seconds=order.lives_s)
    sealed = msgspec.json.encode(SealedLink(key=str(min(keys)), ends_at=int(ends_at.timestamp()))).decode()
    staff.record(brand, "preference_link.made", {"person": person, "lives_s": order.lives_s}, actor=actor, world=world, now=now)
    text = f"{brand}.{world.keyring.seal(brand, sealed, use=USE, now=now)}"
    return PreferenceLink(link=f"{home}{rules.PATH.format(preferences=text)}", ends_at=ends_at)


def show_page(text: str, *, world: World, now: datetime) -> Page:
    """What the person of a link wants, as of now."""
    brand, key = _open(text, world=world, now=now)
    return _page(contacts.read_contact(identity.fold(brand, key)), world=world, now=now)


def choose(text: str, chosen: Chosen, *, source: str, world: World, now: datetime) -> Page:
    """Keep what was chosen: in force everywhere when this returns. `source`: the address it came from."""
    brand, key = _open(text, world=world, now=now)
    shown = _page(contacts.read_contact(identity.fold(brand, key)), world=world, now=now)
    hashed = world.keyring.hash(brand, f"source:{source}", now=now) if source else ""
    told = rules.read_choice(chosen, policy.policy_of(brand, world=world, now=now))
    contact = say(brand, key, told, Evidence(way=Way.page, source=hashed), world=world, now=now)
    return msgspec.structs.replace(_page(contact, world=world, now=now), stopped=chosen.stop, undoable=chosen.stop and shown.marketing)


def _open(text: str, *, world: World, now: datetime) -> tuple[str, Key]:
    """The brand and identifier of a link; refused alike when it is not ours and when it is over."""
    brand, sealed = rules.split_text(text)
    opened = world.keyring.unseal(brand, sealed, use=USE)
    if opened is None:
        raise Missing(code="preference_link_over")
    link = msgspec.json.decode(opened, type=SealedLink)
    if now.timestamp() >= link.ends_at:
        raise Missing(code="preference_link_over")
    return brand, read_key(link.key)


def _page(contact: Contact, *, world: World, now: datetime) -> Page:
    in_force = policy.policy_of(contact.folded.brand, world=world, now=now)
    return rules.write_page(list(contact.sides.values()), in_force)
