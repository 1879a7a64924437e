"""Words of questions: which people did what, how often, within how many days."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.hub.words.dictionary import TypeName

Scalar = str | int | float | bool
Property = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r'^[^"\\]+$(?!\n)')]
Some = Annotated[tuple["Condition", ...], msgspec.Meta(min_length=1, max_length=10)]
MOST_DAYS = 90
DEEPEST = 5
MOST_LEAVES = 20


class Filter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"equals": "is"}, omit_defaults=True):
    """What a property of an event, or a field of a record, has to be: one of `is`, `one_of`, `at_least` with or without `at_most`."""

    property: Property
    equals: Scalar | None = None
    one_of: Annotated[tuple[Scalar, ...], msgspec.Meta(max_length=100)] = ()
    at_least: float | None = None
    at_most: float | None = None

    def __post_init__(self) -> None:
        asked = (self.equals is not None, bool(self.one_of), self.at_least is not None or self.at_most is not None)
        if sum(asked) != 1:
            raise ValueError("A filter has `is`, `one_of`, or `at_least` and `at_most`")


class Condition(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    rename={"all_of": "and", "any_of": "or", "none_of": "not"},
):
    """People who did an `event`, or have records of a type, so often within the last days; or conditions put together."""

    event: Annotated[str, msgspec.Meta(min_length=1, max_length=48)] | None = None
    record: TypeName | None = None
    where: Annotated[tuple[Filter, ...], msgspec.Meta(max_length=10)] = ()
    at_least: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1
    in_days: Annotated[int, msgspec.Meta(ge=1, le=MOST_DAYS)] = MOST_DAYS
    all_of: Some | None = None
    any_of: Some | None = None
    none_of: Condition | None = None

    def __post_init__(self) -> None:
        kinds = (self.event, self.record, self.all_of, self.any_of, self.none_of)
        if sum(kind is not None for kind in kinds) != 1:
            raise ValueError("A condition has one of `event`, `record`, `and`, `or` and `not`")
        leafless = (self.where, self.at_least, self.in_days) == ((), 1, MOST_DAYS)
        if self.event is None and self.record is None and not leafless:
            raise ValueError("`where`, `at_least` and `in_days` belong to an `event` or a `record`")


class QueryOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which people are looked for."""

    people: Condition


class QueryState(StrEnum):
    """How far a question is."""

    waiting = "waiting"
    done = "done"
    failed = "failed"


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A question as it is kept. `as_of`: everything that had come by then was looked at, and what came a moment later may have been."""

    brand: str
    id: str
    state: QueryState
    asked_at: datetime
    by: str
    as_of: datetime | None = None
    found: int = 0
    why: str = ""


class PersonFound(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person who was found, as they are now; their unionids for keys that may see them."""

    person: str
    unionids: tuple[str, ...] = ()


class QueryShown(msgspec.Struct, frozen=True, kw_only=True):
    """A question and what is known of the answer. `found`: how many people; `why`: what went wrong, if something did."""

    id: str
    state: QueryState
    asked_at: datetime
    as_of: datetime | None
    found: int
    why: str | None
    people: tuple[PersonFound, ...]
    cursor: str | None
