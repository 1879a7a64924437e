"""What somebody says about themselves: kept under all their identifiers at once, in force for whatever is sent after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.consent.flows.changing import TRIES
from chalicelib.consent.rules.telling import tell, write_entries
from chalicelib.consent.tables import contacts, ledger
from chalicelib.consent.words import Contact
from chalicelib.consent.words.ledger import Entry, Evidence, Kept, Told
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Key
from chalicelib.ids import ulid
from chalicelib.patience import until_done
from chalicelib.world import World


def say(brand: str, key: Key, told: Told, evidence: Evidence, *, world: World, now: datetime) -> Contact:
    """Keep what the person who has an identifier says: in force when this returns, or not at all. The same again changes nothing."""
    return _say(brand, key, told, evidence, lambda place: world.new_id(), world=world, now=now)


def say_once(brand: str, key: Key, told: Told, evidence: Evidence, *, cause: str, at: datetime, world: World, now: datetime) -> Contact:
    """As `say`, but heard again, however much later, it is not said again. `at`: when it was said, the same each time."""

    def caused_id(place: int) -> str:
        return ulid(at, hashlib.blake2b(f"{cause}/{place}".encode(), digest_size=10).digest())

    if ledger.has_entry(brand, key, caused_id(0)):
        return contacts.read_contact(identity.fold(brand, key))
    return _say(brand, key, told, evidence, caused_id, world=world, now=now)


def _say(brand: str, key: Key, told: Told, evidence: Evidence, new_id: Callable[[int], str], *, world: World, now: datetime) -> Contact:
    def look() -> Contact | None:
        contact = contacts.read_contact(identity.fold(brand, key))
        after = {each: tell(side, told, now=now) for each, side in contact.sides.items()}
        if after == contact.sides:
            return contact
        changed = key if after[key] != contact.sides[key] else next(each for each in after if after[each] != contact.sides[each])
        entries = write_entries(told, contact.sides[changed], after[changed])
        kept = [_keep(brand, key, new_id(place), entry, evidence, world=world, now=now) for place, entry in enumerate(entries)]
        if not ledger.keep_told(contact, after, kept, _announce(contact, key, entries, evidence, now=now)):
            return None
        return msgspec.structs.replace(contact, sides=after)

    return until_done(look, tries=TRIES, world=world)


def _keep(brand: str, key: Key, entry_id: str, entry: Entry, evidence: Evidence, *, world: World, now: datetime) -> Kept:
    sealed = world.keyring.encrypt(brand, msgspec.json.encode(evidence).decode(), now=now)
    return Kept(key=str(key), id=entry_id, at=now, way=evidence.way, entry=entry, sealed=sealed)


def _announce(contact: Contact, key: Key, entries: tuple[Entry, ...], evidence: Evidence, *, now: datetime) -> dict[str, Any]:
    changes = [{name: value for name, value in msgspec.to_builtins(entry).items() if value} for entry in entries]
    body = {"person": contact.folded.person, "key": str(key), "account": evidence.end, "way": evidence.way, "at": now, "changes": changes}
    return {"kind": "consent.changed", "body": body}
