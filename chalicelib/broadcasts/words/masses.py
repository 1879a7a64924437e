"""Words of mass sends (群发): what is ordered, how it stands, what WeChat told of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.accounts.words import AccountId
from chalicelib.broadcasts.words import Entry
from chalicelib.broadcasts.words.orders import Outcome, PersonId
from chalicelib.consent.words import Purpose
from chalicelib.identity.words import IdentifierQuery
from chalicelib.lint.words import Finding, Override
from chalicelib.messaging.words.masses import AnyMass, Everybody, MassAudience, Tagged
from chalicelib.messaging.words.orders import Moment, Sentence, Topic

FEWEST_NAMED, MOST_NAMED = 2, 1000
EVERYBODY, THE_NAMED = "all", "people"


class MassState(StrEnum):
    """How a mass send stands. `accepted`: WeChat has taken it; `sent` and `failed`: as its receipt says, or why it never took it.

    `unknown`: an answer never came, and nobody asks again. `expired`: its time was over before WeChat would take it.
    """

    planned = "planned"
    sending = "sending"
    accepted = "accepted"
    sent = "sent"
    failed = "failed"
    unknown = "unknown"
    cancelled = "cancelled"
    expired = "expired"
    deleted = "deleted"


class Per(StrEnum):
    """How WeChat counts an account's mass sends: a service account's by the month, a subscription account's (订阅号) by the day."""

    month = "month"
    day = "day"


class ArticleTold(msgspec.Struct, frozen=True, kw_only=True):
    """One article of a mass send, as its receipt tells of it. `audit`: 11 passed; `declared`: 1 as original, 2 as a reprint."""

    index: int
    url: str = ""
    audit: int | None = None
    declared: int | None = None
    original_url: str = ""


class MassTold(msgspec.Struct, frozen=True, kw_only=True):
    """WeChat's receipt. Its counts are near, not exact: `filtered` are those it meant to send to, of `total`.

    `copyright`: 1 no reprint, 2 a reprint that may be sent, 3 one that may not; nothing where it was not checked.
    """

    status: str
    at: datetime
    total: int
    filtered: int
    sent: int
    errors: int
    copyright: int | None = None
    articles: tuple[ArticleTold, ...] = ()


class Says(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept encrypted of a mass send: what it says, and to whom. `entries`: those who were named."""

    name: str
    message: AnyMass
    topic: str
    tag: int | None = None
    entries: tuple[Entry, ...] = ()


class MassSend(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One mass send. Its `id` is what WeChat knows a repeat by (clientmsgid). `account`: by its name within the brand.

    `audience`: `all`, `tag 7` or `people`; `period`: in which it is counted. `next_at`: when it is looked at next. `doubt_since`: the first
    try that may have been taken although no answer came; `lease_until`: somebody asks WeChat until then. `people`: how many were named,
    `outcomes`: what was found of them at the last look. `overridden`: lint's findings were let through. `version` moves with each write.
    """

    brand: str
    id: str
    account: str
    state: MassState
    fingerprint: str
    audience: str
    purpose: Purpose
    planned_at: datetime
    due_at: datetime
    next_at: datetime
    expires_at: datetime | None
    by: str
    period: str
    overridden: bool
    people: int = 0
    outcomes: dict[str, int] = {}
    tries: int = 0
    doubt_since: datetime | None = None
    lease_until: datetime | None = None
    why: str = ""
    msg_id: str = ""
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    told: MassTold | None = None
    deleted: tuple[int, ...] = ()
    version: int = 1


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """What was used of a period: how often each audience was sent to, and of which WeChat says there is no more.

    `version` is that of the row it was read from, 0 where there is none.
    """

    counts: dict[str, int] = {}
    spent: tuple[str, ...] = ()
    version: int = 0


class NamedPeople(MassAudience, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="people"):
    """Those who are named, by their ids or any identifiers. Service accounts alone may."""

    people: Annotated[tuple[PersonId, ...], msgspec.Meta(max_length=MOST_NAMED)] = ()
    identifiers: Annotated[tuple[IdentifierQuery, ...], msgspec.Meta(max_length=MOST_NAMED)] = ()

    def __post_init__(self) -> None:
        if not FEWEST_NAMED <= len(self.people) + len(self.identifiers) <= MOST_NAMED:
            raise ValueError(f"A mass send to people names {FEWEST_NAMED} to {MOST_NAMED} of them")


class MassOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mass send: what, to whom, why, and when.

    `confirmed`: whoever orders it knows that WeChat sends to every follower, or to all with the tag, whatever they said to us.
    """

    account: AccountId
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    audience: Everybody | Tagged | NamedPeople
    purpose: Purpose
    message: AnyMass
    topic: Topic | None = None
    not_before: Moment | None = None
    expires_at: Moment | None = None
    confirmed: bool = False
    override: Override = ""


class MassPreviewOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mass message shown to one follower: any identifier of theirs, or their WeChat id."""

    account: AccountId
    message: AnyMass
    to: IdentifierQuery | None = None
    wechat_id: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None

    def __post_init__(self) -> None:
        if (self.to is None) == (self.wechat_id is None):
            raise ValueError("A preview goes to one of `to` and `wechat_id`")


class MassDeleteOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which article is taken away from who has it, counted from 1; 0 is all there is."""

    article: Annotated[int, msgspec.Meta(ge=0, le=8)] = 0


class MassQuotaOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How WeChat counts this account's mass sends."""

    per: Per


class QuotaOfAudience(msgspec.Struct, frozen=True, kw_only=True):
    """How often an audience was sent to in this period, or is about to be, and how often it still may."""

    audience: str
    sends: int
    left: int


class MassQuotaShown(msgspec.Struct, frozen=True, kw_only=True):
    """How many mass sends an account may still make before `resets_at`. `left`: to everybody.

    What is planned is counted in the period in which it is due.
    """

    account: str
    per: Per
    period: str
    most: int
    left: int
    resets_at: datetime
    audiences: tuple[QuotaOfAudience, ...]


class MassListed(msgspec.Struct, frozen=True, kw_only=True):
    """A mass send in a list."""

    id: str
    name: str
    account: str
    audience: str
    purpose: Purpose
    kind: str
    state: MassState
    says: Sentence
    planned_at: datetime
    due_at: datetime
    by: str


class MassShown(MassListed, frozen=True, kw_only=True):
    """A mass send and what became of it. `receipt`: what WeChat told, once it did; `people`: what was found of those who were named.

    `next_at`: when something is done next; `left`: mass sends to this audience that the period still has.
    """

    topic: str
    expires_at: datetime | None
    next_at: datetime | None
    why: str
    tries: int
    msg_id: str | None
    accepted_at: datetime | None
    ended_at: datetime | None
    receipt: MassTold | None
    people: tuple[Outcome, ...]
    deleted_articles: tuple[int, ...]
    left: int
    findings: tuple[Finding, ...] = ()


class MassPreviewed(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in a message that was shown to one follower."""

    findings: tuple[Finding, ...]


class MassesPage(msgspec.Struct, frozen=True, kw_only=True):
    """Mass sends, the latest first. `cursor` leads to earlier ones."""

    mass_sends: tuple[MassListed, ...]
    cursor: str | None
