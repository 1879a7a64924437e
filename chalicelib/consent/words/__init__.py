"""Words of the consent room: what somebody allows, what they prefer, and whether they can be reached at all."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from chalicelib.identity.words import Folded, Key

LONGEST_STOP_WORD = 32
"""Longer messages are not looked at for words that stop marketing."""


class Purpose(StrEnum):
    """Why we write: because somebody asked for it, or because we want something."""

    service = "service"
    marketing = "marketing"


class Use(StrEnum):
    """What an end of ours may do on somebody's device."""

    location = "location"
    notifications = "notifications"
    storage = "storage"


class Channel(StrEnum):
    """How a message travels."""

    template_message = "template_message"
    subscription_notice = "subscription_notice"
    subscribe_message = "subscribe_message"
    customer_service = "customer_service"
    mass = "mass"
    push = "push"
    sms = "sms"


class Choice(StrEnum):
    """What was said. `withdrawn` is a no where there was a yes before."""

    granted = "granted"
    denied = "denied"
    withdrawn = "withdrawn"


class Scope(msgspec.Struct, frozen=True):
    """What a word is about: a purpose or a use, one channel or every one, one end (an account's name within the brand) or every one."""

    about: Purpose | Use
    channel: Channel | None = None
    end: str = ""

    def __str__(self) -> str:
        return f"{self.about}#{self.channel or ''}#{self.end}"


class Said(msgspec.Struct, frozen=True, array_like=True):
    """The last word about one scope, by the server's clock. `text`: the version and language of what was agreed to, where one was shown."""

    choice: Choice
    at: datetime
    text: str = ""


class Switch(msgspec.Struct, frozen=True, array_like=True):
    """Whether somebody wants to hear of a topic by a channel."""

    on: bool
    at: datetime


class Grant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Leave to send subscription messages of one template to one openid: so many, or with `long_term` any number.

    `unmatched`: accepts that only one of client and callback has told so far.
    """

    template: str
    count: int = 0
    long_term: bool = False
    accepted_at: datetime | None = None
    refused_at: datetime | None = None
    unmatched: tuple[str, ...] = ()


class Trigger(StrEnum):
    """What somebody did that lets us send customer-service messages for a while."""

    message = "message"
    click = "click"
    follow = "follow"
    scan = "scan"
    enter = "enter"


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """Room for customer-service messages, by what opened it."""

    trigger: Trigger
    left: int
    since: datetime
    until: datetime


class Dead(msgspec.Struct, frozen=True):
    """Why an identifier reaches nobody, and since when. A fact, no choice of anybody's. `code`: WeChat's, or a word of ours."""

    code: str
    at: datetime


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """A person's zone, and between which hours of it they want quiet: minutes since midnight; equal where they want none."""

    zone: str
    quiet_from: int
    quiet_until: int
    at: datetime


class Accepted(msgspec.Struct, frozen=True, array_like=True):
    """The version of the privacy guideline that was agreed to."""

    version: int
    at: datetime


class Active(msgspec.Struct, frozen=True):
    """How often somebody was there in each hour of the day in UTC, older visits for less. `at`: the last one that was counted."""

    hours: tuple[int, ...]
    at: datetime


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A send that was reserved. `message`: the logical message's id; in what is read back, its short digest (`short_of`)."""

    message: str
    at: datetime
    channel: Channel
    purpose: Purpose


class Side(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What lies under one identifier. `consents` by their scope, `preferences` by `<topic>#<channel>`, `sends` packed, latest first.

    `alive_at`: when they followed, or were heard of after they were not reached: what is older does not count against them.
    """

    consents: dict[str, Said] = {}
    preferences: dict[str, Switch] = {}
    grants: dict[str, Grant] = {}
    allowances: dict[Trigger, Allowance] = {}
    dead: Dead | None = None
    alive_at: datetime | None = None
    hours: Hours | None = None
    privacy: Accepted | None = None
    active: Active | None = None
    sends: tuple[str, ...] = ()


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """A person as they may be written to: what lies under each of their identifiers, and all `sends` to them, the latest first.

    `versions`: of the rows as they were read.
    """

    folded: Folded
    sides: dict[Key, Side]
    versions: dict[Key, int]
    sends: tuple[Sent, ...]


class Reason(StrEnum):
    """Why somebody is not written to."""

    consent = "consent"
    preference = "preference"
    permission = "permission"
    dead = "dead"


class Verdict(msgspec.Struct, frozen=True):
    """Whether somebody may be written to, or why not."""

    allowed: bool
    why: Reason | None = None
