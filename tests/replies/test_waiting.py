"""Who is served next and how long people waited. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.replies.rules.masking import LONGEST, mask
from chalicelib.replies.rules.waiting import first_answers, fold_days, highest_level, next_free, order_waiting
from chalicelib.replies.words.waiting import Answered, HandedOver
from chalicelib.wechat.human import Said, Waiting
from tests.clock import NOON

NOON_S = int(NOON.timestamp())


def test_within_a_level_whoever_has_waited_longest_is_first() -> None:
    waiting = [Waiting("late", 9), Waiting("gold", 8), Waiting("early", 1), Waiting("black", 9), Waiting("unnamed", 0)]
    levels = {"gold": "金卡", "black": "黑卡", "unnamed": "铜卡"}

    ordered = [each.openid for each in order_waiting(waiting, ["黑卡", "金卡"], levels)]

    assert ordered == ["black", "gold", "unnamed", "early", "late"]


def test_of_several_memberships_the_highest_counts() -> None:
    assert highest_level(["银卡", "金卡", "铜卡"], ["黑卡", "金卡", "银卡"]) == "金卡"
    assert highest_level(["铜卡"], ["黑卡"]) == ""


def test_who_talks_with_the_fewest_is_next_until_all_have_their_fill() -> None:
    assert next_free({"b": 1, "a": 1, "c": 4}, 5) == "a"
    assert next_free({"a": 5}, 5) is None
    assert next_free({}, 5) is None


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 6), max_size=6), st.integers(1, 6))
def test_whoever_is_next_has_room_and_nobody_has_fewer(staff: dict[str, int], at_most: int) -> None:
    name = next_free(staff, at_most)

    assert (name is None) == all(sessions >= at_most for sessions in staff.values())
    if name is not None:
        assert staff[name] == min(staff.values()) < at_most


def test_what_was_said_before_the_hand_over_or_by_the_person_is_no_answer() -> None:
    waits = {"o1": HandedOver("key", "cause", "", NOON + timedelta(milliseconds=700))}
    said = [Said("o1", True, NOON_S - 1), Said("o1", False, NOON_S + 3), Said("o2", True, NOON_S + 4)]

    assert first_answers(waits, said) == {}
    assert first_answers(waits, [*said, Said("o1", True, NOON_S + 60), Said("o1", True, NOON_S + 5)]) == {"o1": 5}


def test_the_median_and_the_ninth_of_ten_are_times_somebody_waited() -> None:
    on = date(2026, 11, 21)

    (day,) = fold_days([Answered(on, waited) for waited in (None, 10, 2, 9, 3, 8, 4, 7, 5, 6, 1)])

    assert (day.answered, day.unanswered, day.median_s, day.p90_s) == (10, 1, 5, 9)


def test_numbers_and_addresses_are_masked_whatever_their_form() -> None:
    told = {
        "打13812345678": "打[phone]",
        "+86 138-1234-5678 找我": "[phone] 找我",
        "１３８１２３４５６７８": "[phone]",
        "身份证11010519491231002X": "身份证[id number]",
        "110105194912310021": "[id number]",
        "订单 2026112100012345": "订单 [number]",
        "卡号6222 0212 3456 7890 123": "卡号[number]",
        "座机021-65432100": "座机[number]",
        "mail a.b@example.com now": "mail [mail] now",
        "3 号店 2026 年\n几点开": "3 号店 2026 年 几点开",
    }

    assert {text: mask(text) for text in told} == told


@given(st.text(max_size=300), st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.text(max_size=300))
def test_no_phone_gets_through_whatever_stands_around_it(before: str, phone: str, after: str) -> None:
    assert phone not in mask(f"{before}{phone}{after}")


def test_a_long_text_is_cut() -> None:
    assert len(mask("长" * 1000)) == LONGEST
