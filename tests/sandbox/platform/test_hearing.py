from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox import crypto, wire
from sandbox.state import Format
from sandbox.transport import Request
from tests.sandbox.platform.scene import PLATFORM, Scene
from tests.sandbox.stage import AES_KEY, HOUSE, SHOP, TOKEN, Stage


@pytest.fixture
def stage(scene: Scene) -> Stage:
    """The stage after both accounts gave the platform their messages; neither has a callback of its own."""
    for appid in (HOUSE, SHOP):
        scene.authorize(appid)
    scene.stage.transport.requests.clear()
    return scene.stage


def send_to_all(stage: Stage, user: str) -> None:
    body = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": "news"}}
    stage.post("/cgi-bin/message/mass/sendall", body, access_token=stage.token())


def send_template(stage: Stage, user: str) -> None:
    stage.control("POST", f"/accounts/{HOUSE}/message-templates", {"template_id": "T1", "title": "t", "content": "{{thing1.DATA}}"})
    body = {"touser": stage.openid(user), "template_id": "T1", "data": {"thing1": {"value": "a"}}}
    stage.post("/cgi-bin/message/template/send", body, access_token=stage.token())


def check_media(stage: Stage, user: str) -> None:
    stage.act(user, "launch", SHOP)
    body = {"media_url": "https://a.test/b", "media_type": 2, "version": 2, "scene": 1, "openid": stage.openid(user, SHOP)}
    stage.post("/wxa/media_check_async", body, access_token=stage.token(SHOP))


def ship(stage: Stage, user: str) -> None:
    number = stage.act(user, "pay", SHOP, amount_fen=100)["payment"]["out_trade_no"]
    stage.control("POST", f"/mini-programs/{SHOP}/ship", {"out_trade_no": number})


def open_push(request: Request) -> tuple[dict[str, object], str]:
    """The fields, and the appid that they were sealed for."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
    sealed = wire.read(request.body.decode(), Format.XML)["Encrypt"]
    assert query["msg_signature"] == crypto.sign(TOKEN, query["timestamp"], query["nonce"], sealed)
    message, appid = crypto.decrypt(sealed, key=crypto.decode_key(AES_KEY))
    return wire.read(message.decode(), Format.XML), appid


@pytest.mark.parametrize(
    ("do", "appid", "event"),
    [
        (send_to_all, HOUSE, "MASSSENDJOBFINISH"),
        (send_template, HOUSE, "TEMPLATESENDJOBFINISH"),
        (check_media, SHOP, "wxa_media_check"),
        (ship, SHOP, "trade_manage_order_settlement"),
    ],
)
def test_the_platform_hears_what_wechat_itself_tells(stage: Stage, do: Callable[[Stage, str], None], appid: str, event: str) -> None:
    user = stage.make_user()
    stage.act(user, "follow")
    stage.transport.requests.clear()

    do(stage, user)
    stage.control("POST", "/pushes/deliver", {"all": True})

    fields, sealed_for = open_push(stage.transport.requests[-1])
    assert urlsplit(stage.transport.requests[-1].url).path == f"/{appid}/hear"
    assert (fields["Event"], sealed_for) == (event, PLATFORM)


def test_a_push_on_purpose_goes_where_the_account_is_heard(stage: Stage) -> None:
    stage.control("POST", "/push", {"appid": HOUSE, "fields": {"Event": "card_event"}})
    stage.control("POST", "/push", {"appid": HOUSE, "fields": {"Event": "card_event"}, "forge": "appid"})

    right, forged = map(open_push, stage.transport.requests)
    assert (right[0]["Event"], right[1]) == ("card_event", PLATFORM)
    assert forged[1] not in (PLATFORM, HOUSE)


def test_the_check_of_the_callback_tells_the_platforms_host(stage: Stage) -> None:
    told = stage.post("/cgi-bin/callback/check", {"action": "dns", "check_operator": "DEFAULT"}, access_token=stage.token())

    assert told["dns"][0]["ip"] == "platform.test"
