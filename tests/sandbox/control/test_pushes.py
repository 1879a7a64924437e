from __future__ import annotations

import pytest

from sandbox import crypto, wire
from sandbox.state import Format
from sandbox.transport import Answer, Request
from tests.sandbox.stage import AES_KEY, HOUSE, TOKEN, Stage
from tests.sandbox.test_push import query_of

EVENT = {"Event": "card_event", "FromUserName": "oAnybody"}


def is_signed(request: Request) -> bool:
    query = query_of(request)
    return query["signature"] == crypto.sign(TOKEN, query["timestamp"], query["nonce"])


def opens(request: Request) -> tuple[bytes, str]:
    envelope = wire.read(request.body.decode(), Format.XML)
    query = query_of(request)
    assert query["msg_signature"] == crypto.sign(TOKEN, query["timestamp"], query["nonce"], envelope["Encrypt"])
    return crypto.decrypt(envelope["Encrypt"], key=crypto.decode_key(AES_KEY))


def push(stage: Stage, **fields: object) -> Request:
    stage.control("POST", "/push", {"appid": HOUSE, "fields": EVENT, **fields})
    return stage.transport.requests[-1]


def test_any_fields_can_be_pushed_and_the_head_is_filled_in(stage: Stage) -> None:
    stage.set_callback()

    request = push(stage)

    fields = wire.read(request.body.decode(), Format.XML)
    assert fields["Event"] == "card_event"
    assert (fields["MsgType"], fields["CreateTime"]) == ("event", str(int(stage.clock)))
    assert query_of(request)["openid"] == "oAnybody"


def test_the_same_push_can_be_delivered_several_times(stage: Stage) -> None:
    stage.set_callback()

    told = stage.control("POST", "/push", {"appid": HOUSE, "fields": {"MsgType": "text", "Content": "hi"}, "times": 3})

    bodies = {request.body for request in stage.transport.requests}
    assert len(stage.transport.requests) == 3
    assert len(bodies) == 1
    assert [delivery["outcome"] for delivery in told["deliveries"]] == ["acknowledged"] * 3


def test_what_waits_can_be_lost_and_nobody_ever_hears_of_it(stage: Stage) -> None:
    stage.set_callback()
    stage.change(hold_pushes=True)
    user = stage.control("POST", "/users", {})["user"]
    stage.control("POST", f"/users/{user}/follow", {"appid": HOUSE, "wait": False})

    told = stage.control("POST", "/pushes/lose", {})
    delivered = stage.control("POST", "/pushes/deliver", {"all": True})

    assert (told, delivered, stage.transport.requests) == ({"lost": 1}, {"delivered": []}, [])


def test_a_refusal_is_told_with_status_and_body_and_not_repeated(stage: Stage) -> None:
    stage.set_callback()
    stage.transport.hear = lambda request: Answer(403, b"no", 0.01)

    told = stage.control("POST", "/push", {"appid": HOUSE, "fields": EVENT, "forge": "signature"})

    assert [(delivery["status"], delivery["body"]) for delivery in told["deliveries"]] == [(403, "no")]


def test_a_forged_signature_does_not_fit(stage: Stage) -> None:
    stage.set_callback(mode="safe")

    request = push(stage, forge="signature")

    assert not is_signed(request)


def test_an_old_timestamp_is_signed_and_an_hour_old(stage: Stage) -> None:
    stage.set_callback()

    request = push(stage, forge="old_timestamp")

    assert is_signed(request)
    assert query_of(request)["timestamp"] == str(int(stage.clock) - 3_600)


def test_a_foreign_appid_is_inside_a_ciphertext_that_opens(stage: Stage) -> None:
    stage.set_callback(mode="safe")

    _, appid = opens(push(stage, forge="appid"))

    assert appid != HOUSE


@pytest.mark.parametrize("forge", ["aes_key", "truncate"])
def test_a_forged_ciphertext_is_signed_and_does_not_open(stage: Stage, forge: str) -> None:
    stage.set_callback(mode="safe")
    request = push(stage, forge=forge)

    with pytest.raises(crypto.UnreadableError):
        opens(request)


def test_a_truncated_plain_push_is_half_a_body(stage: Stage) -> None:
    stage.set_callback()
    request = push(stage, forge="truncate")

    with pytest.raises(wire.MalformedError):
        wire.read(request.body.decode(), Format.XML)


def test_a_raw_body_goes_out_as_it_is(stage: Stage) -> None:
    stage.set_callback()

    request = push(stage, raw_body="<xml>", content_type="text/plain")

    assert (request.body, request.content_type) == (b"<xml>", "text/plain")
    assert is_signed(request)


@pytest.mark.parametrize("forge", ["aes_key", "appid"])
def test_in_plain_mode_there_is_no_ciphertext_to_forge(stage: Stage, forge: str) -> None:
    stage.set_callback()

    refused = stage.control("POST", "/push", {"appid": HOUSE, "forge": forge}, status=409)

    assert "compatible or safe" in refused["error"]


@pytest.mark.parametrize(
    ("changed", "status"), [({"times": 0}, 400), ({"times": 101}, 400), ({"forge": "beard"}, 400), ({"appid": "wxno"}, 404)]
)
def test_a_wrong_push_is_refused(stage: Stage, changed: dict[str, object], status: int) -> None:
    stage.set_callback()

    assert stage.control("POST", "/push", {"appid": HOUSE, **changed}, status=status)["error"]


def test_without_a_callback_nothing_can_be_pushed(stage: Stage) -> None:
    assert "no callback" in stage.control("POST", "/push", {"appid": HOUSE}, status=409)["error"]
