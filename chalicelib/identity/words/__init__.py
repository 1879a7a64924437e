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
    email = "email"
    app_uid = "app_uid"
    member_no = "member_no"
    device = "device"
    push_token = "push_token"
    anonymous_id = "anonymous_id"


POINTERS = frozenset({IdentifierType.device, IdentifierType.push_token, IdentifierType.anonymous_id})
"""Types that point to whoever was last seen with them, and join nobody."""
OF_AN_ACCOUNT = frozenset({IdentifierType.openid, IdentifierType.push_token})
"""Types whose values mean something at one account alone: who it is there, which app on which device."""


class Rank(IntEnum):
    """Who says that two identifiers are one person; a higher rank is stronger. `attested` comes from our own code alone."""

    suggested = 0
    observed = 1
    declared = 2
    verified = 3
    attested = 4
    operator = 5


PHONE_BUTTON = "phone button"
"""The source of links between an openid and the phone WeChat told with it, which a person takes back at WeChat."""


class Identifier(msgspec.Struct, frozen=True):
    """One value that names a person somewhere. An openid and a push token belong to an account, named within the brand; others to none."""

    type: IdentifierType
    value: str
    account: str = ""


class IdentifierQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An identifier as callers name it; `account` is the account's id (`brand.name`), needed for an openid and a push token alone."""

    type: IdentifierType
    value: str
    account: str | None = None


class Key(msgspec.Struct, frozen=True, order=True):
    """An identifier without its value: type, account and keyed hash. What links and rows are made of."""

    type: IdentifierType
    account: str
    hash: str

    def __str__(self) -> str:
        return "#".join((self.type, self.account, self.hash))


def read_key(text: str) -> Key:
    """The key a text was made of."""
    kind, account, hashed = text.split("#")
    return Key(IdentifierType(kind), account, hashed)


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """An assertion that two identifiers are one person. A repeat joins by the highest rank, the first and the last time.

    `taken_back`: whoever said it did so at `last_at`; what is said later counts by itself.
    """

    a: Key
    b: Key
    rank: Rank
    first_at: datetime
    last_at: datetime
    source: str
    taken_back: bool = False

    @property
    def edge(self) -> str:
        """The pair, the same whichever is named first."""
        return edge_of(self.a, self.b)


class Cannot(msgspec.Struct, frozen=True, kw_only=True):
    """An operator's word that two identifiers are two people, or, no longer active, that it is taken back. The last word wins."""

    a: Key
    b: Key
    active: bool
    at: datetime
    by: str
    reason: str

    @property
    def edge(self) -> str:
        return edge_of(self.a, self.b)


def edge_of(a: Key, b: Key) -> str:
    """A pair of identifiers as one text, the same whichever is named first."""
    first, second = str(a), str(b)
    return f"{first}|{second}" if first < second else f"{second}|{first}"


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """All that was said within some clusters: what each began with, by its id, the links and the cannot-links."""

    seeds: dict[str, Key]
    links: tuple[Link, ...]
    cannots: tuple[Cannot, ...]

    @property
    def keys(self) -> set[Key]:
        """Every identifier there is."""
        return {*self.seeds.values(), *(key for link in self.links for key in (link.a, link.b))}


class Rejection(StrEnum):
    """Why a link is not followed."""

    limit = "limit"
    """Together they would have more identifiers of one type than a person has; a stronger or later link says otherwise."""
    told_apart = "told_apart"
    """An operator said that they are two people."""
    unverified = "unverified"
    """Nobody has verified the phone or the address, and both sides are people known by better identifiers."""
    phone_recycled = "phone_recycled"
    """The phone was last heard of so long before it got its next owner that the number may have been given to somebody else."""
    shared = "shared"
    """The value is used by more people than one."""
    taken_back = "taken_back"
    """Who gave it has taken it back at WeChat."""


class Verdict(msgspec.Struct, frozen=True):
    """A link and, when it is not followed, why."""

    link: Link
    rejection: Rejection | None


class Arrangement(msgspec.Struct, frozen=True, kw_only=True):
    """What the assertions of one component come to: its persons, and what became of each link."""

    groups: tuple[frozenset[Key], ...]
    verdicts: tuple[Verdict, ...]


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """What can decide whether anything in a component may be rejected, in constant size; it only ever grows.

    `weak`: a link in it joins no two anchored people. `guarded`: an operator's split touches it, or a link that was taken back.
    `oldest_phone`, `newest_phone`: when a phone's link was first said to be over, and last begun.
    """

    counts: dict[str, int]
    weak: bool = False
    guarded: bool = False
    oldest_phone: datetime | None = None
    newest_phone: datetime | None = None


class Cluster(msgspec.Struct, frozen=True, kw_only=True):
    """A connected component of the links: one person, unless some of its links are rejected. `into` is set once an older one took it in.

    `parts` names the person of every identifier that is not of the cluster's own person. `turn` moves with every write of another room
    that has to be the only one about this person.
    """

    id: str
    version: int
    into: str | None
    seed: Key
    shape: Shape
    parts: dict[str, str]
    absorbed: tuple[str, ...]
    first_at: datetime
    turn: int = 0

    def person_of(self, key: Key) -> str:
        """The person who has an identifier of this cluster."""
        return self.parts.get(str(key), self.id)


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


class Pointer(msgspec.Struct, frozen=True, kw_only=True):
    """A device, push token or anonymous id as it is kept: who was seen with it, and when last."""

    owners: dict[Key, datetime]
    version: int


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
    """Where an identifier stands: its key and its person. `rejection`: why the link just asserted is not followed."""

    key: Key
    person: str
    rejection: Rejection | None = None


class Folded(msgspec.Struct, frozen=True, kw_only=True):
    """A person as they were read, with every identifier. `key`: the one asked by.

    `cluster`, `version`: what moves when they change; `turn`: what moves when another room takes its turn with them.
    """

    brand: str
    person: str
    key: Key
    keys: tuple[Key, ...]
    cluster: str
    version: int
    first_at: datetime
    turn: int = 0
