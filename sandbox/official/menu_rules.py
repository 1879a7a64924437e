"""What a menu may look like: numbers, lengths, kinds, addresses."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

from sandbox.call import Call
from sandbox.codes import WechatError
from sandbox.reading import read_host

MOST_TOP = 3
MOST_SUB = 5
LONGEST_TOP_NAME = 16
LONGEST_SUB_NAME = 60
LONGEST_KEY = 128
LONGEST_URL = 1024
WITH_KEY = frozenset({"click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"})
WITH_MEDIA = frozenset({"media_id", "view_limited"})
WITH_ARTICLE = frozenset({"article_id", "article_view_limited"})
TYPES = frozenset({*WITH_KEY, *WITH_MEDIA, *WITH_ARTICLE, "view", "miniprogram"})


class Button(Struct, omit_defaults=True):
    """A button as it comes; one with sub-buttons has no kind."""

    type: str = ""
    name: str = ""
    key: str = ""
    url: str = ""
    media_id: str = ""
    article_id: str = ""
    appid: str = ""
    pagepath: str = ""
    sub_button: list[Button] = field(default_factory=list)


class _Codes(Struct, frozen=True):
    """The codes of one level of buttons."""

    count: int
    kind: int
    name: int
    key: int
    url: int
    domain: int


_TOP = _Codes(count=40016, kind=40017, name=40018, key=40019, url=40020, domain=40055)
_SUB = _Codes(count=40023, kind=40024, name=40025, key=40026, url=40027, domain=40054)


def check(call: Call, buttons: list[Button]) -> list[dict[str, Any]]:
    """The buttons as menu/get tells them; the code of what is wrong first."""
    if not 1 <= len(buttons) <= MOST_TOP:
        raise WechatError(_TOP.count)
    for button in buttons:
        _check_name(button, LONGEST_TOP_NAME, _TOP)
        if not button.sub_button:
            _check_kind(call, button, _TOP)
            continue
        if len(button.sub_button) > MOST_SUB:
            raise WechatError(_SUB.count)
        for sub in button.sub_button:
            _check_name(sub, LONGEST_SUB_NAME, _SUB)
            if sub.sub_button:
                raise WechatError(40022)
            _check_kind(call, sub, _SUB)
    return [_tell(button) for button in buttons]


def _check_name(button: Button, longest: int, codes: _Codes) -> None:
    if not 1 <= len(button.name.encode()) <= longest:
        raise WechatError(codes.name)


def _check_kind(call: Call, button: Button, codes: _Codes) -> None:
    if not button.type:
        raise WechatError(codes.kind)
    if button.type not in TYPES:
        raise WechatError(40015)
    if button.type in WITH_KEY and not 1 <= len(button.key.encode()) <= LONGEST_KEY:
        raise WechatError(codes.key)
    if button.type in ("view", "miniprogram"):
        _check_url(button.url, codes)
    if button.type == "miniprogram":
        _check_mini_program(call, button)
    if button.type in WITH_MEDIA and button.media_id not in call.official.materials:
        raise WechatError(40007)
    if button.type in WITH_ARTICLE and button.article_id not in call.official.articles:
        raise WechatError(53600)


def _check_url(url: str, codes: _Codes) -> None:
    if not 1 <= len(url.encode()) <= LONGEST_URL:
        raise WechatError(codes.url)
    if not read_host(url):
        raise WechatError(codes.domain)


def _check_mini_program(call: Call, button: Button) -> None:
    if not button.appid or not button.pagepath:
        raise WechatError(40035, "invalid parameter: a miniprogram button needs appid and pagepath")
    if button.appid not in call.caller.linked_mini_programs:
        raise WechatError(45064)


def _tell(button: Button) -> dict[str, Any]:
    """A button with its list of sub-buttons, empty for most."""
    told: dict[str, Any] = msgspec.to_builtins(button)
    if button.sub_button:
        return {"name": button.name, "sub_button": [_tell(sub) for sub in button.sub_button]}
    return {**told, "sub_button": []}


def hosts(buttons: list[dict[str, Any]]) -> set[str]:
    """The hosts that the buttons of a menu lead to."""
    every = [*buttons, *(sub for button in buttons for sub in button["sub_button"])]
    return {found for button in every if (found := read_host(str(button.get("url", ""))))}
