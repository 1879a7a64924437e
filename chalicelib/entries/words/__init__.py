"""Words of the entries room: ways in, where they stand and where they lead."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.lint.words import Finding, Override

MOST_PERIODS = 20
MOST_COSTS = 100
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$(?!\n)")]
Label = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^([^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*)?$(?!\n)")]
AccountId = Annotated[str, msgspec.Meta(min_length=1, max_length=63)]
PagePath = Annotated[str, msgspec.Meta(min_length=1, max_length=512, pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_./-]*$(?!\n)")]
"""A page of a mini program as its app.json has it: no slash in front, no query behind."""
ParameterName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,31}$(?!\n)")]
ParameterValue = Annotated[str, msgspec.Meta(max_length=256)]
Parameters = Annotated[dict[ParameterName, ParameterValue], msgspec.Meta(max_length=20)]
Address = Annotated[str, msgspec.Meta(min_length=8, max_length=1024, pattern=r"^https?://\S+$(?!\n)")]
Mark = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$(?!\n)")]
Finder = Annotated[str, msgspec.Meta(pattern=r"^sph[A-Za-z0-9_-]{1,61}$(?!\n)")]
ChannelsId = Annotated[str, msgspec.Meta(max_length=128, pattern=r"^[A-Za-z0-9/+=_-]*$(?!\n)")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Fen = Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class Placement(StrEnum):
    """Where a way in stands."""

    menu = "menu"
    article_card = "article_card"
    text_link = "text_link"
    article_float = "article_float"
    reply = "reply"
    service_card = "service_card"
    template_message = "template_message"
    service_message = "service_message"
    qr_material = "qr_material"
    web_page = "web_page"
    channels_video = "channels_video"
    channels_live = "channels_live"
    channels_profile = "channels_profile"
    app = "app"
    sms = "sms"
    email = "email"


class MiniProgramPage(msgspec.Struct, frozen=True, kw_only=True, tag="mini_program", tag_field="end", forbid_unknown_fields=True):
    """A page of one of the brand's mini programs, with what its query says."""

    account: AccountId
    path: PagePath
    query: Parameters = {}


class Following(msgspec.Struct, frozen=True, kw_only=True, tag="official_account", tag_field="end", forbid_unknown_fields=True):
    """An official account, to be followed by its code."""

    account: AccountId


class Article(msgspec.Struct, frozen=True, kw_only=True, tag="article", tag_field="end", forbid_unknown_fields=True):
    """An article of an official account, by its address at mp.weixin.qq.com."""

    account: AccountId
    url: Address


class Channels(msgspec.Struct, frozen=True, kw_only=True, tag="channels", tag_field="end", forbid_unknown_fields=True):
    """A profile of Channels (视频号), or one of its videos. `title`: the name people find it by, since no address leads there."""

    finder: Finder
    title: Name
    feed_id: ChannelsId = ""


class AppPage(msgspec.Struct, frozen=True, kw_only=True, tag="app", tag_field="end", forbid_unknown_fields=True):
    """A page of an app: an address (universal link) that the app opens, and that is a page of its account's where there is no app."""

    account: AccountId
    url: Address


class WebPage(msgspec.Struct, frozen=True, kw_only=True, tag="web_page", tag_field="end", forbid_unknown_fields=True):
    """A page at one of the account's web origins."""

    account: AccountId
    url: Address


Target = MiniProgramPage | Following | Article | Channels | AppPage | WebPage


class Period(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an entry leads from one moment on and before another."""

    starts_at: Moment
    ends_at: Moment
    target: Target


class Utm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What analytics tell visits apart by, each without its `utm_`."""

    source: Mark = ""
    medium: Mark = ""
    campaign: Mark = ""
    content: Mark = ""
    term: Mark = ""


class Cost(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a way in costs over some days, the last one counted in. Days are the brand's."""

    first: date
    last: date
    fen: Fen


class Lead(msgspec.Struct, frozen=True, kw_only=True):
    """What of an entry can be changed: its name, where it leads and when, how visits are told apart, what it costs.

    `label`: what people read on its links, its name where there is none; `ticket`: its links may be made for one person each.
    """

    name: str
    label: str = ""
    target: Target
    schedule: tuple[Period, ...] = ()
    utm: Utm = Utm()
    costs: tuple[Cost, ...] = ()
    ticket: bool = False


class EntryOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way in to be: where it stands, for good, and where it leads. `account`: the account it stands in, where it stands in one.

    `label`: what people read on its links; its name, when left out. `override`: why what the lint refuses is published all the same.
    """

    name: Name
    label: Label = ""
    placement: Placement
    target: Target
    account: AccountId | None = None
    schedule: Annotated[tuple[Period, ...], msgspec.Meta(max_length=MOST_PERIODS)] = ()
    utm: Utm = Utm()
    costs: Annotated[tuple[Cost, ...], msgspec.Meta(max_length=MOST_COSTS)] = ()
    ticket: bool = False
    override: Override = ""


class EntryChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a way in shall be from now on, and the `revision` that was read: somebody else's change is never written over."""

    revision: Annotated[int, msgspec.Meta(ge=1)]
    name: Name
    label: Label = ""
    target: Target
    schedule: Annotated[tuple[Period, ...], msgspec.Meta(max_length=MOST_PERIODS)] = ()
    utm: Utm = Utm()
    costs: Annotated[tuple[Cost, ...], msgspec.Meta(max_length=MOST_COSTS)] = ()
    ticket: bool = False
    override: Override = ""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A way in. `id`: its code, for good and never another's. A retired one leads nowhere any more; `revision` moves with every change."""

    brand: str
    id: str
    placement: Placement
    account: str
    lead: Lead
    revision: int
    made_at: datetime
    changed_at: datetime
    by: str
    retired_at: datetime | None = None


class EntryShown(msgspec.Struct, frozen=True, kw_only=True):
    """A way in as it is shown. `link`: the address that leads through it, for good; `leads_to`: where it leads at this moment.

    `findings`: what the lint has to say of what was just written.
    """

    id: str
    link: str
    name: str
    label: str
    placement: Placement
    account: str | None
    target: Target
    schedule: tuple[Period, ...]
    leads_to: Target
    utm: Utm
    costs: tuple[Cost, ...]
    ticket: bool
    revision: int
    made_at: datetime
    changed_at: datetime
    by: str
    retired_at: datetime | None
    findings: tuple[Finding, ...] = ()


class EntriesPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of the registry."""

    entries: tuple[EntryShown, ...]
    cursor: str | None
