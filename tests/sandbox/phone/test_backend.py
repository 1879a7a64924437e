from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sandbox.phone.backend import is_client_path
from sandbox.transport import Answer, Request, TimedOutError, UnreachableError
from tests.sandbox.stage import HOUSE, SHOP, Stage

CALLBACK = "http://backend.test:8080/wechat/demo.mini"


def answer(status: int, body: Any) -> Answer:
    return Answer(status, msgspec.json.encode(body), 0.02)


@pytest.fixture
def wired(stage: Stage) -> Stage:
    stage.set_callback(SHOP, url=CALLBACK)
    stage.transport.hear = lambda request: answer(200, {"fine": True})
    return stage


def ask(stage: Stage, **fields: Any) -> Any:
    return stage.control("POST", "/phone/backend", {"appid": SHOP, "path": "/v1/me", **fields})


def test_a_request_goes_to_the_origin_of_the_callback(wired: Stage) -> None:
    told = ask(wired, method="POST", path="/v1/sessions/mini-program", body={"account": "demo.mini", "code": "0abc"})

    (request,) = wired.transport.requests
    assert (request.method, request.url) == ("POST", "http://backend.test:8080/v1/sessions/mini-program")
    assert msgspec.json.decode(request.body) == {"account": "demo.mini", "code": "0abc"}
    assert told == {"status": 200, "body": {"fine": True}}


def test_the_session_is_proven_by_its_token(wired: Stage) -> None:
    ask(wired, token="session-1")

    assert wired.transport.requests[0].headers == {"Authorization": "Bearer session-1"}


@pytest.mark.parametrize("path", ["/v1/me", "/v1/me/orders", "/v1/me?lang=zh", "/v1/sessions/phone", "/v1/sessions", "/v1/sms-codes"])
def test_doors_of_clients_are_open(path: str) -> None:
    assert is_client_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "v1/me",
        "/v1/messages",
        "/v1/menus/demo.oa",
        "/v1/keys",
        "/v1/sessionsx",
        "/v1/me/../keys",
        "/v1/me/%2e%2e/keys",
        "/v1/me/..;/keys",
        "/v1/me//evil.test",
        "//evil.test/v1/me",
        "http://evil.test/v1/me",
        "@evil.test/v1/me",
        ":80@evil.test/v1/me",
        "/v1/me\r\nHost: evil.test",
        "/v1/me\n",
        "/v1/me#x",
        "/v1/me\\..\\keys",
        "/wechat/demo.oa",
        "/V1/me",
        "/v1/me/キー",
    ],
)
def test_every_other_door_is_closed_to_phones(wired: Stage, path: str) -> None:
    wired.control("POST", "/phone/backend", {"appid": SHOP, "path": path}, status=403)

    assert wired.transport.requests == []


def test_a_backend_behind_a_path_is_found(stage: Stage) -> None:
    stage.set_callback(SHOP, url="https://gateway.test/prod/wechat/demo.mini")
    stage.transport.hear = lambda request: answer(200, {})

    ask(stage)

    assert stage.transport.requests[0].url == "https://gateway.test/prod/v1/me"


def test_without_a_callback_nobody_knows_the_backend(stage: Stage) -> None:
    stage.control("POST", "/phone/backend", {"appid": HOUSE, "path": "/v1/me"}, status=409)

    assert stage.transport.requests == []


def test_other_pages_cannot_send_through_the_sandbox(wired: Stage) -> None:
    for path in ("/backend", "/settings", "/shop"):
        answered = wired.client.post(f"/_sandbox/phone{path}", data='{"appid": "x"}', content_type="text/plain")
        assert answered.status_code == 415

    assert wired.transport.requests == []


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "a b", "é"])
def test_a_token_cannot_bring_headers_along(wired: Stage, token: str) -> None:
    wired.control("POST", "/phone/backend", {"appid": SHOP, "path": "/v1/me", "token": token}, status=400)

    assert wired.transport.requests == []


@pytest.mark.parametrize("trouble", [TimedOutError("slow"), UnreachableError("gone")])
def test_a_backend_that_does_not_answer_is_status_0(wired: Stage, trouble: Exception) -> None:
    def hear(request: Request) -> Answer:
        raise trouble

    wired.transport.hear = hear

    assert ask(wired) == {"status": 0, "body": None}


def test_an_answer_that_is_no_json_is_told_without_its_body(wired: Stage) -> None:
    wired.transport.hear = lambda request: Answer(502, b"<html>", 0.01)

    assert ask(wired) == {"status": 502, "body": None}


def test_the_log_shows_the_call_but_nothing_that_proves_somebody(wired: Stage) -> None:
    wired.transport.hear = lambda request: answer(201, {"person": "p1", "session_token": "tok-1", "refresh_token": "ref-1"})

    told = ask(wired, method="POST", path="/v1/sessions/mini-program?x=1", body={"code": "code-1", "phone": "13800001111"}, token="tok-0")

    feed = wired.client.get("/_sandbox/phone/feed")
    last = feed.get_json()["moments"][-1]
    assert told["body"]["session_token"] == "tok-1"
    assert (last["what"], last["thing"]["path"]) == ("client", "/v1/sessions/mini-program")
    for secret in ("tok-0", "tok-1", "ref-1", "code-1", "13800001111"):
        assert secret not in feed.text
