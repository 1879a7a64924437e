"""Words of the quarantine: records that are held, grouped by why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.hub.words.records import Ready


class Cause(msgspec.Struct, frozen=True, order=True):
    """Why records are held together: of one source and type, for one reason, under one version of the dictionary."""

    source: str
    type: str
    reason: str
    dictionary: int


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group of held records as it is kept. `sample`: one of them, its values masked."""

    brand: str
    cause: Cause
    count: int
    first_at: datetime
    last_at: datetime
    sample: dict[str, Any]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A record that is held: which one of which batch, and all it brought."""

    brand: str
    cause: Cause
    batch: str
    place: int
    held_at: datetime
    ready: Ready
