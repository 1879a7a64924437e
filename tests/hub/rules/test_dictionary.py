"""A record's data under the dictionary: names, modes, what is kept beside, and a brand's own words over the built-in ones."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Invalid
from chalicelib.hub.rules import dictionary
from chalicelib.hub.rules.defaults import DEFAULTS
from chalicelib.hub.words.dictionary import DictionaryOrder, Field, FieldType, Mode, Problem, RecordType
from tests.hub.rules.test_cleaning import JSON, WRITTEN

ORDER = DEFAULTS["order"]
NAMES = sorted({name for kind in DEFAULTS.values() for field, rule in kind.fields.items() for name in (field, *rule.aliases)})


def codes(applied: Any) -> dict[str, str]:
    return {problem.pointer: problem.code for problem in applied.problems}


def merged(types: dict[str, Any]) -> dict[str, RecordType]:
    return dictionary.merge(msgspec.convert({"types": types}, DictionaryOrder), version=1).types


def test_an_order_of_any_system_reads_alike() -> None:
    till = {"订单状态": "待付款", "实付金额": "¥1,200.50", "商品列表": [{"商品编号": "A1", "商品": "龙井", "数量": "2", "单价": "600.25"}]}
    erp = {"state": 0, "total_fen": 120_050, "items": [{"sku": "A1", "title": "龙井", "quantity": 2, "price_fen": 60_025}]}

    first, second = dictionary.apply(ORDER, till), dictionary.apply(ORDER, erp)

    assert first.data == second.data == erp
    assert first.problems == second.problems == ()


def test_a_state_nobody_knows_is_kept_as_it_came_and_told() -> None:
    applied = dictionary.apply(ORDER, {"state": "部分退款", "total": "abc", "colour": "red"})

    assert applied.data == {}
    assert applied.raw == {"state": "部分退款", "total": "abc", "colour": "red"}
    assert codes(applied) == {"/state": "unknown_value", "/total": "unreadable_money", "/colour": "unknown_field"}
    assert dictionary.worst_mode(applied) is Mode.quarantine


@pytest.mark.parametrize("mode", list(Mode))
def test_the_mode_of_a_field_goes_before_that_of_its_type(mode: Mode) -> None:
    kind = RecordType(fields={"age": Field(type=FieldType.integer, mode=mode)}, mode=Mode.quarantine)

    assert dictionary.worst_mode(dictionary.apply(kind, {"age": "old"})) is mode


def test_the_strictest_problem_decides() -> None:
    fields = {"a": Field(type=FieldType.integer, mode=Mode.observe), "b": Field(type=FieldType.integer, mode=Mode.block)}
    kind = RecordType(fields=fields, unknown_fields=Mode.quarantine)

    assert dictionary.worst_mode(dictionary.apply(kind, {"a": "x", "c": 1})) is Mode.quarantine
    assert dictionary.worst_mode(dictionary.apply(kind, {"a": "x", "b": "x", "c": 1})) is Mode.block
    assert dictionary.worst_mode(dictionary.apply(kind, {"a": 1, "b": 2})) is None


def test_what_is_required_and_absent_is_missing_but_what_cannot_be_read_is_told_once() -> None:
    assert codes(dictionary.apply(ORDER, {})) == {"/state": "missing"}
    assert codes(dictionary.apply(ORDER, {"状态": None})) == {"/state": "missing"}
    assert codes(dictionary.apply(ORDER, {"状态": "?"})) == {"/状态": "unknown_value"}


def test_said_twice_alike_is_said_once_and_otherwise_the_own_name_counts() -> None:
    alike = dictionary.apply(ORDER, {"status": "paid", "state": 1})
    otherwise = dictionary.apply(ORDER, {"status": "done", "state": 1})

    assert (alike.data, alike.problems) == ({"state": 1}, ())
    assert otherwise.data == {"state": 1}
    assert codes(otherwise) == {"/status": "said_twice"}


def test_a_problem_within_an_item_is_told_by_its_place_and_harms_no_other() -> None:
    items = [{"sku": "A", "quantity": "two"}, {"sku": "B", "quantity": 2, "x/y": 1}, {"quantity": 1}]

    applied = dictionary.apply(ORDER, {"state": 1, "items": items})

    assert applied.data["items"] == [
        {"sku": "A", "_raw": {"quantity": "two"}},
        {"sku": "B", "quantity": 2, "_raw": {"x/y": 1}},
        {"quantity": 1},
    ]
    assert codes(applied) == {
        "/items/1/x~1y": "unknown_field",
        "/items/2/sku": "missing",
        "/items/0/quantity": "no_number",
    }


@pytest.mark.parametrize("items", ["x", [1], {"sku": "A"}, [{"sku": "A"}] * 501])
def test_items_are_a_list_of_things(items: Any) -> None:
    applied = dictionary.apply(ORDER, {"state": 1, "items": items})

    assert "items" not in applied.data
    assert codes(applied)["/items"] in ("wrong_type", "too_long")


def test_more_fields_than_anybody_has_go_to_quarantine() -> None:
    applied = dictionary.apply(ORDER, {"state": 1} | {f"f{n}": n for n in range(300)})

    assert applied.data == {"state": 1}
    assert dictionary.worst_mode(applied) is Mode.quarantine
    assert len(applied.problems) <= 201


def test_a_problem_never_tells_the_value() -> None:
    applied = dictionary.apply(ORDER, {"receiver_phone": "canary-138", "state": "canary-state", "canary" * 100: 1})

    assert "canary-138" not in str(applied.problems)
    assert "canary-state" not in str(applied.problems)
    assert max(len(problem.pointer) for problem in applied.problems) < 60


def test_a_brand_adds_spellings_fields_and_types() -> None:
    types = merged(
        {
            "order": {
                "fields": {
                    "state": {"type": "choice", "choices": {"部分发货": 2}, "required": True, "mode": "block"},
                    "gift_at": {"type": "time", "aliases": ["送礼时间"]},
                },
                "retention_days": 30,
            },
            "review": {"fields": {"stars": {"type": "integer", "required": True}}, "unknown_fields": "block"},
        }
    )

    order = dictionary.apply(types["order"], {"状态": "部分发货", "送礼时间": "2026-11-21", "金额": "1元"})
    assert order.data == {"state": 2, "gift_at": "2026-11-20T16:00:00Z", "total_fen": 100}
    assert dictionary.apply(types["order"], {"state": "pending"}).data == {"state": 0}
    assert dictionary.worst_mode(dictionary.apply(types["review"], {"stars": 5, "x": 1})) is Mode.block
    assert types["order"].retention_days == 30
    assert types["cart"] == DEFAULTS["cart"]


@pytest.mark.parametrize(
    ("types", "place"),
    [
        ({"order": {"fields": {"total": {"type": "money"}}}}, "$.types.order.fields.total"),
        ({"order": {"fields": {"seen": {"type": "time"}}}}, "$.types.order.fields.seen"),
        ({"x": {"fields": {"kind": {"type": "choice"}}}}, "$.types.x.fields.kind.choices"),
        ({"x": {"fields": {"list": {"type": "items"}}}}, "$.types.x.fields.list.fields"),
        ({"x": {"fields": {"a": {"type": "text", "fields": {"b": {"type": "text"}}}}}}, "$.types.x.fields.a.fields"),
        ({"x": {"fields": {"a": {"type": "text", "aliases": ["B"]}, "b": {"type": "text"}}}}, "$.types.x.fields.b.aliases"),
        ({"x": {"fields": {"a": {"type": "text", "aliases": ["---"]}}}}, "$.types.x.fields.a.aliases"),
        ({"order": {"fields": {"sum_fen": {"type": "money", "aliases": ["金额"]}}}}, "aliases"),
    ],
)
def test_a_dictionary_that_cannot_be_meant_is_refused_by_its_place(types: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid) as refused:
        merged(types)

    assert place in refused.value.message


def test_the_built_in_dictionary_is_one_a_brand_could_write() -> None:
    order = msgspec.convert(msgspec.to_builtins({"types": DEFAULTS}), DictionaryOrder)

    assert dictionary.merge(order, version=1).types == DEFAULTS


@given(st.sampled_from(sorted(DEFAULTS)), st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), JSON | WRITTEN, max_size=8))
def test_no_data_breaks_it_and_what_is_clean_stays_as_it_is(kind: str, data: dict[str, Any]) -> None:
    applied = dictionary.apply(DEFAULTS[kind], data)
    again = dictionary.apply(DEFAULTS[kind], applied.data)

    json.dumps([applied.data, applied.raw], allow_nan=False).encode()
    assert again.data == applied.data
    assert {problem.code for problem in again.problems} <= {"missing"}
    assert all(isinstance(problem, Problem) for problem in applied.problems)
