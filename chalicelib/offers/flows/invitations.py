"""Invitations: handed out, accepted once, counted for the inviter."""

from __future__ import annotations

from datetime import datetime

from chalicelib.errors import Busy, Conflict, Invalid, Missing, Refused
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Folded, Key, read_key
from chalicelib.ids import is_ulid
from chalicelib.offers.rules import invitations as rules
from chalicelib.offers.tables import codes
from chalicelib.offers.tables import invitations as tables
from chalicelib.offers.words.invitations import Accepted, Brought, Guest, Invitation, InvitationShown, InviterShown, Place
from chalicelib.sessions.words import Claims
from chalicelib.world import World

TRIES = 5


def show_own(claims: Claims, *, world: World) -> InvitationShown:
    """The invitation of whoever is logged in, made when it is first asked for. It names nobody."""
    for _ in range(TRIES):
        own = tables.read_own(claims.brand, claims.key)
        if own is not None:
            return InvitationShown(invitation=own.id)
        tables.keep_own(claims.brand, Invitation(id=world.new_id(), key=claims.key))
    raise Busy


def accept(claims: Claims, invitation: str, *, now: datetime) -> Accepted:
    """Say by whose invitation whoever is logged in has come: once for each person, and the first word stays."""
    for _ in range(TRIES):
        inviter = tables.find_inviter(claims.brand, invitation) if is_ulid(invitation) else None
        if inviter is None:
            raise Missing(code="invitation_missing")
        invited = identity.fold(claims.brand, read_key(claims.key))
        before = tables.find_brought(claims.brand, invited.keys)
        if before is not None:
            return _came_before(claims.brand, before, inviter)
        last = _last_of_chain(invited, read_key(inviter))
        brought = Brought(key=claims.key, inviter=inviter, at=now)
        if tables.accept(brought, invited, last):
            return Accepted(at=now)
    raise Busy


def show_inviter(brand: str, person_id: str, *, after: Place | None, most: int) -> tuple[InviterShown, Place | None]:
    """What came of a person's invitations, over all their identifiers: a page of guests, and where the next begins."""
    keys = sorted(map(str, identity.keys_of_person(brand, person_id)))
    if after is not None and after.inviter not in keys:
        raise Invalid(code="cursor_invalid")
    by = tables.find_brought(brand, map(read_key, keys))
    brought = tables.list_guests(brand, keys, after=after, most=most + 1)
    guests = [_guest(brand, each) for each in brought[:most]]
    shown = InviterShown(
        person=identity.find_person_by_key(brand, read_key(keys[0])),
        invited_by=None if by is None else _person(brand, by.inviter),
        accepted=tables.count_guests(brand, keys),
        invited=len({each.person for each in guests}),
        redeemed=len({order for each in guests for order in each.orders}),
        guests=tuple(guests),
    )
    last = brought[most - 1] if len(brought) > most else None
    return shown, None if last is None else Place(last.inviter, last.key)


def _came_before(brand: str, before: Brought, inviter: str) -> Accepted:
    """The same inviter's word again is the same word; anybody else comes too late."""
    is_same = before.inviter == inviter or identity.find_common_person(brand, read_key(before.inviter), read_key(inviter)) is not None
    if not is_same:
        raise Conflict(code="invitation_late")
    return Accepted(at=before.at)


def _last_of_chain(invited: Folded, inviter: Key) -> Folded | None:
    """Whoever, of those who brought each other, nobody brought; a chain that comes back to the invited is refused.

    Nobody, where a join of two people has closed a chain in itself: everybody in it was brought, so it never comes to the invited.
    """
    passed: set[str] = set()
    for step in range(rules.LONGEST_CHAIN):
        folded = identity.fold(invited.brand, inviter)
        rules.check_inviter(invited.keys, folded.keys, is_first=step == 0)
        if folded.person in passed:
            return None
        passed.add(folded.person)
        brought = tables.find_brought(invited.brand, folded.keys)
        if brought is None:
            return folded
        inviter = read_key(brought.inviter)
    raise Conflict(code="invitation_loop")


def _guest(brand: str, brought: Brought) -> Guest:
    """Somebody who was brought, with the orders of their redeemed codes."""
    try:
        person = identity.find_person_by_key(brand, read_key(brought.key))
    except Refused:
        return Guest(person=None, at=brought.at, orders=())
    return Guest(person=person, at=brought.at, orders=codes.list_orders(brand, identity.keys_of_person(brand, person)))


def _person(brand: str, key: str) -> str | None:
    try:
        return identity.find_person_by_key(brand, read_key(key))
    except Refused:
        return None
