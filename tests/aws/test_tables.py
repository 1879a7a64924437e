"""What rows share: time to the second, what a failed condition looks like, and keys kept once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from pynamodb.attributes import JSONAttribute
from pynamodb.exceptions import CancellationReason, PutError, PynamoDBException, TransactWriteError, VerboseClientError

from chalicelib.aws import tables
from chalicelib.aws.wire import Asked, Wire
from chalicelib.staff import tables as staff
from tests.house import NOON, House
from tests.one_way_to_aws import wire_call


def refused(code: str) -> PutError:
    return PutError("no", ClientError({"Error": {"Code": code, "Message": "no"}}, "PutItem"))


def cancelled(codes: Iterable[str | None]) -> TransactWriteError:
    reasons = [None if code is None else CancellationReason(code=code) for code in codes]
    cause: Any = VerboseClientError(
        {"Error": {"Code": "TransactionCanceledException"}}, "TransactWriteItems", {}, cancellation_reasons=reasons
    )
    return TransactWriteError("no", cause)


def silent() -> list[PynamoDBException]:
    return [
        PutError("away", EndpointConnectionError(endpoint_url="https://dynamodb.invalid")),
        PutError("away", ReadTimeoutError(endpoint_url="https://dynamodb.invalid")),
        PutError("nobody"),
    ]


def test_a_moment_comes_back_to_the_second() -> None:
    assert tables.moment(tables.seconds(datetime(2026, 11, 20, 4, 0, 7, 999999, tzinfo=UTC))) == datetime(2026, 11, 20, 4, 0, 7, tzinfo=UTC)


def test_a_failed_condition_is_told_from_every_other_trouble() -> None:
    others = [refused("ThrottlingException"), refused("TransactionConflictException"), cancelled([None, "TransactionConflict"]), *silent()]

    assert tables.condition_failed(refused("ConditionalCheckFailedException"))
    assert tables.condition_failed(cancelled([None, "ConditionalCheckFailed"]))
    assert not any(map(tables.condition_failed, others))


def test_a_conflict_is_told_from_every_other_trouble() -> None:
    others = [refused("ThrottlingException"), refused("ConditionalCheckFailedException"), cancelled(["ConditionalCheckFailed"]), *silent()]

    assert tables.conflicted(refused("TransactionConflictException"))
    assert tables.conflicted(cancelled(["TransactionConflict", None]))
    assert not any(map(tables.conflicted, others))


def test_every_kind_of_row_asks_over_our_wire(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def listen(wire: Wire, operation: str, given: Asked) -> Any:
        asked.append(operation)
        return wire_call(wire, operation, given)

    monkeypatch.setattr(Wire, "call", listen)

    tables.keep_wrapped_key("demo", "hash", "first", now=NOON)
    staff.list_keys("demo")

    assert asked == ["PutItem", "Query"]


def test_an_updated_row_is_not_sent_back(house: House) -> None:
    row = tables.DataKeyRow("demo", "datakey#hash", wrapped="old", made_at=1)
    row.save()

    answer = row.update([tables.DataKeyRow.wrapped.set("new")], condition=tables.DataKeyRow.pk.exists())

    assert "Attributes" not in answer
    assert tables.read_wrapped_key("demo", "hash") == "new"


def test_a_row_that_is_written_now_is_read_now(house: House) -> None:
    assert tables.read_wrapped_key("demo", "hash") is None

    tables.keep_wrapped_key("demo", "hash", "first", now=NOON)

    assert tables.read_wrapped_key("demo", "hash") == "first"


def test_the_key_that_was_kept_first_is_the_one_that_counts(house: House) -> None:
    first = tables.keep_wrapped_key("demo", "hash", "first", now=NOON)
    second = tables.keep_wrapped_key("demo", "hash", "second", now=NOON)

    assert (first, second) == ("first", "first")
    assert tables.read_wrapped_key("demo", "hash") == "first"


def test_every_table_of_ours_is_of_this_stage() -> None:
    import app

    models = [model for model in every_model(tables.Row) if hasattr(model, "Meta")]

    assert app.rooms.open_all()
    assert len(models) > 5
    assert all(model.Meta.table_name.startswith("liandong-local-") for model in models)


def test_no_row_holds_bytes_which_the_wire_would_bring_back_as_text() -> None:
    import app

    attributes = [attribute for model in every_model(tables.Row) for attribute in model.get_attributes().values()]

    assert app.rooms.open_all()
    assert not [each for each in attributes if each.attr_type in ("B", "BS")]


OF_A_KIND = {"S": "text", "N": "7", "BOOL": True, "SS": ["a", "b"]}


@pytest.mark.parametrize("wanted", [lambda place: True, lambda place: place % 2, lambda place: False], ids=["whole", "half", "bare"])
def test_a_row_is_read_as_pynamodb_reads_it(wanted: Callable[[int], bool]) -> None:
    import app

    assert app.rooms.open_all()
    for model in every_model(tables.Row):
        attributes = list(model.get_attributes().values())
        texts = {each.attr_name: '{"a": [1]}' if isinstance(each, JSONAttribute) else "text" for each in attributes}
        kept = [each for place, each in enumerate(attributes) if wanted(place)]
        item: dict[str, Any] = {each.attr_name: {"NULL": True} for each in attributes[::3]}
        item |= {each.attr_name: {each.attr_type: {**OF_A_KIND, "S": texts[each.attr_name]}[each.attr_type]} for each in kept}

        row, theirs = model.from_raw_data(item), model._instantiate(item)

        assert row.attribute_values == theirs.attribute_values
        assert vars(row).keys() == vars(theirs).keys()


def every_model(root: Any) -> Iterable[Any]:
    for model in root.__subclasses__():
        yield model
        yield from every_model(model)
