from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sandbox.transport import Answer, Request, TimedOutError, UnreachableError
from tests.sandbox.stage import HOUSE, SHOP, Stage

DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {
        "/v1/me": {"get": {}, "put": {}},
        "/v1/sms-codes": {"post": {}},
        "/v1/messages": {"post": {}},
        "/wechat/{account}": {"get": {}},
    },
}


@pytest.fixture
def wired(stage: Stage) -> Stage:
    stage.set_callback(SHOP, url="http://backend.test:8080/wechat/demo.mini")
    return stage


def ask(stage: Stage, appid: str = SHOP) -> Any:
    return stage.control("GET", f"/phone/backend?appid={appid}")


def say(stage: Stage, status: int, body: bytes) -> None:
    stage.transport.hear = lambda request: Answer(status, body, 0.01)


def test_the_backend_tells_which_doors_phones_have(wired: Stage) -> None:
    say(wired, 200, msgspec.json.encode(DOCUMENT))

    told = ask(wired)

    assert told == {"reached": True, "doors": ["GET /v1/me", "POST /v1/sms-codes", "PUT /v1/me"]}
    assert [(one.method, one.url) for one in wired.transport.requests] == [("GET", "http://backend.test:8080/openapi.json")]


@pytest.mark.parametrize(("status", "body"), [(404, b"{}"), (200, b"<html>"), (200, b"[]"), (200, b'{"paths": 3}'), (200, b"\xff")])
def test_of_a_backend_without_a_document_nobody_knows_the_doors(wired: Stage, status: int, body: bytes) -> None:
    say(wired, status, body)

    assert ask(wired) == {"reached": True, "doors": None}


@pytest.mark.parametrize("trouble", [TimedOutError("slow"), UnreachableError("gone")])
def test_a_backend_that_is_away_is_not_reached(wired: Stage, trouble: Exception) -> None:
    def hear(request: Request) -> Answer:
        raise trouble

    wired.transport.hear = hear

    assert ask(wired) == {"reached": False, "doors": None}


def test_an_account_without_a_callback_has_no_backend(stage: Stage) -> None:
    assert ask(stage, HOUSE) == {"reached": False, "doors": None}
    assert stage.transport.requests == []


def test_the_log_keeps_quiet_about_the_question(wired: Stage) -> None:
    say(wired, 200, msgspec.json.encode(DOCUMENT))

    ask(wired)

    assert wired.client.get("/_sandbox/phone/feed").get_json()["moments"] == []
