"""Words of the identity room: identifiers, links, persons."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum

import msgspec


class IdentifierType(StrEnum):
    """What kind of identifier a value is."""

    openid = "openid"
    unionid = "unionid"
    phone = "phone"
    app_uid = "app_uid"
    member_no = "member_no"


class Rank(IntEnum):
    """Who says that two identifiers are one person; a higher rank is stronger. `attested` comes from our own code alone."""

    suggested = 0
    observed = 1
    declared = 2
    verified = 3
    attested = 4
    operator = 5


class Identifier(msgspec.Struct, frozen=True):
    """One value that names a person somewhere. An openid belongs to an account, named within the brand; other types have none."""

    type: IdentifierType
    value: str
    account: str = ""


class IdentifierQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An identifier as callers name it; `account` is the account's id (`brand.name`) and needed for an openid alone."""

    type: IdentifierType
    value: str
    account: str | None = None


class Key(msgspec.Struct, frozen=True, order=True):
    """An identifier without its value: type, account and keyed hash. What links and rows are made of."""

    type: IdentifierType
    account: str
    hash: str

    def __str__(self) -> str:
        return f"{self.type.value}#{self.account}#{self.hash}"


def read_key(text: str) -> Key:
    """The key a text was made of."""
    kind, account, hashed = text.split("#")
    return Key(IdentifierType(kind), account, hashed)


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """An assertion that two identifiers are one person. A repeat joins by the highest rank, the first and the last time."""

    a: Key
    b: Key
    rank: Rank
    first_at: datetime
    last_at: datetime
    source: str
    rejected: str = ""


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """A connected component of the links: a person, as long as nothing contests it. `into` is set once it was joined to an older one."""

    id: str
    version: int
    into: str | None
    seed: Key
    counts: dict[str, int]
    absorbed: tuple[str, ...]
    first_at: datetime


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """An identifier we have a row of, with the cluster it is in now."""

    key: Key
    cluster: Cluster


class Found(msgspec.Struct, frozen=True):
    """An identifier as it is kept. `twin` is the hash of the unionid WeChat attested for an openid."""

    key: Key
    cluster: str
    sealed: str
    masked: str
    first_at: datetime
    twin: str | None


class Newcomer(msgspec.Struct, frozen=True):
    """An identifier about to be written."""

    key: Key
    sealed: str
    masked: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An identifier as it is shown."""

    type: IdentifierType
    account: str | None
    masked: str
    rank: str
    first_at: datetime


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A person as callers see one."""

    id: str
    identifiers: tuple[Shown, ...]
    first_at: datetime


class Place(msgspec.Struct, frozen=True):
    """Where an identifier stands: its key and its person."""

    key: Key
    person: str
