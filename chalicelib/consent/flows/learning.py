"""What answers to sends teach: reservations that were not used, identifiers that reach nobody, room and leave that are gone."""

from __future__ import annotations

from datetime import datetime

from chalicelib.consent.flows.changing import change_side
from chalicelib.consent.rules import allowances, grants, reaching, sends
from chalicelib.consent.words import Allowance, Grant, Side
from chalicelib.identity.words import Key
from chalicelib.world import World


def release(brand: str, key: Key, *, message: str, gives_back: Grant | Allowance | None, world: World) -> None:
    """Take back a reservation that certainly was not sent. The noted send is the mark: taken back again, nothing happens."""

    def take_back(side: Side) -> Side:
        sent = sends.find(side, message)
        if sent is None:
            return side
        side = sends.forget(side, message)
        match gives_back:
            case Grant():
                return grants.give_back(side, gives_back, sent_at=sent.at)
            case Allowance():
                return allowances.give_back(side, gives_back)
            case None:
                return side

    change_side(brand, key, take_back, world=world)


def note_dead(brand: str, key: Key, code: str, *, at: datetime, world: World) -> None:
    """WeChat or a provider said that this identifier reaches nobody (43004, 40003 …). The later word stays."""

    change_side(brand, key, lambda side: reaching.bury(side, code, at=at), world=world)


def note_window_closed(brand: str, key: Key, *, at: datetime, world: World) -> None:
    """WeChat said of a send made at that time that there is no room for customer-service messages (45015, 45047)."""
    change_side(brand, key, lambda side: allowances.closed(side, at=at), world=world)


def note_no_grant(brand: str, key: Key, template: str, *, at: datetime, world: World) -> None:
    """WeChat said of a send made at that time that there is no leave (43101). What was accepted later stays."""
    change_side(brand, key, lambda side: grants.none_left(side, template, at=at), world=world)
