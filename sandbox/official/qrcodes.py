"""Parametric QR codes (带参二维码) and the short keys one hides long texts behind."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from sandbox import ids, pictures
from sandbox.call import OK, Call
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.official.endpoint import post
from sandbox.official.words import QrCode, ShortText

WIDTH = 430
LONGEST_LIFE_S = 2_592_000
LONGEST_SCENE = 64
LARGEST_PERMANENT_ID = 100_000
LARGEST_ID = 4_294_967_295
LONGEST_TEXT_BYTES = 4096
_PERMANENT = frozenset({"QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"})
_OF_NUMBERS = frozenset({"QR_SCENE", "QR_LIMIT_SCENE"})
_ACTIONS = frozenset({*_PERMANENT, *_OF_NUMBERS, "QR_STR_SCENE"})


class _Scene(Struct):
    scene_id: int | None = None
    scene_str: str | None = None


class _Info(Struct):
    scene: _Scene = field(default_factory=_Scene)


class _Wanted(Struct):
    action_name: str = ""
    expire_seconds: int | None = None
    action_info: _Info = field(default_factory=_Info)


class _Long(Struct):
    long_data: str | None = None
    expire_seconds: int = LONGEST_LIFE_S


class _Key(Struct):
    short_key: str | None = None


def create(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/qrcode/create`: a ticket for the image; a permanent scene has one ticket for ever."""
    wanted = call.read(_Wanted)
    if wanted.action_name not in _ACTIONS:
        raise WechatError(40052)
    scene = _read_scene(call, wanted)
    if wanted.action_name in _PERMANENT:
        code = _keep_permanent(call, wanted.action_name, scene)
        return {"ticket": code.ticket, "url": code.url}
    life_s = call.sandbox.state.settings.default_qr_life_s if wanted.expire_seconds is None else wanted.expire_seconds
    life_s = min(max(life_s, 1), LONGEST_LIFE_S)
    code = _keep(call, wanted.action_name, scene, call.now + life_s)
    return {"ticket": code.ticket, "expire_seconds": life_s, "url": code.url}


def _read_scene(call: Call, wanted: _Wanted) -> str:
    """The scene as text; what is out of range is refused for permanent codes and bent for temporary ones."""
    scene = wanted.action_info.scene
    strict = wanted.action_name in _PERMANENT or call.sandbox.state.settings.bad_temporary_scene_refused
    if wanted.action_name in _OF_NUMBERS:
        largest = LARGEST_PERMANENT_ID if wanted.action_name in _PERMANENT else LARGEST_ID
        if scene.scene_id is None:
            raise WechatError(40053)
        if 1 <= scene.scene_id <= largest:
            return str(scene.scene_id)
        if strict:
            raise WechatError(40053)
        return str(LARGEST_ID)
    if not scene.scene_str or (strict and len(scene.scene_str) > LONGEST_SCENE):
        raise WechatError(40053)
    return scene.scene_str


def _keep_permanent(call: Call, action: str, scene: str) -> QrCode:
    kept, key = call.official, f"{action} {scene}"
    if key in kept.permanent_codes:
        return kept.qrcodes[kept.permanent_codes[key]]
    if len(kept.permanent_codes) >= call.sandbox.state.settings.most_permanent_qr_codes:
        raise WechatError(45029)
    code = _keep(call, action, scene, None)
    kept.permanent_codes[key] = code.ticket
    return code


def _keep(call: Call, action: str, scene: str, expires_at: float | None) -> QrCode:
    random = call.sandbox.random
    code = QrCode(ids.qr_ticket(random), f"http://weixin.qq.com/q/{ids.qr_key(random)}", action, scene, expires_at)
    call.official.qrcodes[code.ticket] = code
    return code


def find(sandbox: Sandbox, appid: str, *, ticket: str = "", url: str = "", scene: str = "") -> QrCode | None:
    """The account's living code with this ticket, address or scene; of several with one scene the newest."""
    codes = sandbox.official(appid).qrcodes
    if ticket:
        code = codes.get(ticket)
        return code if code is not None and _lives(sandbox, code) else None
    return next((code for code in reversed(codes.values()) if _lives(sandbox, code) and (code.url == url or code.scene == scene)), None)


def draw(sandbox: Sandbox, ticket: str) -> bytes | None:
    """The image of a living code as PNG, whoever it belongs to."""
    for kept in sandbox.state.official.values():
        code = kept.qrcodes.get(ticket)
        if code is not None and _lives(sandbox, code):
            return pictures.draw_qr_code(code.url, width=WIDTH)
    return None


def _lives(sandbox: Sandbox, code: QrCode) -> bool:
    return code.expires_at is None or code.expires_at > sandbox.now()


def shorten(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/shorten/gen`: 15 characters for up to 4 KB, 30 days at most."""
    wanted = call.read(_Long)
    if not wanted.long_data:
        raise WechatError(47003, "argument invalid! long_data is missing")
    if len(wanted.long_data.encode()) > LONGEST_TEXT_BYTES:
        raise WechatError(9410010)
    if not 1 <= wanted.expire_seconds <= LONGEST_LIFE_S:
        raise WechatError(9410011)
    key = ids.short_key(call.sandbox.random)
    call.official.short_texts[key] = ShortText(wanted.long_data, call.now, call.now + wanted.expire_seconds)
    return {**OK, "short_key": key}


def lengthen(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/shorten/fetch`: the text, and the seconds it still lives."""
    key = call.read(_Key).short_key
    if not key:
        raise WechatError(47003, "argument invalid! short_key is missing")
    kept = call.official.short_texts.get(key)
    if kept is None or kept.expires_at <= call.now:
        raise WechatError(9410012)
    return {**OK, "long_data": kept.text, "create_time": int(kept.made_at), "expire_seconds": int(kept.expires_at - call.now)}


ENDPOINTS = [
    post("/cgi-bin/qrcode/create", create, daily=100_000, service=True),
    post("/cgi-bin/shorten/gen", shorten, service=True),
    post("/cgi-bin/shorten/fetch", lengthen, service=True),
]
