"""Reply rules: how long the choice takes among as many as an account may have, of every kind there is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from bench.inside import scene
from chalicelib.replies.rules.choosing import Index, choose_rule, index_rules
from chalicelib.replies.rules.writing import MOST_PATTERNS, write_rules
from chalicelib.replies.words import MOST_RULES, RulesOrder
from chalicelib.wechat.messages import TextMessage

MESSAGES = 3000
HOURS = [{"weekdays": [1, 2, 3, 4, 5], "from": "09:00", "until": "18:00"}, {"from": "22:00", "until": "06:00"}]


def measure() -> Iterator[tuple[str, float]]:
    """As many messages that only the default answers as such that some rule's word is in."""
    order = msgspec.convert({"rules": [_rule(number) for number in range(MOST_RULES - 1)] + [DEFAULT]}, RulesOrder)
    written = write_rules(order, {})
    began = time.process_time_ns()
    index = index_rules(written.rules)
    scene.note(f"rules: made ready in {(time.process_time_ns() - began) / 1e6:.1f} ms")
    said = [f"活动{number % (MOST_RULES - 1)}报名" if number % 2 else f"请问今天几点开门 {number}" for number in range(MESSAGES)]
    messages = [_message(text) for text in said]
    for message in messages[:100]:
        choose_rule(index, message, at=message.created_at)
    spent = sorted(_choose_ms(index, message) for message in messages)
    scene.note(f"rules: median {spent[MESSAGES // 2]:.3f} ms, slowest {spent[-1]:.3f} ms")
    yield "rules.match_p99_ms", spent[MESSAGES * 99 // 100]


DEFAULT = {"name": "default", "when": {"on": "default"}, "text": ["没听懂。"]}


def _rule(number: int) -> dict[str, object]:
    """Three words, found as a whole or anywhere in the message; as many patterns as an account may have; a third by the clock."""
    words, match = [f"预约{number}", f"Book {number}", f"活动{number}报名"], "contains" if number % 2 else "exact"
    if number % (MOST_RULES // MOST_PATTERNS) == 0 and number:
        words, match = [rf"(活动|课程){number}(报名|预约)|book\s*{number}"], "regex"
    return {
        "name": f"rule-{number}",
        "when": {"on": "keyword", "words": words, "match": match},
        "priority": number % 7 - 3,
        "within": HOURS if number % 3 == 0 else [],
        "text": [f"第{number}条"],
    }


def _message(text: str) -> TextMessage:
    now = datetime.now(UTC)
    return TextMessage(to_account="gh_bench", from_user="oBench", created_at=now, msg_id="1", content=text)


def _choose_ms(index: Index, message: TextMessage) -> float:
    began = time.process_time_ns()
    choose_rule(index, message, at=message.created_at)
    return (time.process_time_ns() - began) / 1e6
