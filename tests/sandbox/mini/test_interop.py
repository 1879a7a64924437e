"""wechatpy, written by others, and the sandbox's mini programs understand each other."""

from __future__ import annotations

import pytest
from wechatpy import WeChatClient, parse_message
from wechatpy.exceptions import WeChatClientException

from tests.sandbox.adapter import connect
from tests.sandbox.stage import SECRET, SHOP, Stage


@pytest.fixture
def client(stage: Stage) -> WeChatClient:
    client = WeChatClient(SHOP, SECRET, auto_retry=False)
    connect(client, stage.client)
    return client


def test_wechatpy_draws_codes(client: WeChatClient) -> None:
    counted = client.wxa.get_wxa_code("pages/index/index")
    unlimited = client.wxa.get_wxa_code_unlimited("table=7", page="pages/goods/detail")
    square = client.wxa.create_qrcode("pages/index/index")

    assert all(one.content.startswith(b"\x89PNG") for one in (counted, unlimited, square))
    assert square.headers["Num-Used"] == "2"


def test_wechatpy_hears_of_a_page_that_is_not_released(client: WeChatClient) -> None:
    with pytest.raises(WeChatClientException) as refused:
        client.wxa.get_wxa_code_unlimited("a", page="pages/nowhere")

    assert refused.value.errcode == 41030


def test_wechatpy_logs_in_and_asks_for_the_unionid_of_a_payment(stage: Stage, client: WeChatClient, user: str) -> None:
    session = client.wxa.code_to_session(stage.act(user, "login", SHOP)["code"])
    payment = stage.act(user, "pay", SHOP, amount_fen=1)["payment"]

    paid = client.wxa.get_paid_unionid(session["openid"], transaction_id=payment["transaction_id"])

    assert paid == session["unionid"]


def test_wechatpy_sends_a_subscribe_message(stage: Stage, client: WeChatClient, user: str) -> None:
    templates = [{"id": "TPL", "title": "提醒", "content": {"thing1": "服务"}}]
    stage.control("POST", "/accounts", {"appid": SHOP, "templates": templates})
    stage.act(user, "request-subscribe", SHOP, answers={"TPL": "accept"})

    client.wxa.send_subscribe_message(stage.openid(user, SHOP), "TPL", {"thing1": {"value": "剪发"}}, page="pages/index/index")

    assert stage.received(user)[-1]["msgtype"] == "subscribe_message"


def test_wechatpy_reads_the_verdict_on_a_picture(stage: Stage, user: str) -> None:
    stage.set_callback(SHOP)
    body = {"media_url": "https://example.com/a.png", "media_type": 2, "version": 2, "scene": 1, "openid": stage.openid(user, SHOP)}
    trace_id = stage.post("/wxa/media_check_async", body, access_token=stage.token(SHOP))["trace_id"]

    stage.control("POST", "/pushes/deliver", {"all": True})

    event = parse_message(stage.transport.requests[-1].body)
    assert (event.event, event._data["trace_id"], event._data["result"]["suggest"]) == ("wxa_media_check", trace_id, "pass")
