"""Patterns that explode elsewhere end here, whatever is written. Pure."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.replies.rules.choosing import choose_rule, index_rules
from chalicelib.replies.rules.explaining import explain_losers
from chalicelib.replies.rules.patterns import MOST_LOOKED_AT
from chalicelib.replies.rules.writing import write_rules
from chalicelib.replies.words import RulesOrder
from chalicelib.wechat.messages import TextMessage
from tests.clock import NOON


def play(pattern: str, said: str) -> tuple[str | None, list[str]]:
    """Which of a rule with this pattern and a default one answers, and which lost."""
    bomb: dict[str, Any] = {"name": "pattern", "when": {"on": "keyword", "words": [pattern], "match": "regex"}, "text": ["好"]}
    written = {"rules": [bomb, {"name": "default", "when": {"on": "default"}, "text": ["好"]}]}
    index = index_rules(write_rules(msgspec.convert(written, RulesOrder), {}).rules)
    message = TextMessage(to_account="", from_user="", created_at=NOON, msg_id="1", content=said)
    found = choose_rule(index, message, at=NOON)
    return None if found is None else found.name, [each.rule for each in explain_losers(index, message, at=NOON)]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("^(a+)+$", "a" * 2000 + "!"),
        ("(x+x+)+y", "x" * 2000),
        (r"^(([a-z])+.)+[A-Z]([a-z])+\d$", "a" * 2000),
        (r"^([a-zA-Z0-9._-]+)+@([a-z]+\.)+com$", "a" * 2000 + "@"),
        ("(.*)*b", "a" * 2000),
        ("(.*,){25}P", "1," * 24 + "1" * 1900),
        ("(a?){500}a{500}b", "a" * 2000),
        ("[ab]*a[ab]{900}c", "ab" * 1000),
    ],
)
def test_known_killers_are_looked_for_and_end(pattern: str, said: str) -> None:
    """Where a search goes back on its steps, each of these lasts longer than the world."""
    assert play(pattern, said) == ("default", ["pattern"])


@pytest.mark.parametrize(("before", "answers"), [(MOST_LOOKED_AT - 1, "pattern"), (MOST_LOOKED_AT, "default")])
def test_of_a_message_longer_than_people_can_write_patterns_see_the_beginning(before: int, answers: str) -> None:
    winner, losers = play("b", "a" * before + "b" * 1000)

    assert (winner, answers in losers) == (answers, False)
