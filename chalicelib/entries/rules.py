"""Which rule answers a message, and what its text reads like. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from chalicelib.entries.words import (
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
from chalicelib.errors import Invalid
from chalicelib.wechat.messages import Inbound, MenuClicked, Subscribed, TextMessage
from chalicelib.wechat.replies import MOST_TEXT_BYTES, mini_program_link

UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What XML cannot carry: left out on the way, it might leave a reply empty, and the person would see WeChat's notice of failure."""


def choose_rule(rules: tuple[Rule, ...], message: Inbound) -> Rule | None:
    """The first rule whose `when` fits; the default rules wait until every other has been asked."""
    fallback = None
    for rule in rules:
        if isinstance(rule.when, OnAnything):
            fallback = fallback or rule
        elif fits(rule.when, message):
            return rule
    return fallback if isinstance(message, TextMessage) else None


def fits(when: When, message: Inbound) -> bool:
    match when:
        case OnFollow():
            return isinstance(message, Subscribed)
        case OnClick(key=key):
            return isinstance(message, MenuClicked) and message.event_key == key
        case OnKeyword(words=words, match=kind):
            return isinstance(message, TextMessage) and _has_word(message.content, words, kind)
        case OnAnything():
            return isinstance(message, TextMessage)


def write_rules(order: RulesOrder, appids: Mapping[str, str]) -> tuple[Rule, ...]:
    """The rules ready to be in force; `Invalid` names the rule that cannot be sent."""
    names = [rule.name for rule in order.rules]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Invalid(f"Two rules are called {twice[0]}: give each its own name - at `$.rules`.")
    return tuple(_write_rule(rule, appids, place) for place, rule in enumerate(order.rules))


def mini_programs_in(order: RulesOrder) -> set[str]:
    """The ids of the mini programs the rules lead to."""
    links = {part.mini_program for rule in order.rules for part in rule.text if isinstance(part, Link)}
    return links | {rule.card.mini_program for rule in order.rules if rule.card is not None}


def _write_rule(order: RuleOrder, appids: Mapping[str, str], place: int) -> Rule:
    text = "".join(part if isinstance(part, str) else _write_link(part, appids) for part in order.text)
    if not text.strip() and (text or order.card is None):
        raise Invalid(f"The rule {order.name} answers nothing: give it a text or a card - at `$.rules[{place}]`.")
    if UNWRITABLE.search(text):
        raise Invalid(f"The text of the rule {order.name} has a control character - at `$.rules[{place}].text`.")
    if len(text.encode()) > MOST_TEXT_BYTES:
        raise Invalid(f"The text of the rule {order.name} has more than {MOST_TEXT_BYTES} bytes in UTF-8 - at `$.rules[{place}].text`.")
    return Rule(
        name=order.name, when=_write_when(order.when), text=text, card=None if order.card is None else _write_card(order.card, appids)
    )


def _write_when(when: When) -> When:
    """What people write is stripped before it is compared, so the words have to be too."""
    if not isinstance(when, OnKeyword):
        return when
    return msgspec.structs.replace(when, words=tuple(word.strip() for word in when.words))


def _write_card(card: Card, appids: Mapping[str, str]) -> ReadyCard:
    return ReadyCard(title=card.title, appid=appids[card.mini_program], path=card.path, thumb_media_id=card.thumb_media_id)


def _write_link(link: Link, appids: Mapping[str, str]) -> str:
    return mini_program_link(link.label, appid=appids[link.mini_program], path=link.path, fallback_url=link.fallback_url)


def _has_word(content: str, words: tuple[str, ...], kind: Match) -> bool:
    said = content.strip().casefold()
    if kind is Match.exact:
        return any(said == word.casefold() for word in words)
    return any(word.casefold() in said for word in words)
