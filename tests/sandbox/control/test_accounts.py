from __future__ import annotations

from typing import Any

import pytest

from sandbox import crypto
from sandbox.transport import Answer, Request, TimedOutError
from tests.sandbox.stage import AES_KEY, HOUSE, HOUSE_ORIGINAL, SECRET, SHOP, TOKEN, Stage
from tests.sandbox.test_push import query_of


def test_secrets_are_not_shown(stage: Stage) -> None:
    stage.set_callback()

    told = str(stage.control("GET", "/accounts"))

    assert HOUSE in told
    assert not any(secret in told for secret in (SECRET, TOKEN, AES_KEY))


def test_a_second_post_changes_only_what_it_names(stage: Stage) -> None:
    before = stage.control("GET", "/accounts")["accounts"][0]

    after = stage.control("POST", "/accounts", {"appid": HOUSE, "verified": False})

    assert after == {**before, "verified": False}
    assert "access_token" in stage.stable()


def test_a_callback_can_be_taken_away(stage: Stage) -> None:
    stage.set_callback()

    assert stage.control("POST", "/accounts", {"appid": HOUSE, "callback": None})["callback"] is None


@pytest.mark.parametrize(
    ("changed", "status", "word"),
    [
        ({"kind": "shop"}, 400, "kind"),
        ({"secret": ""}, 400, "secret"),
        ({"colour": "red"}, 400, "colour"),
        ({"appid": 7}, 400, "str"),
        ({"whitelist": ["everywhere"]}, 400, "whitelist"),
        ({"original_id": HOUSE_ORIGINAL}, 409, HOUSE),
        ({"templates": [{"id": "T", "title": "t", "type": 4, "content": {}}]}, 400, "templates"),
        ({"callback": {"url": "brand.test", "token": TOKEN, "mode": "plain"}}, 400, "callback.url"),
        ({"callback": {"url": "http://brand.test:port/", "token": TOKEN, "mode": "plain"}}, 400, "callback.url"),
        ({"callback": {"url": "http://brand.test/", "token": "no", "mode": "plain"}}, 400, "callback.token"),
        ({"callback": {"url": "http://brand.test/", "token": TOKEN, "aes_key": "short"}}, 400, "callback.aes_key"),
        ({"callback": {"url": "http://brand.test/", "token": TOKEN}}, 400, "callback.aes_key"),
    ],
)
def test_a_wrong_account_is_refused_by_name(stage: Stage, changed: dict[str, Any], status: int, word: str) -> None:
    account = {"appid": "wxnew", "secret": "s", "kind": "mini_program", "original_id": "gh_new", **changed}

    refused = stage.control("POST", "/accounts", account, status=status)

    assert word in refused["error"]
    assert "wxnew" not in stage.sandbox.state.accounts


def test_a_callback_that_echoes_passes_the_url_check(stage: Stage) -> None:
    stage.set_callback(mode="safe")
    stage.transport.hear = lambda request: Answer(200, query_of(request)["echostr"].encode(), 0.01)

    passed = stage.control("POST", f"/accounts/{HOUSE}/verify-url")

    request = stage.transport.requests[-1]
    query = query_of(request)
    assert passed == {"passed": True, "status": 200, "reason": ""}
    assert request.method == "GET"
    assert query["signature"] == crypto.sign(TOKEN, query["timestamp"], query["nonce"])


@pytest.mark.parametrize(("body", "status"), [(b'"echo"', 200), (b"", 200), (b"", 403)])
def test_a_callback_that_answers_anything_else_fails_the_url_check(stage: Stage, body: bytes, status: int) -> None:
    stage.set_callback()
    stage.transport.hear = lambda request: Answer(status, body, 0.01)

    failed = stage.control("POST", f"/accounts/{HOUSE}/verify-url")

    assert (failed["passed"], failed["status"]) == (False, status)
    assert failed["reason"]


def test_a_silent_callback_fails_the_url_check(stage: Stage) -> None:
    def stay_silent(request: Request) -> Answer:
        raise TimedOutError("no answer within 5 s")

    stage.set_callback()
    stage.transport.hear = stay_silent

    assert stage.control("POST", f"/accounts/{HOUSE}/verify-url") == {"passed": False, "status": None, "reason": "no answer within 5 s"}


def test_without_a_callback_there_is_nothing_to_check(stage: Stage) -> None:
    assert "no callback" in stage.control("POST", f"/accounts/{SHOP}/verify-url", status=409)["error"]


@pytest.mark.parametrize("action", ["revoke", "expire"])
def test_tokens_of_an_unknown_account_cannot_be_ended(stage: Stage, action: str) -> None:
    assert "wxnobody" in stage.control("POST", f"/tokens/{action}", {"appid": "wxnobody"}, status=404)["error"]
