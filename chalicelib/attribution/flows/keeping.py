"""Touches kept, each counted once, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.accounts.words import Account
from chalicelib.attribution.flows.naming import name_entry
from chalicelib.attribution.flows.settling import Known, settle, settle_again
from chalicelib.attribution.rules import pins
from chalicelib.attribution.rules import touches as rules
from chalicelib.attribution.tables import counting
from chalicelib.attribution.tables import touches as tables
from chalicelib.attribution.words import Cause, Lines, Name, OutcomeKind, Touch, TouchKind
from chalicelib.entries.words.arrivals import Arrived
from chalicelib.identity import flows as identity
from chalicelib.identity.rules.coverage import day_of
from chalicelib.identity.words import Key, read_key
from chalicelib.patience import LONG_PAUSE_S, until_done
from chalicelib.wechat.messages import Inbound
from chalicelib.world import World

TRIES = 12
FOLLOWS = frozenset({TouchKind.qr_follow, TouchKind.follow})
LOGINS = frozenset({TouchKind.login, TouchKind.ticket})


def keep_callback(account: Account, openid: Key, message: Inbound, *, key: str, answered: str, world: World, now: datetime) -> None:
    """Keep the touch that a callback is, if it is one. `key`: of the callback; `answered`: the rule that answered it, if one did."""
    touch = rules.read_callback(message, key=key, account=account.name, answered=answered)
    if touch is not None:
        keep_touch(account.brand, openid, touch, world=world, now=now)


def keep_arrival(arrived: Arrived, *, world: World, now: datetime) -> None:
    """Keep the touch of somebody who opened a link, unknown until a login tells of the same visit. It may have come before."""
    touch = name_entry(arrived.brand, rules.read_arrival(arrived), world=world, now=now)
    owner = f"{rules.VISIT}{arrived.visit}"
    _keep_once(arrived.brand, owner, touch, None, world=world)
    for bound in tables.list_owners_of_visit(arrived.brand, owner):
        known = identity.known_since(arrived.brand, read_key(bound))
        if known is not None:
            settle_again(arrived.brand, known[0], since=touch.at - pins.A_SECOND, world=world, now=now)


def keep_touch(brand: str, key: Key, touch: Touch, *, world: World, now: datetime) -> None:
    """Keep a touch of somebody and settle what it is, what it brings and what it comes late for. Repeated anywhere, it has one effect."""
    touch = name_entry(brand, touch, world=world, now=now)
    if touch.kind in rules.NO_VISITS and not touch.entry:
        return
    known = identity.known_since(brand, key)
    _keep_once(brand, str(key), touch, known, world=world)
    if touch.visit:
        tables.bind_visit(brand, f"{rules.VISIT}{touch.visit}", str(key), now=now)
    if known is not None and (touch.entry or touch.visit):
        # what the link was opened for may have come of it before the login that tells who opened it
        since = None if touch.visit else touch.at - pins.A_SECOND
        settle_again(brand, known[0], since=since, world=world, now=now)
    if not touch.entry:
        _settle(brand, OutcomeKind.visit, touch.id, str(key), touch.at, world=world, now=now)
    if touch.kind in FOLLOWS:
        _settle(brand, OutcomeKind.follow, touch.id, str(key), touch.at, world=world, now=now)
    if touch.kind in LOGINS and known is not None:
        _register(brand, known[0], key, touch.at, world=world, now=now)


def _keep_once(brand: str, owner: str, touch: Touch, known: tuple[str, datetime] | None, *, world: World) -> None:
    """The touch, its visit and the day of whoever it is of: looked at, then written if nobody has written meanwhile.

    `known`: who it is of, and since when they are known. A visit without an entry is settled where somebody is known who may have one.
    """
    offset = world.settings.utc_offset_h
    day = day_of(touch.at, utc_offset_h=offset)
    counts = touch.kind not in rules.NO_VISITS
    visit: Lines = (
        pins.count(day, touch, touch, rules.arrival_of(touch)) if counts and (touch.entry or owner.startswith(rules.VISIT)) else {}
    )

    def look() -> bool | None:
        if known is None or not counts:
            kept = counting.keep_touch(brand, owner, touch, None, None, visit)
        else:
            seen = counting.read_presence(brand, known[0], day)
            after = pins.add_touch(seen.presence, touch, new=day_of(known[1], utc_offset_h=offset) >= day)
            moved = pins.difference(pins.count_presence(after, day), pins.count_presence(seen.presence, day))
            kept = counting.keep_touch(brand, owner, touch, seen, after, pins.add_lines(visit, moved))
        return kept or tables.has_touch(brand, owner, touch) or None

    until_done(look, tries=TRIES, longest_s=LONG_PAUSE_S, world=world)


def _settle(brand: str, kind: OutcomeKind, outcome_id: str, owner: str, at: datetime, *, world: World, now: datetime) -> None:
    """One visit, one follow."""
    cause = Cause(owner=owner, at=at, worth={f"{kind}s": 1})
    settle(brand, [(kind, outcome_id)], lambda names, known: dict.fromkeys(names, cause), world=world, now=now)


def _register(brand: str, person: str, key: Key, at: datetime, *, world: World, now: datetime) -> None:
    """Somebody's first login, as who they are known now: the earliest there is, in whichever order they are heard."""

    name = (OutcomeKind.registration, person)

    def look(names: Sequence[Name], known: Known) -> Mapping[Name, Cause]:
        before = known.get(name)
        if before is not None and (before.at, before.owner) < (at, str(key)):
            return {}
        return {name: Cause(owner=str(key), at=at, worth={"registrations": 1})}

    settle(brand, [name], look, world=world, now=now)
