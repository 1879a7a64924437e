"""Words of the quarantine: records that are held, grouped by why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.hub.words.records import ProblemShown, Ready, Verdict


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
    """A record that is held: `id` is its batch and its place in it; and all it brought."""

    brand: str
    group: str
    id: str
    held_at: datetime
    ready: Ready


class Replay(msgspec.Struct, frozen=True, kw_only=True, tag="replay"):
    """What the queue carries: a group whose records are to be judged anew, from after one of them."""

    brand: str
    group: str
    after: str | None = None


class GroupShown(msgspec.Struct, frozen=True, kw_only=True):
    """A group of held records as callers see it. `dictionary`: the version under which they were held."""

    id: str
    source: str
    type: str
    reason: str
    dictionary: int
    count: int
    first_at: datetime
    last_at: datetime
    sample: dict[str, Any]


class GroupsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Groups of held records, and the cursor of the next page."""

    groups: tuple[GroupShown, ...]
    cursor: str | None


class HeldShown(msgspec.Struct, frozen=True, kw_only=True):
    """A held record as callers see it: its id within the group, and what it brought, personal values masked."""

    id: str
    record: str
    held_at: datetime
    at: datetime
    version: int
    data: dict[str, Any]
    raw: dict[str, Any]


class HeldPage(msgspec.Struct, frozen=True, kw_only=True):
    """The records of a group, and the cursor of the next page."""

    records: tuple[HeldShown, ...]
    cursor: str | None


class ReplayOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A held record judged anew. `data`: what of it is mended first; a null takes a field away."""

    data: dict[str, Any] = {}


class Replayed(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a held record that was judged anew; one that is still quarantined stays where it is."""

    verdict: Verdict
    code: str | None
    problems: tuple[ProblemShown, ...]
