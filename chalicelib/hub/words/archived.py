"""Words of what the archive is brought: records and events as lines, and who the people they are of were."""

from __future__ import annotations

from typing import Any

import msgspec


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A record or event as the archive takes it. Times in milliseconds; `key`: the same for whatever says the same thing again.

    `owner`: the key of the identifier that brought it, which was `person`'s when it was `seen_ms`.
    """

    key: str
    type: str
    name: str
    id: str
    source: str
    at_ms: int
    version: int
    owner: str
    person: str
    seen_ms: int
    data: dict[str, Any]
    raw: dict[str, Any]


class Belonging(msgspec.Struct, frozen=True, kw_only=True):
    """Whose an identifier was when it was looked at, in milliseconds: the latest look counts."""

    owner: str
    person: str
    seen_ms: int
