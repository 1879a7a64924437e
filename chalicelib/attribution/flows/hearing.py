"""What is heard: a link or a ticket was opened, a login, an order, a join. Hearing one twice, or late, has one effect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from chalicelib.attribution.flows.keeping import keep_arrival, keep_touch
from chalicelib.attribution.flows.settling import Known, settle, settle_again
from chalicelib.attribution.rules import orders
from chalicelib.attribution.rules import touches as rules
from chalicelib.attribution.words import Cause, Name, OutcomeKind
from chalicelib.aws.facts import Fact, hear_each
from chalicelib.entries.words.arrivals import Arrived
from chalicelib.hub.flows.handing import open_records
from chalicelib.identity.words import read_key
from chalicelib.sessions.words import LoggedIn, TicketOpened
from chalicelib.world import World

ORDER = "order"


def hear(facts: Iterable[Fact], *, world: World, now: datetime) -> None:
    """What this room does about some facts: orders are looked at together, all else one by one. One order can be in the way of all."""
    heard = list(facts)
    stored: defaultdict[str, list[str]] = defaultdict(list)
    for fact in heard:
        if _is_order(fact):
            stored[fact.brand].append(fact.body["key"])
    for brand, keys in stored.items():
        hear_orders(brand, keys, world=world, now=now)
    hear_alone((fact for fact in heard if not _is_order(fact)), world=world, now=now)


def hear_alone(facts: Iterable[Fact], *, world: World, now: datetime) -> None:
    """The same, each by itself, so that none is in the way of another; what went well before is found done."""
    hear_each(facts, lambda fact: _hear(fact, world=world, now=now))


def _is_order(fact: Fact) -> bool:
    return fact.kind == "record.stored" and fact.body["type"] == ORDER


def _hear(fact: Fact, *, world: World, now: datetime) -> None:
    if _is_order(fact):
        hear_orders(fact.brand, [fact.body["key"]], world=world, now=now)
    elif fact.kind == "logged_in":
        hear_login(fact.brand, msgspec.convert(fact.body, LoggedIn), world=world, now=now)
    elif fact.kind == "person.joined":
        for person in (fact.body["absorbed"], fact.body["person"]):
            settle_again(fact.brand, person, world=world, now=now)


def hear_coming(came: Arrived | TicketOpened, *, world: World, now: datetime) -> None:
    """Keep the touch of somebody who opened a link, or a ticket that logged nobody in."""
    if isinstance(came, Arrived):
        keep_arrival(came, world=world, now=now)
    elif (touch := rules.read_opened_ticket(came)) is not None:
        keep_touch(came.brand, read_key(came.key), touch, world=world, now=now)


def hear_login(brand: str, login: LoggedIn, *, world: World, now: datetime) -> None:
    """Keep the touch that a login is."""
    touch = rules.read_login(login)
    if touch is not None:
        keep_touch(brand, read_key(login.key), touch, world=world, now=now)


def hear_orders(brand: str, keys: Sequence[str], *, world: World, now: datetime) -> None:
    """Attribute orders as they stand now, whichever version was announced: later ones move their money and state, not their touches."""
    for key, (version, body) in open_records(brand, ORDER, dict.fromkeys(keys), world=world).items():
        touch = rules.read_order(brand, key, body.data.get("entry"), at=version.at.astimezone(UTC))
        if touch is not None:
            keep_touch(brand, read_key(version.owner), touch, world=world, now=now)

    def look(names: Sequence[Name], known: Known) -> Mapping[Name, Cause]:
        stands = open_records(brand, ORDER, [key for _, key in names], world=world)
        return {
            (OutcomeKind.order, key): Cause(
                owner=version.owner, at=version.at.astimezone(UTC), worth=orders.worth_of(version.state, body.data)
            )
            for key, (version, body) in stands.items()
        }

    settle(brand, [(OutcomeKind.order, key) for key in keys], look, world=world, now=now)
