"""Our wire and botocore's clients ask through one method, so that whoever listens, refuses or answers there hears both."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from botocore.client import BaseClient
from pynamodb.connection import Connection
from pynamodb.connection import base as pynamodb

from chalicelib.aws import wire as wires
from chalicelib.aws.signing import sign
from chalicelib.aws.wire import Asked, Wire
from tests import quicker_moto, short_way_to_moto

botocore_call, wire_call, wire_post = BaseClient._make_api_call, Wire.call, Wire.post
"""As they are outside the tests."""


def join() -> None:
    """Tests replace `BaseClient._make_api_call`; from now on the wire asks there, too, and what it posts goes to moto."""
    BaseClient._make_api_call = _ask
    Wire.call = lambda wire, operation, asked: BaseClient._make_api_call(wire, operation, asked)  # type: ignore[assignment, method-assign]
    Wire.post = _post_to_moto  # type: ignore[assignment, method-assign]
    for whose, name, ours in (
        (wires, "sign", _sign_what_is_read),
        (Connection, "send_pre_boto_callback", lambda *_: None),  # nobody hears these …
        (Connection, "send_post_boto_callback", lambda *_: None),
        (pynamodb, "uuid", SimpleNamespace(uuid4=lambda: None)),  # … for which alone PynamoDB draws a random id
    ):
        setattr(whose, name, ours)
    quicker_moto.join()
    Wire.meta = property(lambda wire: SimpleNamespace(service_model=SimpleNamespace(service_name=wire.service)))  # type: ignore[attr-defined]


def _ask(client: Any, operation: str, asked: Asked) -> Any:
    if isinstance(client, Wire):
        return wire_call(client, operation, asked)
    service = client.meta.service_model.service_name
    if not short_way_to_moto.is_short(service, operation):
        return botocore_call(client, operation, asked)
    if service in ("dynamodb", "sqs"):  # tests look at tables and queues by boto3, too: it would take ten times as long
        return wire_call(getattr(wires, service)(), operation, asked)
    return short_way_to_moto.ask(client, operation, asked)


def _post_to_moto(wire: Wire, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    return short_way_to_moto.post(wire.service, wire.url, body, headers)


def _sign_what_is_read(body: bytes, **asked: Any) -> dict[str, str]:
    """moto's handlers look at no signature; where HTTP is written for it or a server, there is one."""
    if not short_way_to_moto.is_short(asked["service"], asked["target"].rpartition(".")[2], body):
        return sign(body, **asked)
    return {"content-type": asked["content_type"], "x-amz-target": asked["target"]}
