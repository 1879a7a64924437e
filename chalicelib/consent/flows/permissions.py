"""The permission centre: one person's yes and no, said at any end, in force on all of them once it is said."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.consent.flows import policy
from chalicelib.consent.flows.telling import say
from chalicelib.consent.rules import showing
from chalicelib.consent.tables import contacts, ledger
from chalicelib.consent.words import Contact
from chalicelib.consent.words.ledger import Evidence, Kept, Told, Way
from chalicelib.consent.words.permissions import (
    About,
    EntryShown,
    HistoryPage,
    Permissions,
    PermissionsOrder,
    ServerPermissionsOrder,
)
from chalicelib.errors import Invalid, Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Key, read_key
from chalicelib.ids import is_ulid
from chalicelib.sessions.words import Session
from chalicelib.world import World


def show_own(session: Session, *, world: World, now: datetime) -> Permissions:
    """What whoever is logged in allows, over all ends, as of now."""
    contact = contacts.read_contact(identity.fold(session.brand, read_key(session.key)))
    return _show(contact, session.account, world=world, now=now)


def change_own(session: Session, order: PermissionsOrder, *, request: str, source: str, world: World, now: datetime) -> Permissions:
    """Keep what somebody chose at the end they are logged in at; in force on every end when this returns. `source`: their address."""
    told = _read(session.brand, order, world=world, now=now)
    hashed = world.keyring.hash(session.brand, f"source:{source}", now=now) if source else ""
    evidence = Evidence(way=Way.client, end=session.account, request=request, source=hashed)
    contact = say(session.brand, read_key(session.key), told, evidence, world=world, now=now)
    return _show(contact, session.account, world=world, now=now)


def show_for(brand: str, person: str, *, world: World, now: datetime) -> Permissions:
    """What a person allows, to a business system."""
    return _show(contacts.read_contact(identity.fold(brand, _any_key(brand, person))), "", world=world, now=now)


def change_for(
    brand: str, person: str, order: ServerPermissionsOrder, *, actor: str, request: str, world: World, now: datetime
) -> Permissions:
    """Keep what a person told a business system; in force on every end when this returns."""
    told = _read(brand, order, world=world, now=now)
    end = "" if order.end is None else _name_of(brand, order.end, world=world, now=now)
    evidence = Evidence(way=Way.server, end=end, actor=actor, request=request, wording=order.evidence)
    contact = say(brand, _any_key(brand, person), told, evidence, world=world, now=now)
    return _show(contact, end, world=world, now=now)


def list_own_history(session: Session, *, cursor: str | None, most: int, world: World) -> HistoryPage:
    folded = identity.fold(session.brand, read_key(session.key))
    return _list_history(session.brand, folded.keys, cursor, most, world=world)


def list_history(brand: str, person: str, *, cursor: str | None, most: int, world: World) -> HistoryPage:
    """What was said under every identifier a person has now, the latest first."""
    return _list_history(brand, tuple(identity.keys_of_person(brand, person)), cursor, most, world=world)


def _list_history(brand: str, keys: tuple[Key, ...], cursor: str | None, most: int, *, world: World) -> HistoryPage:
    if cursor is not None and not is_ulid(cursor):
        raise Invalid(code="cursor_invalid")
    found = [kept for key in keys for kept in ledger.list_entries(brand, key, before=cursor, most=most + 1)]
    page = sorted(found, key=lambda kept: kept.id, reverse=True)
    shown = tuple(_show_entry(brand, kept, world=world) for kept in page[:most])
    return HistoryPage(entries=shown, cursor=page[most - 1].id if len(page) > most else None)


def _show(contact: Contact, end: str, *, world: World, now: datetime) -> Permissions:
    sides = list(contact.sides.values())
    return Permissions(
        marketing=showing.state_of(sides, About.marketing),
        service=showing.state_of(sides, About.service),
        here=showing.show_here(sides, end) if end else None,
        said=showing.show_said(contact),
        topics=showing.show_topics(sides),
        quiet=showing.show_quiet(showing.latest_hours(sides)),
        privacy=policy.show_privacy(contact.folded.brand, sides, world=world, now=now),
    )


def _show_entry(brand: str, kept: Kept, *, world: World) -> EntryShown:
    evidence = msgspec.json.decode(world.keyring.decrypt(brand, kept.sealed), type=Evidence)
    entry = kept.entry
    return EntryShown(
        at=kept.at,
        about=entry.about,
        channel=entry.channel,
        end=f"{brand}.{entry.end}" if entry.end else None,
        topic=entry.topic or None,
        choice=entry.choice,
        text=entry.text,
        way=kept.way,
        said_at=f"{brand}.{evidence.end}" if evidence.end else None,
    )


def _read(brand: str, order: PermissionsOrder, *, world: World, now: datetime) -> Told:
    if order.privacy is not None:
        policy.check_version(brand, order.privacy.version)
    return showing.read_order(order, lambda account_id: _name_of(brand, account_id, world=world, now=now))


def _name_of(brand: str, account_id: str, *, world: World, now: datetime) -> str:
    return register.find_own_account(brand, account_id, world=world, now=now).name


def _any_key(brand: str, person: str) -> Key:
    """An identifier of a person: what is said through any of them is said for all."""
    keys = identity.keys_of_person(brand, person)
    if not keys:
        raise Missing(code="person_missing")
    return min(keys)
