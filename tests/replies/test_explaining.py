"""Why rules lose, and that whoever would win wins at the door. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.replies.flows.simulating import imagine
from chalicelib.replies.rules.choosing import choose_rule, index_rules
from chalicelib.replies.rules.explaining import explain_losers, would_not_answer
from chalicelib.replies.rules.writing import write_rules
from chalicelib.replies.words import OnAnything, RulesOrder
from chalicelib.replies.words.simulating import Told
from tests.clock import NOON

WHENS = [
    {"on": "follow"},
    {"on": "qr", "scenes": ["poster"]},
    {"on": "qr", "entries": ["k3f9"]},
    {"on": "click", "key": "HELP"},
    {"on": "default"},
    {"on": "keyword", "words": ["预约", "ＢＯＯＫ"]},
    {"on": "keyword", "words": ["约", "oo"], "match": "contains"},
    {"on": "keyword", "words": [r"预.|b\w+k"], "match": "regex"},
    {"on": "keyword", "words": ["x"], "synonyms": ["预约"]},
]
WINDOWS: list[list[dict[str, Any]]] = [
    [],
    [{"from": "09:00", "until": "18:00"}],
    [{"weekdays": [6, 7]}, {"from": "22:00", "until": "06:00"}],
]
TOLD = [
    *({"text": said} for said in ("预约", "book", "我要预约", "x", "订位", "?")),
    {"follow": True},
    {"follow": True, "qr": "poster"},
    {"qr": "poster"},
    {"qr": "e_k3f9"},
    {"qr": "none"},
    {"click": "HELP"},
    {"click": "OTHER"},
]
RULES = st.lists(st.tuples(st.sampled_from(WHENS), st.integers(-1, 1), st.sampled_from(WINDOWS)), max_size=8)
TIMES = st.integers(0, 7 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes))


def order(*rules: dict[str, Any]) -> RulesOrder:
    written = [{"name": str(place), "text": ["好"], **rule} for place, rule in enumerate(rules)]
    return msgspec.convert({"rules": written, "synonyms": {"预约": ["订位"]}}, RulesOrder)


@given(RULES, st.sampled_from(TOLD), TIMES)
def test_whoever_is_the_first_that_would_answer_is_the_one_the_door_chooses(
    made: list[tuple[dict[str, Any], int, list[dict[str, Any]]]], told: dict[str, Any], at: datetime
) -> None:
    rules = write_rules(order(*({"when": when, "priority": priority, "within": within} for when, priority, within in made)), {})
    index, message = index_rules(rules.rules), imagine(msgspec.convert(told, Told), at)

    would = [rule for place, rule in enumerate(index.rules) if would_not_answer(index, place, message, at=at) is None]
    first = min(would, key=lambda rule: isinstance(rule.when, OnAnything), default=None)
    winner = choose_rule(index, message, at=at)
    lost = list(explain_losers(index, message, at=at))

    assert winner is first
    assert sorted(each.rule for each in lost) == sorted(rule.name for rule in index.rules if rule is not winner)


@pytest.mark.parametrize(
    ("rule", "told", "because"),
    [
        ({"when": {"on": "click", "key": "HELP"}}, {"text": "约"}, "not_the_trigger"),
        ({"when": {"on": "qr", "scenes": ["a"]}}, {"follow": True}, "not_the_trigger"),
        ({"when": {"on": "follow"}}, {"qr": "a"}, "not_the_trigger"),
        ({"when": {"on": "keyword", "words": ["其他"]}}, {"text": "约"}, "words_differ"),
        ({"when": {"on": "qr", "scenes": ["a"]}}, {"qr": "b"}, "another_code"),
        ({"when": {"on": "click", "key": "A"}}, {"click": "B"}, "another_key"),
        ({"when": {"on": "default"}, "within": [{"from": "01:00", "until": "02:00"}]}, {"text": "约"}, "outside_window"),
        ({"when": {"on": "default"}}, {"text": "约"}, "only_a_default"),
        ({"when": {"on": "keyword", "words": ["约"]}, "priority": -1}, {"text": "约"}, "lower_priority"),
        ({"when": {"on": "keyword", "words": ["约"]}}, {"text": "约"}, "later_in_order"),
    ],
)
def test_every_loser_is_told_why(rule: dict[str, Any], told: dict[str, Any], because: str) -> None:
    winner = {"when": {"on": "keyword", "words": ["约"]}}
    index = index_rules(write_rules(order(winner, rule), {}).rules)

    (*_, lost) = explain_losers(index, imagine(msgspec.convert(told, Told), NOON), at=NOON)

    assert (lost.rule, lost.because) == ("1", because)
