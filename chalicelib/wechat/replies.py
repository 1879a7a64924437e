"""Passive replies: what the answer to a callback may say. Pure.

https://developers.weixin.qq.com/doc/service/guide/product/message/Passive_user_reply_message
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.errors import Invalid
from chalicelib.wechat.envelope import Format, cdata

MOST_TEXT_BYTES = 2048
MOST_ARTICLES = 8
# To these WeChat shows one article and drops the rest.
_ONE_ARTICLE_KINDS = frozenset({"text", "image", "voice", "video", "shortvideo", "location", "link"})
_ATTRIBUTE = str.maketrans({"&": "&amp;", '"': "&quot;", "<": "&lt;", ">": "&gt;"})
_LABEL = str.maketrans({"<": "&lt;", ">": "&gt;"})


class TextReply(msgspec.Struct, frozen=True, tag="text"):
    """A text of at most 2048 bytes; it may hold links of `mini_program_link`."""

    content: str


class ImageReply(msgspec.Struct, frozen=True, tag="image"):
    """A picture, no GIF, by its temporary or permanent media id."""

    media_id: str


class VoiceReply(msgspec.Struct, frozen=True, tag="voice"):
    """A recording by its media id."""

    media_id: str


class VideoReply(msgspec.Struct, frozen=True, tag="video"):
    """A video by its media id."""

    media_id: str
    title: str = ""
    description: str = ""


class MusicReply(msgspec.Struct, frozen=True, tag="music"):
    """A piece of music; only the thumb is needed."""

    thumb_media_id: str
    title: str = ""
    description: str = ""
    music_url: str = ""
    hq_music_url: str = ""


class Article(msgspec.Struct, frozen=True):
    """One article of a news reply."""

    title: str
    description: str = ""
    picture_url: str = ""
    url: str = ""


class NewsReply(msgspec.Struct, frozen=True, tag="news"):
    """Articles: 8 at most, 1 in answer to what a user sent."""

    articles: tuple[Article, ...]


class TransferReply(msgspec.Struct, frozen=True, tag="transfer_customer_service"):
    """Hands the message to human service: to one agent's account, or to whoever is there."""

    kf_account: str = ""


Reply = TextReply | ImageReply | VoiceReply | VideoReply | MusicReply | NewsReply | TransferReply


def most_articles(kind: str) -> int:
    """How many articles a news reply to a message of this kind may have."""
    return 1 if kind in _ONE_ARTICLE_KINDS else MOST_ARTICLES


def mini_program_link(label: str, *, appid: str, path: str, fallback_url: str) -> str:
    """A link for a text that opens a mini program linked to the account, or `fallback_url` on clients that cannot."""
    href, appid, path = map(escape_attribute, (fallback_url, appid, path))
    return f'<a href="{href}" data-miniprogram-appid="{appid}" data-miniprogram-path="{path}">{label.translate(_LABEL)}</a>'


def page_link(label: str, href: str) -> str:
    """A link for a text that opens a web page."""
    return f'<a href="{escape_attribute(href)}">{label.translate(_LABEL)}</a>'


def escape_attribute(value: str) -> str:
    """A value as it stands within an attribute of a link."""
    return value.translate(_ATTRIBUTE)


def render(reply: Reply, *, to: str, sender: str, now: datetime, format: Format, answers: str = "") -> str:
    """The reply in the push's format, from the account `sender` to the openid `to`; raises `Invalid` over WeChat's limits.

    `answers` is the kind of the message replied to; without it the limits are those of an event.
    """
    fields = {
        "ToUserName": to,
        "FromUserName": sender,
        "CreateTime": int(now.timestamp()),
        "MsgType": reply.__struct_config__.tag,
        **_write(reply, most_articles(answers)),
    }
    if format is Format.JSON:
        return msgspec.json.encode(fields).decode()
    return f"<xml>{_write_xml(fields)}</xml>"


def _write(reply: Reply, articles_at_most: int) -> dict[str, Any]:
    match reply:
        case TextReply(content=content):
            return {"Content": _check_text(content)}
        case ImageReply(media_id=media_id):
            return {"Image": {"MediaId": _check_media(media_id)}}
        case VoiceReply(media_id=media_id):
            return {"Voice": {"MediaId": _check_media(media_id)}}
        case VideoReply():
            return {"Video": {"MediaId": _check_media(reply.media_id), "Title": reply.title, "Description": reply.description}}
        case MusicReply():
            return {"Music": _write_music(reply)}
        case NewsReply(articles=articles):
            return _write_news(articles, articles_at_most)
        case TransferReply(kf_account=kf_account):
            return {"TransInfo": {"KfAccount": kf_account}} if kf_account else {}


def _check_text(content: str) -> str:
    if not content:
        raise Invalid("A text reply needs a content; to say nothing, acknowledge the push.")
    if len(content.encode()) > MOST_TEXT_BYTES:
        raise Invalid(f"A text reply has at most {MOST_TEXT_BYTES} bytes in UTF-8.")
    return content


def _check_media(media_id: str) -> str:
    if not media_id:
        raise Invalid("The reply needs a media id.")
    return media_id


def _write_music(reply: MusicReply) -> dict[str, str]:
    optional = {
        "Title": reply.title,
        "Description": reply.description,
        "MusicUrl": reply.music_url,
        "HQMusicUrl": reply.hq_music_url,
    }
    return {**{name: value for name, value in optional.items() if value}, "ThumbMediaId": _check_media(reply.thumb_media_id)}


def _write_news(articles: tuple[Article, ...], at_most: int) -> dict[str, Any]:
    if not 1 <= len(articles) <= at_most:
        raise Invalid(f"A news reply here has 1 to {at_most} articles.")
    items = [
        {"Title": article.title, "Description": article.description, "PicUrl": article.picture_url, "Url": article.url}
        for article in articles
    ]
    return {"ArticleCount": len(items), "Articles": {"item": items}}


def _write_xml(fields: dict[str, Any]) -> str:
    return "".join([_write_element(name, value) for name, value in fields.items()])


def _write_element(name: str, value: Any) -> str:
    if isinstance(value, str):
        return f"<{name}>{cdata(value)}</{name}>"
    if isinstance(value, list):
        return "".join([_write_element(name, one) for one in value])
    return f"<{name}>{_write_xml(value) if isinstance(value, dict) else value}</{name}>"
