"""Invoking our own functions over a real wire: what they answer, and what their silence means."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.aws import clients
from chalicelib.aws.functions import invoke
from chalicelib.errors import Busy


class Service(http.server.ThreadingHTTPServer):
    """Lambda's one door: it answers as it was told and remembers what it was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Listener)
        self.answer, self.headers, self.status = b"null", {}, 200  # type: tuple[bytes, dict[str, str], int]
        self.asked: list[tuple[str, Any]] = []


class Listener(http.server.BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        self.server.asked.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *args: Any) -> None:
        """Nobody reads it."""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    server = Service()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{server.server_address[1]}")
    clients.patient_client.cache_clear()
    yield server
    clients.patient_client("lambda").close()
    clients.patient_client.cache_clear()
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_functions_answer_comes_back(service: Service) -> None:
    service.answer = b'{"Code": "wechat_declined", "Message": "no"}'

    answer = invoke("liandong-local-mint_token", {"account": "demo.oa", "rejected_version": 3})

    assert answer == {"Code": "wechat_declined", "Message": "no"}
    assert service.asked == [("/2015-03-31/functions/liandong-local-mint_token/invocations", {"account": "demo.oa", "rejected_version": 3})]


def test_a_function_may_have_nothing_to_say(service: Service) -> None:
    assert invoke("liandong-local-mint_token", {}) is None


def test_a_function_that_failed_is_busy_and_what_it_said_stays_in_its_log(service: Service) -> None:
    service.headers, service.answer = {"X-Amz-Function-Error": "Unhandled"}, b'{"errorMessage": "canary"}'

    with pytest.raises(Busy) as caught:
        invoke("liandong-local-mint_token", {})

    assert "canary" not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


@pytest.mark.parametrize(("status", "name"), [(429, "TooManyRequestsException"), (403, "AccessDeniedException"), (500, "ServiceException")])
def test_a_function_that_was_not_started_is_busy_and_asked_for_once(service: Service, status: int, name: str) -> None:
    service.status, service.headers, service.answer = status, {"x-amzn-ErrorType": name}, b"{}"

    with pytest.raises(Busy):
        invoke("liandong-local-mint_token", {})

    assert len(service.asked) == 1


def test_a_function_whose_answer_breaks_off_is_busy(service: Service) -> None:
    service.headers, service.answer = {"Content-Length": "100"}, b'{"Code": '

    with pytest.raises(Busy):
        invoke("liandong-local-mint_token", {})


def test_a_function_nobody_answers_for_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", f"http://127.0.0.1:{nobody.getsockname()[1]}")
    clients.patient_client.cache_clear()

    with pytest.raises(Busy):
        invoke("liandong-local-mint_token", {})

    clients.patient_client.cache_clear()
