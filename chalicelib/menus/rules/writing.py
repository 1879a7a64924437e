"""A menu as WeChat takes it, with each of its limits looked at first. Pure.

https://developers.weixin.qq.com/doc/subscription/api/custommenu/api_createcustommenu
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from chalicelib.errors import Invalid
from chalicelib.lint.words import Written
from chalicelib.menus.words.menu import Button, ButtonType, MenuOrder, SubButton

MOST_TOP, MOST_IN_A_GROUP = 3, 5
LONGEST_TOP_NAME, LONGEST_NAME, LONGEST_KEY, LONGEST_URL = 16, 60, 128, 1024
"""In bytes of UTF-8."""
LONGEST_PATH = 1024
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
PATH = re.compile(r"[^/\s?#][^\s#]*")
WITH_KEY = ("key",)
NEEDS: dict[ButtonType, tuple[str, ...]] = {
    ButtonType.view: ("url",),
    ButtonType.miniprogram: ("url", "mini_program", "path"),
    ButtonType.media_id: ("media_id",),
    ButtonType.view_limited: ("media_id",),
    ButtonType.article_id: ("article_id",),
    ButtonType.article_view_limited: ("article_id",),
}
"""Every other type needs a key."""
FIELDS = ("key", "url", "mini_program", "path", "media_id", "article_id")


def needs_of(kind: ButtonType) -> tuple[str, ...]:
    """The fields a type has, each of them needed."""
    return NEEDS.get(kind, WITH_KEY)


def write_menu(order: MenuOrder, appids: Mapping[str, str]) -> dict[str, Any]:
    """The menu as WeChat takes it; `Invalid` names the place and the limit. `appids`: of the mini programs it leads to."""
    if not 1 <= len(order.buttons) <= MOST_TOP:
        raise Invalid(f"A menu has 1 to {MOST_TOP} buttons at the bottom, this one {len(order.buttons)} - at `$.buttons`.")
    return {"button": [_write_top(button, f"$.buttons[{number}]", appids) for number, button in enumerate(order.buttons)]}


def places_of(order: MenuOrder) -> Iterator[tuple[str, SubButton]]:
    """Every button with its place, groups too, from left to right."""
    for number, button in enumerate(order.buttons):
        yield f"$.buttons[{number}]", button
        for inner, sub in enumerate(button.buttons):
            yield f"$.buttons[{number}].buttons[{inner}]", sub


def mini_programs_in(order: MenuOrder) -> dict[str, str]:
    """The ids of the mini programs a menu leads to, each with the first place it is named at."""
    found: dict[str, str] = {}
    for place, button in places_of(order):
        if button.mini_program:
            found.setdefault(button.mini_program, place)
    return found


def texts_of(order: MenuOrder) -> list[Written]:
    """What people read and where they are led, for the lint."""
    texts = []
    for place, button in places_of(order):
        texts.append(Written(f"{place}.name", button.name, page="menu"))
        if button.mini_program:
            texts.append(Written(f"{place}.path", mini_program=button.mini_program, leads_to=button.path))
        if button.url:
            texts.append(Written(f"{place}.url", leads_to=button.url))
    return texts


def hosts_of(order: MenuOrder) -> set[str]:
    """The hosts of the addresses a menu leads to."""
    return {_host(button.url) for _, button in places_of(order) if button.url}


def _write_top(button: Button, place: str, appids: Mapping[str, str]) -> dict[str, Any]:
    _check_name(button.name, LONGEST_TOP_NAME, place)
    if not button.buttons:
        return _write_button(button, place, appids)
    if len(button.buttons) > MOST_IN_A_GROUP:
        raise Invalid(f"A group has 1 to {MOST_IN_A_GROUP} buttons, this one {len(button.buttons)} - at `{place}.buttons`.")
    if button.type is not None or any(getattr(button, field) for field in FIELDS):
        raise Invalid(f"A button that opens a group does nothing else: leave `type` and its fields out - at `{place}`.")
    return {"name": button.name, "sub_button": [_write_sub(sub, f"{place}.buttons[{i}]", appids) for i, sub in enumerate(button.buttons)]}


def _write_sub(button: SubButton, place: str, appids: Mapping[str, str]) -> dict[str, Any]:
    _check_name(button.name, LONGEST_NAME, place)
    return _write_button(button, place, appids)


def _write_button(button: SubButton, place: str, appids: Mapping[str, str]) -> dict[str, Any]:
    if button.type is None:
        raise Invalid(f"Say what the button does: its `type`, or `buttons` for a group - at `{place}.type`.")
    needed = needs_of(button.type)
    for field in FIELDS:
        if field in needed and not getattr(button, field):
            raise Invalid(f"A button of the type {button.type.value} needs `{field}` - at `{place}.{field}`.")
        if field not in needed and getattr(button, field):
            raise Invalid(f"A button of the type {button.type.value} has no `{field}`: leave it out - at `{place}.{field}`.")
        if CONTROL.search(getattr(button, field)):
            raise Invalid(f"No button has control characters or line ends - at `{place}.{field}`.")
    written: dict[str, Any] = {"type": button.type.value, "name": button.name}
    if "key" in needed:
        written["key"] = _short(button.key, LONGEST_KEY, f"{place}.key")
    if "url" in needed:
        written["url"] = _check_url(button.url, f"{place}.url")
    if "mini_program" in needed:
        written |= {"appid": appids[button.mini_program], "pagepath": _check_path(button.path, f"{place}.path")}
    written |= {field: getattr(button, field) for field in ("media_id", "article_id") if field in needed}
    return written


def _check_name(name: str, longest: int, place: str) -> None:
    if not name.strip() or CONTROL.search(name):
        raise Invalid(f"A button needs a name without control characters - at `{place}.name`.")
    _short(name, longest, f"{place}.name")


def _short(text: str, longest: int, place: str) -> str:
    size = len(text.encode())
    if size > longest:
        raise Invalid(f"WeChat takes at most {longest} bytes in UTF-8 here, these are {size}; a Chinese character has 3 - at `{place}`.")
    return text


def _check_url(url: str, place: str) -> str:
    if not _host(url) or any(letter.isspace() for letter in url):
        raise Invalid(f"An address begins with http:// or https:// and a host, and has no white space - at `{place}`.")
    return _short(url, LONGEST_URL, place)


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        return (parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _check_path(path: str, place: str) -> str:
    if not PATH.fullmatch(path) or len(path) > LONGEST_PATH:
        raise Invalid(f"A page's path begins without `/` and has no white space or `#`, like pages/index/index?from=menu - at `{place}`.")
    return path
