"""The command line: JSON out, clear refusals, no secret where it does not belong."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest

from chalicelib.aws import clients
from liandong.__main__ import main
from liandong.by_aws import QUEUES
from tests.house import House

Told = pytest.CaptureFixture[str]


def run(told: Told, *arguments: str) -> tuple[int, Any, Any]:
    """A command's exit code, what it printed, and its refusal."""
    code = main(list(arguments))
    captured = told.readouterr()
    return code, json.loads(captured.out or "null"), json.loads(captured.err or "null")


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch, house: House) -> House:
    """The command line on the house's AWS."""
    monkeypatch.setattr("liandong.by_aws._client", clients.client)
    return house


def test_a_brand_gets_its_first_key_with_aws_credentials_alone(credentials: House, capsys: Told) -> None:
    made = run(capsys, "brand", "create", "demo", "--title", "Demo")
    again = run(capsys, "brand", "create", "demo")
    _, key, _ = run(capsys, "key", "create", "demo", "--scope", "admin", "--note", "first")

    status, accounts = credentials.call("GET", "/v1/accounts", key=key["key"])

    assert made == (0, {"brand": "demo", "title": "Demo"}, None)
    assert (again[0], again[2]["Code"]) == (1, "brand_taken")
    assert (status, accounts) == (200, [])
    assert key["key"] not in json.dumps(run(capsys, "key", "list", "demo"))


def test_a_revoked_key_is_refused(credentials: House, capsys: Told) -> None:
    run(capsys, "brand", "create", "demo")
    _, key, _ = run(capsys, "key", "create", "demo", "--scope", "accounts:read")

    revoked = run(capsys, "key", "revoke", "demo", key["id"])
    status, answer = credentials.call("GET", "/v1/accounts", key=key["key"])

    assert revoked[0] == 0
    assert (status, answer["Code"]) == (401, "key_refused")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("brand", "create", "No Brand"), "field_invalid"),
        (("key", "create", "nobody", "--scope", "admin"), "brand_missing"),
        (("key", "create", "demo", "--scope", "everything"), "field_invalid"),
        (("key", "revoke", "demo", "demo-aaaaaaaa"), "key_missing"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_code(credentials: House, capsys: Told, arguments: tuple[str, ...], code: str) -> None:
    run(capsys, "brand", "create", "demo")

    refused = run(capsys, *arguments)

    assert (refused[0], refused[1], refused[2]["Code"]) == (1, None, code)


def test_dead_letters_go_back_to_their_queue(credentials: House, capsys: Told) -> None:
    sqs = clients.client("sqs")
    dead = {queue: sqs.create_queue(QueueName=f"liandong-local-{queue}-dead")["QueueUrl"] for queue in QUEUES}
    sqs.send_message(QueueUrl=dead["outbox"], MessageBody="{}")

    counted = run(capsys, "dead-letters", "list")
    moved = run(capsys, "dead-letters", "redrive", "outbox")

    assert {"queue": "outbox", "dead": 1} in counted[1]
    assert (moved[1]["moved"], moved[1]["left"]) == (1, 0)
    assert credentials.queued("outbox") == 1


class Api(BaseHTTPRequestHandler):
    """Remembers what it was asked and answers what it was told to."""

    asked: ClassVar[list[tuple[str, str, str, bytes]]] = []
    answers: ClassVar[list[tuple[int, Any]]] = []

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((self.command, self.path, self.headers["Authorization"], body))
        status, answer = self.answers.pop(0)
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = answer  # noqa: N815 - http.server's names

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def api(*answers: tuple[int, Any]) -> Iterator[str]:
    """An API on loopback that gives these answers."""
    Api.asked.clear()
    Api.answers[:] = answers
    server = HTTPServer(("127.0.0.1", 0), Api)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("LIANDONG_KEY", "ld_demo-aaaaaaaa_secret")
    return monkeypatch


def test_an_account_is_made_from_standard_input_so_that_no_secret_is_on_a_command_line(url: pytest.MonkeyPatch, capsys: Told) -> None:
    url.setattr(sys, "stdin", io.StringIO('{"name": "oa", "app_secret": "s"}'))

    with api((201, {"id": "demo.oa"})) as address:
        url.setenv("LIANDONG_URL", address)
        made = run(capsys, "account", "create", "--from", "-")

    assert made == (0, {"id": "demo.oa"}, None)
    assert [(method, path, key) for method, path, key, _ in Api.asked] == [("POST", "/v1/accounts", "Bearer ld_demo-aaaaaaaa_secret")]


def test_an_accounts_pages_are_said_with_whether_it_has_web_login(url: pytest.MonkeyPatch, capsys: Told) -> None:
    with api((200, {}), (200, {})) as address:
        url.setenv("LIANDONG_URL", address)
        run(capsys, "account", "change-origins", "demo.oa", "https://a.example.com")
        run(capsys, "account", "change-origins", "demo.sub", "--no-web-login")

    assert [json.loads(body) for *_, body in Api.asked] == [
        {"web_origins": ["https://a.example.com"], "web_login": True},
        {"web_origins": [], "web_login": False},
    ]


def test_a_refusal_of_the_api_keeps_its_code(url: pytest.MonkeyPatch, capsys: Told) -> None:
    with api((404, {"Code": "message_missing", "Message": "No such message in this brand.", "RequestId": "1"})) as address:
        url.setenv("LIANDONG_URL", address)
        refused = run(capsys, "message", "show", "消息/a b")

    assert (refused[0], refused[2]["Code"]) == (1, "message_missing")
    assert Api.asked[0][1] == "/v1/messages/%E6%B6%88%E6%81%AF%2Fa%20b"


def test_failed_callbacks_are_listed_to_their_end(url: pytest.MonkeyPatch, capsys: Told) -> None:
    pages = [(200, {"callbacks": [{"key": "1"}], "cursor": "c"}), (200, {"callbacks": [{"key": "2"}], "cursor": None})]

    with api(*pages) as address:
        url.setenv("LIANDONG_URL", address)
        listed = run(capsys, "inbox", "failed")

    assert listed[1] == [{"key": "1"}, {"key": "2"}]


@pytest.mark.parametrize("address", ["", "not an address", "http://127.0.0.1:9"])
def test_an_address_that_is_none_is_told_in_a_sentence(url: pytest.MonkeyPatch, capsys: Told, address: str) -> None:
    url.setenv("LIANDONG_URL", address)

    refused = run(capsys, "account", "list")

    assert (refused[0], refused[2]["Code"]) == (1, "unreachable" if address.startswith("http") else "settings_missing")
    assert "ld_demo" not in json.dumps(refused)


def test_an_address_of_somebody_else_is_told_in_a_sentence(url: pytest.MonkeyPatch, capsys: Told) -> None:
    with api((200, b"<!doctype html>")) as address:
        url.setenv("LIANDONG_URL", address)
        refused = run(capsys, "account", "list")

    assert (refused[0], refused[2]["Code"]) == (1, "unreachable")


def test_a_file_that_is_not_there_or_not_json_is_told(url: pytest.MonkeyPatch, capsys: Told, tmp_path: Any) -> None:
    (tmp_path / "order.json").write_text("{")

    missing = run(capsys, "account", "create", "--from", str(tmp_path / "none.json"))
    broken = run(capsys, "account", "create", "--from", str(tmp_path / "order.json"))

    assert (missing[2]["Code"], broken[2]["Code"]) == ("file_unreadable", "body_malformed")
