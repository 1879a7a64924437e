"""Messages as callers order and see them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.consent.words import Channel, Purpose
from chalicelib.identity.words import IdentifierQuery
from chalicelib.lint.words import Finding, Override
from chalicelib.messaging.words import Priority, State
from chalicelib.messaging.words.contents import AnyStep

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Topic = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,30}$(?!\n)")]


class Quiet(StrEnum):
    """What quiet hours do to a message."""

    hold = "hold"
    ignore = "ignore"


class Timing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To whom, what for, and when: `to` is any identifier of the person.

    `quiet`: marketing is held in quiet hours, service is not unless told to. `best_hour`: wait for the hour the person is most active in.
    """

    to: IdentifierQuery
    purpose: Purpose
    topic: Topic | None = None
    not_before: Moment | None = None
    expires_at: Moment | None = None
    quiet: Quiet | None = None
    best_hour: bool = False


class MessageOrder(Timing, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One message and its ways in the order they are tried; sent at or after `not_before`, a year ahead at most."""

    priority: Priority = Priority.normal
    channels: Annotated[tuple[AnyStep, ...], msgspec.Meta(min_length=1, max_length=5)]
    override: Override = ""


class WayAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way without what it would say. `template_id`: of a channel that needs a grant for it."""

    channel: Channel
    account: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    template_id: Annotated[str, msgspec.Meta(max_length=128)] = ""


class PreviewOrder(Timing, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message somebody thinks of: nothing is kept or sent."""

    channels: Annotated[tuple[WayAsked, ...], msgspec.Meta(min_length=1, max_length=5)]


class Sentence(msgspec.Struct, frozen=True):
    """One plain sentence in both languages."""

    en: str
    zh: str


class StepShown(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a message's way. `channel`: the way it was about, where it was about one."""

    at: datetime
    what: str
    channel: Channel | None = None


class MessageShown(msgspec.Struct, frozen=True, kw_only=True):
    """A message as callers see it.

    `account`, `channel`: the way it went, or is to go next. `outcome`: why it was not sent, for programs; `says`: for people.
    `provider_id`: the other side's, where it gives one. `receipt_missing`: it was taken a day ago, and no receipt of it has come.
    """

    id: str
    purpose: Purpose
    topic: str
    account: str
    channel: Channel
    state: State
    due_at: datetime
    next_at: datetime | None
    expires_at: datetime | None
    outcome: str
    says: Sentence
    provider_id: str | None
    receipt_missing: bool
    trace: tuple[StepShown, ...]


class MessagePlanned(MessageShown, frozen=True, kw_only=True):
    """A message in the answer to its order. `findings`: what the rules of content found in it, told here alone and without its words."""

    findings: tuple[Finding, ...]


class MessagesPage(msgspec.Struct, frozen=True, kw_only=True):
    """Messages to one person, the latest due first. `cursor` leads to earlier ones; there are none where it is absent."""

    messages: tuple[MessageShown, ...]
    cursor: str | None


class WayShown(msgspec.Struct, frozen=True, kw_only=True):
    """Is a way open to this person now? `why`: what stands in it."""

    channel: Channel
    account: str
    open: bool
    why: str


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """When a message would go and by which of its ways, or why it would not. `zone`: by which the person's hours are counted."""

    state: State
    at: datetime | None
    says: Sentence
    zone: str
    ways: tuple[WayShown, ...]
