"""The endpoint that answers at once: passes on, remembers, repeats."""

from __future__ import annotations

import http.client
import itertools
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bench.echo import Echo


class Numbers(BaseHTTPRequestHandler):
    """Answers every request with the next number, and with what was sent."""

    counter: Iterator[int]

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = b"%d %s" % (next(self.counter), sent)
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *arguments: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def link() -> Iterator[http.client.HTTPConnection]:
    """A connection to an echo before a server that counts."""
    Numbers.counter = itertools.count(1)
    with HTTPServer(("127.0.0.1", 0), Numbers) as upstream, Echo(0, f"http://127.0.0.1:{upstream.server_port}") as echo:
        for server in (upstream, echo):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        with closing(http.client.HTTPConnection("127.0.0.1", echo.server_address[1], timeout=5)) as connection:
            yield connection
        echo.shutdown()
        upstream.shutdown()


def ask(link: http.client.HTTPConnection, path: str = "/", target: str = "", body: bytes = b"?") -> bytes:
    link.request("POST", path, body, {"X-Amz-Target": target} if target else {})
    return link.getresponse().read()


def test_before_it_is_told_anything_it_passes_requests_on(link: http.client.HTTPConnection) -> None:
    assert [ask(link, body=b"a"), ask(link, body=b"b")] == [b"1 a", b"2 b"]


def test_told_to_repeat_it_gives_what_it_remembered_in_the_order_heard(link: http.client.HTTPConnection) -> None:
    ask(link, "/_echo/remember")
    heard = [ask(link, target="Get"), ask(link, target="Update"), ask(link, target="Update")]
    ask(link, "/_echo/repeat")

    told = [[ask(link, target=target) for target in ("Get", "Update", "Update")] for _ in range(2)]

    assert told == [heard, heard]


def test_what_it_never_heard_it_passes_on_while_it_repeats(link: http.client.HTTPConnection) -> None:
    ask(link, "/_echo/remember")
    ask(link, "/heard?token=1")
    ask(link, "/_echo/repeat")

    told = [ask(link, "/heard?token=2"), ask(link, "/new")]

    assert told == [b"1 ?", b"2 ?"]
