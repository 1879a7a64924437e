"""Carries one HTTP request to a callback within a deadline."""

from __future__ import annotations

import http.client
import ssl
import time
from typing import Protocol
from urllib.parse import urlsplit

from msgspec import Struct, field

_LARGEST_ANSWER = 1_048_576


class Request(Struct, frozen=True):
    """What goes to a callback or, for a phone, to a backend; a GET has no body."""

    method: str
    url: str
    body: bytes = b""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class Answer(Struct, frozen=True):
    status: int
    body: bytes
    elapsed_s: float


class TimedOutError(Exception):
    """No whole answer came before the deadline."""


class UnreachableError(Exception):
    """The connection could not be made, or broke."""


class Transport(Protocol):
    def send(self, request: Request, *, timeout_s: float) -> Answer:
        """The answer, whatever its status; raises TimedOutError or UnreachableError. Redirects are not followed."""
        ...


class HttpTransport:
    """The real network, without proxies."""

    def send(self, request: Request, *, timeout_s: float) -> Answer:
        started = time.monotonic()
        connection = _connect(request.url, timeout_s)
        parts = urlsplit(request.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {"User-Agent": "Mozilla/4.0", "Accept": "*/*", "Connection": "close", **request.headers}
        if request.content_type:
            headers["Content-Type"] = request.content_type
        try:
            connection.request(request.method, target, body=request.body or None, headers=headers)
            _leave(connection, started, timeout_s)
            response = connection.getresponse()
            body = _read(connection, response, started, timeout_s)
        except TimeoutError as error:
            raise TimedOutError(f"no answer within {timeout_s:g} s") from error
        except (OSError, http.client.HTTPException) as error:
            raise UnreachableError(f"{type(error).__name__}: {error}") from error
        finally:
            connection.close()
        return Answer(status=response.status, body=body, elapsed_s=time.monotonic() - started)


def _connect(url: str, timeout_s: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, parts.port or 443, timeout=timeout_s, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, parts.port or 80, timeout=timeout_s)


def _leave(connection: http.client.HTTPConnection, started: float, timeout_s: float) -> None:
    """Give the next wait on the socket only what is left of the deadline."""
    left = timeout_s - (time.monotonic() - started)
    if left <= 0:
        raise TimeoutError
    if connection.sock is not None:
        connection.sock.settimeout(left)


def _read(connection: http.client.HTTPConnection, response: http.client.HTTPResponse, started: float, timeout_s: float) -> bytes:
    body = b""
    while len(body) < _LARGEST_ANSWER:
        _leave(connection, started, timeout_s)
        chunk = response.read1(65_536)
        if not chunk:
            break
        body += chunk
    return body
