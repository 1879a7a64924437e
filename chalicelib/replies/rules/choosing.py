"""Which rule answers a message. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.replies.rules.folding import fold
from chalicelib.replies.rules.patterns import Pattern, looked_at, read_pattern
from chalicelib.replies.rules.windows import is_open
from chalicelib.replies.words import Match, OnAnything, OnClick, OnFollow, OnKeyword, OnQr
from chalicelib.replies.words.ready import Rule
from chalicelib.wechat.messages import Inbound, MenuClicked, QrScanned, Subscribed, TextMessage

ENTRY_SCENE = "e_"
"""What the scene of an entry's QR code begins with, before the entry's code."""
Places = dict[str, list[int]]


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """Rules in the order in which they are asked, and by what they wait for the places they have in it. Made once for each version."""

    rules: tuple[Rule, ...]
    exact: Places
    contains: list[tuple[int, tuple[str, ...]]]
    patterns: dict[int, tuple[Pattern, ...]]
    scenes: Places
    clicks: Places
    follows: list[int]
    defaults: list[int]


def index_rules(rules: Iterable[Rule]) -> Index:
    """Rules by what they wait for: the highest priority is asked first, then the order they were written in counts."""
    ordered = tuple(sorted(rules, key=lambda rule: -rule.priority))
    index = Index(rules=ordered, exact={}, contains=[], patterns={}, scenes={}, clicks={}, follows=[], defaults=[])
    for place, rule in enumerate(ordered):
        _put(index, place, rule)
    return index


def choose_rule(index: Index, message: Inbound, *, at: datetime) -> Rule | None:
    """The first rule in the order of asking that waits for this and is in its time; the default rules wait for every other."""
    place = _choose(index, message, at)
    return index.rules[place] if place < len(index.rules) else None


def _put(index: Index, place: int, rule: Rule) -> None:
    match rule.when:
        case OnKeyword(match=Match.exact, words=words):
            _note(index.exact, map(fold, words), place)
        case OnKeyword(match=Match.contains, words=words):
            index.contains.append((place, tuple(map(fold, words))))
        case OnKeyword(words=words):
            index.patterns[place] = tuple(map(read_pattern, words))
        case OnQr(scenes=scenes, entries=entries):
            _note(index.scenes, [*scenes, *(ENTRY_SCENE + code for code in entries)], place)
        case OnClick(key=key):
            _note(index.clicks, [key], place)
        case OnFollow():
            index.follows.append(place)
        case OnAnything():
            index.defaults.append(place)


def _note(places: Places, names: Iterable[str], place: int) -> None:
    for name in dict.fromkeys(names):
        places.setdefault(name, []).append(place)


def _choose(index: Index, message: Inbound, at: datetime) -> int:
    nobody = len(index.rules)
    match message:
        case TextMessage(content=content):
            place = _choose_by_words(index, content, at)
            return _first(index, index.defaults, at) if place == nobody else place
        case Subscribed(scene=scene):
            return min(_first(index, index.follows, at), _first(index, index.scenes.get(scene, []), at))
        case QrScanned(scene=scene):
            return _first(index, index.scenes.get(scene, []), at)
        case MenuClicked(event_key=key):
            return _first(index, index.clicks.get(key, []), at)
    return nobody


def _first(index: Index, places: Iterable[int], at: datetime) -> int:
    """The first of these places whose rule is in its time, or the place behind all."""
    return next((place for place in places if is_open(index.rules[place].within, at)), len(index.rules))


def _choose_by_words(index: Index, content: str, at: datetime) -> int:
    """As far as a rule was found, only what is asked before it is looked at."""
    said = fold(content)
    found = _first(index, index.exact.get(said, []), at)
    for place, words in index.contains:
        if place >= found:
            break
        for word in words:
            if word in said:
                found = place if is_open(index.rules[place].within, at) else found
                break
    if not index.patterns:
        return found
    seen = looked_at(content)
    for place, patterns in index.patterns.items():
        if place >= found:
            break
        for pattern in patterns:
            if pattern.search(seen) and is_open(index.rules[place].within, at):
                return place
    return found
