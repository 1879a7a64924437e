"""Invitations: handed out, accepted once, counted for the inviter."""

from __future__ import annotations

from datetime import datetime

from chalicelib.errors import Busy, Conflict, Missing, Refused
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Folded, Key, read_key
from chalicelib.ids import is_ulid
from chalicelib.offers.rules import invitations as rules
from chalicelib.offers.tables import codes
from chalicelib.offers.tables import invitations as tables
from chalicelib.offers.words.invitations import Accepted, Brought, Guest, Invitation, InvitationShown, InviterShown
from chalicelib.sessions.words import Claims
from chalicelib.world import World

TRIES = 5
MOST_GUESTS = 100


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


def show_inviter(brand: str, person_id: str) -> InviterShown:
    """What came of a person's invitations, over all their identifiers: the first hundred guests of each."""
    keys = identity.keys_of_person(brand, person_id)
    by = tables.find_brought(brand, keys)
    guests = [_guest(brand, each) for each in tables.list_guests(brand, keys, most=MOST_GUESTS)]
    return InviterShown(
        person=identity.find_person_by_key(brand, keys[0]),
        invited_by=None if by is None else _person(brand, by.inviter),
        invited=len({each.person for each in guests}),
        redeemed=sum(len(each.orders) for each in guests),
        guests=tuple(guests),
    )


def _came_before(brand: str, before: Brought, inviter: str) -> Accepted:
    """The same inviter's word again is the same word; anybody else comes too late."""
    is_same = before.inviter == inviter or identity.find_common_person(brand, read_key(before.inviter), read_key(inviter)) is not None
    if not is_same:
        raise Conflict(code="invitation_late")
    return Accepted(at=before.at)


def _last_of_chain(invited: Folded, inviter: Key) -> Folded:
    """Whoever, of those who brought each other, nobody brought; a chain that comes back to the invited is refused."""
    for step in range(rules.LONGEST_CHAIN):
        folded = identity.fold(invited.brand, inviter)
        rules.check_inviter(invited.keys, folded.keys, is_first=step == 0)
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
