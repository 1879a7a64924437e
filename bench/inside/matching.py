"""Reply rules: how long the choice takes among as many as an account may have."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from bench.inside import scene
from chalicelib.replies import rules
from chalicelib.replies.words import Rule, RulesOrder
from chalicelib.wechat.messages import TextMessage

RULES = 1000
MESSAGES = 3000


def measure() -> Iterator[tuple[str, float]]:
    """Every rule's last word once, and as many messages that only the default answers."""
    order = msgspec.convert({"rules": [_rule(number) for number in range(RULES - 1)] + [DEFAULT]}, RulesOrder)
    ready = rules.write_rules(order, {})
    said = [f"活动{number % (RULES - 1)}报名" if number % 2 else f"请问今天几点开门 {number}" for number in range(MESSAGES)]
    messages = [_message(text) for text in said]
    for message in messages[:100]:
        rules.choose_rule(ready, message)
    spent = sorted(_choose_ms(ready, message) for message in messages)
    scene.note(f"rules: median {spent[MESSAGES // 2]:.3f} ms, slowest {spent[-1]:.3f} ms")
    yield "rules.match_p99_ms", spent[MESSAGES * 99 // 100]


DEFAULT = {"name": "default", "when": {"on": "default"}, "text": ["没听懂。"]}


def _rule(number: int) -> dict[str, object]:
    """Three words; half of the rules look for them anywhere in the message."""
    words = [f"预约{number}", f"Book {number}", f"活动{number}报名"]
    return {
        "name": f"rule-{number}",
        "when": {"on": "keyword", "words": words, "match": "contains" if number % 2 else "exact"},
        "text": [f"第{number}条"],
    }


def _message(text: str) -> TextMessage:
    now = datetime.now(UTC)
    return TextMessage(to_account="gh_bench", from_user="oBench", created_at=now, msg_id="1", content=text)


def _choose_ms(ready: tuple[Rule, ...], message: TextMessage) -> float:
    began = time.process_time_ns()
    rules.choose_rule(ready, message)
    return (time.process_time_ns() - began) / 1e6
