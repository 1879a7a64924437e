"""Which values WeChat takes, how templates are read, filled in and cut."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Invalid
from chalicelib.templates import rules
from chalicelib.templates.words import Field, Template, TemplateKind, TooLong
from chalicelib.wechat.templates import TemplateTold
from sandbox import keywords

KINDS = (*rules.RULES, "name", "enum", "other")
TOLD = TemplateTold("T1", "发货通知", "订单：{{character_string1.DATA}}\n金额: {{ amount2.DATA }}\n备注：{{thing3.DATA}}\n", "")


def field(kind: str, *values: str) -> Field:
    return Field(key=f"{kind}1", kind=kind, name="", values=values)


def template() -> Template:
    return rules.read_template(TOLD, TemplateKind.subscription)


@pytest.mark.parametrize(
    ("kind", "taken", "refused"),
    [
        ("thing", "二十个字二十个字二十个字二十个字二十个字", "二十个字二十个字二十个字二十个字二十个字！"),
        ("thing", "x", ""),
        ("thing", "一 行", "两\n行"),
        ("number", "1" * 32, "1" * 33),
        ("number", "-12.5", "12,5"),
        ("letter", "a" * 32, "a" * 33),
        ("letter", "abc", "ab1"),
        ("symbol", "!@#$%", "!@#$%^"),
        ("character_string", "SO-2026/1" + "x" * 23, "SO-2026/1" + "x" * 24),
        ("character_string", "A1", "订单1"),
        ("time", "2026年11月21日 15:01", "明天下午"),
        ("time", "15:01~16:30", "15:01~"),
        ("time", "23:59:59", "24:00"),
        ("date", "2026-11-21", "20261121"),
        ("date", "11月21日~11月22日", "11月21日~"),
        ("amount", "¥1234567890.5", "¥12345678901"),
        ("amount", "12.50元", "约12元"),
        ("phone_number", "+86 138-0013-8000", "+86 138-0013-80001"),
        ("car_number", "粤A12345港", "粤A1234567港"),
        ("name", "欧阳十个字的名字在此", "欧阳十个字的名字在此呀"),
        ("name", "x" * 20, "x" * 21),
        ("phrase", "已经发货了", "已经发货了吗"),
        ("phrase", "已发货", "已发货!"),
    ],
)
def test_each_kind_takes_what_is_just_within_its_rule_and_not_what_is_just_beyond(kind: str, taken: str, refused: str) -> None:
    assert rules.find_fault(field(kind), taken) == ""
    assert rules.find_fault(field(kind), refused) != ""


def test_what_does_not_fit_is_told_by_its_keyword() -> None:
    assert rules.find_fault(field("amount"), "abc").startswith("amount1 takes an amount such as ¥100")


def test_an_enum_takes_what_is_listed_and_says_what_that_is() -> None:
    assert rules.find_fault(field("enum", "待付款", "已付款"), "已付款") == ""
    assert "待付款, 已付款" in rules.find_fault(field("enum", "待付款", "已付款"), "付了")
    assert rules.find_fault(field("enum"), "什么都行") == ""


HAN, LATIN, DIGITS = "发货订单提醒", "ABCxyz", "0123456789"
LIMITS = {
    "thing": (20, HAN + LATIN + DIGITS + "！、 "),
    "number": (32, DIGITS),
    "letter": (32, LATIN),
    "symbol": (5, "!#￥…"),
    "character_string": (32, LATIN + DIGITS + "-_/#"),
    "phone_number": (17, DIGITS + "+-"),
    "car_number": (8, LATIN + DIGITS),
    "phrase": (5, HAN),
}
"""How much of what each kind is made of WeChat takes."""
CAN_BE_CUT = ("thing", "letter", "symbol", "character_string", "phrase", "name", "keyword")


def written(kind: str) -> st.SearchStrategy[str]:
    return st.text(alphabet=LIMITS[kind][1], min_size=1, max_size=60).filter(lambda value: value == value.strip())


@given(st.data())
def test_a_kind_takes_so_many_of_its_characters_and_not_one_more(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(LIMITS)))
    value = data.draw(written(kind))

    assert (rules.find_fault(field(kind), value) == "") is (len(value) <= LIMITS[kind][0])


@given(value=st.text(alphabet=HAN + LATIN + "·", min_size=1, max_size=40))
def test_a_name_takes_ten_characters_with_chinese_ones_among_them_and_twenty_without(value: str) -> None:
    limit = 10 if any(each in HAN for each in value) else 20

    assert (rules.find_fault(field("name"), value) == "") is (len(value) <= limit)


@given(
    sign=st.sampled_from(["", "¥", "￥", "$", "€"]), whole=st.integers(0, 10**12), cents=st.none() | st.integers(0, 99), yuan=st.booleans()
)
def test_an_amount_takes_a_sign_ten_digits_and_decimals(sign: str, whole: int, cents: int | None, yuan: bool) -> None:
    value = f"{sign}{whole}{'' if cents is None else f'.{cents:02d}'}{'元' if yuan else ''}"

    assert (rules.find_fault(field("amount"), value) == "") is (len(str(whole)) <= 10)


@given(at=st.datetimes(datetime(2000, 1, 1)), until=st.datetimes(datetime(2000, 1, 1)))
def test_times_and_days_are_taken_as_they_are_written_in_china_alone_and_as_a_span(at: datetime, until: datetime) -> None:
    for form in ("%Y-%m-%d %H:%M", "%Y年%m月%d日 %H:%M", "%H:%M:%S", "%Y/%m/%d %H:%M"):
        assert rules.find_fault(field("time"), f"{at:{form}}~{until:{form}}") == ""
    for form in ("%Y-%m-%d", "%Y年%m月%d日", "%m月%d日", "%Y.%m.%d", "%Y-%m-%d %H:%M"):
        assert rules.find_fault(field("date"), f"{at:{form}}~{until:{form}}") == ""


@given(st.data())
def test_what_may_be_cut_fits_once_it_is(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(CAN_BE_CUT))
    value = data.draw(written(kind) if kind in LIMITS else st.text(alphabet=HAN + LATIN, min_size=1, max_size=400))

    assert rules.find_fault(field(kind), rules._shorten(field(kind), value)) == ""


@given(kind=st.sampled_from(KINDS), value=st.text(max_size=40) | st.from_regex(r"[0-9:年月日.~¥元+\-a-z 已发货]{0,40}", fullmatch=True))
def test_what_we_let_through_wechats_stand_in_takes_and_what_we_refuse_it_refuses(kind: str, value: str) -> None:
    ours = rules.find_fault(field(kind), value) == ""

    theirs = keywords.is_allowed(f"{kind}1", value)

    assert ours == theirs or (kind == "other" and len(value) > rules.LONGEST_OTHER)


@given(kind=st.sampled_from(KINDS), value=st.text(min_size=1, max_size=300))
def test_cutting_never_lengthens_is_the_same_again_and_leaves_what_fits(kind: str, value: str) -> None:
    def cut(given: str) -> str:
        return rules._shorten(field(kind), given)

    assert len(cut(value)) <= len(value)
    assert cut(cut(value)) == cut(value)
    assert cut(value) == value or rules.find_fault(field(kind), value) != ""


def test_what_is_too_long_is_cut_with_an_ellipsis_but_an_amount_is_never_another_amount() -> None:
    data = {"character_string1": "S" * 40, "amount2": "¥123456789012", "thing3": "很" * 30}

    filled = rules.fill(template(), data, TooLong.cut)

    assert filled.data["character_string1"] == "S" * 32
    assert filled.data["thing3"] == "很" * 19 + "…"
    assert filled.data["amount2"] == data["amount2"]
    assert filled.cut == ("character_string1", "thing3")
    assert [wrong.key for wrong in filled.wrong] == ["amount2"]


def test_keywords_are_where_the_content_has_them_and_named_by_what_stands_before() -> None:
    fields = template().fields

    assert [(each.key, each.kind, each.name) for each in fields] == [
        ("character_string1", "character_string", "订单"),
        ("amount2", "amount", "金额"),
        ("thing3", "thing", "备注"),
    ]


def test_a_keyword_that_is_missing_or_too_many_is_wrong_and_the_refusal_says_where() -> None:
    filled = rules.fill(template(), {"character_string1": "S1", "thing3": "x", "thing9": "y"}, TooLong.refuse)

    assert sorted(wrong.key for wrong in filled.wrong) == ["amount2", "thing9"]
    with pytest.raises(Invalid, match=r"no such keyword - at `\$\.data\.thing9`"):
        rules.check(template(), {"character_string1": "S1", "thing3": "x", "thing9": "y"}, TooLong.refuse, place="$.data")


def test_a_template_reads_as_its_content_filled_in() -> None:
    filled = rules.fill(template(), {"character_string1": "S1", "amount2": "¥8", "thing3": "谢谢"}, TooLong.refuse)

    assert rules.render(template(), filled) == "订单：S1\n金额: ¥8\n备注：谢谢"
    assert filled.wrong == ()
