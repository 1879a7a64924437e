"""What rules can wait for, and in which order they are asked. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
import pytest

from chalicelib.errors import Invalid
from chalicelib.replies.rules.answering import write_answer
from chalicelib.replies.rules.choosing import choose_rule, index_rules
from chalicelib.replies.rules.patterns import Unreadable, read_pattern
from chalicelib.replies.rules.windows import is_open
from chalicelib.replies.rules.writing import MOST_PATTERNS, texts_in, write_rules
from chalicelib.replies.words import RulesOrder, Window
from chalicelib.wechat.messages import Inbound, read_message
from chalicelib.wechat.replies import ImageReply, NewsReply, TextReply, TransferReply
from tests.clock import NOON

HEAD = {"ToUserName": "gh_1", "FromUserName": "o1", "CreateTime": "1760000000"}
APPIDS = {"demo.mini": "wx00000000000000b2"}
CARD = {"title": "预约", "mini_program": "demo.mini", "path": "pages/a", "thumb_media_id": "T"}


def text(content: str) -> Inbound:
    return read_message({**HEAD, "MsgType": "text", "Content": content, "MsgId": "1"})


def event(name: str, **fields: str) -> Inbound:
    return read_message({**HEAD, "MsgType": "event", "Event": name, **fields})


def order(*rules: dict[str, Any], **more: Any) -> RulesOrder:
    return msgspec.convert({"rules": list(rules), **more}, RulesOrder)


def rule(name: str, when: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "when": when, "text": ["好"], **more}


def words(*said: str, match: str = "exact", **more: Any) -> dict[str, Any]:
    return {"on": "keyword", "words": list(said), "match": match, **more}


def chosen(written: RulesOrder, message: Inbound, at: datetime = NOON) -> str | None:
    found = choose_rule(index_rules(write_rules(written, APPIDS).rules), message, at=at)
    return None if found is None else found.name


# -- priority ----------------------------------------------------------------------------------------------------------


def test_the_highest_priority_is_asked_first_and_then_the_order_counts() -> None:
    rules = order(rule("late", words("约")), rule("low", words("约"), priority=-1), rule("high", words("约", match="contains"), priority=5))

    assert [chosen(rules, text("约")), chosen(order(*reversed(list(msgspec.to_builtins(rules)["rules"]))), text("约"))] == ["high", "high"]


def test_of_equal_priorities_the_one_written_first_wins_whatever_it_matches_by() -> None:
    exact, anywhere, pattern = (
        rule("exact", words("预约")),
        rule("anywhere", words("约", match="contains")),
        rule("pattern", words("预.", match="regex")),
    )

    said = text("预约")

    assert chosen(order(exact, anywhere, pattern), said) == "exact"
    assert chosen(order(anywhere, exact, pattern), said) == "anywhere"
    assert chosen(order(pattern, exact, anywhere), said) == "pattern"


def test_a_default_of_high_priority_still_waits_for_every_other_rule() -> None:
    rules = order(rule("default", {"on": "default"}, priority=9), rule("book", words("预约"), priority=-9))

    assert (chosen(rules, text("预约")), chosen(rules, text("其他"))) == ("book", "default")


# -- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["ＢＯＯＫ", "book", "Ｂook　", "BOOK"])
def test_full_and_half_width_are_the_same(said: str) -> None:
    assert chosen(order(rule("book", words("Ｂｏｏｋ"))), text(said)) == "book"


@pytest.mark.parametrize(
    ("said", "fits"),
    [("课程12报名", True), ("请问课程７报名吗", True), ("Course 3 BOOK", True), ("课程报名", False), ("报名课程12", False)],
)
def test_a_pattern_is_looked_for_anywhere_whatever_case_and_width(said: str, fits: bool) -> None:
    rules = order(rule("course", words(r"课程\d+报名", r"course \d book", match="regex")))

    assert (chosen(rules, text(said)) == "course") is fits


def test_a_pattern_that_explodes_elsewhere_is_answered_at_once() -> None:
    rules = order(rule("bomb", words("(a*)*(a+)+(a|aa)+b$", match="regex")), rule("default", {"on": "default"}))

    assert chosen(rules, text("a" * 2000)) == "default"


@pytest.mark.parametrize("written", ["(", r"(a)\1", "(?=a)", "a{1001}", "(.{1,900}){1,900}"])
def test_what_re2_does_not_read_or_finds_too_large_is_refused_without_its_words(written: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_pattern(written)

    assert str(refused.value)
    assert written not in str(refused.value)


def test_an_account_has_a_hundred_patterns_and_not_one_more() -> None:
    def with_patterns(number: int) -> RulesOrder:
        return order(*(rule(str(place), words(f"课程{place}.*", match="regex")) for place in range(number)))

    write_rules(with_patterns(MOST_PATTERNS), APPIDS)

    with pytest.raises(Invalid, match="at most 100"):
        write_rules(with_patterns(MOST_PATTERNS + 1), APPIDS)


def test_patterns_that_are_slow_together_are_refused() -> None:
    with pytest.raises(Invalid, match="too long together"):
        write_rules(order(rule("r", words(*(f"{letter}.{{900}}" for letter in "abcdefgh"), match="regex"))), APPIDS)


def test_synonyms_are_words_of_the_rules_that_name_them() -> None:
    rules = order(
        rule("book", words("book", synonyms=["预约"])),
        rule("ask", words(match="contains", synonyms=["预约"])),
        synonyms={"预约": ["订位", "挂号"]},
    )

    assert [chosen(rules, text(said)) for said in ("book", "订位", "我要挂号")] == ["book", "book", "ask"]


def test_a_pattern_with_synonyms_is_refused() -> None:
    with pytest.raises(Invalid, match="no synonyms"):
        write_rules(order(rule("r", words("a", match="regex", synonyms=["s"])), synonyms={"s": ["b"]}), APPIDS)


# -- QR codes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "name"),
    [
        (event("subscribe", EventKey="qrscene_poster"), "poster"),
        (event("SCAN", EventKey="poster"), "poster"),
        (event("subscribe", EventKey="qrscene_e_k3f9x2aq"), "poster"),
        (event("SCAN", EventKey="e_k3f9x2aq"), "poster"),
        (event("subscribe", EventKey="qrscene_other"), "welcome"),
        (event("subscribe", EventKey=""), "welcome"),
        (event("SCAN", EventKey="other"), None),
        (event("SCAN", EventKey="k3f9x2aq"), None),
    ],
)
def test_a_code_is_told_by_its_scene_or_its_entry_for_followers_and_new_ones(message: Inbound, name: str | None) -> None:
    rules = order(rule("poster", {"on": "qr", "scenes": ["poster"], "entries": ["k3f9x2aq"]}), rule("welcome", {"on": "follow"}))

    assert chosen(rules, message) == name


def test_a_welcome_written_first_or_of_higher_priority_comes_before_a_codes_rule() -> None:
    poster, welcome = rule("poster", {"on": "qr", "scenes": ["poster"]}), rule("welcome", {"on": "follow"})
    follows = event("subscribe", EventKey="qrscene_poster")

    assert chosen(order(welcome, poster), follows) == "welcome"
    assert chosen(order(welcome, {**poster, "priority": 1}), follows) == "poster"


# -- windows -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "at", "open_"),
    [
        ({}, "2026-11-21T12:00:00+08:00", True),
        ({"from": "09:00", "until": "18:00"}, "2026-11-21T08:59:59+08:00", False),
        ({"from": "09:00", "until": "18:00"}, "2026-11-21T09:00:00+08:00", True),
        ({"from": "09:00", "until": "18:00"}, "2026-11-21T17:59:59+08:00", True),
        ({"from": "09:00", "until": "18:00"}, "2026-11-21T18:00:00+08:00", False),
        ({"from": "09:00", "until": "18:00"}, "2026-11-21T01:30:00+00:00", True),
        ({"from": "09:00", "until": "18:00", "zone": "+00:00"}, "2026-11-21T01:30:00+00:00", False),
        ({"from": "09:00", "until": "18:00", "zone": "-05:30"}, "2026-11-21T14:29:00+00:00", False),
        ({"from": "09:00", "until": "18:00", "zone": "-05:30"}, "2026-11-21T14:30:00+00:00", True),
        ({"weekdays": [6]}, "2026-11-21T00:00:00+08:00", True),
        ({"weekdays": [6]}, "2026-11-22T00:00:00+08:00", False),
        ({"weekdays": [5], "from": "22:00", "until": "06:00"}, "2026-11-20T23:00:00+08:00", True),
        ({"weekdays": [5], "from": "22:00", "until": "06:00"}, "2026-11-21T05:59:00+08:00", True),
        ({"weekdays": [5], "from": "22:00", "until": "06:00"}, "2026-11-20T05:59:00+08:00", False),
        ({"weekdays": [5], "from": "22:00", "until": "06:00"}, "2026-11-21T06:00:00+08:00", False),
        ({"first_on": "2026-11-21", "last_on": "2026-11-21"}, "2026-11-21T23:59:59+08:00", True),
        ({"first_on": "2026-11-21", "last_on": "2026-11-21"}, "2026-11-22T00:00:00+08:00", False),
        ({"first_on": "2026-11-21"}, "2026-11-20T23:59:59+08:00", False),
        ({"last_on": "2026-11-20", "from": "22:00", "until": "06:00"}, "2026-11-21T01:00:00+08:00", True),
    ],
)
def test_a_window_is_open_from_its_beginning_until_before_its_end(window: dict[str, Any], at: str, open_: bool) -> None:
    assert is_open([msgspec.convert(window, Window)], datetime.fromisoformat(at)) is open_


def test_outside_its_windows_a_rule_leaves_the_word_to_the_next_one() -> None:
    rules = order(
        rule("day", words("客服"), within=[{"from": "09:00", "until": "12:00"}, {"from": "13:00", "until": "18:00"}]),
        rule("night", words("客", match="contains")),
    )

    found = [
        chosen(rules, text("客服"), datetime.fromisoformat(f"2026-11-21T{at}:00+08:00")) for at in ("11:59", "12:30", "13:00", "20:00")
    ]

    assert found == ["day", "night", "day", "night"]


# -- what a rule answers with ------------------------------------------------------------------------------------------

ARTICLE = {"title": "秋天", "url": "https://shop.example.com/a", "description": "新品", "picture_url": "https://shop.example.com/a.jpg"}


@pytest.mark.parametrize(
    ("more", "answer"),
    [
        ({"text": [], "image": "IMG"}, ImageReply),
        ({"text": [], "news": [ARTICLE]}, NewsReply),
        ({"text": [], "hand_over": {}}, TransferReply),
        ({"hand_over": {"agent": "amy@house"}}, TransferReply),
        ({}, TextReply),
        ({"text": [], "tags": [101]}, None),
        ({"text": [], "event": "asked"}, None),
        ({"text": [], "once": {"text": ["券"]}}, None),
    ],
)
def test_a_rule_answers_by_the_one_thing_wechat_takes(more: dict[str, Any], answer: type | None) -> None:
    (ready,) = write_rules(order(rule("r", {"on": "follow"}, **more)), APPIDS).rules

    written = write_answer(ready, [])

    assert (written is None) if answer is None else isinstance(written, answer)


def test_of_articles_a_word_is_answered_by_one_and_an_event_by_eight() -> None:
    write_rules(order(rule("r", {"on": "follow"}, text=[], news=[ARTICLE] * 8)), APPIDS)

    for when in (words("a"), {"on": "default"}):
        with pytest.raises(Invalid, match="at most 1"):
            write_rules(order(rule("r", when, text=[], news=[ARTICLE] * 2)), APPIDS)


def test_a_material_takes_the_name_of_its_rule_and_the_appid_of_its_card() -> None:
    first = rule("券", {"on": "follow"}, once={"card": CARD, "again": ["您已经领过了。"]})
    second = rule("也是券", {"on": "follow"}, once={"key": "券", "text": ["券码"]})

    one, other = write_rules(order(first, second), APPIDS).rules

    assert one.once is not None
    assert one.once.card is not None
    assert other.once is not None
    assert (one.once.key, one.once.card.appid, one.once.again, other.once.key) == ("券", "wx00000000000000b2", "您已经领过了。", "券")


@pytest.mark.parametrize(
    "more",
    [
        {"text": [{"label": "手机", "page": "phone"}], "hand_over": {}},
        {"once": {"text": [{"label": "手机", "page": "phone"}]}},
        {"once": {"text": ["a"], "again": [{"label": "手机", "page": "phone"}]}},
    ],
)
def test_what_is_sent_later_leads_to_no_page_made_for_one_person(more: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="page"):
        write_rules(order(rule("r", {"on": "follow"}, **more)), APPIDS)


def test_everything_people_would_read_is_told_with_its_place() -> None:
    rules = order(
        rule("a", {"on": "follow"}, card=CARD, once={"text": ["券码"], "again": ["领过"]}),
        rule("b", {"on": "follow"}, text=[], news=[ARTICLE]),
    )

    assert {each.place: each.text for each in texts_in(rules)} == {
        "$.rules[0].text": "好",
        "$.rules[0].once.text": "券码",
        "$.rules[0].once.again": "领过",
        "$.rules[0].card": "预约",
        "$.rules[1].news[0]": "秋天\n新品",
    }


# -- limits ------------------------------------------------------------------------------------------------------------


def is_read(**more: Any) -> bool:
    """Is a rule with this taken by its schema and written?"""
    try:
        write_rules(order({**rule("r", {"on": "follow"}), **more}), APPIDS)
    except (Invalid, msgspec.ValidationError):
        return False
    return True


@pytest.mark.parametrize(
    ("at_most", "too_much"),
    [
        ({"text": [], "news": [ARTICLE] * 8}, {"text": [], "news": [ARTICLE] * 9}),
        ({"tags": list(range(3, 23))}, {"tags": list(range(3, 24))}),
        ({"tags": [3]}, {"tags": [2]}),
        ({"once": {"text": ["字" * 682, "ab"]}}, {"once": {"text": ["字" * 682, "abc"]}}),
        ({"once": {"text": ["a"], "again": ["字" * 682]}}, {"once": {"text": ["a"], "again": ["字" * 683]}}),
        ({"hand_over": {"agent": "a" * 10 + "@house"}}, {"hand_over": {"agent": "a" * 11 + "@house"}}),
        ({"event": "e" * 48}, {"event": "e" * 49}),
        ({"priority": 1000}, {"priority": 1001}),
        ({"within": [{"from": "00:00", "until": "24:00"}]}, {"within": [{"from": "24:00", "until": "01:00"}]}),
    ],
)
def test_every_limit_is_taken_up_to_it_and_not_beyond(at_most: dict[str, Any], too_much: dict[str, Any]) -> None:
    assert (is_read(**at_most), is_read(**too_much)) == (True, False)


@pytest.mark.parametrize(("length", "taken"), [(64, True), (65, False)])
def test_a_scene_has_the_length_wechat_allows(length: int, taken: bool) -> None:
    when = {"on": "qr", "scenes": ["s" * length]}

    assert is_read(when=when) is taken
