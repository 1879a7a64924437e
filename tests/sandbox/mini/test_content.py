from __future__ import annotations

import json
from typing import Any

import pytest
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from tests.sandbox.adapter import connect
from tests.sandbox.stage import HOUSE, SECRET, SHOP, Stage


def check(stage: Stage, user: str, **changed: Any) -> Any:
    body = {"content": "你好", "version": 2, "scene": 2, "openid": stage.openid(user, SHOP), **changed}
    return stage.post("/wxa/msg_sec_check", body, access_token=stage.token(SHOP))


def check_media(stage: Stage, user: str, **changed: Any) -> Any:
    body = {"media_url": "https://example.com/a.png", "media_type": 2, "version": 2, "scene": 1, "openid": stage.openid(user, SHOP)}
    return stage.post("/wxa/media_check_async", {**body, **changed}, access_token=stage.token(SHOP))


def test_a_good_text_passes(stage: Stage, user: str) -> None:
    told = check(stage, user)

    assert told["errcode"] == 0
    assert told["result"] == {"suggest": "pass", "label": 100}
    assert told["detail"] == [{"strategy": "content_model", "errcode": 0, "suggest": "pass", "label": 100, "prob": 90}]


@pytest.mark.parametrize(
    ("text", "suggest", "label"), [("代开发票", "risky", 10001), ("聚众赌博", "risky", 20006), ("加微信聊", "review", 10001)]
)
def test_a_bad_text_is_told_without_an_error(stage: Stage, user: str, text: str, suggest: str, label: int) -> None:
    told = check(stage, user, content=text)

    assert told["errcode"] == 0
    assert told["result"] == {"suggest": suggest, "label": label}
    assert told["detail"][1]["strategy"] == "keyword"


def test_the_first_version_has_an_error_for_a_bad_text(stage: Stage) -> None:
    client = WeChatClient(SHOP, SECRET)
    connect(client, stage.client)

    client.wxa.check_text_security("你好")

    with pytest.raises(WeChatClientException) as refused:
        client.wxa.check_text_security("色情")
    assert refused.value.errcode == 87014


def test_a_wrong_check_has_its_code(stage: Stage, user: str) -> None:
    foreign = stage.openid(user, HOUSE)

    assert check(stage, user, content="")["errcode"] == 44004
    assert check(stage, user, content="长" * 2501)["errcode"] == 45002
    assert check(stage, user, scene=5)["errcode"] == 40129
    assert check(stage, user, openid="")["errcode"] == 40003
    assert check(stage, user, openid="oNobody")["errcode"] == 40003
    assert check(stage, user, openid=foreign)["errcode"] == 43104
    stage.clock += 7200
    assert check(stage, user)["errcode"] == 61010


def test_media_are_judged_later(stage: Stage, user: str) -> None:
    stage.set_callback(SHOP, format="json")
    trace_id = check_media(stage, user)["trace_id"]
    at_once = len(stage.transport.requests)

    stage.control("POST", "/pushes/deliver", {"all": True})

    event = json.loads(stage.transport.requests[-1].body or b"")
    assert at_once == 0
    assert (event["Event"], event["trace_id"], event["version"], event["appid"]) == ("wxa_media_check", trace_id, 2, SHOP)
    assert event["result"] == {"suggest": "pass", "label": 100}
    assert event["FromUserName"] != stage.openid(user, SHOP)


def test_media_that_cannot_be_fetched_are_told(stage: Stage, user: str) -> None:
    stage.set_callback(SHOP, format="json")
    check_media(stage, user, media_url="ftp://example.com/a.png")

    stage.control("POST", "/pushes/deliver", {"all": True})

    assert json.loads(stage.transport.requests[-1].body or b"")["errcode"] == -1008
    assert check_media(stage, user, media_type=3)["errcode"] == 40097
    assert check_media(stage, user, version=1)["errcode"] == 40097


def test_pictures_are_checked_at_once(stage: Stage) -> None:
    def send(content: bytes) -> int:
        head = b'--cut\r\nContent-Disposition: form-data; name="media"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
        answer = stage.client.post(
            "/wxa/img_sec_check",
            query_string={"access_token": stage.token(SHOP)},
            data=head + content + b"\r\n--cut--\r\n",
            content_type="multipart/form-data; boundary=cut",
        )
        return int(answer.get_json(force=True)["errcode"])

    assert [send(b"a picture"), send("色情".encode()), send(b""), send(b"p" * 1_048_577)] == [0, 87014, 44001, 40006]
