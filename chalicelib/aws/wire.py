"""The wire to DynamoDB, SQS, KMS and SSM: JSON, signed and posted.

The first two are asked most, and boto3 takes five times the CPU for the same bytes. The others are asked by the first request of a
container, which need not wait for boto3 then: loading it and making a client takes a third as long as everything else that is loaded.

It speaks as botocore's clients do: what is asked and answered has the same shape, and what goes wrong is the same `ClientError`.
"""

from __future__ import annotations

import functools
import os
import random
import select
import socket
import ssl
import threading
import time
from datetime import UTC, datetime
from http.client import HTTPException, HTTPResponse
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError

from chalicelib.aws.clients import USER_AGENT
from chalicelib.aws.signing import Credentials, sign

Asked = dict[str, Any]
WAITED_S = 0.05
"""At most, before the second try."""
PASSING = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)
"""Refusals that a second try may not meet, as every answer of 500 and above."""
CONNECT_S, READ_S = 1.0, 2.0
_making = threading.Lock()


class Wire:
    """One service at one address: connect 1 s, read 2 s, 2 tries, as every client of ours. Safe to use from several threads."""

    def __init__(self, service: str, prefix: str, url: str, region: str, *, json: str = "1.0") -> None:
        self.service = service
        self.url = url
        self._prefix = prefix
        self._content_type = f"application/x-amz-json-{json}"
        self._host = urlsplit(url).netloc
        self._region = region
        self._kept = threading.local()

    def call(self, operation: str, asked: Asked) -> Any:
        """Ask for one operation. `ClientError`: the service said no; another error of botocore: no answer came."""
        if operation == "TransactWriteItems":
            asked = {"ClientRequestToken": os.urandom(16).hex(), **asked}  # so that a second try is not a second transaction
        body = msgspec.json.encode(asked)
        try:
            return self._ask(operation, body)
        except ClientError as error:
            if not _is_passing(error):
                raise
        except (ConnectionClosedError, EndpointConnectionError, ReadTimeoutError):
            pass  # it may be there again for the second try
        time.sleep(random.random() * WAITED_S)
        return self._ask(operation, body)

    def post(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Post to the service's root: the status and the body that came back."""
        lines = ["POST / HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), f"content-length: {len(body)}", "\r\n"]
        try:
            sock = self._connect()
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=self.url) from error
        try:
            sock.sendall("\r\n".join(lines).encode() + body)  # in one go: the kernel's work is most of a request
            with HTTPResponse(sock, method="POST") as answer:
                answer.begin()
                read = answer.read()
                stays_open = not answer.will_close
        except TimeoutError as error:
            self._hang_up(sock)
            raise ReadTimeoutError(endpoint_url=self.url) from error
        except (OSError, HTTPException) as error:
            self._hang_up(sock)
            raise ConnectionClosedError(endpoint_url=self.url) from error
        if not stays_open:
            self._hang_up(sock)
        return answer.status, read

    def _connect(self) -> socket.socket:
        """This thread's connection, open: opening one costs more than ten requests."""
        kept = getattr(self._kept, "sock", None)
        if isinstance(kept, socket.socket) and not _is_hung_up(kept):
            return kept
        self.close()
        at = urlsplit(self.url)
        sock = socket.create_connection((at.hostname, at.port or (443 if at.scheme == "https" else 80)), CONNECT_S)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if at.scheme == "https":
            sock = _trusted().wrap_socket(sock, server_hostname=at.hostname)
        sock.settimeout(READ_S)
        self._kept.sock = sock
        return sock

    def _hang_up(self, sock: socket.socket) -> None:
        sock.close()
        self._kept.sock = None

    def close(self) -> None:
        """Hang up this thread's connection; the next request opens another."""
        kept = getattr(self._kept, "sock", None)
        if kept is not None:
            self._hang_up(kept)

    def _ask(self, operation: str, body: bytes) -> Any:
        headers = sign(
            body,
            host=self._host,
            target=f"{self._prefix}.{operation}",
            content_type=self._content_type,
            service=self.service,
            region=self._region,
            credentials=_credentials(),
            now=datetime.now(UTC),
        )
        status, answer = self.post(body, {**headers, "user-agent": USER_AGENT, **_trace()})
        if status >= 300:
            raise _refusal(operation, status, answer)
        return msgspec.json.decode(answer) if answer else {}


@functools.cache
def dynamodb() -> Wire:
    return _open("dynamodb", "DynamoDB_20120810")


@functools.cache
def sqs() -> Wire:
    return _open("sqs", "AmazonSQS")


@functools.cache
def kms() -> Wire:
    """What is binary is base64 here, where boto3 has bytes."""
    return _open("kms", "TrentService", json="1.1")


@functools.cache
def ssm() -> Wire:
    return _open("ssm", "AmazonSSM", json="1.1")


def forget_wires() -> None:
    """Drop what was opened: tests change the world beneath it."""
    for made in (dynamodb, sqs, kms, ssm, _source):
        made.cache_clear()


def _open(service: str, prefix: str, *, json: str = "1.0") -> Wire:
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    own = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL")
    return Wire(service, prefix, own or f"https://{service}.{region}.{suffix}", region, json=json)


@functools.cache
def _trusted() -> ssl.SSLContext:
    from botocore.httpsession import get_cert_path

    return ssl.create_default_context(cafile=get_cert_path(True))


def _is_hung_up(sock: socket.socket) -> bool:
    """Has the other side closed a connection that was kept open? Then it can be read from, though nobody was asked."""
    return bool(select.select([sock], [], [], 0)[0])


def _credentials() -> Credentials:
    with _making:
        source = _source()
    if source is None:
        raise NoCredentialsError
    frozen = source.get_frozen_credentials()
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token or "")


@functools.cache
def _source() -> Any:
    """Where botocore finds credentials; they renew themselves."""
    from botocore.session import get_session

    return get_session().get_credentials()


def _trace() -> dict[str, str]:
    """Within Lambda, what tells AWS of functions and queues that set each other off without end."""
    trace = os.environ.get("_X_AMZN_TRACE_ID")
    return {"x-amzn-trace-id": trace} if trace else {}


def _refusal(operation: str, status: int, answer: bytes) -> ClientError:
    try:
        told = msgspec.json.decode(answer, type=dict[str, Any])
    except msgspec.DecodeError:  # of something between us and the service, which does not speak JSON
        told = {}
    code = str(told.get("__type", status)).rpartition("#")[2]
    error = {"Error": {"Code": code, "Message": str(told.get("message") or told.get("Message") or "")}}
    rest = {name: told[name] for name in ("CancellationReasons", "Item") if name in told}
    return ClientError(cast(Any, {**rest, **error, "ResponseMetadata": {"HTTPStatusCode": status}}), operation)


def _is_passing(error: ClientError) -> bool:
    return error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500 or error.response["Error"]["Code"] in PASSING
