"""What can be sent to many at once: the branches of a mass message and their checks."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from sandbox import media
from sandbox.call import Call
from sandbox.codes import WechatError
from sandbox.official import drafts

MOST_PICTURES = 20
RETIRED = "wxcard"


class _Text(Struct):
    content: str = ""


class _File(Struct):
    media_id: str = ""
    title: str = ""
    description: str = ""


class _Pictures(Struct):
    media_ids: list[str] = field(default_factory=list)
    recommend: str = ""


class Branches(Struct):
    """One of these is filled, named as `msgtype`; pictures come in `images`, from older clients in `image`."""

    msgtype: str = ""
    send_ignore_reprint: int = 0
    text: _Text | None = None
    mpnews: _File | None = None
    voice: _File | None = None
    mpvideo: _File | None = None
    image: _File | None = None
    images: _Pictures | None = None


class Content(Struct, frozen=True):
    """A message that may go: what people read, and the draft whose articles it carries."""

    msgtype: str
    text: str
    told: dict[str, Any]
    draft: str = ""
    articles: int = 0
    sent_as_reprint: bool = False


def check(call: Call, given: Branches) -> Content:
    """The content of a mass message, or the code of what is wrong with it."""
    if given.msgtype == RETIRED:
        raise WechatError(45113)
    if given.msgtype == "text" and given.text is not None:
        return _check_text(call, given.text.content)
    if given.msgtype == "mpnews" and given.mpnews is not None:
        draft = drafts.find(call, given.mpnews.media_id)
        titles = "\n".join(str(one["title"]) for one in draft.articles)
        return Content(
            "mpnews",
            titles,
            {"media_id": given.mpnews.media_id},
            draft=given.mpnews.media_id,
            articles=len(draft.articles),
            sent_as_reprint=bool(given.send_ignore_reprint),
        )
    if given.msgtype == "image":
        return _check_pictures(call, given)
    file = given.voice if given.msgtype == "voice" else given.mpvideo if given.msgtype == "mpvideo" else None
    if file is None:
        raise WechatError(40008)
    _require(call, file.media_id, "voice" if given.msgtype == "voice" else "video")
    return Content(given.msgtype, file.title or f"[{given.msgtype}]", {"media_id": file.media_id, "title": file.title})


def _check_text(call: Call, text: str) -> Content:
    if not text:
        raise WechatError(44004)
    if len(text.encode()) > call.sandbox.state.settings.text_limit_bytes:
        raise WechatError(45002)
    return Content("text", text, {"content": text})


def _check_pictures(call: Call, given: Branches) -> Content:
    pictures = given.images.media_ids if given.images is not None else [given.image.media_id] if given.image is not None else []
    if not 1 <= len(pictures) <= MOST_PICTURES:
        raise WechatError(40008)
    for media_id in pictures:
        _require(call, media_id, "image")
    recommend = given.images.recommend if given.images is not None else ""
    return Content("image", recommend or "[image]", {"media_ids": pictures, "recommend": recommend})


def _require(call: Call, media_id: str, kind: str) -> None:
    found = media.find(call.sandbox, media_id, appid=call.caller.appid)
    if found is None or found.type != kind:
        raise WechatError(40007)
