"""The front address passes requests on as they came."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer

import pytest

from desk import front
from desk.front import Front
from desk.settings import HOST

STAGE = "/_aws/execute-api/abc123/api"


class Upstream(ThreadingHTTPServer):
    """Stands for the API: remembers what it was asked, answers what it was told."""

    def __init__(self) -> None:
        super().__init__((HOST, 0), Answering)
        self.asked: list[tuple[str, str, list[tuple[str, str]], bytes]] = []
        self.status = 200
        self.headers = [("Content-Type", "application/json")]
        self.content = b"{}"

    @property
    def last(self) -> tuple[str, str, dict[str, str], bytes]:
        method, path, headers, body = self.asked[-1]
        return method, path, {name.lower(): value for name, value in headers}, body


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.asked.append((self.command, self.path, self.headers.items(), body))
        self.send_response_only(self.server.status)
        for name, value in self.server.headers:
            self.send_header(name, value)
        if self.server.status != 204:
            self.send_header("Content-Length", str(len(self.server.content)))
        self.end_headers()
        if self.command != "HEAD" and self.server.status != 204:
            self.wfile.write(self.server.content)

    do_DELETE = do_GET = do_HEAD = do_PATCH = do_POST = do_PUT = answer  # noqa: N815 - http.server finds them by these names

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with Upstream() as server, _served(server):
        yield server


@pytest.fixture
def link(upstream: Upstream) -> Iterator[http.client.HTTPConnection]:
    """A connection to a front before the upstream."""
    with Front(0, f"http://{HOST}:{upstream.server_address[1]}{STAGE}") as server, _served(server), _connected(server) as connection:
        yield connection


def test_method_path_query_and_body_arrive_byte_for_byte(upstream: Upstream, link: http.client.HTTPConnection) -> None:
    body = bytes(range(256))

    link.request("PUT", "/v1/a%2Fb/c%20d?x=%E4%BD%A0&x=2&empty=", body=body)
    link.getresponse().read()

    assert upstream.last[0] == "PUT"
    assert upstream.last[1] == f"{STAGE}/v1/a%2Fb/c%20d?x=%E4%BD%A0&x=2&empty="
    assert upstream.last[3] == body


def test_headers_arrive_without_those_of_the_connection(upstream: Upstream, link: http.client.HTTPConnection) -> None:
    link.request("GET", "/", headers={"Authorization": "Bearer x", "X-Twice": "1", "Connection": "keep-alive", "TE": "trailers"})
    link.getresponse().read()

    headers = upstream.last[2]
    assert headers["authorization"] == "Bearer x"
    assert headers["host"] == f"{link.host}:{link.port}"
    assert "te" not in headers
    assert "accept-encoding" in headers


def test_status_and_repeated_headers_come_back(upstream: Upstream, link: http.client.HTTPConnection) -> None:
    upstream.status = 302
    upstream.headers = [("Location", "https://example.com/"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    upstream.content = b"moved"

    link.request("GET", "/l/entry")
    answer = link.getresponse()

    assert (answer.status, answer.read()) == (302, b"moved")
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert answer.headers["Location"] == "https://example.com/"


def test_a_chunked_body_arrives_whole(upstream: Upstream, link: http.client.HTTPConnection) -> None:
    link.request("POST", "/v1/records", body=iter([b"first,", b"second"]), headers={"Transfer-Encoding": "chunked"}, encode_chunked=True)
    link.getresponse().read()

    assert upstream.last[3] == b"first,second"
    assert upstream.last[2]["content-length"] == "12"


def test_an_empty_post_says_that_it_is_empty(upstream: Upstream, link: http.client.HTTPConnection) -> None:
    link.request("POST", "/v1/sessions/refresh")
    link.getresponse().read()

    assert upstream.last[2]["content-length"] == "0"


def test_a_head_has_a_length_and_no_body(upstream: Upstream, link: http.client.HTTPConnection) -> None:
    upstream.content = b"12345"

    link.request("HEAD", "/")
    answer = link.getresponse()

    assert (answer.headers["Content-Length"], answer.read()) == ("5", b"")


def test_an_answer_without_content_has_no_length(upstream: Upstream, link: http.client.HTTPConnection) -> None:
    upstream.status = 204

    link.request("DELETE", "/v1/sessions/current")
    answer = link.getresponse()

    assert (answer.status, answer.headers["Content-Length"], answer.read()) == (204, None, b"")


def test_one_connection_carries_many_requests(upstream: Upstream, link: http.client.HTTPConnection) -> None:
    for number in range(3):
        link.request("POST", f"/{number}", body=str(number))
        link.getresponse().read()

    assert [path for _, path, _, _ in upstream.asked] == [f"{STAGE}/0", f"{STAGE}/1", f"{STAGE}/2"]


def test_bytes_beyond_ascii_in_a_path_are_escaped(upstream: Upstream, link: http.client.HTTPConnection) -> None:
    with socket.create_connection((link.host, link.port)) as raw:
        raw.sendall("GET /好?q=好 HTTP/1.1\r\nHost: front\r\nConnection: close\r\n\r\n".encode())
        while raw.recv(4096):
            pass

    assert upstream.last[1] == f"{STAGE}/%E5%A5%BD?q=%E5%A5%BD"


def test_too_large_a_body_is_refused_unread(upstream: Upstream, link: http.client.HTTPConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "LARGEST_BODY", 10)

    link.request("POST", "/", body=b"x" * 11)
    answer = link.getresponse()

    assert answer.status == 413
    assert answer.headers["Connection"] == "close"
    assert upstream.asked == []


@pytest.mark.parametrize(
    "head", ["Content-Length: ten\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "Transfer-Encoding: chunked\r\n\r\n\r\n"]
)
def test_a_body_that_is_not_as_announced_is_refused(upstream: Upstream, link: http.client.HTTPConnection, head: str) -> None:
    with socket.create_connection((link.host, link.port)) as raw:
        raw.sendall(f"POST / HTTP/1.1\r\nHost: front\r\n{head}".encode())
        answer = raw.recv(4096)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert upstream.asked == []


def test_a_stack_that_is_away_is_told_in_one_sentence() -> None:
    with socket.socket() as closed:
        closed.bind((HOST, 0))
        target = f"http://{HOST}:{closed.getsockname()[1]}{STAGE}"

    with Front(0, target) as server, _served(server), _connected(server) as connection:
        connection.request("GET", "/")
        answer = connection.getresponse()
        content = answer.read()

    assert answer.status == 502
    assert b"desk status" in content


@contextmanager
def _served(server: HTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def _connected(server: Front) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(HOST, int(server.server_address[1]), timeout=10)
    try:
        yield connection
    finally:
        connection.close()
