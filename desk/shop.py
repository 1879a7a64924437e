"""The demo's shop on WeChat's side, and what it says there: its accounts, a picture, reply rules."""

from __future__ import annotations

import json
import urllib.request
import uuid
from typing import Any

from desk.teller import PATIENCE_S, Failed, Teller, short

BRAND = "demo"
ACCOUNT, MINI, APP = f"{BRAND}.oa", f"{BRAND}.mini", f"{BRAND}.app"
ACCOUNT_APPID, MINI_APPID = "wxdemo0000000001", "wxdemo0000000002"
SECRETS = {
    ACCOUNT_APPID: ("demo-account-secret", "DemoToken0001", "DemoAesKeyOfTheOfficialAccount0123456789abc"),
    MINI_APPID: ("demo-mini-program-secret", "DemoToken0002", "DemoAesKeyOfTheMiniProgram0123456789abcdefg"),
}
TEMPLATE = "DEMO_TEMPLATE_RESERVATION"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def tell_sandbox(story: Teller, brand: str, appid: str, name: str, kind: str, original: str) -> None:
    """The same account on WeChat's side."""
    app_secret, token, aes_key = SECRETS[appid]
    template = {"id": TEMPLATE, "title": "预约提醒", "type": 2, "content": {"thing1": "服务项目", "time2": "预约时间"}}
    callback = {
        "url": f"{story.addresses.front}/wechat/{brand}.{name}",
        "token": token,
        "aes_key": aes_key,
        "mode": "safe",
        "format": "xml",
    }
    story.wechat(
        "/accounts",
        {
            "appid": appid,
            "secret": app_secret,
            "kind": kind,
            "original_id": original,
            "open_platform": "demo",
            "linked_mini_programs": [MINI_APPID] if kind == "official_account" else [],
            "templates": [template] if kind == "mini_program" else [],
            "callback": callback,
        },
    )


def reply_rules(thumb: str, mini: str) -> dict[str, Any]:
    """A welcome with a link, 预约 with a card, a menu key, a default."""
    link = {
        "label": "逛逛小店",
        "mini_program": mini,
        "path": "pages/index/index?from=welcome",
        "fallback_url": "https://shop.example.com/",
    }
    card = {"title": "在线预约", "mini_program": mini, "path": "pages/book/index", "thumb_media_id": thumb}
    return {
        "rules": [
            {"name": "welcome", "when": {"on": "follow"}, "text": ["欢迎来到联动小店！", link]},
            {"name": "book", "when": {"on": "keyword", "words": ["预约", "book"]}, "text": ["点开下面的卡片即可预约。"], "card": card},
            {"name": "help", "when": {"on": "click", "key": "MENU_HELP"}, "text": ["人工客服 9:00–21:00 在线。"]},
            {"name": "default", "when": {"on": "default"}, "text": ["没听懂，回复“预约”试试。"]},
        ]
    }


def upload_picture(story: Teller, token: str) -> str:
    """Upload the card's picture to WeChat, as the shop's media system would with the lent token."""
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="media"; filename="card.png"\r\nContent-Type: image/png\r\n\r\n'
    body = head.encode() + PICTURE + f"\r\n--{boundary}--\r\n".encode()
    request = urllib.request.Request(
        f"{story.addresses.sandbox}/cgi-bin/media/upload?type=image&access_token={token}", data=body, method="POST"
    )
    request.add_header("Content-Type", f"multipart/form-data; boundary={boundary}")
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        told = json.loads(answer.read())
    if "media_id" not in told:
        raise Failed(f"WeChat did not take the picture: {short(told)}")
    media_id: str = told["media_id"]
    return media_id
