"""Attributes as callers bring and see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.identity.words import IdentifierQuery, Person

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$(?!\n)")]
Text = Annotated[str, msgspec.Meta(max_length=256)]
Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """One thing known about somebody, since when and from whom."""

    value: str | int | float | bool | None
    at: datetime
    source: str


class AttributesOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known about the person with an identifier; `null` is a word too. `at`: since when, now if it is left out."""

    identifier: IdentifierQuery
    attributes: Annotated[dict[Name, Text | Whole | float | bool | None], msgspec.Meta(min_length=1, max_length=20)]
    at: datetime | None = None
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] = "api"


class KnownPerson(Person, frozen=True, kw_only=True):
    """A person with what is known about them: of what their identifiers brought, the latest word about each."""

    attributes: dict[str, Attribute]
