"""Our wire and botocore's clients ask through one method, so that whoever listens, refuses or answers there hears both."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.client import BaseClient
from moto.core.models import botocore_stubber

from chalicelib.aws.wire import Asked, Wire

botocore_call, wire_call, wire_post = BaseClient._make_api_call, Wire.call, Wire.post
"""As they are outside the tests."""


def join() -> None:
    """Tests replace `BaseClient._make_api_call`; from now on the wire asks there, too, and what it posts goes to moto."""
    BaseClient._make_api_call = _ask
    Wire.call = lambda wire, operation, asked: BaseClient._make_api_call(wire, operation, asked)  # type: ignore[assignment, method-assign]
    Wire.post = _post_to_moto  # type: ignore[assignment, method-assign]
    Wire.meta = property(lambda wire: SimpleNamespace(service_model=SimpleNamespace(service_name=wire.service)))  # type: ignore[attr-defined]


def _ask(client: Any, operation: str, asked: Asked) -> Any:
    return wire_call(client, operation, asked) if isinstance(client, Wire) else botocore_call(client, operation, asked)


def _post_to_moto(wire: Wire, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    named = {name.title(): value for name, value in headers.items()}
    request = AWSPreparedRequest("POST", f"{wire.url}/", named, body, stream_output=False)
    operation = headers["x-amz-target"].rpartition(".")[2]
    answer: Any = botocore_stubber(f"before-send.{wire.service}.{operation}", request)
    return answer.status_code, answer.content
