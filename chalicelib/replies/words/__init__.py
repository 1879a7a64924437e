"""Words of the replies room: reply rules as they are written."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=128, pattern=r"\S")]
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
# Python's $ also stands before a last line feed, which nobody means here.
Path = Annotated[str, msgspec.Meta(min_length=1, max_length=1024, pattern=r"^[^/\s]\S*$(?!\n)")]
# What one kind of link has and the other has not is empty there.
LinkPath = Annotated[str, msgspec.Meta(max_length=1024, pattern=r"^([^/\s]\S*)?$(?!\n)")]
LinkUrl = Annotated[str, msgspec.Meta(max_length=1024, pattern=r"^(https?://\S+)?$(?!\n)")]
LinkPage = Annotated[str, msgspec.Meta(max_length=512, pattern=r"^(phone|https?://\S+)?$(?!\n)")]
# As WeChat writes the scenes of its codes.
Scene = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^\S+$(?!\n)")]
EntryCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z]{1,32}$(?!\n)")]
Clock = Annotated[str, msgspec.Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$(?!\n)")]
Offset = Annotated[str, msgspec.Meta(pattern=r"^[+-](0[0-9]|1[0-4]):[0-5][0-9]$(?!\n)")]
KfAccount = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_]{1,10}@\S{1,64}$(?!\n)")]
TagId = Annotated[int, msgspec.Meta(ge=3, le=2**31)]
"""WeChat's own tags, 0 to 2, are not given to anybody."""

PAGE_MARK = "\x1e"
"""XML cannot carry it, so no author's text holds one."""
MOST_RULES = 1000


class Match(StrEnum):
    """How a keyword has to appear in a message: be all of it, stand somewhere in it, or describe a part of it (RE2's syntax)."""

    exact = "exact"
    contains = "contains"
    regex = "regex"


class OnFollow(msgspec.Struct, frozen=True, tag="follow", tag_field="on", forbid_unknown_fields=True):
    """Somebody follows the account, by a QR code or otherwise."""


class OnQr(msgspec.Struct, frozen=True, tag="qr", tag_field="on", kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Somebody scans one of these QR codes, and follows by it or follows already. Of an entry its code is enough."""

    scenes: Annotated[tuple[Scene, ...], msgspec.Meta(max_length=100)] = ()
    entries: Annotated[tuple[EntryCode, ...], msgspec.Meta(max_length=100)] = ()

    def __post_init__(self) -> None:
        if not self.scenes and not self.entries:
            raise ValueError("A rule about QR codes names `scenes` or `entries`")


class OnKeyword(msgspec.Struct, frozen=True, tag="keyword", tag_field="on", kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Somebody writes one of these words or of these sets of synonyms; white space around, case and width do not matter."""

    words: Annotated[tuple[Word, ...], msgspec.Meta(max_length=50)] = ()
    match: Match = Match.exact
    synonyms: Annotated[tuple[Label, ...], msgspec.Meta(max_length=20)] = ()

    def __post_init__(self) -> None:
        if not self.words and not self.synonyms:
            raise ValueError("A rule about keywords has `words` or `synonyms`")


class OnClick(msgspec.Struct, frozen=True, tag="click", tag_field="on", kw_only=True, forbid_unknown_fields=True):
    """Somebody taps the menu button with this key."""

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class OnAnything(msgspec.Struct, frozen=True, tag="default", tag_field="on", forbid_unknown_fields=True):
    """Somebody writes what no other rule answers."""


When = OnFollow | OnQr | OnKeyword | OnClick | OnAnything


class Window(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A time a rule is for: these weekdays (1 is Monday; none: every day), from one time of the day until before another, on these dates.

    Past midnight it belongs to the day it began on. `zone` is the distance to UTC.
    """

    weekdays: Annotated[tuple[Annotated[int, msgspec.Meta(ge=1, le=7)], ...], msgspec.Meta(max_length=7)] = ()
    since: Clock = msgspec.field(name="from", default="00:00")
    until: Clock = "24:00"
    first_on: date | None = None
    last_on: date | None = None
    zone: Offset = "+08:00"

    def __post_init__(self) -> None:
        if self.since == self.until or self.since == "24:00":
            raise ValueError("A window ends at another time than it begins, and begins before 24:00")
        if self.first_on and self.last_on and self.first_on > self.last_on:
            raise ValueError("A window's first date is not after its last")


class Link(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A link in a text: into one of the brand's mini programs, where old clients open the fallback, or to a web page that knows who comes.

    `page` is `phone`, our own page on which people add their phone, or an address of the account's web pages.
    """

    label: Label
    mini_program: str = ""
    path: LinkPath = ""
    fallback_url: LinkUrl = ""
    page: LinkPage = ""

    def __post_init__(self) -> None:
        into_mini_program = (self.mini_program, self.path, self.fallback_url)
        if any(into_mini_program) if self.page else not all(into_mini_program):
            raise ValueError("A link has `mini_program`, `path` and `fallback_url`, or it has `page`")


Written = Annotated[tuple[Text | Link, ...], msgspec.Meta(max_length=20)]
"""A text: plain strings and links."""


class Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mini-program card, sent right after the reply as a customer-service message: WeChat has no passive reply of that kind."""

    title: Label
    mini_program: str
    path: Path
    thumb_media_id: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class Article(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """An article of a reply: what is seen of it, and where a tap leads."""

    title: Label
    url: Annotated[str, msgspec.Meta(max_length=1024, pattern=r"^https?://\S+$(?!\n)")]
    description: Annotated[str, msgspec.Meta(max_length=512)] = ""
    picture_url: LinkUrl = ""


class Once(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A material for each person once, sent right after the reply: a text, a picture or a card; `again`: what comes every other time.

    Rules with the same `key` share one memory of who had it; without one it is the rule's name.
    """

    key: Annotated[str, msgspec.Meta(max_length=64)] = ""
    text: Written = ()
    image: Annotated[str, msgspec.Meta(max_length=256, pattern=r"^\S*$(?!\n)")] = ""
    card: Card | None = None
    again: Written = ()

    def __post_init__(self) -> None:
        if [bool(self.text), bool(self.image), self.card is not None].count(True) != 1:
            raise ValueError("A material is a `text`, an `image` or a `card`")


class HandOver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The person is handed over to human service: to whoever is there or, with `agent`, to this one."""

    agent: KfAccount | None = None


class RuleOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rule as it is written: when, within which times, and what it does. The highest `priority` is asked first, then the order counts.

    It answers with a `text`, an `image`, `news` or by `hand_over`; everything else comes beside that answer.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    when: When
    priority: Annotated[int, msgspec.Meta(ge=-1000, le=1000)] = 0
    within: Annotated[tuple[Window, ...], msgspec.Meta(max_length=10)] = ()
    text: Written = ()
    image: Annotated[str, msgspec.Meta(max_length=256, pattern=r"^\S*$(?!\n)")] = ""
    news: Annotated[tuple[Article, ...], msgspec.Meta(max_length=8)] = ()
    card: Card | None = None
    once: Once | None = None
    tags: Annotated[tuple[TagId, ...], msgspec.Meta(max_length=20)] = ()
    event: Annotated[str, msgspec.Meta(max_length=48)] = ""
    hand_over: HandOver | None = None


class Service(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How those who wait for human service are given to staff: members of these levels first, the highest level first.

    A member of staff is given nobody more while they have `sessions_at_most`.
    """

    levels: Annotated[tuple[Label, ...], msgspec.Meta(max_length=20)] = ()
    sessions_at_most: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5


SynonymSet = Annotated[tuple[Word, ...], msgspec.Meta(min_length=1, max_length=50)]


class RulesOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """All reply rules of an account, the sets of synonyms their keywords use, and how human service is given out."""

    rules: Annotated[tuple[RuleOrder, ...], msgspec.Meta(max_length=MOST_RULES)]
    synonyms: Annotated[dict[Label, SynonymSet], msgspec.Meta(max_length=100)] = {}
    service: Service | None = None
