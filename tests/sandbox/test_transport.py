from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sandbox.transport import HttpTransport, Request, TimedOutError, UnreachableError


class Receiver(BaseHTTPRequestHandler):
    """Answers by path: /ok echoes, /away redirects, /slow waits for the test's end, /drip sends half of what it promised and waits."""

    released = threading.Event()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/slow":
            self.released.wait(30)
        self.send_response(302 if self.path == "/away" else 200)
        self.send_header("Location", "/ok")
        told = f"{self.command} {self.path} {self.headers.get('Content-Type')} ".encode() + body
        self.send_header("Content-Length", str(len(told) * (2 if self.path == "/drip" else 1)))
        self.end_headers()
        self.wfile.write(told)
        if self.path == "/drip":
            self.wfile.flush()
            self.released.wait(30)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@contextmanager
def receive() -> Iterator[str]:
    """The address of a receiver on this machine."""
    Receiver.released.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            Receiver.released.set()
            server.shutdown()
            thread.join()


def test_a_post_carries_body_and_content_type() -> None:
    with receive() as address:
        answer = HttpTransport().send(Request("POST", f"{address}/ok?a=1", b"<xml/>", "text/xml"), timeout_s=5)

    assert (answer.status, answer.body) == (200, b"POST /ok?a=1 text/xml <xml/>")
    assert answer.elapsed_s > 0


def test_a_redirect_is_not_followed() -> None:
    with receive() as address:
        answer = HttpTransport().send(Request("GET", f"{address}/away"), timeout_s=5)

    assert answer.status == 302


@pytest.mark.parametrize("path", ["/slow", "/drip"])
def test_an_answer_that_is_not_whole_in_time_is_a_timeout(path: str) -> None:
    with receive() as address, pytest.raises(TimedOutError, match=r"no answer within 0\.2 s"):
        HttpTransport().send(Request("GET", f"{address}{path}"), timeout_s=0.2)


def test_a_closed_port_is_unreachable() -> None:
    with receive() as address:
        gone = address

    with pytest.raises(UnreachableError, match="ConnectionRefusedError"):
        HttpTransport().send(Request("POST", f"{gone}/ok", b"x"), timeout_s=5)


def test_headers_go_along() -> None:
    with receive() as address:
        answer = HttpTransport().send(Request("POST", f"{address}/ok", b"{}", headers={"Content-Type": "application/json"}), timeout_s=5)

    assert b"application/json" in answer.body
