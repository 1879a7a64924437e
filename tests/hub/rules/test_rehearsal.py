"""A record under two dictionaries: what would become of it, why, and how little of it is shown."""

from __future__ import annotations

from typing import Any

from chalicelib.hub.rules.dictionary import merge
from chalicelib.hub.rules.rehearsal import changed_types, rehearse, sum_up
from chalicelib.hub.words.dictionary import Dictionary, DictionaryOrder, Field, FieldType, Mode, Personal, RecordType
from chalicelib.hub.words.rehearsal import Outcome, Rehearsed, Sign

BUILT_IN = merge(DictionaryOrder(), version=0)


def dictionary(**fields: Field) -> Dictionary:
    return merge(DictionaryOrder(types={"order": RecordType(fields=fields)}), version=1)


def played(given: dict[str, Any], tried: Dictionary, live: Dictionary = BUILT_IN) -> Rehearsed:
    return rehearse({"state": 1, **given}, live.types.get("order"), tried.types.get("order"))


def test_a_record_that_is_read_alike_stays_as_it_is() -> None:
    tried = dictionary(colour=Field(type=FieldType.text))

    assert played({"total_fen": 1250, "note": "x"}, tried) == Rehearsed(outcome=Outcome.same, signs={})


def test_a_value_that_lay_beside_the_data_and_would_be_read_is_told_before_and_after() -> None:
    tried = dictionary(seats=Field(type=FieldType.integer, aliases=("座位",)))

    result = played({"座位": "3"}, tried)

    assert result.outcome is Outcome.otherwise
    assert result.signs == {Sign(Outcome.otherwise, "/seats", "read_otherwise"): (None, "3")}


def test_a_value_that_is_read_and_would_not_be_is_told_too() -> None:
    live, tried = dictionary(seats=Field(type=FieldType.text)), dictionary(seats=Field(type=FieldType.integer))

    result = played({"seats": "three"}, tried, live)

    assert result.outcome is Outcome.otherwise
    assert {sign.code for sign in result.signs} == {"read_otherwise", "not_read"}


def test_a_record_that_would_be_held_or_blocked_says_where_and_why() -> None:
    strict = {mode: dictionary(seats=Field(type=FieldType.integer, mode=mode)) for mode in (Mode.quarantine, Mode.block)}

    held, blocked = (played({"seats": "three"}, tried) for tried in strict.values())

    assert (held.outcome, blocked.outcome) == (Outcome.held, Outcome.blocked)
    assert list(held.signs) == [Sign(Outcome.held, "/seats", "no_number")]
    assert list(blocked.signs) == [Sign(Outcome.blocked, "/seats", "no_number")]


def test_a_required_field_that_is_missing_is_told_without_a_value() -> None:
    result = played({}, dictionary(store=Field(type=FieldType.text, required=True, mode=Mode.quarantine)))

    assert result.signs == {Sign(Outcome.held, "/store", "missing"): (None, None)}


def test_a_type_that_would_be_gone_blocks_its_records() -> None:
    assert rehearse({"a": 1}, RecordType(), None).outcome is Outcome.blocked


def test_where_in_a_list_something_is_does_not_make_two_signs() -> None:
    tried = dictionary(items=Field(type=FieldType.items, mode=Mode.quarantine, fields={"size": Field(type=FieldType.integer)}))

    result = played({"items": [{"sku": "a", "size": "x"}, {"sku": "b", "size": "y"}]}, tried)

    assert list(result.signs) == [Sign(Outcome.held, "/items/*/size", "no_number")]


def test_a_personal_value_is_not_revealed_by_calling_it_plain() -> None:
    """Whoever may publish a dictionary may not see phones and birthdays for that."""
    own = Field(type=FieldType.text, personal=Personal.hidden)
    live = dictionary(pet=own)
    renamed = dictionary(animal=Field(type=FieldType.integer, aliases=("pet",)), pet_name=Field(type=FieldType.text))

    results = [
        played({"pet": "20190102"}, dictionary(pet=Field(type=FieldType.integer)), live),
        played({"pet": "20190102"}, renamed, live),
        played({"receiver_phone": "13912345678"}, dictionary(receiver_phone=Field(type=FieldType.integer))),
    ]

    shown = [value for result in results for pair in result.signs.values() for value in pair if value]
    assert shown
    assert not [value for value in shown if "20190102" in value or "12345678" in value]


def test_types_that_are_changed_without_being_named_are_looked_at() -> None:
    live = merge(DictionaryOrder(types={"visit": RecordType(), "order": RecordType()}), version=1)
    tried = merge(DictionaryOrder(types={"lead": RecordType(), "cart": RecordType()}), version=1)

    assert changed_types(live, tried, {"lead", "cart"}) == ["cart", "lead", "visit"]


def test_the_commonest_signs_come_first_with_one_masked_record_each() -> None:
    tried = dictionary(seats=Field(type=FieldType.integer, mode=Mode.quarantine), rows=Field(type=FieldType.integer, mode=Mode.quarantine))
    kept = {"13912345678": {"seats": "x"}, "R2": {"rows": "y"}, "R3": {"rows": "z"}, "R4": {}}

    told = sum_up("order", {name: played(given, tried) for name, given in kept.items()}, {}, there_are=0)

    assert (told.kept.looked_at, told.kept.held, told.kept.same) == (4, 3, 1)
    assert [(sign.pointer, sign.count, sign.example.record) for sign in told.signs] == [("/rows", 2, "R2"), ("/seats", 1, "139****5678")]
