"""What is heard: a link or a ticket was opened, a login, an order, a join. Hearing one twice, or late, has one effect."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from chalicelib.attribution.flows.keeping import keep_arrival, keep_touch
from chalicelib.attribution.flows.settling import settle, settle_again
from chalicelib.attribution.rules import orders
from chalicelib.attribution.rules import touches as rules
from chalicelib.attribution.words import Cause, Outcome, OutcomeKind
from chalicelib.aws.facts import Fact
from chalicelib.entries.words.arrivals import Arrived
from chalicelib.hub.flows.handing import open_record
from chalicelib.identity.words import read_key
from chalicelib.sessions.words import LoggedIn, TicketOpened
from chalicelib.world import World

ORDER = "order"


def hear(fact: Fact, *, world: World, now: datetime) -> None:
    """What this room does about a fact."""
    if fact.kind == "logged_in":
        hear_login(fact.brand, msgspec.convert(fact.body, LoggedIn), world=world, now=now)
    elif fact.kind == "record.stored" and fact.body["type"] == ORDER:
        hear_order(fact.brand, fact.body["key"], world=world, now=now)
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


def hear_order(brand: str, key: str, *, world: World, now: datetime) -> None:
    """Attribute an order as it stands now, whichever version was announced: later ones move its money and state, not its touches."""
    found = open_record(brand, ORDER, key, world=world)
    if found is None:
        return
    version, body = found
    touch = rules.read_order(brand, key, body.data.get("entry"), at=version.at.astimezone(UTC))
    if touch is not None:
        keep_touch(brand, read_key(version.owner), touch, world=world, now=now)

    def look(known: Outcome | None) -> Cause | None:
        stands = open_record(brand, ORDER, key, world=world)
        if stands is None:
            return None
        version, body = stands
        return Cause(owner=version.owner, at=version.at.astimezone(UTC), worth=orders.worth_of(version.state, body.data))

    settle(brand, OutcomeKind.order, key, look, world=world, now=now)
