"""Values cleaned: what people and systems write for money, times, phones and states, and what nobody can read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.hub.rules.cleaning import Unclean, clean, read_money, read_time
from chalicelib.hub.words.dictionary import Field, FieldType, Unit

STATES = {"待支付": 0, "pending": 0, "已支付": 1, "paid": 1}
FIELDS = [
    *(Field(type=each) for each in FieldType if each not in (FieldType.items, FieldType.choice)),
    Field(type=FieldType.choice, choices=STATES),
    Field(type=FieldType.text, longest=3),
    Field(type=FieldType.money, unit=Unit.fen),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
WRITTEN = st.sampled_from(
    ["100元", "¥1,200.50", "1.2万", "2026-11-21 15:00", "20261121", "男", "F", "是", "13812345678", "已支付", "null", "1e400", "٣", "-0"]
)


@pytest.mark.parametrize(
    ("written", "fen"),
    [
        ("100元", 10_000),
        ("¥1,200.50", 120_050),
        ("￥1,200.50", 120_050),
        ("1，200.5 元", 120_050),
        ("RMB 12", 1_200),
        ("12 CNY", 1_200),
        ("1.2万", 1_200_000),
        ("3万元", 3_000_000),
        ("5角", 50),
        ("99分", 99),
        ("１００", 10_000),
        ("-5", -500),
        (".5", 50),
        ("99.995", 10_000),
        (9.9, 990),
        (0.1 + 0.2, 30),
        (3, 300),
    ],
)
def test_money_is_whole_fen(written: Any, fen: int) -> None:
    assert read_money(written, unit=Unit.yuan) == fen


@pytest.mark.parametrize(("written", "fen"), [("120050", 120_050), (120_050, 120_050), ("100元", 10_000), ("5角", 50)])
def test_a_bare_number_counts_fen_where_the_name_says_so_and_a_mark_goes_before_it(written: Any, fen: int) -> None:
    assert read_money(written, unit=Unit.fen) == fen


@pytest.mark.parametrize(
    "written", ["", "元", "1,00", "1,2,3", "12.3.4", "一百", "$5", "5 USD", True, None, [], "1" * 40, float("nan"), 10**30]
)
def test_what_is_no_money_is_told_not_guessed(written: Any) -> None:
    with pytest.raises(Unclean):
        read_money(written, unit=Unit.yuan)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-21T15:00:00+08:00",
        "2026-11-21T07:00:00Z",
        "2026-11-21T07:00:00.123Z",
        "2026-11-21 15:00",
        "2026-11-21 15:00:00",
        "2026/11/21 15:00",
        "2026.11.21 15:00",
        "2026年11月21日 15:00",
        "2026年11月21日15时0分0秒",
        "２０２６－１１－２１ １５：００",
        "20261121150000",
        1_795_244_400,
        "1795244400",
        1_795_244_400_000,
        "1795244400000",
        1_795_244_400.9,
    ],
)
def test_a_time_is_utc_and_without_a_zone_it_was_beijings(written: Any) -> None:
    assert read_time(written) == "2026-11-21T07:00:00Z"


@pytest.mark.parametrize(
    "written", ["2026-13-01", "2026-02-30", "昨天", "0", 0, -1, 7, "0000-00-00", "2026-11-21T25:00", "9999-12-31", float("inf"), True]
)
def test_what_is_no_time_is_told_not_guessed(written: Any) -> None:
    with pytest.raises(Unclean):
        read_time(written)


@pytest.mark.parametrize(
    ("kind", "written", "told"),
    [
        (FieldType.phone, "１３８ 1234-5678", "+8613812345678"),
        (FieldType.phone, 13_812_345_678, "+8613812345678"),
        (FieldType.gender, "女士", 2),
        (FieldType.gender, 1, 1),
        (FieldType.gender, "Male", 1),
        (FieldType.flag, "是", True),
        (FieldType.flag, 0, False),
        (FieldType.integer, "1,024", 1024),
        (FieldType.integer, 3.0, 3),
        (FieldType.number, "0.5", 0.5),
        (FieldType.text, " 茶\u200b ", "茶"),
        (FieldType.text, 20, "20"),
        (FieldType.text, 1.5, "1.5"),
    ],
)
def test_what_people_write_is_read(kind: FieldType, written: Any, told: Any) -> None:
    assert clean(written, Field(type=kind)) == told


@pytest.mark.parametrize(
    ("kind", "written", "code"),
    [
        (FieldType.phone, "123", "no_phone"),
        (FieldType.gender, "3", "unknown_value"),
        (FieldType.flag, "maybe", "unknown_value"),
        (FieldType.integer, "1.5", "not_whole"),
        (FieldType.integer, "0x10", "no_number"),
        (FieldType.number, float("inf"), "out_of_range"),
        (FieldType.number, 10**16, "out_of_range"),
        (FieldType.text, "\ud800", "unreadable_text"),
        (FieldType.text, "x" * 513, "too_long"),
        (FieldType.text, {}, "wrong_type"),
        (FieldType.anything, [[[[[[[[1]]]]]]]], "too_deep"),
    ],
)
def test_what_cannot_be_read_says_why(kind: FieldType, written: Any, code: str) -> None:
    with pytest.raises(Unclean) as refused:
        clean(written, Field(type=kind))

    assert refused.value.code == code


@pytest.mark.parametrize("written", ["待支付", " 待支付 ", "PENDING", "Ｐending", 0, "0", 0.0])
def test_a_choice_is_known_by_each_of_its_spellings_and_by_its_code(written: Any) -> None:
    assert clean(written, Field(type=FieldType.choice, choices=STATES)) == 0


@given(JSON | WRITTEN, st.sampled_from(FIELDS), st.booleans())
def test_cleaning_never_fails_otherwise_and_what_is_clean_stays_as_it_is(value: Any, field: Field, by_own_name: bool) -> None:
    try:
        cleaned = clean(value, field, by_own_name=by_own_name)
    except Unclean:
        return

    assert clean(cleaned, field) == cleaned
