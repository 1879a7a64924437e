from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from sandbox import crypto, wire
from sandbox.state import Format
from sandbox.transport import Answer, Request, TimedOutError, UnreachableError
from tests.sandbox.stage import AES_KEY, HOUSE, HOUSE_ORIGINAL, SHOP, TOKEN, Stage

NOTICE = "该公众号暂时无法提供服务，请稍后再试"


def query_of(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def message_of(request: Request) -> dict[str, Any]:
    return wire.read(request.body.decode(), Format.XML)


def answer_with(stage: Stage, *bodies: bytes | int | Exception) -> None:
    """Let the callback answer one after the other: a body, a status, or a failure; the last one stays."""
    left = list(bodies)

    def hear(request: Request) -> Answer:
        body = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(body, Exception):
            raise body
        return Answer(body, b"", 0.01) if isinstance(body, int) else Answer(200, body, 0.01)

    stage.transport.hear = hear


def test_a_plain_push_is_signed_and_names_the_sender(stage: Stage, user: str) -> None:
    stage.act(user, "send", content="hello")

    request = stage.transport.requests[-1]
    query, message = query_of(request), message_of(request)
    assert set(query) == {"signature", "timestamp", "nonce", "openid"}
    assert query["signature"] == crypto.sign(TOKEN, query["timestamp"], query["nonce"])
    assert query["timestamp"] == str(int(stage.clock))
    assert query["openid"] == message["FromUserName"] == stage.openid(user)
    assert (message["ToUserName"], message["MsgType"], message["Content"]) == (HOUSE_ORIGINAL, "text", "hello")
    assert (request.method, request.content_type, stage.transport.timeouts) == ("POST", "text/xml", [5.0])


def test_a_callback_url_may_have_a_query_of_its_own(stage: Stage, user: str) -> None:
    stage.set_callback(url="http://brand.test/wechat?account=house")

    stage.act(user, "send", content="hello")

    assert query_of(stage.transport.requests[-1])["account"] == "house"


def test_a_safe_push_shows_nothing_but_the_account_and_opens_with_the_key(stage: Stage, user: str) -> None:
    stage.set_callback(mode="safe")

    stage.act(user, "send", content="hello")

    request = stage.transport.requests[-1]
    query, envelope = query_of(request), message_of(request)
    text, appid = crypto.decrypt(envelope["Encrypt"], key=crypto.decode_key(AES_KEY))
    assert set(envelope) == {"ToUserName", "Encrypt"}
    assert query["encrypt_type"] == "aes"
    assert query["msg_signature"] == crypto.sign(TOKEN, query["timestamp"], query["nonce"], envelope["Encrypt"])
    assert query["signature"] == crypto.sign(TOKEN, query["timestamp"], query["nonce"])
    assert appid == HOUSE
    assert wire.read(text.decode(), Format.XML)["Content"] == "hello"


def test_a_compatible_push_has_both(stage: Stage, user: str) -> None:
    stage.set_callback(mode="compatible")

    stage.act(user, "send", content="hello")

    envelope = message_of(stage.transport.requests[-1])
    text, _ = crypto.decrypt(envelope.pop("Encrypt"), key=crypto.decode_key(AES_KEY))
    assert envelope["Content"] == "hello"
    assert wire.read(text.decode(), Format.XML) == envelope


def test_a_json_push_has_numbers(stage: Stage, user: str) -> None:
    stage.set_callback(format="json", mode="safe")

    stage.act(user, "send", content="hello")

    request = stage.transport.requests[-1]
    envelope = msgspec.json.decode(request.body)
    text, _ = crypto.decrypt(envelope["Encrypt"], key=crypto.decode_key(AES_KEY))
    message = msgspec.json.decode(text)
    assert request.content_type == "application/json"
    assert set(envelope) == {"ToUserName", "Encrypt"}
    assert isinstance(message["MsgId"], int)
    assert message["CreateTime"] == int(stage.clock)


@pytest.mark.parametrize("body", [b"", b"success"])
def test_an_acknowledgement_ends_it_and_shows_nothing(stage: Stage, user: str, body: bytes) -> None:
    answer_with(stage, body)

    pushed = stage.act(user, "send", content="hello")["push"]

    assert [delivery["outcome"] for delivery in pushed["deliveries"]] == ["acknowledged"]
    assert pushed["seen"] is None
    assert stage.received(user) == []


@pytest.mark.parametrize(
    ("failure", "outcome", "status"),
    [
        (TimedOutError("no answer within 5 s"), "timed_out", None),
        (UnreachableError("refused"), "unreachable", None),
        (503, "bad_status", 503),
        (b'"success"', "malformed", 200),
    ],
)
def test_a_useless_answer_brings_three_deliveries_of_the_same_message_and_a_notice(
    stage: Stage, user: str, failure: bytes | int | Exception, outcome: str, status: int | None
) -> None:
    answer_with(stage, failure)

    pushed = stage.act(user, "send", content="hello")["push"]

    messages = [message_of(request) for request in stage.transport.requests]
    assert [(delivery["outcome"], delivery["status"]) for delivery in pushed["deliveries"]] == [(outcome, status)] * 3
    assert len({message["MsgId"] for message in messages}) == len({message["CreateTime"] for message in messages}) == 1
    assert len({query_of(request)["nonce"] for request in stage.transport.requests}) == 3
    assert (pushed["seen"]["via"], pushed["seen"]["text"]) == ("notice", NOTICE)
    assert [shown["text"] for shown in stage.received(user)] == [NOTICE]


def test_a_push_that_gets_through_at_last_leaves_no_notice(stage: Stage, user: str) -> None:
    answer_with(stage, TimedOutError("late"), 500, b"success")

    pushed = stage.act(user, "send", content="hello")["push"]

    assert [delivery["outcome"] for delivery in pushed["deliveries"]] == ["timed_out", "bad_status", "acknowledged"]
    assert pushed["seen"] is None


def test_number_and_spacing_of_deliveries_are_settings(stage: Stage, user: str) -> None:
    stage.change(deliveries=4, retry_wait_s=5)
    answer_with(stage, 500)

    pushed = stage.act(user, "send", content="hello")["push"]

    assert len(pushed["deliveries"]) == 4
    assert stage.slept == [5, 5, 5]


@pytest.mark.parametrize(("setting", "failure"), [("retry_on_bad_status", 500), ("retry_on_malformed", b"ok")])
def test_whether_an_answer_is_asked_for_again_is_a_setting(stage: Stage, user: str, setting: str, failure: bytes | int) -> None:
    stage.change(**{setting: False})
    answer_with(stage, failure)

    pushed = stage.act(user, "send", content="hello")["push"]

    assert len(pushed["deliveries"]) == 1
    assert pushed["seen"]["via"] == "notice"


def test_a_failed_unfollow_shows_no_notice(stage: Stage, user: str) -> None:
    answer_with(stage, 500)

    pushed = stage.act(user, "unfollow")["push"]

    assert len(pushed["deliveries"]) == 3
    assert pushed["seen"] is None


def test_the_users_of_a_mini_program_see_no_notice(stage: Stage, user: str) -> None:
    stage.set_callback(SHOP)
    answer_with(stage, 500)

    assert stage.act(user, "send", SHOP, content="hello")["push"]["seen"] is None


def test_without_a_callback_nothing_is_pushed(stage: Stage) -> None:
    user = stage.make_user()

    followed = stage.act(user, "follow")

    assert followed["push"] == {"deliveries": [], "seen": None, "waiting": False}
    assert stage.transport.requests == []


def test_pushes_can_be_signed_with_the_real_time(stage: Stage, user: str) -> None:
    stage.change(sign_pushes_with_real_time=True)
    stage.control("POST", "/clock", {"shift_s": 3_600})

    stage.act(user, "send", content="hello")

    request = stage.transport.requests[-1]
    assert query_of(request)["timestamp"] == str(int(stage.clock))
    assert message_of(request)["CreateTime"] == str(int(stage.clock) + 3_600)


def test_the_callback_may_call_the_api_while_it_answers(stage: Stage, user: str) -> None:
    codes: list[int] = []

    def hear(request: Request) -> Answer:
        codes.append(stage.write_to(user, text={"content": "from within"})["errcode"])
        return Answer(200, b"success", 0.01)

    stage.transport.hear = hear
    stage.act(user, "send", content="hello")

    assert codes == [0]
    assert stage.received(user)[-1]["text"] == "from within"
