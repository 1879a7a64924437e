"""Decisions about links. Pure: the same assertions give the same persons, in whatever order they come."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.errors import Invalid
from chalicelib.identity.words import Cluster, Identifier, IdentifierType, Key, Known, Link, Rank

SENTINELS = frozenset(
    {
        "",
        "0",
        "null",
        "none",
        "nil",
        "undefined",
        "nan",
        "unknown",
        "anonymous",
        "guest",
        "test",
        "[object object]",
        "true",
        "false",
        "-",
        "n/a",
    }
)
LENGTH_LIMIT = 128


class Begin(msgspec.Struct, frozen=True):
    """Neither identifier was known: a new person with both."""


class Attach(msgspec.Struct, frozen=True):
    """One was known: the other one joins its cluster."""

    newcomer: Key
    cluster: Cluster


class Join(msgspec.Struct, frozen=True):
    """Both were known apart: the older cluster takes the younger one in."""

    survivor: Cluster
    loser: Cluster


class Confirm(msgspec.Struct, frozen=True):
    """Both are in one cluster already: the link is only kept."""

    cluster: Cluster


class Contest(msgspec.Struct, frozen=True):
    """Together they would break a limit: the assertion is kept beside its cluster, and nobody is joined."""

    cluster: Cluster
    newcomer: Key | None
    limit: str


Plan = Begin | Attach | Join | Confirm | Contest


def normalise(identifier: Identifier) -> Identifier:
    """The one spelling of an identifier; `Invalid` for values that name nobody (`null`, `0` …) and so would join everybody."""
    value = identifier.value.strip()
    if value.lower() in SENTINELS or len(value) > LENGTH_LIMIT:
        raise Invalid("The identifier's value names nobody - at `$.value`.")
    if identifier.type is IdentifierType.phone:
        value = normalise_phone(value)
    if (identifier.type is IdentifierType.openid) != bool(identifier.account):
        raise Invalid("An openid needs its account, and only an openid has one - at `$.account`.")
    return Identifier(identifier.type, value, identifier.account)


def normalise_phone(text: str) -> str:
    """E.164; a number without country code is Chinese. https://www.itu.int/rec/T-REC-E.164"""
    digits = re.sub(r"[\s\-()（）.]", "", text.translate(FULL_WIDTH))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if re.fullmatch(r"(?:\+?86)?1[3-9]\d{9}", digits):
        digits = "+86" + digits[-11:]
    if not re.fullmatch(r"\+[1-9]\d{6,14}", digits) or len(set(digits[-8:])) == 1 or digits == "+8613800138000":
        raise Invalid("This is no phone number of a person - at `$.value`.")
    return digits


FULL_WIDTH = str.maketrans("０１２３４５６７８９＋－　", "0123456789+- ")


def mask(identifier: Identifier) -> str:
    """A value as it may be shown: enough to recognise, not enough to use."""
    value = identifier.value
    if identifier.type is IdentifierType.phone:
        local = value.removeprefix("+86")
        return f"{local[:3]}****{local[-4:]}"
    return f"{value[:3]}****{value[-4:]}" if len(value) > 8 else f"{value[:1]}****"


def constraint_of(key: Key) -> str:
    """The name of the limit an identifier counts towards."""
    return f"{key.type.value}#{key.account}"


LIMITS = {
    IdentifierType.unionid: 1,
    IdentifierType.openid: 1,
    IdentifierType.app_uid: 1,
    IdentifierType.member_no: 1,
    IdentifierType.phone: 2,
}


def broken_limit(counts: dict[str, int]) -> str | None:
    """The first limit these counts break. Hereditary: what satisfies the limits does so in every part."""
    for constraint in sorted(counts):
        if counts[constraint] > LIMITS[IdentifierType(constraint.split("#", 1)[0])]:
            return constraint
    return None


def add_counts(*parts: dict[str, int]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for constraint, count in part.items():
            total[constraint] = total.get(constraint, 0) + count
    return total


def count_keys(keys: Iterable[Key]) -> dict[str, int]:
    return add_counts(*({constraint_of(key): 1} for key in keys))


def plan_link(a: Key, b: Key, known_a: Known | None, known_b: Known | None) -> Plan:
    """What a link between two identifiers means, given where they stand. Symmetric in a and b."""
    if known_a is None and known_b is None:
        return Begin()
    if known_a is None and known_b is not None:
        return _plan_newcomer(a, known_b.cluster)
    if known_a is not None and known_b is None:
        return _plan_newcomer(b, known_a.cluster)
    assert known_a is not None and known_b is not None
    if known_a.cluster.id == known_b.cluster.id:
        return Confirm(known_a.cluster)
    survivor, loser = sorted((known_a.cluster, known_b.cluster), key=lambda cluster: cluster.id)
    limit = broken_limit(add_counts(survivor.counts, loser.counts))
    return Join(survivor, loser) if limit is None else Contest(survivor, None, limit)


def repeat_link(old: Link, *, rank: Rank, at: datetime, source: str) -> Link:
    """An assertion heard again: the highest rank, the first and the last time. Its order and number do not matter."""
    stronger = rank > old.rank
    return msgspec.structs.replace(
        old,
        rank=max(old.rank, rank),
        first_at=min(old.first_at, at),
        last_at=max(old.last_at, at),
        source=source if stronger else old.source,
    )


def _plan_newcomer(newcomer: Key, cluster: Cluster) -> Attach | Contest:
    limit = broken_limit(add_counts(cluster.counts, count_keys([newcomer])))
    return Attach(newcomer, cluster) if limit is None else Contest(cluster, newcomer, limit)
