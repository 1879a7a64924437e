"""Decisions about links. Pure: the same assertions give the same persons, in whatever order they come."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.errors import Invalid
from chalicelib.identity.words import Cluster, Identifier, IdentifierType, Key, Known, Link, Rank

SENTINELS = frozenset(
    {
        "",
        "0",
        "-1",
        "-",
        "n/a",
        "[object object]",
        "(not set)",
        "null",
        "none",
        "nil",
        "void",
        "undefined",
        "nan",
        "unknown",
        "anonymous",
        "guest",
        "test",
        "true",
        "false",
        "empty",
        "id",
        "openid",
        "unionid",
        "phone",
        "distinct_id",
        "not_authenticated",
    }
)
"""What broken callers send in the place of a value; a person would grow without end around any of them."""
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
"""Marks that address books and spreadsheets leave around what is copied from them."""
PERSONAL_PHONE = re.compile(r"\+861[3-9][0-9]{9}|\+(?!861[3-9])[1-9][0-9]{6,14}")
LENGTH_LIMIT = 128


class Begin(msgspec.Struct, frozen=True):
    """Neither identifier was known: a new person with both."""


class Alone(msgspec.Struct, frozen=True):
    """A limit keeps an unknown identifier apart: it becomes a person of its own, and then the link is looked at again."""

    newcomer: Key


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
    """Together they would break a limit: the assertion is kept beside the older one's cluster, and nobody is joined."""

    cluster_a: Cluster
    cluster_b: Cluster
    limit: str


Plan = Begin | Alone | Attach | Join | Confirm | Contest


def is_person_id(text: str) -> bool:
    """Does this look like an id of ours, a ULID? Anything else is nobody's, and need not be looked for."""
    return re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", text) is not None


def normalise(identifier: Identifier) -> Identifier:
    """The one spelling of an identifier; `Invalid` for values that name nobody (`null`, `0` …) and so would join everybody."""
    value = INVISIBLE.sub("", identifier.value).strip()
    if value.strip("\"'`").lower() in SENTINELS or len(value) > LENGTH_LIMIT:
        raise Invalid("The identifier's value names nobody - at `$.value`.")
    if identifier.type is IdentifierType.phone:
        value = normalise_phone(value)
    if (identifier.type is IdentifierType.openid) != bool(identifier.account):
        raise Invalid("An openid needs its account, and only an openid has one - at `$.account`.")
    return Identifier(identifier.type, value, identifier.account)


def normalise_phone(text: str) -> str:
    """E.164; a number without country code is Chinese. https://www.itu.int/rec/T-REC-E.164"""
    digits = re.sub(r"[\s().\-\u2010-\u2015]", "", unicodedata.normalize("NFKC", text))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if re.fullmatch(r"(?:\+?86)?1[3-9][0-9]{9}", digits):
        digits = "+86" + digits[-11:]
    if not PERSONAL_PHONE.fullmatch(digits) or len(set(digits[-8:])) == 1 or digits == "+8613800138000":
        raise Invalid("This is no phone number of a person - at `$.value`.")
    return digits


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
    """What a link between two identifiers means, given where they stand; `known_a` was read before `known_b`."""
    if known_a is None and known_b is None:
        return Begin() if broken_limit(count_keys([a, b])) is None else Alone(a)
    if known_a is None and known_b is not None:
        return _plan_newcomer(a, known_b.cluster)
    if known_a is not None and known_b is None:
        return _plan_newcomer(b, known_a.cluster)
    assert known_a is not None
    assert known_b is not None
    return _plan_known(known_a.cluster, known_b.cluster)


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


def _plan_newcomer(newcomer: Key, cluster: Cluster) -> Attach | Alone:
    limit = broken_limit(add_counts(cluster.counts, count_keys([newcomer])))
    return Attach(newcomer, cluster) if limit is None else Alone(newcomer)


def _plan_known(a: Cluster, b: Cluster) -> Confirm | Join | Contest:
    """Between the two reads one cluster may have taken the other in: to add their counts then would count identifiers twice."""
    if a.id == b.id or a.id in b.absorbed:
        return Confirm(b)
    survivor, loser = sorted((a, b), key=lambda cluster: cluster.id)
    limit = broken_limit(add_counts(survivor.counts, loser.counts))
    return Join(survivor, loser) if limit is None else Contest(a, b, limit)
