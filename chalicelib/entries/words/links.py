"""Words of links: what WeChat made for an entry, until when it leads there, and what a visitor is shown."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.entries.words import Entry
from chalicelib.identity.words import IdentifierQuery


class LinkKind(StrEnum):
    """What WeChat makes that leads to a target."""

    url_link = "url_link"
    scheme = "scheme"
    short_link = "short_link"
    follow_code = "follow_code"
    """What stands in the parametric QR code of an official account."""


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One link of an entry. `mark`: which target it leads to. No `value`, but a `trouble`: WeChat would not make it. Some have no end."""

    kind: LinkKind
    mark: str
    value: str
    made_at: datetime
    ends_at: datetime | None = None
    trouble: str = ""


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An entry with its links, as one read gives them."""

    entry: Entry
    links: tuple[Link, ...]


class OpenedIn(StrEnum):
    """Where somebody has opened a link of ours."""

    wechat = "wechat"
    mobile = "mobile"
    desktop = "desktop"


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """One request for `/l/{entry}`. `visit`: its own id; `ticket`: of a personal link; `counted`: whether it is a visit of a person."""

    visit: str
    opened_in: OpenedIn
    ticket: str
    counted: bool


class Onward(msgspec.Struct, frozen=True):
    """Lead the browser there."""

    address: str


class Scan(msgspec.Struct, frozen=True):
    """Show a code. `text`: what stands in it; `exhausted`: no link could be had; `image`: the code as WeChat drew it instead."""

    title: str
    text: str
    exhausted: bool = False
    image: str = ""


class Find(msgspec.Struct, frozen=True):
    """Say what to look for in WeChat: no address leads there."""

    title: str


Way = Onward | Scan | Find


class LinkShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A link that WeChat made. `trouble`: why there is none at the moment."""

    kind: LinkKind
    value: str | None = None
    ends_at: datetime | None = None
    trouble: str = ""


class PersonalLinkOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a link shall be for, and how long its ticket lives."""

    who: IdentifierQuery
    lives_s: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 86_400


class PersonalLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link for one person. After `ends_at` it leads to the same target, without a ticket."""

    link: str
    ends_at: datetime
    logs_in_until: datetime | None
