"""Temporary media files: uploaded, fetched, gone after three days."""

from __future__ import annotations

from typing import Any

from sandbox import ids
from sandbox.call import OK, Binary, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.official.words import Material
from sandbox.state import Kind, Media

LIFE_S = 3 * 86_400
_LIMITS = {"image": (10_485_760, 40009), "voice": (2_097_152, 40010), "video": (10_485_760, 40011), "thumb": (65_536, 40012)}
_SAMPLES = {"image": ("image/jpeg", "jpg"), "voice": ("audio/amr", "amr"), "video": ("video/mp4", "mp4"), "thumb": ("image/jpeg", "jpg")}


def keep(sandbox: Sandbox, *, appid: str, kind: str, filename: str, content_type: str, content: bytes) -> str:
    """The media id of a file kept from now on."""
    now = sandbox.now()
    store = sandbox.state.media
    while store and store[oldest := next(iter(store))].made_at + LIFE_S <= now:
        del store[oldest]
    media_id = ids.media_id(sandbox.random)
    store[media_id] = Media(appid, kind, filename, content_type, content, now)
    return media_id


def keep_sample(sandbox: Sandbox, *, appid: str, kind: str) -> str:
    """A file as a person would send it, when nobody says which."""
    content_type, ending = _SAMPLES[kind]
    return keep(sandbox, appid=appid, kind=kind, filename=f"sample.{ending}", content_type=content_type, content=b"a sample of the sandbox")


def find(sandbox: Sandbox, media_id: str, *, appid: str) -> Media | Material | None:
    """The account's file, temporary or permanent, unless it is gone."""
    if (material := sandbox.official(appid).materials.get(media_id)) is not None:
        return material
    media = sandbox.state.media.get(media_id)
    if media is None or media.appid != appid or media.made_at + LIFE_S <= sandbox.now():
        return None
    return media


def upload(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/media/upload?type=`: keeps the multipart field `media` for three days."""
    kind = call.query.get("type", "")
    if kind not in _LIMITS:
        raise WechatError(40004)
    if call.upload is None:
        raise WechatError(41005)
    if not call.upload.content:
        raise WechatError(44001)
    limit, errcode = _LIMITS[kind]
    if kind == "image":
        limit = call.sandbox.state.settings.image_limit_bytes
    if len(call.upload.content) > limit:
        raise WechatError(errcode)
    file = call.upload
    media_id = keep(
        call.sandbox, appid=call.caller.appid, kind=kind, filename=file.filename, content_type=file.content_type, content=file.content
    )
    key = call.sandbox.state.settings.thumb_upload_key if kind == "thumb" else "media_id"
    head = OK if call.caller.kind is Kind.MINI_PROGRAM else {}
    return {**head, "type": kind, key: media_id, "created_at": int(call.now)}


def fetch(call: Call) -> dict[str, Any] | Binary:
    """`GET /cgi-bin/media/get`: the bytes, or for a video the address of the bytes."""
    media_id = call.query.get("media_id", "")
    if not media_id:
        raise WechatError(41006)
    media = find(call.sandbox, media_id, appid=call.caller.appid)
    if media is None:
        raise WechatError(40007)
    if media.type == "video":
        return {"video_url": f"http://sandbox.invalid/{media_id}"}
    return Binary(media.content, media.content_type, media.filename)


ENDPOINTS = [
    Endpoint("/cgi-bin/media/upload", "POST", upload, takes_json=False, daily=100_000),
    Endpoint("/cgi-bin/media/get", "GET", fetch, daily=200_000),
]
