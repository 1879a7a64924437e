"""Words of the dictionary: which fields a type of record has, what they mean, and what happens when one cannot be read."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import msgspec

# `$` alone lets a line break pass behind the end.
TypeName = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$(?!\n)")]
FieldName = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,47}$(?!\n)")]
Alias = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Aliases = Annotated[tuple[Alias, ...], msgspec.Meta(max_length=50)]
Spelling = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Code = Annotated[int, msgspec.Meta(ge=0, le=9999)]
Choices = Annotated[dict[Spelling, Code], msgspec.Meta(max_length=200)]


class FieldType(StrEnum):
    """What a field's value is, once it is clean."""

    text = "text"
    integer = "integer"
    number = "number"
    money = "money"
    """Integer fen; the field's name ends with `_fen`."""
    time = "time"
    """ISO 8601 in UTC, whole seconds; the field's name ends with `_at`."""
    phone = "phone"
    """E.164."""
    gender = "gender"
    """0 unknown, 1 male, 2 female, as WeChat counts."""
    flag = "flag"
    choice = "choice"
    """The code of one of the field's choices."""
    items = "items"
    """A list of things with fields of their own, such as an order's lines."""
    anything = "anything"


class Unit(StrEnum):
    """What a bare number under another name of a money field counts. Under the field's own name it counts fen."""

    yuan = "yuan"
    fen = "fen"


class Mode(StrEnum):
    """What happens to a record with a value that cannot be read. `observe`: it is kept, and the value beside it as it came."""

    observe = "observe"
    quarantine = "quarantine"
    block = "block"


class Personal(StrEnum):
    """How a value is handed out. `masked`: to whoever may not see personal values, as 138****5678 or 王**; `hidden`: not at all."""

    no = "no"
    masked = "masked"
    hidden = "hidden"


class Field(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One field. `aliases`: other names it comes under; `choices`: the code of each spelling; `fields`: those of the items of a list.

    `mode` of a field goes before that of its type. `longest`: characters of a text, and things in a list.
    """

    type: FieldType
    aliases: Aliases = ()
    unit: Unit = Unit.yuan
    choices: Choices = {}
    fields: dict[FieldName, Field] = {}
    required: bool = False
    personal: Personal = Personal.no
    mode: Mode | None = None
    longest: Annotated[int, msgspec.Meta(ge=1, le=8192)] = 512


class RecordType(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One type of record. `unknown_fields`: what happens to a record with a field that is not in `fields`."""

    fields: Annotated[dict[FieldName, Field], msgspec.Meta(max_length=200)] = {}
    mode: Mode = Mode.observe
    unknown_fields: Mode = Mode.observe
    retention_days: Annotated[int, msgspec.Meta(ge=1, le=36500)] = 1095


class DictionaryOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A brand's dictionary as it is written: types and fields of its own, and what it wants otherwise of the built-in ones."""

    types: Annotated[dict[TypeName, RecordType], msgspec.Meta(max_length=100)] = {}


class Dictionary(msgspec.Struct, frozen=True, kw_only=True):
    """A dictionary in force: the built-in types under the brand's own. Version 0 is the built-in one alone."""

    version: int
    types: dict[str, RecordType]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One value that could not be read: at which JSON pointer of the record's data, and why. The value itself is not told."""

    pointer: str
    code: str
    mode: Mode


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """A record's data under a dictionary: what is clean, what came otherwise by its own name, and what is wrong with that."""

    data: dict[str, Any]
    raw: dict[str, Any]
    problems: tuple[Problem, ...]


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What was published when, by whom, and whether it is in force."""

    version: int
    types: tuple[str, ...]
    published_at: datetime
    by: str
    live: bool


class DictionaryRollback(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The earlier version to go back to; 0 is the built-in dictionary alone."""

    version: Annotated[int, msgspec.Meta(ge=0)]


class DictionaryShown(msgspec.Struct, frozen=True, kw_only=True):
    """The dictionary in force, built-in types and all, as the brand wrote its part, and the newest versions."""

    version: int
    written: DictionaryOrder
    types: dict[str, RecordType]
    versions: tuple[Published, ...]
