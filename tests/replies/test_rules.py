"""Which rule answers a message, and which rules are refused. Pure."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Invalid
from chalicelib.replies.rules.choosing import choose_rule, index_rules
from chalicelib.replies.rules.writing import mini_programs_in, write_rules
from chalicelib.replies.words import OnAnything, RulesOrder
from chalicelib.replies.words.ready import Rule
from chalicelib.wechat.messages import Inbound, read_message
from tests.builders import reply_rules
from tests.clock import NOON

APPIDS = {"demo.mini": "wx00000000000000b2"}
HEAD = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": "1760000000"}


def text(content: str) -> Inbound:
    return read_message({**HEAD, "MsgType": "text", "Content": content, "MsgId": "1"})


def event(name: str, **fields: str) -> Inbound:
    return read_message({**HEAD, "MsgType": "event", "Event": name, **fields})


def order(*rules: dict[str, Any]) -> RulesOrder:
    return msgspec.convert({"rules": list(rules)}, RulesOrder)


def written(*rules: dict[str, Any]) -> tuple[Rule, ...]:
    return write_rules(order(*rules), APPIDS).rules


def keyword(name: str, *words: str, match: str = "exact") -> dict[str, Any]:
    return {"name": name, "when": {"on": "keyword", "words": list(words), "match": match}, "text": ["好"]}


def chosen(rules: tuple[Rule, ...], message: Inbound) -> str | None:
    rule = choose_rule(index_rules(rules), message, at=NOON)
    return None if rule is None else rule.name


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (event("subscribe", EventKey="qrscene_poster"), "welcome"),
        (text("预约"), "book"),
        (event("CLICK", EventKey="MENU_HELP"), "help"),
        (text("你好"), "default"),
        (event("CLICK", EventKey="MENU_OTHER"), None),
        (event("unsubscribe"), None),
        (event("SCAN", EventKey="poster"), None),
        (event("VIEW", EventKey="MENU_HELP"), None),
        (read_message({**HEAD, "MsgType": "image", "MediaId": "m", "MsgId": "2"}), None),
        (read_message({**HEAD, "MsgType": "hologram", "Content": "预约"}), None),
    ],
)
def test_each_message_finds_its_rule_or_none(message: Inbound, name: str | None) -> None:
    rules = write_rules(msgspec.convert(reply_rules(), RulesOrder), APPIDS).rules

    assert chosen(rules, message) == name


@pytest.mark.parametrize(
    ("word", "match", "said", "fits"),
    [
        ("预约", "exact", "预约", True),
        ("预约", "exact", " 预约\n", True),
        ("预约", "exact", "我要预约", False),
        ("预约", "contains", "我要预约！", True),
        ("预约", "contains", "约预", False),
        ("Book", "exact", "bOOK", True),
        ("Straße", "contains", "die STRASSE", True),
        (" 预约 ", "exact", "预约", True),
        (" book ", "contains", "a book", True),
    ],
)
def test_a_keyword_is_found_whatever_its_case_and_surrounding_space(word: str, match: str, said: str, fits: bool) -> None:
    rules = written(keyword("it", word, match=match))

    assert (chosen(rules, text(said)) == "it") is fits


def test_the_first_match_wins() -> None:
    rules = written(keyword("wide", "约", match="contains"), keyword("narrow", "预约"))

    assert chosen(rules, text("预约")) == "wide"


def test_a_default_rule_waits_until_every_other_rule_was_asked() -> None:
    default = {"name": "default", "when": {"on": "default"}, "text": ["?"]}
    rules = written(default, {**default, "name": "second default"}, keyword("book", "预约"))

    assert [chosen(rules, text("预约")), chosen(rules, text("其他"))] == ["book", "default"]


@given(st.lists(st.sampled_from(["约", "预约", "book", "x"]), max_size=6), st.text(max_size=8), st.sampled_from(["exact", "contains"]))
def test_the_chosen_rule_is_the_first_one_that_would_be_chosen_alone(words: list[str], said: str, match: str) -> None:
    rules = written(*(keyword(str(place), word, match=match) for place, word in enumerate(words)))
    alone = [rule.name for rule in rules if chosen((rule,), text(said))]

    assert chosen(rules, text(said)) == (alone[0] if alone else None)


def test_a_link_becomes_wechats_markup_and_a_card_knows_its_appid() -> None:
    welcome, book, *_ = write_rules(msgspec.convert(reply_rules(), RulesOrder), APPIDS).rules

    assert welcome.text == (
        '欢迎！<a href="https://shop.example.com/" data-miniprogram-appid="wx00000000000000b2" '
        'data-miniprogram-path="pages/index/index">逛逛小店</a>'
    )
    assert book.card is not None
    assert (book.card.appid, book.card.path) == ("wx00000000000000b2", "pages/book/index")


def test_the_mini_programs_of_links_and_cards_are_named() -> None:
    assert mini_programs_in(msgspec.convert(reply_rules(), RulesOrder)) == {"demo.mini"}


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"text": []}, "answers nothing"),
        ({"text": [" \n"]}, "answers nothing"),
        ({"text": ["好\u0007"]}, "control character"),
        ({"text": ["字" * 683]}, "2048 bytes"),
        ({"text": ["字" * 400, "字" * 400]}, "2048 bytes"),
    ],
)
def test_a_rule_that_cannot_be_sent_is_refused_by_name_and_place(rule: dict[str, Any], told: str) -> None:
    with pytest.raises(Invalid, match=told) as refused:
        written(keyword("good", "a"), {"name": "poor", "when": {"on": "follow"}, **rule})

    assert "poor" in refused.value.message
    assert "$.rules[1]" in refused.value.message


def test_a_text_of_exactly_2048_bytes_is_taken() -> None:
    (rule,) = written({"name": "long", "when": {"on": "follow"}, "text": ["字" * 682, "ab"]})

    assert len(rule.text.encode()) == 2048


def test_a_rule_may_be_a_card_alone() -> None:
    card = {"title": "预约", "mini_program": "demo.mini", "path": "pages/a", "thumb_media_id": "T"}

    (rule,) = written({"name": "card", "when": {"on": "follow"}, "card": card})

    assert (rule.text, rule.card is not None) == ("", True)


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(Invalid, match="Two rules are called same"):
        written(keyword("same", "a"), keyword("same", "b"))


def test_an_event_of_another_kind_never_fits_the_default() -> None:
    rule = Rule(name="d", when=OnAnything(), text="好", card=None)

    assert chosen((rule,), event("CLICK", EventKey="x")) is None
