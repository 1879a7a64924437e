"""Words of the replies room: reply rules as they are in force."""

from __future__ import annotations

import msgspec

from chalicelib.replies.words import Article, HandOver, Service, When, Window


class ReadyCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card with the mini program's appid in place."""

    title: str
    appid: str
    path: str
    thumb_media_id: str


class ReadyOnce(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A material for each person once, and the text for every other time."""

    key: str
    text: str = ""
    image: str = ""
    card: ReadyCard | None = None
    again: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One rule in force: the text as it is sent, with a `PAGE_MARK` where the address of each of `pages` belongs."""

    name: str
    when: When
    text: str
    card: ReadyCard | None = None
    pages: tuple[str, ...] = ()
    priority: int = 0
    within: tuple[Window, ...] = ()
    image: str = ""
    news: tuple[Article, ...] = ()
    once: ReadyOnce | None = None
    tags: tuple[int, ...] = ()
    event: str = ""
    hand_over: HandOver | None = None


class Ready(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What publishing made of what was written, in the order in which it was written."""

    rules: tuple[Rule, ...]
    service: Service | None = None


class Said(msgspec.Struct, frozen=True):
    """A text that is sent."""

    text: str


class Picture(msgspec.Struct, frozen=True):
    """A picture that is sent."""

    media_id: str


class Sending(msgspec.Struct, frozen=True):
    """What follows the answer to a message, and its cause within the rule: the same cause is one message."""

    cause: tuple[str, ...]
    what: ReadyCard | Said | Picture
