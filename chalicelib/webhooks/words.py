"""Words of webhooks: who is told of which facts, and what became of each telling."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

TEST = "webhook.test"
"""The fact that is told when somebody asks for it, whatever else a webhook is told of."""
MOST_NAMED = 100


class Kind(StrEnum):
    """Facts that can be told."""

    person_joined = "person.joined"
    person_split = "person.split"
    record_stored = "record.stored"
    record_quarantined = "record.quarantined"
    group_filled = "group.filled"
    group_failed = "group.failed"
    consent_changed = "consent.changed"


Url = Annotated[str, msgspec.Meta(min_length=8, max_length=1024)]
Title = Annotated[str, msgspec.Meta(max_length=128)]
DeliveryId = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{32}$(?!\n)")]


class WebhookOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where facts shall be told, and which."""

    url: Url
    facts: Annotated[tuple[Kind, ...], msgspec.Meta(min_length=1, max_length=len(Kind))]
    title: Title = ""


class RedriveOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall be told again: these deliveries, or those that failed of facts from a time on, or from where the last answer ended."""

    deliveries: Annotated[tuple[DeliveryId, ...], msgspec.Meta(min_length=1, max_length=MOST_NAMED)] | None = None
    since: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    cursor: str | None = None


class State(StrEnum):
    """Whether a webhook is told of anything."""

    enabled = "enabled"
    disabled = "disabled"


class Why(StrEnum):
    """Why a webhook was disabled."""

    failing = "failing"
    gone = "gone"


class SecretKept(msgspec.Struct, frozen=True):
    """A secret; one that was replaced signs along until a time."""

    secret: str
    until: datetime | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What of a webhook lies sealed: an address may hold a key of the receiver's."""

    url: str
    secrets: tuple[SecretKept, ...]


class Pace(msgspec.Struct, frozen=True):
    """How quickly a receiver answers: slow answers count up, quick ones down. A parked one has a lane of its own."""

    slowness: int = 0
    parked: bool = False


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook as it is kept. `revision` grows with whatever its owner changes; `failing_since`: since when no telling has succeeded.

    `fingerprint`: of the order it was made by.
    """

    brand: str
    id: str
    title: str
    facts: tuple[Kind, ...]
    sealed: str
    revision: int
    state: State
    why: Why | None
    disabled_at: datetime | None
    failing_since: datetime | None
    pace: Pace
    made_at: datetime
    fingerprint: str = ""


class WebhookShown(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook without its secret. `parked`: it answers slowly, and is told in a lane of its own."""

    id: str
    url: str
    facts: tuple[Kind, ...]
    title: str
    state: State
    parked: bool
    made_at: datetime
    why: Why | None = None
    disabled_at: datetime | None = None
    failing_since: datetime | None = None


class NewWebhook(WebhookShown, frozen=True, kw_only=True):
    """A webhook at the one moment its secret is shown."""

    secret: str


class NewSecret(msgspec.Struct, frozen=True, kw_only=True):
    """A new secret at the one moment it is shown, and until when the ones before sign along."""

    secret: str
    previous_until: datetime


class DeliveryState(StrEnum):
    """How a telling stands: it waits for its first or next try, succeeded, or is not tried any more."""

    waiting = "waiting"
    delivered = "delivered"
    failed = "failed"


class Attempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One try: the status that came, or a code that says why none did."""

    at: datetime
    took_ms: int
    status: int | None = None
    code: str = ""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """The telling of one fact to one webhook. `tries`: so many began; `first`: how many had when this round of them did.

    `outcome`: why it is not tried any more.
    """

    brand: str
    webhook: str
    id: str
    fact: str
    body: str
    state: DeliveryState
    tries: int
    first: int
    attempts: tuple[Attempt, ...]
    made_at: datetime
    next_at: datetime | None
    outcome: str = ""


class DeliveryShown(msgspec.Struct, frozen=True, kw_only=True):
    """A telling as its sender sees it: what came back is not kept, only its status."""

    id: str
    fact: str
    state: DeliveryState
    made_at: datetime
    attempts: tuple[Attempt, ...]
    next_at: datetime | None = None
    outcome: str = ""


class DeliveriesPage(msgspec.Struct, frozen=True, kw_only=True):
    """Tellings, the newest first; `cursor` leads to earlier ones."""

    deliveries: tuple[DeliveryShown, ...]
    cursor: str | None = None


class Redriven(msgspec.Struct, frozen=True, kw_only=True):
    """How many are told again; with a `cursor` there are more to look at: ask again with it."""

    redriven: int
    cursor: str | None = None


class Handover(msgspec.Struct, frozen=True):
    """What a queue carries: which telling, and which of its tries this is."""

    brand: str
    webhook: str
    delivery: str
    tries: int


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver gets: ids, and no personal value."""

    type: str
    timestamp: datetime
    data: dict[str, Any]
