"""Content checks (内容安全): texts at once, media later by a push; the settings say which words are bad."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from sandbox import ids, later, push
from sandbox.call import MINI_PROGRAMS, OK, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.mini.strangers import need_active

LONGEST_TEXT = 2_500
LARGEST_IMAGE = 1_048_576
VERSION = 2
SCENES = (1, 2, 3, 4)
AUDIO, IMAGE = 1, 2
PASS_LABEL, DOWNLOAD_FAILED = 100, -1008


class _Text(Struct):
    content: str = ""
    version: int = 1
    scene: int = 0
    openid: str = ""
    title: str = ""
    nickname: str = ""
    signature: str = ""


class _Media(Struct):
    media_url: str = ""
    media_type: int = 0
    version: int = 1
    scene: int = 0
    openid: str = ""


class Verdict(Struct, frozen=True):
    """What a check found; `keyword` is the word that was bad."""

    suggest: str
    label: int
    keyword: str = ""


def check_text(call: Call) -> dict[str, Any]:
    """`POST /wxa/msg_sec_check` (v2): errcode 0 whatever the text is; the first version answers 87014 for a bad one."""
    wanted = call.read(_Text)
    if not wanted.content:
        raise WechatError(44004)
    if len(wanted.content) > LONGEST_TEXT:
        raise WechatError(45002)
    verdict = judge(call, " ".join([wanted.content, wanted.title, wanted.nickname, wanted.signature]))
    if wanted.version != VERSION:
        if verdict.suggest == "risky":
            raise WechatError(87014)
        return OK
    _check_scene(call, wanted.scene, wanted.openid)
    return {**OK, "result": _result(verdict), "detail": _detail(verdict), "trace_id": ids.request_id(call.sandbox.random, call.now)}


def judge(call: Call, text: str) -> Verdict:
    """The worst that the settings know of a text."""
    settings = call.sandbox.state.settings
    for suggest, words in (("risky", settings.risky_words), ("review", settings.review_words)):
        for word, label in words.items():
            if word in text:
                return Verdict(suggest, label, word)
    return Verdict("pass", PASS_LABEL)


def _check_scene(call: Call, scene: int, openid: str) -> None:
    if scene not in SCENES:
        raise WechatError(40129)
    if not openid:
        raise WechatError(40003)
    if call.sandbox.contact(call.caller.appid, openid) is None and _belongs_to_another(call, openid):
        raise WechatError(43104)
    need_active(call, openid)


def _belongs_to_another(call: Call, openid: str) -> bool:
    return any(openid in contacts for contacts in call.sandbox.state.contacts.values())


def _result(verdict: Verdict) -> dict[str, Any]:
    return {"suggest": verdict.suggest, "label": verdict.label}


def _detail(verdict: Verdict) -> list[dict[str, Any]]:
    model = {"strategy": "content_model", "errcode": 0, **_result(verdict), "prob": 90}
    if not verdict.keyword:
        return [model]
    keyword = {"strategy": "keyword", "errcode": 0, **_result(verdict), "level": 90, "keyword": verdict.keyword}
    return [model, keyword]


def check_image(call: Call) -> dict[str, Any]:
    """`POST /wxa/img_sec_check` (v1): 87014 when a bad word is in the name or the bytes of the file."""
    if call.upload is None:
        raise WechatError(41005)
    if not call.upload.content:
        raise WechatError(44001)
    if len(call.upload.content) > LARGEST_IMAGE:
        raise WechatError(40006)
    if judge(call, call.upload.filename + call.upload.content.decode(errors="ignore")).suggest == "risky":
        raise WechatError(87014)
    return OK


def check_media(call: Call) -> dict[str, Any]:
    """`POST /wxa/media_check_async` (v2): the verdict is pushed as wxa_media_check, matched by `trace_id`."""
    wanted = call.read(_Media)
    if not wanted.media_url or wanted.media_type not in (AUDIO, IMAGE) or wanted.version != VERSION:
        raise WechatError(40097)
    _check_scene(call, wanted.scene, wanted.openid)
    trace_id = ids.request_id(call.sandbox.random, call.now)
    sender, delay_s = ids.openid(call.sandbox.random), call.sandbox.state.settings.media_check_s
    event = _event(call, wanted, trace_id)
    later.add(call.sandbox, push.compose(call.sandbox, call.caller, sender, "event", event, delay_s=delay_s))
    return {**OK, "trace_id": trace_id}


def _event(call: Call, wanted: _Media, trace_id: str) -> dict[str, Any]:
    """An address that is not http cannot be downloaded; bad words in it are found."""
    fields: dict[str, Any] = {"Event": "wxa_media_check", "appid": call.caller.appid, "trace_id": trace_id, "version": VERSION}
    if not wanted.media_url.startswith(("http://", "https://")):
        return {**fields, "detail": [], "errcode": DOWNLOAD_FAILED, "errmsg": "download failed", "result": {}}
    verdict = judge(call, wanted.media_url)
    return {**fields, "detail": _detail(verdict), "errcode": 0, "errmsg": "ok", "result": _result(verdict)}


ENDPOINTS = [
    Endpoint("/wxa/msg_sec_check", "POST", check_text, kinds=MINI_PROGRAMS, daily=2_000_000, minute=4_000),
    Endpoint("/wxa/img_sec_check", "POST", check_image, kinds=MINI_PROGRAMS, takes_json=False, daily=200_000, minute=2_000),
    Endpoint("/wxa/media_check_async", "POST", check_media, kinds=MINI_PROGRAMS, daily=200_000, minute=2_000),
]
