"""Which of a record's identifiers is the one that brought it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.identity.words import Identifier, IdentifierType

OWNERS = (
    IdentifierType.unionid,
    IdentifierType.app_uid,
    IdentifierType.member_no,
    IdentifierType.openid,
    IdentifierType.phone,
    IdentifierType.email,
)


def sort_owners(who: Iterable[Identifier]) -> list[Identifier]:
    """The identifier that brought a record first, the others behind it."""
    return sorted(who, key=lambda each: (OWNERS.index(each.type), each.account))
