"""Words of the experiments room: variants, and who gets which."""

from __future__ import annotations

from typing import Annotated

import msgspec

VariantName = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$(?!\n)")]


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One way to do something. Of two, one with twice the weight gets twice as many subjects; with 0 nobody new."""

    name: VariantName
    weight: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 1


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """Several ways to do one thing. Its name salts who gets which, so that two experiments divide people independently."""

    brand: str
    name: str
    variants: tuple[Variant, ...]


class Exposed(msgspec.Struct, frozen=True, kw_only=True):
    """How many subjects met a variant on one day; each counts once a day."""

    day: str
    variant: str
    subjects: int
