"""Words of the replies room: reply rules as they are written, and as they are in force."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"\S")]
Label = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
# Python's $ also stands before a last line feed, which nobody means here.
Path = Annotated[str, msgspec.Meta(min_length=1, max_length=1024, pattern=r"^[^/\s]\S*$(?!\n)")]
# What one kind of link has and the other has not is empty there.
LinkPath = Annotated[str, msgspec.Meta(max_length=1024, pattern=r"^([^/\s]\S*)?$(?!\n)")]
LinkUrl = Annotated[str, msgspec.Meta(max_length=1024, pattern=r"^(https?://\S+)?$(?!\n)")]
LinkPage = Annotated[str, msgspec.Meta(max_length=512, pattern=r"^(phone|https?://\S+)?$(?!\n)")]


PAGE_MARK = "\x1e"
"""XML cannot carry it, so no author's text holds one."""


class Match(StrEnum):
    """How a keyword has to appear in a message."""

    exact = "exact"
    contains = "contains"


class OnFollow(msgspec.Struct, frozen=True, tag="follow", tag_field="on", forbid_unknown_fields=True):
    """Somebody follows the account."""


class OnKeyword(msgspec.Struct, frozen=True, tag="keyword", tag_field="on", kw_only=True, forbid_unknown_fields=True):
    """Somebody writes one of these words; white space around them and upper or lower case do not matter."""

    words: Annotated[tuple[Word, ...], msgspec.Meta(min_length=1, max_length=50)]
    match: Match = Match.exact


class OnClick(msgspec.Struct, frozen=True, tag="click", tag_field="on", kw_only=True, forbid_unknown_fields=True):
    """Somebody taps the menu button with this key."""

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class OnAnything(msgspec.Struct, frozen=True, tag="default", tag_field="on", forbid_unknown_fields=True):
    """Somebody writes what no other rule answers."""


When = OnFollow | OnKeyword | OnClick | OnAnything


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


class Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mini-program card, sent right after the reply as a customer-service message: WeChat has no passive reply of that kind."""

    title: Label
    mini_program: str
    path: Path
    thumb_media_id: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class RuleOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule as it is written: `text` is made of plain strings and links."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    when: When
    text: Annotated[tuple[Text | Link, ...], msgspec.Meta(max_length=20)] = ()
    card: Card | None = None


class RulesOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All reply rules of an account, first match first."""

    rules: Annotated[tuple[RuleOrder, ...], msgspec.Meta(max_length=1000)]


class ReadyCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card with the mini program's appid in place."""

    title: str
    appid: str
    path: str
    thumb_media_id: str


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule in force: the text as it is sent, with a `PAGE_MARK` where the address of each of `pages` belongs."""

    name: str
    when: When
    text: str
    card: ReadyCard | None
    pages: tuple[str, ...] = ()


class ReplyRules(msgspec.Struct, frozen=True, kw_only=True):
    """A published version of an account's rules. Version 0 is no rules at all."""

    account: str
    version: int
    rules: tuple[Rule, ...]


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What was published when, by whom, and whether it is in force."""

    version: int
    rules: int
    published_at: datetime
    by: str
    live: bool


class RulesShown(msgspec.Struct, frozen=True, kw_only=True):
    """The rules in force as they were written, and the versions there are."""

    account: str
    version: int
    written: RulesOrder
    versions: tuple[Published, ...]
