"""Words of the messaging room: messages, where they go, what became of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.identity.words import Identifier, IdentifierQuery

Keyword = Annotated[str, msgspec.Meta(pattern=r"^[a-z_]{4,20}[0-9]{1,3}$(?!\n)")]
KeywordValue = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Channel(StrEnum):
    """How a message travels."""

    subscribe_message = "subscribe_message"
    customer_service = "customer_service"


class State(StrEnum):
    """What became of a message. It moves forward only; `unknown` means WeChat's answer never came, and it is not sent again."""

    planned = "planned"
    sending = "sending"
    accepted = "accepted"
    failed = "failed"
    skipped = "skipped"
    unknown = "unknown"


class SubscribeMessage(msgspec.Struct, frozen=True, kw_only=True, tag="subscribe_message"):
    """A mini program's subscribe message. `state` is WeChat's miniprogram_state."""

    template_id: str
    data: dict[str, str]
    page: str
    state: str


class CustomerCard(msgspec.Struct, frozen=True, kw_only=True, tag="customer_card"):
    """A mini-program card as a customer-service message."""

    title: str
    appid: str
    path: str
    thumb_media_id: str


class CustomerText(msgspec.Struct, frozen=True, kw_only=True, tag="customer_text"):
    """A text as a customer-service message; it may hold links."""

    text: str


class CustomerImage(msgspec.Struct, frozen=True, kw_only=True, tag="customer_image"):
    """A picture as a customer-service message."""

    media_id: str


Content = SubscribeMessage | CustomerCard | CustomerText | CustomerImage


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """The personal half of a message; kept encrypted."""

    to: Identifier
    content: Content


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One thing we want to say to one person through one account. After `not_after` it is skipped.

    `to` is the key of the identifier it was addressed to: there it stays, whoever has that identifier later.
    """

    brand: str
    id: str
    to: str
    account: str
    channel: Channel
    state: State
    sealed: str
    fingerprint: str
    due_at: datetime
    not_after: datetime | None
    attempts: int
    lease_until: datetime | None
    outcome: str
    provider_id: str | None
    trace: tuple[tuple[str, str], ...]


class MiniProgramState(StrEnum):
    """Which version of the mini program the message opens, as WeChat spells it."""

    developer = "developer"
    trial = "trial"
    formal = "formal"


class Place(msgspec.Struct, frozen=True, order=True):
    """Where a message stands among those to one person: by when it was due, then by its id."""

    due_at: datetime
    id: str


class MessageOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A subscribe message to be sent at or after `not_before`, a year ahead at most; `to` is any identifier of the person."""

    account: str
    to: IdentifierQuery
    template_id: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    data: Annotated[dict[Keyword, KeywordValue], msgspec.Meta(min_length=1, max_length=10)]
    page: Annotated[str, msgspec.Meta(max_length=1024)] = ""
    miniprogram_state: MiniProgramState = MiniProgramState.formal
    not_before: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a message's way."""

    at: datetime
    what: str


class MessageShown(msgspec.Struct, frozen=True, kw_only=True):
    """A message as callers see it. `outcome` says why it was not accepted; `provider_id` is WeChat's id where it gives one."""

    id: str
    account: str
    channel: Channel
    state: State
    due_at: datetime
    outcome: str
    provider_id: str | None
    trace: tuple[Step, ...]


class MessagesPage(msgspec.Struct, frozen=True, kw_only=True):
    """Messages to one person, the latest due first. `cursor` leads to earlier ones; there are none where it is absent."""

    messages: tuple[MessageShown, ...]
    cursor: str | None
