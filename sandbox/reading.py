"""Reads what others send, of which anything may be wrong: JSON, numbers, addresses, cursors of lists. Pure."""

from __future__ import annotations

import re
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

T = TypeVar("T")
_MOST_DIGITS = 18
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_MAYBE_GIANT = re.compile(rb"[:\[,\s]-?\d{19}")


class NonsenseError(Exception):
    """A text is no JSON of the wanted form; the message says why."""


def read_json(body: bytes, words: type[T]) -> T:
    """The JSON as these words; NonsenseError for any other text, nested too deep or with numbers beyond 64 bits included."""
    try:
        if _MAYBE_GIANT.search(body) and _has_giant(msgspec.json.decode(body)):
            raise NonsenseError("a number has more than 64 bits")
        return msgspec.json.decode(body, type=words)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NonsenseError(str(error)) from error


def _has_giant(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_giant, value.values()))
    if isinstance(value, list):
        return any(map(_has_giant, value))
    return isinstance(value, int) and not -(2**63) <= value < 2**64


def read_number(text: str) -> int | None:
    """The whole number that the digits write; None for anything else and for more than 18 digits."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None


def read_host(address: str) -> str:
    """The host of a web address; empty for anything else, and for one no line of HTTP could carry."""
    if _CONTROL.search(address):
        return ""
    try:
        parts = urlsplit(address)
        return parts.hostname or "" if parts.scheme in ("http", "https") and parts.port != 0 else ""
    except ValueError:
        return ""


class Page(Struct, Generic[T], frozen=True):
    """A part of a list, whether there is more behind it, and the cursor that leads there."""

    items: list[T]
    more: bool
    cursor: str


def turn_page(found: list[T], cursor: str, size: int) -> Page[T] | None:
    """The page behind the cursor, the first when it is empty; None for a cursor that is no number."""
    start = read_number(cursor or "0")
    if start is None:
        return None
    items = found[start : start + size]
    return Page(items, start + size < len(found), str(start + len(items)))
