"""What somebody says about themselves: kept under all their identifiers at once, in force for whatever is sent after."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.consent.flows.changing import TRIES
from chalicelib.consent.rules.telling import tell, write_entries
from chalicelib.consent.tables import contacts, ledger
from chalicelib.consent.words import Contact, Side
from chalicelib.consent.words.ledger import Entry, Evidence, Kept, Told
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Key
from chalicelib.ids import ulid
from chalicelib.patience import until_done
from chalicelib.world import World


def say(brand: str, key: Key, told: Told, evidence: Evidence, *, world: World, now: datetime) -> Contact:
    """Keep what the person who has an identifier says: in force when this returns, or not at all. The same again changes nothing."""

    def look() -> Contact | None:
        contact = contacts.read_contact(identity.fold(brand, key))
        after, entries = _tell(contact, key, told, now=now)
        if not entries:
            return contact
        kept = [_keep(brand, key, world.new_id(), entry, evidence, world=world, now=now) for entry in entries]
        return _finish(contact, after, kept, _announce(contact, key, entries, evidence, now=now))

    return until_done(look, tries=TRIES, world=world)


def say_once(brand: str, key: Key, told: Told, evidence: Evidence, *, cause: str, at: datetime, world: World, now: datetime) -> Contact:
    """As `say`, but heard again, however much later, it is not said again: it is written down although it may change nothing.

    `at`: when it was said, the same each time.
    """

    def caused_id(place: int) -> str:
        return ulid(at, hashlib.blake2b(f"{cause}/{place}".encode(), digest_size=10).digest())

    def look() -> Contact | None:
        contact = contacts.read_contact(identity.fold(brand, key))
        if ledger.has_entry(brand, key, caused_id(0)):
            return contact
        after, entries = _tell(contact, key, told, now=now)
        fact = _announce(contact, key, entries, evidence, now=now) if entries else None
        written = entries or write_entries(told, [(Side(), after[key])])
        kept = [_keep(brand, key, caused_id(place), entry, evidence, world=world, now=now) for place, entry in enumerate(written)]
        return _finish(contact, after, kept, fact)

    return until_done(look, tries=TRIES, world=world)


def _tell(contact: Contact, key: Key, told: Told, *, now: datetime) -> tuple[dict[Key, Side], tuple[Entry, ...]]:
    """What lies under each identifier once it is said, and what of it is new under any of them; the own one tells first."""
    after = {each: tell(side, told, now=now) for each, side in contact.sides.items()}
    own_first = sorted(after, key=lambda each: each != key)
    return after, write_entries(told, [(contact.sides[each], after[each]) for each in own_first])


def _finish(contact: Contact, after: dict[Key, Side], kept: list[Kept], fact: dict[str, Any] | None) -> Contact | None:
    """The contact as it is then; nothing when it was not as it was read."""
    return msgspec.structs.replace(contact, sides=after) if ledger.keep_told(contact, after, kept, fact) else None


def _keep(brand: str, key: Key, entry_id: str, entry: Entry, evidence: Evidence, *, world: World, now: datetime) -> Kept:
    sealed = world.keyring.encrypt(brand, msgspec.json.encode(evidence).decode(), now=now)
    return Kept(key=str(key), id=entry_id, at=now, way=evidence.way, entry=entry, sealed=sealed)


def _announce(contact: Contact, key: Key, entries: tuple[Entry, ...], evidence: Evidence, *, now: datetime) -> dict[str, Any]:
    changes = [{name: value for name, value in msgspec.to_builtins(entry).items() if value} for entry in entries]
    body = {"person": contact.folded.person, "key": str(key), "account": evidence.end, "way": evidence.way, "at": now, "changes": changes}
    return {"kind": "consent.changed", "body": body}
