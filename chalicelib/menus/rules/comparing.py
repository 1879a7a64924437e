"""A menu as lines, and beside the one WeChat shows. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

import msgspec

from chalicelib.ids import digest
from chalicelib.menus.words.holidays import Differing

MARKS = {"click": "⌨", "view": "🔗", "miniprogram": "▣"}


def seal(menu: Mapping[str, Any]) -> str:
    """A menu as it is kept: the same text for the same menu, whatever the order of its fields."""
    return msgspec.json.encode(menu, order="deterministic").decode()


def mark_of(ready: str) -> str:
    """A short name of a menu; empty for none."""
    return digest(ready) if ready else ""


def lines_of(menu: Mapping[str, Any]) -> tuple[str, ...]:
    """A menu to be read: a line for each button, those of a group indented."""
    lines: list[str] = []
    for button in plain(menu):
        lines.append(_line(button))
        lines += (f"    {_line(sub)}" for sub in button.get("sub_button", ()))
    return tuple(lines)


def plain(menu: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The buttons without what is empty, and groups without the wrapping that one of WeChat's doors gives them."""
    return [_plain(button) for button in menu.get("button", ()) if isinstance(button, dict)]


def compare(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[Differing, ...]:
    """The buttons that are not the same at the same place."""
    return tuple(_compare(plain(ours), plain(theirs), "$.button"))


def _compare(ours: list[dict[str, Any]], theirs: list[dict[str, Any]], place: str) -> Iterator[Differing]:
    for number, (mine, other) in enumerate(zip_longest(ours, theirs)):
        here = f"{place}[{number}]"
        if mine is None or other is None or _alone(mine) != _alone(other):
            yield Differing(place=here, ours=mine, wechat=other)
        else:
            yield from _compare(mine.get("sub_button", []), other.get("sub_button", []), f"{here}.sub_button")


def _alone(button: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in button.items() if name != "sub_button"}


def _plain(button: dict[str, Any]) -> dict[str, Any]:
    inner = button.get("sub_button") or []
    subs = inner.get("list", []) if isinstance(inner, dict) else inner
    alone = {name: str(value) for name, value in button.items() if name != "sub_button" and value not in ("", None, [])}
    return {**alone, "sub_button": [_plain(sub) for sub in subs if isinstance(sub, dict)]} if subs else alone


def _line(button: dict[str, Any]) -> str:
    if "sub_button" in button:
        return f"{button.get('name', '')} ▾"
    kind = button.get("type", "")
    leads = button.get("pagepath") or button.get("url") or button.get("key") or button.get("media_id") or button.get("article_id") or ""
    return f"{MARKS.get(kind, '·')} {button.get('name', '')} → {kind} {leads}".rstrip()
