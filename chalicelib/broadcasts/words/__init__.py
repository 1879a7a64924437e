"""Words of the broadcasts room: broadcasts, their parts, what is kept of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from chalicelib.broadcasts.words.orders import Content
from chalicelib.identity.words import IdentifierType

PERSON = "person"


class State(StrEnum):
    """How a broadcast stands. `stopped` is for good; `done`: everybody was looked at."""

    running = "running"
    paused = "paused"
    stopped = "stopped"
    done = "done"


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where the people of a broadcast are read from, page by page, while it runs; nothing of one that was told whom it is for."""

    query: str | None = None
    followers: str | None = None
    tag: int | None = None


class Sealed(msgspec.Struct, frozen=True):
    """What is kept encrypted of a broadcast."""

    content: Content
    source: Source


class Broadcast(msgspec.Struct, frozen=True, kw_only=True):
    """One message to many.

    `laid`: is everybody it is for kept in a part? `position`: how far its source is read, sealed. `parts`, `people`: those kept so far.
    `waits_until`: nothing goes before, because of `why`. `overridden`: what stands in the way of its texts was let through. `version`
    moves as its source is read.
    """

    brand: str
    id: str
    state: State
    sealed: str
    fingerprint: str
    started_at: datetime
    begins_at: datetime
    by: str
    per_minute: int
    laid: bool
    position: str = ""
    parts: int = 0
    parts_done: int = 0
    people: int = 0
    waits_until: datetime | None = None
    why: str = ""
    overridden: bool = False
    version: int = 1

    @property
    def is_done(self) -> bool:
        """Was everybody looked at?"""
        return self.laid and self.parts_done >= self.parts


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One of those a broadcast is for: an identifier with its value, or a person by their id."""

    type: str
    value: str
    account: str = ""

    @property
    def identifier_type(self) -> IdentifierType | None:
        return None if self.type == PERSON else IdentifierType(self.type)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """How far one part of a broadcast is: `left`, the places of those who were not looked at yet; `counts`, what became of the rest."""

    number: int
    people: int
    left: tuple[int, ...]
    counts: dict[str, int]
    version: int = 0


class Errand(msgspec.Struct, frozen=True, omit_defaults=True, tag="broadcast"):
    """What the queue carries: a part to be sent, or, where none is named, people to be read from the source."""

    brand: str
    broadcast: str
    part: int | None = None


class MassErrand(msgspec.Struct, frozen=True, tag="mass"):
    """What the queue carries: a mass send of which something is due."""

    brand: str
    mass: str


AnyErrand = Errand | MassErrand
