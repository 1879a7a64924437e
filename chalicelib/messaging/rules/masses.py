"""How a mass message is written to WeChat, and what it would refuse. Pure.

https://developers.weixin.qq.com/doc/service/api/notify/message/api_sendall
"""

from __future__ import annotations

from typing import Any

from chalicelib.accounts.words import Account, Kind
from chalicelib.errors import Invalid
from chalicelib.messaging.words.customer import MOST_BYTES
from chalicelib.messaging.words.masses import AnyMass, MassArticles, MassPictures, MassText, MassVideo, MassVoice

LONGEST_KEY = 32
"""In bytes; longer is refused with 45067."""


def check(account: Account, content: AnyMass, *, place: str) -> None:
    """`Invalid` for what this account never sends, or WeChat would find too long."""
    if account.kind is not Kind.official_account:
        raise Invalid(f"Mass sends are made by official accounts - at `{place}.account`.")
    if isinstance(content, MassText) and len(content.text.encode()) > MOST_BYTES:
        raise Invalid(f"A text has {MOST_BYTES} bytes at most, a Chinese character three of them - at `{place}.message.text`.")


def write(content: AnyMass) -> dict[str, Any]:
    """The part of WeChat's body that says what is sent."""
    match content:
        case MassText(text=text):
            return {"msgtype": "text", "text": {"content": text}}
        case MassArticles(media_id=media_id, reprint=reprint):
            return {"msgtype": "mpnews", "mpnews": {"media_id": media_id}, "send_ignore_reprint": int(reprint)}
        case MassVoice(media_id=media_id):
            return {"msgtype": "voice", "voice": {"media_id": media_id}}
        case MassPictures(media_ids=media_ids, recommend=recommend):
            return {"msgtype": "image", "images": {"media_ids": list(media_ids), "recommend": recommend}}
        case MassVideo():
            about = {name: value for name, value in (("title", content.title), ("description", content.description)) if value}
            return {"msgtype": "mpvideo", "mpvideo": {"media_id": content.media_id, **about}}
