"""What rows share: time to the second, what a failed condition looks like, and keys kept once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from pynamodb.exceptions import CancellationReason, PutError, PynamoDBException, TransactWriteError, VerboseClientError

from chalicelib.aws import tables
from tests.house import NOON, House


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


def test_every_kind_of_row_asks_through_one_client(house: House) -> None:
    class OtherRow(tables.Row):
        class Meta(tables.TableMeta):
            table_name = tables.table_name("audit")

    clients = {id(row._get_connection().connection.client) for row in (tables.DataKeyRow, OtherRow)}

    assert clients == {id(tables.connection().client)}
    assert tables.connection().client.meta.config.user_agent.startswith("liandong")


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


def test_every_table_of_ours_gives_up_as_early_as_every_client() -> None:
    import app

    models = [model for model in every_model(tables.Row) if hasattr(model, "Meta")]

    assert app.DOORS
    assert len(models) > 5
    assert {(model.Meta.connect_timeout_seconds, model.Meta.read_timeout_seconds, model.Meta.max_retry_attempts) for model in models} == {
        (1, 2, 1)
    }
    assert all(model.Meta.table_name.startswith("liandong-local-") for model in models)


def every_model(root: Any) -> Iterable[Any]:
    for model in root.__subclasses__():
        yield model
        yield from every_model(model)
