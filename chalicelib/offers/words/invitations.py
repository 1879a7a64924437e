"""Words of invitations: who brought whom."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

Invite = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class AcceptOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The invitation somebody came by."""

    invitation: Invite


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation as it is kept: `key` is the inviter's identifier."""

    id: str
    key: str


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """Who brought an identifier, and when it said so. Written once, never changed."""

    key: str
    inviter: str
    at: datetime


class Place(msgspec.Struct, frozen=True):
    """Where a page of guests ends: this guest of this inviter's identifier."""

    inviter: str
    guest: str


class InvitationShown(msgspec.Struct, frozen=True, kw_only=True):
    """One's own invitation, to be put into what one shares."""

    invitation: str


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """That an invitation counts."""

    at: datetime


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was invited, and the orders their codes were redeemed for."""

    person: str | None
    at: datetime
    orders: tuple[str, ...]


class InviterShown(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one person's invitations. `invited_by`: who brought them; `accepted`: how often, in all, somebody came by them.

    `invited` and `redeemed` are people and orders of this page; `cursor` leads to the next.
    """

    person: str
    invited_by: str | None
    accepted: int
    invited: int
    redeemed: int
    guests: tuple[Guest, ...]
    cursor: str | None = None
