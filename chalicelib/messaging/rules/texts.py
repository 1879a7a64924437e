"""What people read of a message, for whoever reads texts before they are sent. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from chalicelib.consent.words import Purpose
from chalicelib.lint.words import Written
from chalicelib.messaging.words.contents import AnyStep, Push

ADDRESSES = frozenset({"url", "page", "path", "picture_url", "hq_url"})
IDS = frozenset(
    {
        "account",
        "appid",
        "article_id",
        "channel",
        "id",
        "kind",
        "media_id",
        "miniprogram_state",
        "template_id",
        "thumb_media_id",
        "too_long",
    }
)
KEYWORDS = ".data"
"""Where a step's keywords stand: under any name, also one that is an address or an id elsewhere."""


def texts_of(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a step and where it stands in it."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from texts_of(each, f"{at}.{name}")
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value):
            yield from texts_of(each, f"{at}[{number}]")


def written_in(step: AnyStep, page: str, purpose: Purpose, *, filled: bool = False) -> Iterator[Written]:
    """What is said by a step that stands at `page`. Ids, addresses, and what only an app gets to see are no texts."""
    for at, text in texts_of(msgspec.to_builtins(step)):
        if _is_read(step, at):
            yield Written(f"{page}{at}", text, service=purpose is Purpose.service, page=page, filled=filled)


def _is_read(step: AnyStep, at: str) -> bool:
    place, _, name = at.rpartition(".")
    if place == KEYWORDS:
        return not isinstance(step, Push)
    return name not in ADDRESSES | IDS


def is_filled(purpose: Purpose) -> bool:
    """Are names filled into a single message, that nobody writes anew for it? A notice about an order or a booking has nothing else."""
    return purpose is Purpose.service
