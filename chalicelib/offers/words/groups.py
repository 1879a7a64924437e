"""Words of groups: how many are in, until when, and who."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from chalicelib.offers.words.registry import Name, OrderId


class State(StrEnum):
    """How a group stands. Open ones take people, filled ones are to be served, failed ones let their orders go."""

    open = "open"
    filled = "filled"
    failed = "failed"


class GroupOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Open a group of this offer, with the order that takes the first seat."""

    offer: Name
    order: OrderId


class SeatOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take a seat for this order."""

    order: OrderId


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group as it is kept, with the terms it was opened under. `failed`: its deadline has found it short."""

    brand: str
    id: str
    offer: str
    size: int
    price_fen: int
    taken: int
    opened_at: datetime
    deadline: datetime
    failed: bool = False


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """Who sits in a group, by the identifier that came, and for which order."""

    key: str
    order: str
    at: datetime


class GroupShown(msgspec.Struct, frozen=True, kw_only=True):
    """A group as people see it. `mine`: is whoever asks in it?"""

    id: str
    offer: str
    size: int
    price_fen: int
    taken: int
    state: State
    deadline: datetime
    mine: bool


class SeatShown(msgspec.Struct, frozen=True, kw_only=True):
    """A seat as the brand's systems see it."""

    order: str
    person: str | None
    at: datetime


class GroupTold(msgspec.Struct, frozen=True, kw_only=True):
    """A group as the brand's systems see it: the orders to serve or to let go."""

    id: str
    offer: str
    size: int
    price_fen: int
    taken: int
    state: State
    opened_at: datetime
    deadline: datetime
    seats: tuple[SeatShown, ...]
