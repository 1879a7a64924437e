"""Words of the permission centre: what ends and servers say for somebody, and what they are told."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.consent.words import Channel, Choice

Topic = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}$(?!\n)")]
AccountId = Annotated[str, msgspec.Meta(min_length=1, max_length=63)]
TextVersion = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._/-]{0,48}$(?!\n)")]
Clock = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)")]
Zone = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_+/-]{1,63}$(?!\n)")]
Language = Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2}$(?!\n)")]


class About(StrEnum):
    """What somebody says yes or no to: messages of a purpose, or a use of their device."""

    service = "service"
    marketing = "marketing"
    location = "location"
    notifications = "notifications"
    storage = "storage"


class SayOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A yes or no: to one channel or every one, at one end or every one. `text`: version and language of what was agreed to."""

    about: About
    granted: bool
    channel: Channel | None = None
    end: AccountId | None = None
    text: TextVersion = ""


class TopicOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a topic is wanted, by one channel or any; without a topic: whether anything is wanted by that channel."""

    topic: Topic | None = None
    channel: Channel | None = None
    on: bool


class QuietOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"starts": "from", "ends": "until"}):
    """A zone, and between which hours of it nothing shall be sent that can wait; the same hour twice: any hour will do."""

    zone: Zone
    starts: Clock
    ends: Clock


class PrivacyOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The version of the privacy guideline that is agreed to, and in which language it was shown."""

    version: Annotated[int, msgspec.Meta(ge=1, le=100_000_000)]
    language: Language = "zh"


class PermissionsOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody chose. What is left out stays as it is."""

    say: Annotated[tuple[SayOrder, ...], msgspec.Meta(max_length=20)] = ()
    topics: Annotated[tuple[TopicOrder, ...], msgspec.Meta(max_length=20)] = ()
    quiet: QuietOrder | None = None
    privacy: PrivacyOrder | None = None


class ServerPermissionsOrder(PermissionsOrder, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody told a business system. `end`: where; `evidence`: by what, as a form's number or a call's; kept encrypted."""

    evidence: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
    end: AccountId | None = None


class State(StrEnum):
    """Whether something is allowed; `unknown` was never asked."""

    unknown = "unknown"
    granted = "granted"
    denied = "denied"


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """What one end may do: look before prompting."""

    location: State
    notifications: State
    storage: State


class SaidShown(msgspec.Struct, frozen=True, kw_only=True):
    """The last word about one thing, under whichever identifier it was said last."""

    about: About
    channel: Channel | None
    end: str | None
    choice: Choice
    at: datetime
    text: str


class TopicShown(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a topic is wanted."""

    topic: str | None
    channel: Channel | None
    on: bool


class QuietShown(msgspec.Struct, frozen=True, kw_only=True, rename={"starts": "from", "ends": "until"}):
    """A person's zone and quiet hours."""

    zone: str
    starts: str
    ends: str


class PrivacyShown(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the privacy guideline is to be shown again. `version`: the one in force, 0 where none is; `accepted`: the last agreed to."""

    due: bool
    version: int
    accepted: int
    title: str = ""
    url: str = ""


class Permissions(msgspec.Struct, frozen=True, kw_only=True):
    """What a person allows and prefers, over all ends, as of now.

    `marketing`, `service`: of every channel at every end, where `said` does not make an exception. `here`: at the end that asks.
    """

    marketing: State
    service: State
    here: Here | None
    said: tuple[SaidShown, ...]
    topics: tuple[TopicShown, ...]
    quiet: QuietShown | None
    privacy: PrivacyShown


class EntryShown(msgspec.Struct, frozen=True, kw_only=True):
    """One change as the ledger has it. `way`: by which door; `said_at`: the account it was said at, where one is known."""

    at: datetime
    about: str
    channel: Channel | None
    end: str | None
    topic: str | None
    choice: Choice
    text: str
    way: str
    said_at: str | None


class HistoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """What a person said, the latest first. `cursor` leads to earlier words; there are none where it is absent."""

    entries: tuple[EntryShown, ...]
    cursor: str | None
