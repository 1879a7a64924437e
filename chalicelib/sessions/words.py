"""Words of the sessions room: logins and what they give."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from chalicelib.identity.words import Person

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class MiniProgramLogin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the mini program sends after wx.login. `account` is the account's id, `brand.name`."""

    account: str
    code: Code


class RefreshOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A session's refresh token."""

    refresh_token: str


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a signed token says: which identifier logged in where, never a personal value. `use` tells the two kinds apart."""

    use: str
    brand: str
    key: str
    session: str
    generation: int
    expires_at: int


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One login as it is kept: its row lives under the identifier that logged in."""

    brand: str
    key: str
    id: str
    generation: int
    refreshed_at: datetime
    ends_at: datetime


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """The two tokens of a session."""

    session_token: str
    expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


class LoginResult(msgspec.Struct, frozen=True, kw_only=True):
    """The one shape a login answers with, on every end."""

    person: str
    session_token: str
    expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who the logged-in person is."""

    person: Person
    account: str
    session_expires_at: datetime
