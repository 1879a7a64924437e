"""Customer-service messages: which account sends which kind, and how each is written to WeChat. Pure.

https://developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage
"""

from __future__ import annotations

from typing import Any

from chalicelib.accounts.words import Kind
from chalicelib.errors import Invalid
from chalicelib.messaging.words.customer import (
    MOST_BYTES,
    AnyContent,
    CustomerArticle,
    CustomerCard,
    CustomerImage,
    CustomerLink,
    CustomerMenu,
    CustomerMusic,
    CustomerNews,
    CustomerText,
    CustomerVideo,
    CustomerVoice,
)

EVERYWHERE = (CustomerText, CustomerImage, CustomerCard)
SENT_BY: dict[Kind, tuple[type[AnyContent], ...]] = {
    Kind.official_account: (
        *EVERYWHERE,
        CustomerVoice,
        CustomerVideo,
        CustomerMusic,
        CustomerNews,
        CustomerArticle,
        CustomerMenu,
    ),
    Kind.mini_program: (*EVERYWHERE, CustomerLink),
}


def check(kind: Kind, message: AnyContent, *, place: str) -> None:
    """`Invalid` for a kind of message that a kind of account never sends, or one that WeChat would find too long."""
    if kind not in SENT_BY:
        raise Invalid(f"Customer-service messages are sent by official accounts and mini programs - at `{place}.account`.")
    if type(message) not in SENT_BY[kind]:
        raise Invalid(f"This kind of customer-service message is not sent by this kind of account - at `{place}.message.kind`.")
    if isinstance(message, CustomerText) and len(message.text.encode()) > MOST_BYTES:
        raise Invalid(f"A text has {MOST_BYTES} bytes at most, a Chinese character three of them - at `{place}.message.text`.")
    if isinstance(message, CustomerCard) and kind is Kind.official_account and not message.appid:
        raise Invalid(f"An official account says which mini program the card is of - at `{place}.message.appid`.")


def write(message: AnyContent, kind: Kind) -> tuple[str, dict[str, Any]]:
    """The `msgtype` of a message, and what WeChat wants under it."""
    match message:
        case CustomerText(text=text):
            return "text", {"content": text}
        case CustomerImage(media_id=media_id):
            return "image", {"media_id": media_id}
        case CustomerVoice(media_id=media_id):
            return "voice", {"media_id": media_id}
        case CustomerVideo():
            shown = _said(title=message.title, description=message.description)
            return "video", {"media_id": message.media_id, "thumb_media_id": message.thumb_media_id, **shown}
        case CustomerArticle(article_id=article_id):
            return "mpnewsarticle", {"article_id": article_id}
        case CustomerMenu():
            answers = [{"id": item.id, "content": item.text} for item in message.items]
            return "msgmenu", {"head_content": message.head, "list": answers, "tail_content": message.tail}
        case CustomerCard():
            card = {"title": message.title, "pagepath": message.path, "thumb_media_id": message.thumb_media_id}
            return "miniprogrampage", {**card, **_said(appid=message.appid if kind is Kind.official_account else "")}
        case _:
            return _write_link(message)


def _write_link(message: CustomerMusic | CustomerNews | CustomerLink) -> tuple[str, dict[str, Any]]:
    """Kinds that lead somewhere in the web."""
    about = {"title": message.title, **_said(description=message.description)}
    match message:
        case CustomerMusic():
            hq = _said(hqmusicurl=message.hq_url)
            return "music", {**about, "musicurl": message.url, **hq, "thumb_media_id": message.thumb_media_id}
        case CustomerNews():
            return "news", {"articles": [{**about, "url": message.url, **_said(picurl=message.picture_url)}]}
        case CustomerLink():
            return "link", {**about, "url": message.url, **_said(thumb_url=message.picture_url)}


def _said(**fields: str | None) -> dict[str, str]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value}
