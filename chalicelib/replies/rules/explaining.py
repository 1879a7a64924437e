"""Why a rule does not answer a message. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from chalicelib.replies.rules.choosing import ENTRY_SCENE, Index, choose_rule
from chalicelib.replies.rules.folding import fold
from chalicelib.replies.rules.patterns import looked_at
from chalicelib.replies.rules.windows import is_open
from chalicelib.replies.words import Match, OnAnything, OnClick, OnFollow, OnKeyword, OnQr
from chalicelib.replies.words.ready import Rule
from chalicelib.replies.words.simulating import Because, Lost
from chalicelib.wechat.messages import Inbound, MenuClicked, QrScanned, Subscribed, TextMessage


def explain_losers(index: Index, message: Inbound, *, at: datetime) -> Iterator[Lost]:
    """Every rule but the one that answers, in the order of asking, and why it does not."""
    winner = choose_rule(index, message, at=at)
    for place, rule in enumerate(index.rules):
        if rule is not winner:
            because = would_not_answer(index, place, message, at=at) or _outdone(rule, winner)
            yield Lost(rule=rule.name, priority=rule.priority, because=because)


def would_not_answer(index: Index, place: int, message: Inbound, *, at: datetime) -> Because | None:
    """Why the rule at a place would not answer even if it were the only one; nothing when it would."""
    rule = index.rules[place]
    because = _misses(index, place, message)
    if because is None and not is_open(rule.within, at):
        return Because.outside_window
    return because


def _misses(index: Index, place: int, message: Inbound) -> Because | None:
    match index.rules[place].when, message:
        case OnKeyword() as when, TextMessage(content=content):
            return None if _has_words(index, place, when, content) else Because.words_differ
        case OnQr() as when, (Subscribed(scene=scene) | QrScanned(scene=scene)) if scene:
            known = {*when.scenes, *(ENTRY_SCENE + code for code in when.entries)}
            return None if scene in known else Because.another_code
        case OnClick(key=key), MenuClicked(event_key=tapped):
            return None if key == tapped else Because.another_key
        case (OnFollow(), Subscribed()) | (OnAnything(), TextMessage()):
            return None
    return Because.not_the_trigger


def _has_words(index: Index, place: int, when: OnKeyword, content: str) -> bool:
    said = fold(content)
    match when.match:
        case Match.exact:
            return said in map(fold, when.words)
        case Match.contains:
            return any(fold(word) in said for word in when.words)
        case Match.regex:
            seen = looked_at(content)
            return any(bool(pattern.search(seen)) for pattern in index.patterns[place])


def _outdone(rule: Rule, winner: Rule | None) -> Because:
    """Why a rule that would answer does not: there is a winner then."""
    if isinstance(rule.when, OnAnything) and winner is not None and not isinstance(winner.when, OnAnything):
        return Because.only_a_default
    return Because.lower_priority if winner is not None and rule.priority < winner.priority else Because.later_in_order
