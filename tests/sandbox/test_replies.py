from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sandbox import crypto, wire
from sandbox.state import Format
from sandbox.transport import Answer
from tests.sandbox.stage import AES_KEY, HOUSE, HOUSE_ORIGINAL, SHOP, SHOP_ORIGINAL, TOKEN, Stage


def reply(stage: Stage, user: str, **changed: Any) -> dict[str, Any]:
    """A text reply, unless the test says otherwise."""
    head = {"ToUserName": stage.openid(user), "FromUserName": HOUSE_ORIGINAL, "CreateTime": int(stage.clock), "MsgType": "text"}
    return {**head, "Content": "hello yourself", **changed}


def seal(
    fields: dict[str, Any], *, format: Format = Format.XML, token: str = TOKEN, appid: str = HOUSE, key: str = AES_KEY
) -> dict[str, Any]:
    """The encrypted envelope of a reply."""
    ciphertext = crypto.encrypt(wire.write(fields, format).encode(), key=crypto.decode_key(key), appid=appid, salt=b"0123456789abcdef")
    signature = crypto.sign(token, "1800000000", "42", ciphertext)
    return {"Encrypt": ciphertext, "MsgSignature": signature, "TimeStamp": 1_800_000_000, "Nonce": "42"}


def send(stage: Stage, user: str, answer: dict[str, Any] | bytes, *, format: Format = Format.XML, action: str = "send") -> Any:
    """What one message comes to when the callback answers this."""
    body = answer if isinstance(answer, bytes) else wire.write(answer, format).encode()
    stage.transport.hear = lambda request: Answer(200, body, 0.01)
    stage.change(deliveries=1)
    return stage.act(user, action, **({"content": "hello"} if action == "send" else {"key": "HELP"}))["push"]


def test_a_text_reply_is_seen(stage: Stage, user: str) -> None:
    pushed = send(stage, user, reply(stage, user))

    assert pushed["deliveries"][0]["outcome"] == "replied"
    assert pushed["deliveries"][0]["reply"]["Content"] == "hello yourself"
    assert (pushed["seen"]["via"], pushed["seen"]["msgtype"], pushed["seen"]["text"]) == ("reply", "text", "hello yourself")
    assert stage.received(user)[-1]["text"] == "hello yourself"


def test_an_encrypted_reply_is_opened_in_safe_mode(stage: Stage, user: str) -> None:
    stage.set_callback(mode="safe")

    pushed = send(stage, user, seal(reply(stage, user)))

    assert pushed["seen"]["text"] == "hello yourself"


def test_an_encrypted_json_reply_is_opened(stage: Stage, user: str) -> None:
    stage.set_callback(mode="safe", format="json")

    pushed = send(stage, user, seal(reply(stage, user), format=Format.JSON), format=Format.JSON)

    assert pushed["seen"]["text"] == "hello yourself"


def test_compatible_mode_takes_both_kinds_of_reply(stage: Stage, user: str) -> None:
    stage.set_callback(mode="compatible")

    plain, sealed = send(stage, user, reply(stage, user)), send(stage, user, seal(reply(stage, user)))

    assert plain["seen"]["text"] == sealed["seen"]["text"] == "hello yourself"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"token": "Other"}, "MsgSignature does not fit"),
        ({"appid": SHOP}, "another appid"),
        ({"key": "B" * 43}, "cannot be decrypted"),
    ],
)
def test_a_wrongly_sealed_reply_is_malformed(stage: Stage, user: str, wrong: dict[str, str], reason: str) -> None:
    stage.set_callback(mode="safe")

    pushed = send(stage, user, seal(reply(stage, user), **wrong))  # type: ignore[arg-type]

    assert pushed["deliveries"][0]["outcome"] == "malformed"
    assert reason in pushed["deliveries"][0]["reason"]
    assert pushed["seen"]["via"] == "notice"


@pytest.mark.parametrize("name", ["MsgSignature", "TimeStamp", "Nonce"])
def test_an_envelope_with_a_hole_is_malformed(stage: Stage, user: str, name: str) -> None:
    stage.set_callback(mode="safe")
    envelope = seal(reply(stage, user))
    del envelope[name]

    assert name in send(stage, user, envelope)["deliveries"][0]["reason"]


def test_each_mode_refuses_the_other_kind_of_reply(stage: Stage, user: str) -> None:
    sealed_in_plain = send(stage, user, seal(reply(stage, user)))
    stage.set_callback(mode="safe")
    plain_in_safe = send(stage, user, reply(stage, user))

    assert sealed_in_plain["deliveries"][0]["reason"] == "an encrypted reply in plain mode"
    assert plain_in_safe["deliveries"][0]["reason"] == "a plain reply in safe mode"


@pytest.mark.parametrize(
    "changed",
    [
        {"ToUserName": "oSomebodyElse"},
        {"FromUserName": SHOP_ORIGINAL},
        {"CreateTime": "now"},
        {"Content": ""},
        {"Content": "字" * 683},
        {"MsgType": "poem"},
        {"MsgType": "image", "Image": {"MediaId": "unknown"}},
        {"MsgType": "image"},
        {"MsgType": "news", "ArticleCount": 2, "Articles": {"item": [{"Title": "a"}]}},
        {"MsgType": "news"},
    ],
)
def test_a_reply_with_a_wrong_field_is_malformed(stage: Stage, user: str, changed: dict[str, Any]) -> None:
    pushed = send(stage, user, reply(stage, user, **changed))

    assert pushed["deliveries"][0]["outcome"] == "malformed"
    assert pushed["deliveries"][0]["reason"]
    assert pushed["seen"]["via"] == "notice"


@pytest.mark.parametrize("body", [b"success\n", b"ok", b"\xff\xfe", msgspec.json.encode({"errcode": 0})])
def test_other_bodies_are_malformed(stage: Stage, user: str, body: bytes) -> None:
    assert send(stage, user, body)["deliveries"][0]["outcome"] == "malformed"


def test_files_music_and_articles_are_seen(stage: Stage, user: str) -> None:
    media_id = stage.upload()

    image = send(stage, user, reply(stage, user, MsgType="image", Image={"MediaId": media_id}))
    video = send(stage, user, reply(stage, user, MsgType="video", Video={"MediaId": media_id, "Title": "A film"}))
    music = send(stage, user, reply(stage, user, MsgType="music", Music={"ThumbMediaId": media_id, "Title": "A song"}))
    news = send(stage, user, reply(stage, user, MsgType="news", ArticleCount=1, Articles={"item": [{"Title": "A story"}]}))

    assert [pushed["seen"]["text"] for pushed in (image, video, music, news)] == ["[image]", "A film", "A song", "A story"]


def test_a_message_is_answered_with_one_article_and_an_event_with_eight(stage: Stage, user: str) -> None:
    articles = {"item": [{"Title": str(number)} for number in range(9)]}
    answer = reply(stage, user, MsgType="news", ArticleCount=9, Articles=articles)

    to_message = send(stage, user, answer)["seen"]
    to_event = send(stage, user, answer, action="click")["seen"]

    assert [len(seen["content"]["Articles"]) for seen in (to_message, to_event)] == [1, 8]


def test_a_hand_over_to_an_agent_shows_nothing(stage: Stage, user: str) -> None:
    pushed = send(stage, user, reply(stage, user, MsgType="transfer_customer_service"))

    assert (pushed["deliveries"][0]["outcome"], pushed["seen"]) == ("replied", None)


def test_a_reply_to_an_unfollow_shows_nothing(stage: Stage, user: str) -> None:
    body = wire.write(reply(stage, user), Format.XML).encode()
    stage.transport.hear = lambda request: Answer(200, body, 0.01)

    pushed = stage.act(user, "unfollow")["push"]

    assert (pushed["deliveries"][0]["outcome"], pushed["seen"]) == ("replied", None)


def test_a_mini_program_shows_no_passive_text(stage: Stage) -> None:
    user = stage.make_user()
    stage.set_callback(SHOP)
    body = wire.write(reply(stage, user, ToUserName=stage.openid(user, SHOP), FromUserName=SHOP_ORIGINAL), Format.XML).encode()
    stage.transport.hear = lambda request: Answer(200, body, 0.01)

    pushed = stage.act(user, "send", SHOP, content="hello")["push"]

    assert (pushed["deliveries"][0]["outcome"], pushed["seen"]) == ("replied", None)
