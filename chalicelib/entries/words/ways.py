"""Words of what is put where people see it: paths, cards, links in texts, snippets for pages, texts."""

from __future__ import annotations

import msgspec

from chalicelib.entries.words.links import LinkKind, LinkShown
from chalicelib.lint.words import Finding


class PageWay(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a mini program through an entry, as menus, cards and mounts of Channels (videos, live rooms, profiles) take it."""

    account: str
    appid: str
    page: str
    query: str
    path: str


class Sms(msgspec.Struct, frozen=True, kw_only=True):
    """A text, and how many messages operators count it as."""

    text: str
    parts: int


class Ways(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an entry can be put in place with. What a target has not is null.

    `link`: our own address, good for ever and everywhere. `text_link`: for replies and customer-service texts. `article_card`: for an
    article's HTML. `web_snippet`: for a page that is signed for the JS-SDK. `links`: what WeChat has made. `findings`: what the lint warns
    of in another label than the entry's own.
    """

    link: str
    mini_program: PageWay | None
    text_link: str
    article_card: str | None
    web_snippet: str | None
    sms: Sms
    links: tuple[LinkShown, ...]
    findings: tuple[Finding, ...] = ()


class LinkOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A link WeChat shall make to where the entry leads at this moment; it is renewed from then on."""

    kind: LinkKind
