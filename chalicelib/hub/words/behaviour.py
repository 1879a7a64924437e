"""Words of behaviour: what one identifier did on one day, counted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import msgspec

from chalicelib.hub.words.records import RecordVerdict

MOST_EVENTS = 50


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What an identifier did on a day of UTC. `ring`: the marks of the last events and who brought them: a repeat is not counted."""

    owner: str
    on: date
    ring: bytes = b""
    counts: dict[str, int] = {}
    revision: int = 0


class EventOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One event as an end sends it. `id` is the same when it is sent again."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=48)]
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    properties: dict[str, Any] = {}


class EventsOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Up to 50 events of whoever is logged in. Each is judged alone."""

    events: Annotated[list[Any], msgspec.Meta(min_length=1, max_length=MOST_EVENTS)]


class EventsTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of each event, in order."""

    accepted: int
    rejected: int
    events: tuple[RecordVerdict, ...]


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How often somebody did something, on how many days, and on which day last."""

    name: str
    count: int
    days: int
    last_on: date


class Behaviour(msgspec.Struct, frozen=True, kw_only=True):
    """What a person did on the last days, over all ends: the most frequent first."""

    days: int
    events: tuple[Counted, ...]
