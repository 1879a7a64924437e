"""`python -m bench.echo`: a loopback endpoint that passes requests on, and once told to, gives the answers it has heard at once.

CPU time is measured before it: whoever asks waits as little as can be, and the answers carry no more headers than those of AWS.
`POST /_echo/remember` begins a memory, `POST /_echo/repeat` answers from it: by X-Amz-Target or path, in the order heard, over and over.
`POST /_echo/well` is a receiver of webhooks that is well.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import socketserver
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import msgspec

ANSWER = (
    "HTTP/1.1 {status} OK\r\nDate: Fri, 20 Nov 2026 04:00:00 GMT\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n"
    "Connection: keep-alive\r\nx-amzn-RequestId: 5FEA7756-0EA4-451A-A703-A558B933E274\r\n\r\n"
)


class Request(msgspec.Struct, frozen=True):
    """One request, as it came."""

    method: str
    path: str
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def name(self) -> str:
        return self.headers.get("X-Amz-Target") or self.path.partition("?")[0]


class Echo(socketserver.ThreadingTCPServer):
    """Passes on to `target`; what it remembers is shared by all connections."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, port: int, target: str) -> None:
        super().__init__(("127.0.0.1", port), _Connection)
        self.target = urlsplit(target).netloc
        self.heard: dict[str, list[bytes]] | None = None
        self.told: dict[str, Iterator[bytes]] = {}

    def answer(self, request: Request) -> bytes:
        if request.path == "/_echo/remember":
            self.heard, self.told = {}, {}
            return _write(200, "text/plain", b"")
        if request.path == "/_echo/repeat":
            self.told = {name: itertools.cycle(answers) for name, answers in (self.heard or {}).items()}
            return _write(200, "text/plain", b"")
        if request.path == "/_echo/well":
            return _write(200, "text/plain", b"")
        if request.name in self.told:
            return next(self.told[request.name])
        return self._pass_on(request)

    def _pass_on(self, request: Request) -> bytes:
        with closing(http.client.HTTPConnection(self.target, timeout=10)) as connection:
            connection.request(request.method, request.path, request.body or None, dict(request.headers.items()))
            response = connection.getresponse()
            answer = _write(response.status, response.headers.get("Content-Type", "text/plain"), response.read())
        if self.heard is not None:
            self.heard.setdefault(request.name, []).append(answer)
        return answer


class _Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        while (request := self._read()) is not None:
            assert isinstance(self.server, Echo)
            self.wfile.write(self.server.answer(request))

    def _read(self) -> Request | None:
        first = self.rfile.readline()
        if not first.strip():
            return None
        method, path, _ = first.decode().split(" ")
        headers = http.client.parse_headers(self.rfile)
        return Request(method, path, headers, self.rfile.read(int(headers.get("Content-Length", 0))))


def _write(status: int, kind: str, body: bytes) -> bytes:
    return ANSWER.format(status=status, kind=kind, length=len(body)).encode() + body


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(prog="python -m bench.echo")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--target", required=True)
    given = parser.parse_args()
    with Echo(given.port, given.target) as echo:
        echo.serve_forever()


if __name__ == "__main__":
    main()
