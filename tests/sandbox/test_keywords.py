from __future__ import annotations

import pytest

from sandbox import keywords

GOOD = [
    ("thing1", "两箱脐橙 / 2 boxes"),
    ("thing23", "字" * 20),
    ("number1", "12345678901234567890.5"),
    ("letter1", "ABC"),
    ("symbol1", "#*"),
    ("character_string1", "SO2026-0001/a"),
    ("time1", "09:30"),
    ("time1", "2026-08-01 09:30:15"),
    ("time1", "2026年8月1日 09:30~11:00"),
    ("date3", "2026-08-01 09:30"),
    ("date3", "2026年8月1日"),
    ("date3", "2026年8月"),
    ("date3", "8月1日"),
    ("date3", "2026.08.01~2026.08.31"),
    ("amount2", "￥12.50"),
    ("amount2", "¥1234567890"),
    ("amount2", "100元"),
    ("phone_number1", "+86-13800138000"),
    ("car_number1", "粤A8Z888挂"),
    ("name1", "王小明"),
    ("name1", "Christopher Robin"),
    ("phrase4", "已发货"),
]
BAD = [
    ("thing1", ""),
    ("thing1", "字" * 21),
    ("thing1", "one\ntwo"),
    ("number1", "12a"),
    ("number1", "1" * 33),
    ("letter1", "abc1"),
    ("symbol1", "######"),
    ("character_string1", "编号1"),
    ("character_string1", "x" * 33),
    ("time1", "25:00"),
    ("time1", "soon"),
    ("date3", "tomorrow"),
    ("date3", "09:30"),
    ("amount2", "about 5"),
    ("amount2", "￥12345678901"),
    ("phone_number1", "1" * 18),
    ("phone_number1", "call me"),
    ("car_number1", "粤A8Z888888"),
    ("name1", "王" * 11),
    ("name1", "x" * 21),
    ("phrase4", "shipped"),
    ("phrase4", "已经发货了呀"),
]


@pytest.mark.parametrize(("key", "value"), GOOD)
def test_a_fitting_value_is_taken(key: str, value: str) -> None:
    assert keywords.is_allowed(key, value)


@pytest.mark.parametrize(("key", "value"), BAD)
def test_a_value_that_breaks_its_rule_is_refused(key: str, value: str) -> None:
    assert not keywords.is_allowed(key, value)


def test_an_enum_takes_its_listed_values() -> None:
    assert keywords.is_allowed("enum1", "paid", enum_values=["paid", "open"])
    assert not keywords.is_allowed("enum1", "lost", enum_values=["paid", "open"])
