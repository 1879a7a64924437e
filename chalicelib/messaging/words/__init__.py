"""Words of the messaging room: messages, the ways they go, what became of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from chalicelib.accounts.words import Account
from chalicelib.consent.words import Channel, Purpose
from chalicelib.identity.words import IdentifierType, Key
from chalicelib.messaging.words.contents import AnyStep


class Priority(StrEnum):
    """Who goes first where an account's calls run short."""

    high = "high"
    normal = "normal"
    low = "low"


class State(StrEnum):
    """What became of a message. `unknown`: an answer never came, and it is not sent again by itself."""

    planned = "planned"
    sending = "sending"
    accepted = "accepted"
    delivered = "delivered"
    read = "read"
    skipped_consent = "skipped_consent"
    skipped_preference = "skipped_preference"
    skipped_cap = "skipped_cap"
    skipped_quiet_expired = "skipped_quiet_expired"
    skipped_no_endpoint = "skipped_no_endpoint"
    skipped_no_grant = "skipped_no_grant"
    skipped_expired = "skipped_expired"
    skipped_suppressed = "skipped_suppressed"
    skipped_duplicate = "skipped_duplicate"
    failed = "failed"
    unknown = "unknown"
    cancelled = "cancelled"


class Action(StrEnum):
    """What an error of a send asks for. All but `unknown` mean that nothing was sent."""

    again = "again"
    """Nothing happened: another try of the same way."""
    next_way = "next_way"
    """This way does not take this message: the next one may."""
    dead = "dead"
    """Nobody is behind this endpoint any more."""
    no_grant = "no_grant"
    """The leave to send was refused or is used up."""
    window_closed = "window_closed"
    """The person has to write or tap first."""
    stop_channel = "stop_channel"
    """The account's calls are used up until they are counted anew."""
    operator = "operator"
    """Something is set up wrong: a person has to look."""
    unknown = "unknown"
    """The answer was lost: it may have been sent."""


class Gate(StrEnum):
    """What happens to those messages of a group that were not sent yet."""

    open = "open"
    paused = "paused"
    closed = "closed"


class Way(msgspec.Struct, frozen=True):
    """One way a message may go, without what it says. `wait_s`: so long for a receipt, then the next way."""

    channel: Channel
    account: str
    wait_s: int | None = None


class Sealed(msgspec.Struct, frozen=True, array_like=True):
    """The personal half of a message, kept encrypted: the value it was addressed to, and what it says on each way."""

    value: str
    steps: tuple[AnyStep, ...]


class Noted(msgspec.Struct, frozen=True):
    """One entry of a message's trace: when, of which step, and in which words of ours."""

    at: datetime
    step: int
    what: str


class Tried(msgspec.Struct, frozen=True):
    """One attempt that the other side took, or may have taken: by which step, when, and under which id of theirs.

    `failed`: its receipt says that nobody got it.
    """

    step: int
    at: datetime
    provider_id: str = ""
    failed: bool = False


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the other side tells later of what it took: `delivered`, `read` or `failed`.

    `channels`: those it is told of; `template`: of which one, where that is told.
    """

    provider_id: str
    told: State
    why: str
    at: datetime
    channels: tuple[Channel, ...] = ()
    template: str = ""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One thing we want to say to one person, by the first of its ways that is open.

    `to`: the key of the identifier it was addressed to; there it stays, whoever has that identifier later. `revision` moves with every
    write and is 0 before the first; `attempts` are those of the present step. `next_at`: when it is worked on next, `due_at`: when it
    was asked for. `hold`: it waits for the end of quiet hours. `group`: what it is one of many of; a person gets one of a group,
    by whichever identifier.
    """

    brand: str
    id: str
    to: str
    purpose: Purpose
    topic: str
    priority: Priority
    ways: tuple[Way, ...]
    sealed: str
    fingerprint: str
    due_at: datetime
    next_at: datetime
    expires_at: datetime | None
    hold: bool
    best_hour: bool
    state: State = State.planned
    why: str = ""
    step: int = 0
    attempts: int = 0
    revision: int = 0
    lease: str = ""
    lease_until: datetime | None = None
    tried: tuple[Tried, ...] = ()
    trace: tuple[Noted, ...] = ()
    group: str = ""

    @property
    def known_as(self) -> str:
        """What a send of it is remembered as: of a group, all are the same."""
        return self.group or self.id

    @property
    def way(self) -> Way:
        """The way it is on."""
        return self.ways[self.step]


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A message ready to go one way: from which account, to which endpoint, and what.

    `key`: the same for every try of this step, for providers that know a repeat by it; 32 characters at most. `beside`: further
    endpoints that it goes to at the same time, where one message goes to each.
    """

    account: Account
    to: Key
    endpoint: str
    content: AnyStep
    key: str
    purpose: Purpose
    priority: Priority
    beside: tuple[tuple[Key, str], ...] = ()


class Accepted(msgspec.Struct, frozen=True):
    """The other side took a letter; `provider_id`: under which id, where it gives one."""

    provider_id: str = ""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """What the outbox has to know about a channel.

    `endpoint`: what it is sent to, an openid being one at the way's account. `receipts`: are we told of the delivery? `remembers`: how
    long the other side knows a letter's key again; where it has none, a repeat would be a second message.
    """

    endpoint: IdentifierType
    receipts: bool = False
    remembers: timedelta | None = None


class Place(msgspec.Struct, frozen=True, order=True):
    """Where a message stands among those to one person: by when it was due, then by its id."""

    due_at: datetime
    id: str
