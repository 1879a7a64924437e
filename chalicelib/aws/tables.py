"""What every DynamoDB row of ours shares: keys, time-outs, and what a failed condition looks like."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Self

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection, TableConnection
from pynamodb.exceptions import PynamoDBException, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.aws.wire import dynamodb

TableError = PynamoDBException
"""A table did not answer, or answered no: the root of what PynamoDB raises."""

STAGE = os.environ.get("STAGE", "local")


class TableMeta:
    """What the tables of our rows have in common; PynamoDB asks for it."""


class _Asked:
    """What PynamoDB takes for botocore's client: our wire."""

    _request_signer = None

    def _make_api_call(self, operation: str, asked: dict[str, Any]) -> Any:
        return dynamodb().call(operation, asked)


_ASKED: Any = _Asked()


def table_name(table: str) -> str:
    return f"liandong-{STAGE}-{table}"


class Row(Model):
    """A row of any table of ours: `pk` and `sk`, strings; `pk` begins with the brand."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)

    @classmethod
    def _get_connection(cls) -> TableConnection:
        """Every kind of row asks over our wire: PynamoDB would make a client of botocore's for each."""
        table = super()._get_connection()
        table.connection._client = _ASKED
        return table

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """As PynamoDB's own in a third of its time: it asks each attribute for its default twice, and looks each name up to set it."""
        row = cls.__new__(cls)
        row.attribute_values = {name: default() if callable(default) else default for name, default in _defaults(cls)}
        for name, attribute in cls.get_attributes().items():
            value = data.get(attribute.attr_name)
            if value and "NULL" not in value:
                row.attribute_values[name] = attribute.deserialize(attribute.get_value(value))
        return row

    def update(self, actions: list[Action], condition: Condition | None = None, **settings: Any) -> Any:
        """As PynamoDB's own, but the row does not come back: nobody looks at it, and reading it would be a tenth of the call's CPU."""
        return self._get_connection().update_item(self.pk, self.sk, actions=actions, condition=condition)


@functools.cache
def _defaults(kind: type[Row]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, attribute.default) for name, attribute in kind.get_attributes().items() if attribute.default is not None)


@functools.cache
def connection() -> Connection:
    """The connection for transactions over several kinds of row."""
    made = Connection()
    made._client = _ASKED
    return made


def code_of(error: PynamoDBException) -> str:
    """DynamoDB's code for what went wrong; empty when no answer came, where PynamoDB's own property raises."""
    response = getattr(error.cause, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def condition_failed(error: PynamoDBException) -> bool:
    """Did the write fail because its condition did not hold, and for no other reason?"""
    if isinstance(error, TransactWriteError):
        return any(reason is not None and reason.code == "ConditionalCheckFailed" for reason in error.cancellation_reasons)
    return code_of(error) == "ConditionalCheckFailedException"


def conflicted(error: PynamoDBException) -> bool:
    """Did another transaction hold one of the rows at that moment? Then nothing happened, and trying again may succeed."""
    if isinstance(error, TransactWriteError):
        return any(reason is not None and reason.code == "TransactionConflict" for reason in error.cancellation_reasons)
    return code_of(error) == "TransactionConflictException"


def held(write: Callable[[], object]) -> bool:
    """Did the write's condition hold? If not, nothing was written."""
    try:
        write()
    except PynamoDBException as error:
        if not condition_failed(error):
            raise
        return False
    return True


def committed(write: Callable[[TransactWrite], None]) -> bool:
    """Write in one transaction, if everything still is as it was read. One in its way means that it will not be for long."""

    def commit() -> None:
        with TransactWrite(connection=connection()) as transaction:
            write(transaction)

    try:
        return held(commit)
    except PynamoDBException as error:
        if not conflicted(error):
            raise
        return False


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def moment(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)


class DataKeyRow(Row):
    """A wrapped data key of a brand: `sk` is `datakey#<month>` or `datakey#hash`."""

    class Meta(TableMeta):
        table_name = table_name("accounts")

    wrapped = UnicodeAttribute()
    made_at = NumberAttribute()


def read_wrapped_key(brand: str, name: str) -> str | None:
    try:
        return str(DataKeyRow.get(brand, f"datakey#{name}", consistent_read=True).wrapped)
    except DataKeyRow.DoesNotExist:
        return None


def keep_wrapped_key(brand: str, name: str, wrapped: str, *, now: datetime) -> str:
    """Keep a new wrapped key unless another was kept first; the one that counts comes back."""
    row = DataKeyRow(brand, f"datakey#{name}", wrapped=wrapped, made_at=seconds(now))
    try:
        row.save(DataKeyRow.pk.does_not_exist())
    except PynamoDBException as error:
        if not condition_failed(error):
            raise
        return str(DataKeyRow.get(brand, f"datakey#{name}", consistent_read=True).wrapped)
    return wrapped
