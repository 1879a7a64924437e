"""What a rule says at once, and what it sends after that. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.replies.words import PAGE_MARK
from chalicelib.replies.words.ready import Rule
from chalicelib.wechat import replies
from chalicelib.wechat.replies import ImageReply, NewsReply, Reply, TextReply, TransferReply, escape_attribute


def write_answer(rule: Rule, ways: Iterable[str]) -> Reply | None:
    """The one answer WeChat takes, for one person: with the address made for them at the place of each page."""
    if rule.hand_over is not None:
        return TransferReply(rule.hand_over.agent or "")
    if rule.image:
        return ImageReply(rule.image)
    if rule.news:
        return NewsReply(tuple(replies.Article(each.title, each.description, each.picture_url, each.url) for each in rule.news))
    return TextReply(fill_in(rule, ways)) if rule.text else None


def fill_in(rule: Rule, ways: Iterable[str]) -> str:
    """The rule's text with an address at the place of each page."""
    first, *rest = rule.text.split(PAGE_MARK)
    return first + "".join(escape_attribute(way) + text for way, text in zip(ways, rest, strict=True))
