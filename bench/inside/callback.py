"""The callback door: a keyword hit in a warm container, beside what wechatpy takes for its part of the work."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from hashlib import sha1
from typing import Any
from unittest.mock import patch

from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto

from bench.inside import counting, scene, timing
from chalicelib.aws import queues
from chalicelib.inbox.flows import receiving
from chalicelib.wechat.envelope import read_query

WORDS = ("预约", "book", "开门时间")
ANSWER = "点开卡片即可预约，我们九点开门。"
NONCE = "1320562132"


def measure() -> Iterator[tuple[str, float]]:
    """AWS requests, CPU beside wechatpy, CPU all in."""
    counting.listen()
    stage = scene.Scene("callback")
    stage.publish(
        [
            {"name": "welcome", "when": {"on": "follow"}, "text": ["欢迎！"]},
            {"name": "help", "when": {"on": "click", "key": "HELP"}, "text": ["我们在。"]},
            {"name": "book", "when": {"on": "keyword", "words": list(WORDS)}, "text": [ANSWER]},
            {"name": "default", "when": {"on": "default"}, "text": ["没听懂。"]},
        ]
    )
    crypto = WeChatCrypto(scene.TOKEN, scene.AES_KEY, stage.appids["oa"])
    query, body = _push(crypto, stage.appids["oa"])
    event = scene.request_event(
        "POST", "/wechat/{account}", path={"account": "callback.oa"}, query=query, body=body, content_type="text/xml"
    )
    _check(scene.ask(event), crypto)
    scene.make_echo("remember")
    with counting.watch() as ledger:
        scene.ask(event)
    scene.make_echo("repeat")
    scene.note(f"callback: a warm keyword hit asks AWS for {', '.join(ledger.requests)}")
    yield "callback.aws_calls", len(ledger.requests)
    yield "callback.cpu_us", timing.cpu_us(lambda: scene.ask(event), rounds=21, batch=50)
    yield "callback.cpu_ratio", _beside_wechatpy(stage, event, crypto, query, body)


def _beside_wechatpy(stage: scene.Scene, event: Any, crypto: WeChatCrypto, query: dict[str, str], body: bytes) -> float:
    """Without the AWS client: the whole app from event to answer, the room's own part of it, and wechatpy's."""

    def whole() -> None:
        scene.ask(event)

    def room() -> None:
        receiving.receive("callback.oa", read_query(query), body, home="https://bench.test", world=stage.world, now=stage.world.now())

    def wechatpy() -> None:
        message = parse_message(crypto.decrypt_message(body.decode(), query["msg_signature"], query["timestamp"], query["nonce"]))
        crypto.encrypt_message(create_reply(ANSWER, message).render(), query["nonce"])

    with patch.object(queues, "sqs", _Nobody):
        app_us, room_us, floor_us = timing.side_by_side(whole, room, wechatpy, rounds=21, batch=100)
    scene.note(f"callback: app {app_us:.0f} us, of it the inbox {room_us:.0f} us; wechatpy {floor_us:.0f} us")
    scene.note(f"callback: app {app_us / floor_us:.2f} x, inbox {room_us / floor_us:.2f} x")
    return app_us / floor_us


class _Nobody:
    """An SQS that takes everything at once."""

    def call(self, operation: str, asked: dict[str, str]) -> dict[str, str]:
        return {}


def _push(crypto: WeChatCrypto, appid: str) -> tuple[dict[str, str], bytes]:
    """A text message in safe mode as WeChat sends it: the query and the body."""
    now = str(int(time.time()))
    plain = (
        f"<xml><ToUserName><![CDATA[gh_{appid}]]></ToUserName><FromUserName><![CDATA[oBench0000000000000000000001]]></FromUserName>"
        f"<CreateTime>{now}</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[预约]]></Content>"
        "<MsgId>24000000000000001</MsgId></xml>"
    )
    sealed = crypto.encrypt_message(plain, NONCE, now)
    encrypted, proof = (re.findall(rf"<{name}><!\[CDATA\[(.*?)\]\]>", sealed)[0] for name in ("Encrypt", "MsgSignature"))
    query = {
        "signature": sha1("".join(sorted((scene.TOKEN, now, NONCE))).encode()).hexdigest(),
        "timestamp": now,
        "nonce": NONCE,
        "openid": "oBench0000000000000000000001",
        "encrypt_type": "aes",
        "msg_signature": proof,
    }
    return query, f"<xml><ToUserName><![CDATA[gh_{appid}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()


def _check(answer: dict[str, Any], crypto: WeChatCrypto) -> None:
    """Is it the keyword's answer that is measured?"""
    proof, sent_at, nonce = (
        re.findall(pattern, answer["body"])[0]
        for pattern in (r"<MsgSignature><!\[CDATA\[(.*?)\]\]>", r"<TimeStamp>(\d+)", r"<Nonce><!\[CDATA\[(.*?)\]\]>")
    )
    if ANSWER not in crypto.decrypt_message(answer["body"], proof, sent_at, nonce):
        raise AssertionError("the answer is not the keyword's")
