"""Mini-program codes (小程序码): an ordinary QR code stands for the round one, with all a scan needs to know in it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from msgspec import Struct

from sandbox import pictures
from sandbox.call import MINI_PROGRAMS, Binary, Call, Endpoint
from sandbox.codes import WechatError
from sandbox.mini import pages

TOTAL = 100_000
UNCHECKED_PAGES = 60_000
LONGEST_PATH = 1024
LONGEST_QR_PATH_BYTES = 128
LONGEST_SCENE = 32
NARROWEST, USUAL, WIDEST = 280, 430, 1280
_RESERVED = "scancode_time"
_ADDRESS = "https://wxacode.sandbox.invalid/"


class _Color(Struct):
    r: int | str = 0
    g: int | str = 0
    b: int | str = 0


class _Code(Struct):
    path: str = ""
    width: int = USUAL
    auto_color: bool = False
    line_color: _Color | None = None
    is_hyaline: bool = False
    env_version: str = "release"


class _Unlimited(Struct):
    scene: str = ""
    page: str = ""
    check_path: bool = True
    width: int = USUAL
    auto_color: bool = False
    line_color: _Color | None = None
    is_hyaline: bool = False
    env_version: str = "release"


class Target(Struct, frozen=True):
    """Where a code leads; `shape` is round for mini-program codes, square for QR codes."""

    appid: str
    path: str
    query: str
    env_version: str
    shape: str


def make_code(call: Call) -> Binary:
    """`POST /wxa/getwxacode`: one of 100,000 codes, shared with createwxaqrcode."""
    wanted = call.read(_Code)
    if not 1 <= len(wanted.path) <= LONGEST_PATH:
        raise WechatError(40159)
    _refuse_reserved(wanted.path)
    pages.check_environment(wanted.env_version, 40097)
    return _draw_counted(call, wanted.path, wanted.env_version, wanted.width, "round")


def make_qr_code(call: Call) -> Binary:
    """`POST /cgi-bin/wxaapp/createwxaqrcode`: a square code of the same 100,000."""
    wanted = call.read(_Code)
    if not 1 <= len(wanted.path.encode()) <= LONGEST_QR_PATH_BYTES:
        raise WechatError(40159)
    _refuse_reserved(wanted.path)
    return _draw_counted(call, wanted.path, "release", wanted.width, "square")


def make_unlimited_code(call: Call) -> Binary:
    """`POST /wxa/getwxacodeunlimit`: any number of codes that differ in their scene."""
    wanted = call.read(_Unlimited)
    if not wanted.scene:
        raise WechatError(40129)
    if len(wanted.scene) > LONGEST_SCENE:
        raise WechatError(40169)
    if not pages.is_scene(wanted.scene):
        raise WechatError(40129)
    _refuse_reserved(wanted.scene)
    pages.check_environment(wanted.env_version, 40097)
    _check_page(call, wanted)
    query = f"scene={quote(wanted.scene, safe='')}"
    return _draw(Target(call.caller.appid, wanted.page, query, wanted.env_version, "round"), wanted.width)


def _check_page(call: Call, wanted: _Unlimited) -> None:
    """41030 for a page with a slash in front or a query behind, or one that is not released; unchecked pages are counted."""
    if wanted.page.startswith("/") or "?" in wanted.page:
        raise WechatError(41030)
    if wanted.check_path:
        if not pages.is_released(call.caller, wanted.page):
            raise WechatError(41030)
        return
    unchecked = call.sandbox.mini_book(call.caller.appid).unchecked_pages
    if wanted.page in unchecked:
        return
    if len(unchecked) >= UNCHECKED_PAGES:
        raise WechatError(45029)
    unchecked.append(wanted.page)


def _refuse_reserved(text: str) -> None:
    if _RESERVED in text:
        raise WechatError(85096)


def _draw_counted(call: Call, path: str, env_version: str, width: int, shape: str) -> Binary:
    book = call.sandbox.mini_book(call.caller.appid)
    if book.codes_used >= TOTAL:
        raise WechatError(45029)
    book.codes_used += 1
    target = Target(call.caller.appid, pages.page_of(path), pages.query_of(path), env_version, shape)
    return _draw(target, width, {"Num-Used": str(book.codes_used)})


def _draw(target: Target, width: int, headers: dict[str, str] | None = None) -> Binary:
    return Binary(_paint(write(target), min(max(width, NARROWEST), WIDEST)), "image/png", headers=headers or {})


@lru_cache(maxsize=1_000)
def _paint(text: str, width: int) -> bytes:
    return pictures.draw_qr_code(text, width=width)


def write(target: Target) -> str:
    """The text in the code."""
    fields = {"appid": target.appid, "path": target.path, "query": target.query, "env": target.env_version}
    return f"{_ADDRESS}{target.shape}?{urlencode(fields)}"


def read(text: str) -> Target | None:
    """Where a text leads that was scanned; None for one that is no code of a mini program."""
    if not text.startswith(_ADDRESS):
        return None
    parts = urlsplit(text)
    fields = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return Target(
        fields.get("appid", ""), fields.get("path", ""), fields.get("query", ""), fields.get("env", "release"), parts.path.strip("/")
    )


def scene_of(target: Target, way: str) -> int:
    """The scene of an entry by this code: scanned, pressed long, or picked from the album."""
    scenes: dict[str, Any] = {"scan": (1047, 1011), "longpress": (1048, 1012), "album": (1049, 1013)}
    return int(scenes[way][target.shape == "square"])


ENDPOINTS = [
    Endpoint("/wxa/getwxacode", "POST", make_code, kinds=MINI_PROGRAMS, minute=5_000),
    Endpoint("/wxa/getwxacodeunlimit", "POST", make_unlimited_code, kinds=MINI_PROGRAMS, minute=5_000),
    Endpoint("/cgi-bin/wxaapp/createwxaqrcode", "POST", make_qr_code, kinds=MINI_PROGRAMS),
]
