"""What the phone keeps between two visits: what people said, booked and bought, posters, the key of the shop's computer. Pure."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


class Said(Struct, frozen=True):
    """What a person said to an account, as it was pushed: a message, or that they follow or leave."""

    at: float
    user: str
    appid: str
    fields: dict[str, Any]


class Booking(Struct, frozen=True):
    """A slot that a person booked in the demo shop; `message` is the backend's id of the planned reminder, empty when none was planned."""

    id: str
    at: float
    user: str
    appid: str
    service: str
    slot: str
    message: str = ""


class Sale(Struct, frozen=True):
    """What a person bought in the demo shop."""

    id: str
    at: float
    user: str
    appid: str
    item: str
    fen: int


class Poster(Struct, frozen=True):
    """What is printed above a code with parameters: `scene` is the code's."""

    appid: str
    scene: str
    title: str


class PhoneBook(Struct):
    """Everything of the phone; `backend_key` is never told whole."""

    said: list[Said] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    backend_key: str = ""
    sales: list[Sale] = field(default_factory=list)
    posters: list[Poster] = field(default_factory=list)
