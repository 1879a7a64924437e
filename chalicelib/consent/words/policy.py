"""Words of what a brand writes about consent: its privacy guideline, and what it asks people and promises them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.consent.words import LONGEST_STOP_WORD
from chalicelib.consent.words.permissions import AccountId, Topic

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_STOP_WORD)]
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
TemplateId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$(?!\n)")]
Templates = Annotated[tuple[TemplateId, ...], msgspec.Meta(max_length=100)]
STOP_WORDS = ("退订", "TD", "T")


class GuidelineOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A version of the privacy guideline. `asks_again`: who agreed to an earlier one is asked again; not for mended spelling."""

    title: Title
    url: Annotated[str, msgspec.Meta(pattern=r"^https://[^\s]{3,1000}$(?!\n)")]
    summary: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    asks_again: bool = True


class GuidelineShown(msgspec.Struct, frozen=True, kw_only=True):
    """The guideline in force. `asks_since`: who agreed to an earlier version than this one is asked again."""

    version: int
    asks_since: int
    guideline: GuidelineOrder
    published_at: datetime
    by: str


class TopicTitle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A topic people may switch off, and what it is called on their page."""

    topic: Topic
    zh: Title
    en: Title


class Room(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many customer-service messages an act leaves room for, and for how long."""

    most: Annotated[int, msgspec.Meta(ge=0, le=100)]
    for_s: Annotated[int, msgspec.Meta(ge=1, le=30 * 86400)]


class Rooms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Room by what opens it; where it is left out, WeChat's numbers count."""

    message: Room | None = None
    click: Room | None = None
    follow: Room | None = None
    scan: Room | None = None
    enter: Room | None = None


class PolicyOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a brand asks people and promises them.

    `stop_words`: a message that is one of these stops marketing. `rooms`: where WeChat's numbers have changed.
    `long_term_templates`: templates whose leave is good for any number of sends.
    """

    stop_words: Annotated[tuple[Words, ...], msgspec.Meta(max_length=20)] = STOP_WORDS
    topics: Annotated[tuple[TopicTitle, ...], msgspec.Meta(max_length=20)] = ()
    rooms: Rooms = Rooms()
    long_term_templates: Annotated[dict[AccountId, Templates], msgspec.Meta(max_length=50)] = {}


class PolicyShown(msgspec.Struct, frozen=True, kw_only=True):
    """The policy in force; version 0 is ours, until the brand writes its own."""

    version: int
    policy: PolicyOrder
