"""Which rule answers a message, and what its text reads like. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from chalicelib.accounts.rules import leads_home
from chalicelib.errors import Invalid
from chalicelib.replies.words import (
    PAGE_MARK,
    Card,
    Link,
    Match,
    OnAnything,
    OnClick,
    OnFollow,
    OnKeyword,
    ReadyCard,
    Rule,
    RuleOrder,
    RulesOrder,
    When,
)
from chalicelib.sessions.rules import addresses
from chalicelib.wechat.messages import Inbound, MenuClicked, Subscribed, TextMessage
from chalicelib.wechat.replies import MOST_TEXT_BYTES, escape_attribute, mini_program_link, page_link

UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML cannot carry: left out on the way, it might leave a reply empty, and the person would see WeChat's notice of failure."""


def choose_rule(rules: tuple[Rule, ...], message: Inbound) -> Rule | None:
    """The first rule whose `when` fits; the default rules wait until every other has been asked."""
    if isinstance(message, TextMessage):
        return _choose_by_words(rules, _fold(message.content))
    return next((rule for rule in rules if _fits(rule.when, message)), None)


def write_rules(order: RulesOrder, appids: Mapping[str, str], web_origins: tuple[str, ...] = ()) -> tuple[Rule, ...]:
    """The rules of an account with these origins, ready to be in force; `Invalid` names the rule that cannot be sent."""
    names = [rule.name for rule in order.rules]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Invalid(f"Two rules are called {twice[0]}: give each its own name - at `$.rules`.")
    return tuple(_write_rule(rule, appids, web_origins, place) for place, rule in enumerate(order.rules))


def mini_programs_in(order: RulesOrder) -> set[str]:
    """The ids of the mini programs the rules lead to."""
    links = {part.mini_program for rule in order.rules for part in rule.text if isinstance(part, Link) and part.mini_program}
    return links | {rule.card.mini_program for rule in order.rules if rule.card is not None}


def fill_in(rule: Rule, ways: Iterable[str]) -> str:
    """The rule's text for one person: with the address made for them at the place of each page."""
    first, *rest = rule.text.split(PAGE_MARK)
    return first + "".join(escape_attribute(way) + text for way, text in zip(ways, rest, strict=True))


def _write_rule(order: RuleOrder, appids: Mapping[str, str], web_origins: tuple[str, ...], place: int) -> Rule:
    text = "".join(part if isinstance(part, str) else _write_link(part, appids) for part in order.text)
    pages = tuple(_check_page(part.page, web_origins, place) for part in order.text if isinstance(part, Link) and part.page)
    if not text.strip() and (text or order.card is None):
        raise Invalid(f"The rule {order.name} answers nothing: give it a text or a card - at `$.rules[{place}]`.")
    if UNWRITABLE.search(text.replace(PAGE_MARK, "")) or text.count(PAGE_MARK) != len(pages):
        raise Invalid(f"The text of the rule {order.name} has a control character - at `$.rules[{place}].text`.")
    longest = len(text.encode()) + sum(map(addresses.longest_way_in, pages))
    if longest > MOST_TEXT_BYTES:
        raise Invalid(
            f"The text of the rule {order.name} has up to {longest} bytes in UTF-8, and WeChat takes at most {MOST_TEXT_BYTES} bytes: "
            f"shorten it, or lead to fewer pages - at `$.rules[{place}].text`."
        )
    card = None if order.card is None else _write_card(order.card, appids)
    return Rule(name=order.name, when=_write_when(order.when), text=text, card=card, pages=pages)


def _check_page(page: str, web_origins: tuple[str, ...], place: int) -> str:
    if page != addresses.OUR_PHONE_PAGE and not leads_home(page, web_origins):
        raise Invalid(f"The account has not named the web origin of this page: PUT its web-origins first - at `$.rules[{place}].text`.")
    return page


def _write_when(when: When) -> When:
    """What people write is folded once before it is compared with a thousand words, so the words have to be folded too."""
    if not isinstance(when, OnKeyword):
        return when
    return msgspec.structs.replace(when, words=tuple(map(_fold, when.words)))


def _write_card(card: Card, appids: Mapping[str, str]) -> ReadyCard:
    return ReadyCard(title=card.title, appid=appids[card.mini_program], path=card.path, thumb_media_id=card.thumb_media_id)


def _write_link(link: Link, appids: Mapping[str, str]) -> str:
    if link.page:
        return page_link(link.label, PAGE_MARK)
    return mini_program_link(link.label, appid=appids[link.mini_program], path=link.path, fallback_url=link.fallback_url)


def _choose_by_words(rules: tuple[Rule, ...], said: str) -> Rule | None:
    fallback = None
    for rule in rules:
        when = rule.when
        if isinstance(when, OnKeyword):
            if _has_word(said, when):
                return rule
        elif isinstance(when, OnAnything):
            fallback = fallback or rule
    return fallback


def _has_word(said: str, when: OnKeyword) -> bool:
    if when.match is Match.exact:
        return said in when.words
    for word in when.words:  # noqa: SIM110 - a generator for each of a thousand rules takes longer than all of their words
        if word in said:
            return True
    return False


def _fits(when: When, message: Inbound) -> bool:
    if isinstance(when, OnClick):
        return isinstance(message, MenuClicked) and message.event_key == when.key
    return isinstance(when, OnFollow) and isinstance(message, Subscribed)


def _fold(text: str) -> str:
    """White space around a text and upper or lower case do not matter."""
    return text.strip().casefold()
