"""A change of rules, tried out, as callers order and see it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from chalicelib.identity.words import IdentifierType

Days = Annotated[int, msgspec.Meta(ge=1, le=3650)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=100)]


class TrialOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rules that might be: what is left out stays as it is. `sample`: how many clusters are looked at, at most."""

    phone_reissue_days: Days | None = None
    limits: dict[IdentifierType, Limit] = {}
    sample: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What other rules would make of a sample of what waits for an operator; nothing is changed.

    `would_join`, `would_split`: in how many clusters people would come together, or apart. `values_per_anchor`: how many distinct values of
    each type a unionid, app_uid or member_no is linked to, where it is linked to any.
    """

    sampled: int
    would_join: int
    would_split: int
    persons_now: int
    persons_then: int
    values_per_anchor: dict[IdentifierType, float]
