"""Broadcasts as callers order and see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.accounts.words import AccountId
from chalicelib.consent.words import Channel, Purpose
from chalicelib.identity.words import IdentifierQuery
from chalicelib.lint.words import Finding, Override
from chalicelib.messaging.words import Priority
from chalicelib.messaging.words.contents import AnyStep
from chalicelib.messaging.words.orders import MessageShown, Moment, Quiet, Topic

MOST_NAMED = 1000
PersonId = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$(?!\n)")]


class Audience(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a broadcast is for: people, identifiers, the answer to a question, or the followers of an account, all or with a tag."""

    people: Annotated[tuple[PersonId, ...], msgspec.Meta(max_length=MOST_NAMED)] | None = None
    identifiers: Annotated[tuple[IdentifierQuery, ...], msgspec.Meta(max_length=MOST_NAMED)] | None = None
    query: PersonId | None = None
    followers: AccountId | None = None
    tag: Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)] | None = None

    def __post_init__(self) -> None:
        if sum(each is not None for each in (self.people, self.identifiers, self.query, self.followers)) != 1:
            raise ValueError("An audience has one of `people`, `identifiers`, `query` and `followers`")
        if self.tag is not None and self.followers is None:
            raise ValueError("A `tag` is one of an account's `followers`")


class Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is said to each, and how: as an order of one message. `holdout`: so many per cent are not written to, always the same ones."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    purpose: Purpose
    topic: Topic | None = None
    priority: Priority = Priority.normal
    quiet: Quiet | None = None
    expires_at: Moment | None = None
    holdout: Annotated[int, msgspec.Meta(ge=0, le=90)] = 0
    channels: Annotated[tuple[AnyStep, ...], msgspec.Meta(min_length=1, max_length=5)]


class BroadcastOrder(Content, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A broadcast: what, to whom, from when on, and how many messages a minute at most."""

    audience: Audience
    not_before: Moment | None = None
    per_minute: Annotated[int, msgspec.Meta(ge=1, le=100_000)] | None = None
    override: Override = ""


class ResumeOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a broadcast goes on although a rule of content stands in its way; nothing where none does."""

    override: Override = ""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of so many: the state of their messages as it was when each was looked at, or `held_out`; and why."""

    state: str
    why: str
    people: int


class BroadcastListed(msgspec.Struct, frozen=True, kw_only=True):
    """A broadcast in a list. `people`: those it is for, as far as they are counted; all of them once `laid`."""

    id: str
    name: str
    purpose: Purpose
    state: str
    why: str
    started_at: datetime
    begins_at: datetime
    by: str
    people: int
    laid: bool


class BroadcastShown(BroadcastListed, frozen=True, kw_only=True):
    """A broadcast and how far it is.

    `looked_at`: people whose turn has come; `outcomes` add up to it. `sent_last_minute`: in the last whole minute; `ends_at`: when it is
    over at this rate, nothing where it does not run.
    """

    topic: str
    holdout: int
    expires_at: datetime | None
    per_minute: int
    waits_until: datetime | None
    looked_at: int
    outcomes: tuple[Outcome, ...]
    sent_last_minute: int
    ends_at: datetime | None


class BroadcastStarted(BroadcastShown, frozen=True, kw_only=True):
    """A broadcast in the answer to its order. `findings`: what the rules of content found in its texts, told here alone."""

    findings: tuple[Finding, ...]


class BroadcastsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Broadcasts, the latest first. `cursor` leads to earlier ones."""

    broadcasts: tuple[BroadcastListed, ...]
    cursor: str | None


class MessagesOfBroadcast(msgspec.Struct, frozen=True, kw_only=True):
    """Messages of a broadcast as they are now, in the order of its audience. A page may be empty and still lead to a next one."""

    messages: tuple[MessageShown, ...]
    cursor: str | None


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of so many of the sample. `later`: they would be written to, but not at once."""

    state: str
    channel: Channel | None
    later: bool
    people: int


class BroadcastPreview(msgspec.Struct, frozen=True, kw_only=True):
    """What a broadcast would come to. `audience`: how many it is for, if that is known beforehand; `looked_at`: of how many this tells.

    `findings`: what the rules of content find in its texts.
    """

    audience: int | None
    looked_at: int
    foreseen: tuple[Foreseen, ...]
    findings: tuple[Finding, ...]
