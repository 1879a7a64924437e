"""wechatpy, written by others, and the sandbox understand each other."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import create_reply
from wechatpy.utils import check_signature

from sandbox.transport import Answer, Request
from tests.sandbox.stage import AES_KEY, HOUSE, TOKEN, Stage


def test_wechatpy_reads_a_safe_push_and_its_sealed_reply_is_seen(stage: Stage) -> None:
    crypto = WeChatCrypto(TOKEN, AES_KEY, HOUSE)

    def hear(request: Request) -> Answer:
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
        check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
        message = parse_message(crypto.decrypt_message(request.body, query["msg_signature"], query["timestamp"], query["nonce"]))
        reply = create_reply(f"you said {message.content}", message).render()
        return Answer(200, crypto.encrypt_message(reply, query["nonce"], query["timestamp"]).encode(), 0.01)

    user = stage.make_user()
    stage.act(user, "follow")
    stage.set_callback(mode="safe")
    stage.transport.hear = hear

    pushed = stage.act(user, "send", content="你好")["push"]

    assert pushed["deliveries"][0]["outcome"] == "replied"
    assert pushed["seen"]["text"] == "you said 你好"


def test_wechatpy_knows_a_follow_by_qr_code(stage: Stage) -> None:
    stage.set_callback()

    stage.act(stage.make_user(), "follow", scene_str="order_42")

    event = parse_message(stage.transport.requests[-1].body)
    assert (event.event, event.scene_id) == ("subscribe_scan", "order_42")
