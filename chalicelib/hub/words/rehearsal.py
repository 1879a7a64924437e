"""Words of a dry run: what a dictionary would do to records that are there."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.hub.words.dictionary import DictionaryOrder

MOST_REHEARSED = 500


class RehearsalOrder(DictionaryOrder, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A dictionary as it would be published, and how many past records shall be looked at, over all its types."""

    sample: Annotated[int, msgspec.Meta(ge=1, le=MOST_REHEARSED)] = MOST_REHEARSED


class Outcome(StrEnum):
    """What would become of a record, were it sent again under the dictionary that is tried."""

    same = "same"
    otherwise = "otherwise"
    held = "held"
    blocked = "blocked"


class Sign(msgspec.Struct, frozen=True, order=True):
    """One thing that a record shows about the dictionary: what happens, where in its data, and why."""

    outcome: Outcome
    pointer: str
    code: str


class Rehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """One record under both dictionaries. `signs`: each with the value under the one in force and under the one tried, masked."""

    outcome: Outcome
    signs: dict[Sign, tuple[str | None, str | None]]


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One record that shows it, masked: its id, and the value as it is read now and as it would be."""

    record: str
    now: str | None
    then: str | None


class SignShown(msgspec.Struct, frozen=True, kw_only=True):
    """Why records would fare otherwise: how many of those looked at, and one of them."""

    outcome: Outcome
    pointer: str
    code: str
    count: int
    example: Example


class KeptRehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """Of kept records that were looked at, how many would be read the same, otherwise, be held, be blocked."""

    looked_at: int
    same: int
    otherwise: int
    held: int
    blocked: int


class HeldRehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """Of records the dictionary holds today: how many there are, and of those looked at how many would go through."""

    there_are: int
    looked_at: int
    through: int
    held: int
    blocked: int


class TypeRehearsed(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of one type of record."""

    type: str
    kept: KeptRehearsed
    held: HeldRehearsed
    signs: tuple[SignShown, ...]


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True):
    """What a dictionary would do to a sample of what is there. `version`: the one in force it was held against."""

    version: int
    types: tuple[TypeRehearsed, ...]
