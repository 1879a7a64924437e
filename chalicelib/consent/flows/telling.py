"""What somebody says about themselves: kept under all their identifiers at once, in force for whatever is sent after."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.consent.flows.changing import TRIES
from chalicelib.consent.rules import telling as rules
from chalicelib.consent.tables import contacts, ledger
from chalicelib.consent.words import Contact, Scope, Side
from chalicelib.consent.words.ledger import Entry, Evidence, Kept, Statement, Told
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Key
from chalicelib.ids import ulid
from chalicelib.patience import until_done
from chalicelib.world import World


def say(brand: str, key: Key, told: Told, evidence: Evidence, *, world: World, now: datetime) -> Contact:
    """Keep what the person who has an identifier says: in force when this returns, or not at all. Said again at once, nothing changes."""

    def look() -> Contact | None:
        contact = contacts.read_contact(identity.fold(brand, key))
        after = {each: rules.tell(side, told, now=now) for each, side in contact.sides.items()}
        entries = _write(contact, key, told, after)
        if not entries:
            return contact
        kept = [_keep(brand, key, world.new_id(), entry, evidence, world=world, now=now) for entry in entries]
        return _finish(contact, after, kept, _announce(contact, key, entries, evidence, now=now))

    return until_done(look, tries=TRIES, world=world)


def hear_no(
    brand: str, key: Key, scopes: tuple[Scope, ...], evidence: Evidence, *, cause: str, heard_at: datetime, world: World, now: datetime
) -> Contact:
    """A no that a callback told, as of when we heard it: a yes that was surely said later stays, however late this is worked off.

    Once for each cause: it is written down although it may change nothing. `heard_at`: the same each time.
    """
    told = Told(statements=tuple(Statement(scope, False) for scope in scopes))

    def caused_id(place: int) -> str:
        return ulid(heard_at, hashlib.blake2b(f"{cause}/{place}".encode(), digest_size=10).digest())

    def look() -> Contact | None:
        contact = contacts.read_contact(identity.fold(brand, key))
        if ledger.has_entry(brand, key, caused_id(0)):
            return contact
        after = {each: rules.hear_no(side, scopes, heard_at=heard_at) for each, side in contact.sides.items()}
        entries = _write(contact, key, told, after)
        fact = _announce(contact, key, entries, evidence, now=now) if entries else None
        written = entries or rules.write_entries(told, [(Side(), rules.hear_no(Side(), scopes, heard_at=heard_at))])
        kept = [_keep(brand, key, caused_id(place), entry, evidence, world=world, now=now) for place, entry in enumerate(written)]
        return _finish(contact, after, kept, fact)

    return until_done(look, tries=TRIES, world=world)


def _write(contact: Contact, key: Key, told: Told, after: dict[Key, Side]) -> tuple[Entry, ...]:
    """What of it is new under any identifier; the own one tells first."""
    own_first = sorted(after, key=lambda each: each != key)
    return rules.write_entries(told, [(contact.sides[each], after[each]) for each in own_first])


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
