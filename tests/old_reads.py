"""Reads as old as DynamoDB may give them: what is not asked for consistently is not there yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.client import BaseClient

NOTHING: dict[str, dict[str, Any]] = {"GetItem": {}, "Query": {"Items": [], "Count": 0, "ScannedCount": 0}}


@contextmanager
def old_reads() -> Iterator[None]:
    """Meanwhile eventually consistent reads of single rows and queries show nothing."""
    real = BaseClient._make_api_call

    def call(client: Any, operation: str, asked: Any) -> Any:
        if operation in NOTHING and not asked.get("ConsistentRead"):
            return dict(NOTHING[operation])
        return real(client, operation, asked)

    BaseClient._make_api_call = call
    try:
        yield
    finally:
        BaseClient._make_api_call = real
