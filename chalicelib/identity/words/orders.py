"""Links, splits and reviews as callers say and see them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.identity.words import IdentifierQuery, IdentifierType, Rejection


class ClaimedRank(StrEnum):
    """The ranks callers may give their links; what WeChat attests comes from our own code alone."""

    observed = "observed"
    declared = "declared"
    verified = "verified"
    operator = "operator"


Source = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class LinkOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two identifiers said to be one person; `at`: when that was so, now if it is left out."""

    a: IdentifierQuery
    b: IdentifierQuery
    rank: ClaimedRank = ClaimedRank.declared
    at: datetime | None = None
    source: Source = "api"


class LinksOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Some links at once; each gets a verdict of its own."""

    links: Annotated[list[LinkOrder], msgspec.Meta(min_length=1, max_length=100)]


class LinkVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one link: `followed`, kept but `rejected`, or `refused` and not kept. `code` and `message` say why."""

    verdict: str
    person: str | None = None
    code: str | None = None
    message: str | None = None


class LinkVerdicts(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict for each link, in their order."""

    links: list[LinkVerdict]


class SplitOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two identifiers that are two people."""

    a: IdentifierQuery
    b: IdentifierQuery
    reason: Reason


class SplitDone(msgspec.Struct, frozen=True, kw_only=True):
    """A split, by its id, and the persons of its two identifiers."""

    id: str
    person_a: str
    person_b: str


class ShownEnd(msgspec.Struct, frozen=True, kw_only=True):
    """One end of a link as it is shown, and whose it is."""

    type: IdentifierType
    account: str | None
    masked: str
    person: str


class ShownLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link and what became of it. `rejection` says why it is not followed, `says` the same in words."""

    id: str
    a: ShownEnd
    b: ShownEnd
    rank: str
    source: str
    first_at: datetime
    last_at: datetime
    rejection: Rejection | None
    says: str


class ShownSplit(msgspec.Struct, frozen=True, kw_only=True):
    """An operator's split, in force or taken back."""

    id: str
    a: ShownEnd
    b: ShownEnd
    active: bool
    at: datetime
    by: str
    reason: str


class MissingReason(StrEnum):
    """Why an openid has no unionid."""

    not_bound = "not_bound"
    unfollowed = "unfollowed"
    base_scope = "base_scope"
    not_asked = "not_asked"
    first_visit = "first_visit"


class MissingUnionid(msgspec.Struct, frozen=True, kw_only=True):
    """An openid that came without a unionid; `says` is the reason in words."""

    account: str
    masked: str
    reason: MissingReason
    says: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Why a person is who they are: every link of theirs, followed or not, every split, and why openids have no unionid."""

    person: str
    links: list[ShownLink]
    splits: list[ShownSplit]
    missing_unionids: list[MissingUnionid]


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """Something that waits for an operator: persons whose links contradict each other, and the links that are not followed."""

    id: str
    opened_at: datetime
    persons: list[str]
    links: list[ShownLink]


class Reviews(msgspec.Struct, frozen=True, kw_only=True):
    """A page of what waits; the cursor leads to the next one."""

    reviews: list[Review]
    cursor: str | None


class ReviewOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which link of a review is decided, and why."""

    link: str
    reason: Reason
