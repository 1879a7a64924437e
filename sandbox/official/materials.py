"""Permanent files of an account (永久素材) and pictures for the text of articles."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sandbox import ids, reading
from sandbox.call import OK, Binary, Call, Upload
from sandbox.codes import WechatError
from sandbox.official.endpoint import get, post
from sandbox.official.words import Material
from sandbox.reading import NonsenseError

MOST_PER_PAGE = 20
LARGEST_PICTURE = 1_048_576
_LIMITS = {"image": (10_485_760, 40009), "voice": (2_097_152, 40010), "video": (10_485_760, 40011), "thumb": (65_536, 40012)}
_TYPES = (*_LIMITS, "news")


class _Description(Struct):
    title: str = ""
    introduction: str = ""


class _MediaId(Struct):
    media_id: str = ""


class _Page(Struct):
    type: str = ""
    offset: int = 0
    count: int = MOST_PER_PAGE


def add(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/material/add_material?type=`: kept for ever; a video comes with title and introduction."""
    kind = call.query.get("type", "")
    if kind not in _LIMITS:
        raise WechatError(40004)
    file = _read_file(call, *_LIMITS[kind])
    described = _read_description(file) if kind == "video" else _Description()
    media_id = ids.media_id(call.sandbox.random)
    url = f"http://mmbiz.qpic.cn/mmbiz/{media_id}/0?wx_fmt=sandbox" if kind == "image" else ""
    call.official.materials[media_id] = Material(
        kind, file.filename, file.content_type, file.content, call.now, url, described.title, described.introduction
    )
    return {"media_id": media_id, "url": url} if url else {"media_id": media_id}


def _read_file(call: Call, limit: int, errcode: int) -> Upload:
    if call.upload is None:
        raise WechatError(41005)
    if not call.upload.content:
        raise WechatError(44001)
    if len(call.upload.content) > limit:
        raise WechatError(errcode)
    return call.upload


def _read_description(file: Upload) -> _Description:
    try:
        described = reading.read_json(file.description.encode(), _Description)
    except NonsenseError as error:
        raise WechatError(47001) from error
    if not described.title:
        raise WechatError(40035, "invalid parameter: description.title is missing")
    return described


def fetch(call: Call) -> dict[str, Any] | Binary:
    """`POST /cgi-bin/material/get_material`: the bytes, or what a video is called and where it is."""
    media_id = call.read(_MediaId).media_id
    material = _find(call, media_id)
    if material.type == "video":
        return {"title": material.title, "description": material.introduction, "down_url": f"http://sandbox.invalid/{media_id}"}
    return Binary(material.content, material.content_type, material.filename)


def delete(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/material/del_material`: not while a menu uses it."""
    media_id = call.read(_MediaId).media_id
    _find(call, media_id)
    kept = call.official
    menus = [menu for menu in (kept.menu, kept.console_menu, *kept.conditional_menus) if menu is not None]
    if any(media_id in str(menu.buttons) for menu in menus):
        raise WechatError(48005)
    del kept.materials[media_id]
    return OK


def _find(call: Call, media_id: str) -> Material:
    material = call.official.materials.get(media_id)
    if material is None:
        raise WechatError(40007)
    return material


def count(call: Call) -> dict[str, Any]:
    """`GET /cgi-bin/material/get_materialcount`: articles live in the draft box, so `news_count` is 0."""
    kinds = [material.type for material in call.official.materials.values()]
    pictures = kinds.count("image") + kinds.count("thumb")
    return {"voice_count": kinds.count("voice"), "video_count": kinds.count("video"), "image_count": pictures, "news_count": 0}


def list_page(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/material/batchget_material`: newest first, 20 at most."""
    wanted = call.read(_Page)
    if wanted.type not in _TYPES:
        raise WechatError(40004)
    check_page(wanted.offset, wanted.count)
    found = [(media_id, one) for media_id, one in reversed(call.official.materials.items()) if one.type == wanted.type]
    page = found[wanted.offset : wanted.offset + wanted.count]
    return {"total_count": len(found), "item_count": len(page), "item": [_tell(media_id, one) for media_id, one in page]}


def _tell(media_id: str, material: Material) -> dict[str, Any]:
    told = {"media_id": media_id, "name": material.title or material.filename, "update_time": int(material.made_at)}
    return {**told, "url": material.url} if material.url else told


def check_page(offset: int, count: int) -> None:
    """40035 for a page of none or more than 20."""
    if offset < 0 or not 1 <= count <= MOST_PER_PAGE:
        raise WechatError(40035, "invalid parameter: count has to be between 1 and 20")


def upload_picture(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/media/uploadimg`: an address for the text of articles; PNG or JPEG below 1 MB."""
    file = _read_file(call, LARGEST_PICTURE, 40009)
    if file.content_type not in ("image/png", "image/jpeg", "image/jpg"):
        raise WechatError(40005)
    return {"url": f"http://mmbiz.qpic.cn/mmbiz/{ids.media_id(call.sandbox.random)}/0"}


ENDPOINTS = [
    post("/cgi-bin/material/add_material", add, takes_json=False),
    post("/cgi-bin/material/get_material", fetch),
    post("/cgi-bin/material/del_material", delete),
    get("/cgi-bin/material/get_materialcount", count),
    post("/cgi-bin/material/batchget_material", list_page),
    post("/cgi-bin/media/uploadimg", upload_picture, takes_json=False),
]
