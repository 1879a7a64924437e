"""Words of the sessions room: logins and what they give."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from chalicelib.identity.words import IdentifierQuery, Person, Place

CodeChallenge = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{43}$(?!\n)")]
"""The SHA-256 of a verifier in base64url: https://datatracker.ietf.org/doc/html/rfc7636#section-4.2"""
CodeVerifier = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._~-]{43,128}$(?!\n)")]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
Phone = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
SealedData = Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
Iv = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
SmsCode = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
Slug = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}$(?!\n)")]
AccountId = Annotated[str, msgspec.Meta(min_length=1, max_length=63)]
Carried = Annotated[str, msgspec.Meta(max_length=256)]
PageAddress = Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]
EntryName = Annotated[str, msgspec.Meta(pattern=r"^([a-z][a-z0-9]{1,30}\.)?[0-9a-z]{8}$(?!\n)")]
"""An entry as callers name it: its code, with or without the brand in front."""
QueryName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
QueryValue = Annotated[str, msgspec.Meta(max_length=1024)]


class Launch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an end was opened, a mini program as `wx.getEnterOptionsSync` says. None of it is kept but what `read_launch` finds in it."""

    scene: Annotated[int, msgspec.Meta(ge=0, le=99_999)] | None = None
    path: QueryValue = ""
    query: Annotated[dict[QueryName, QueryValue], msgspec.Meta(max_length=32)] = {}
    referrer_appid: Annotated[str, msgspec.Meta(max_length=64)] = ""
    entry: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """By which way somebody came, as far as they told: nothing personal. `entry`: its code; `visit`: of a link opened before."""

    entry: str = ""
    scene: int | None = None
    visit: str = ""
    referrer_appid: str = ""
    utm: dict[str, str] = {}


class LoggedIn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fact `logged_in`: whose session began where and when. `cause`: the same for one login, however often it was asked for."""

    key: str
    account: str
    session: str
    cause: str
    at: datetime
    ticket: bool = False
    told: Told = Told()


class TicketOpened(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="ticket_opened"):
    """Somebody opened a jump ticket that logged nobody in: by which of their identifiers, where and when. `cause`: the same for one use."""

    brand: str
    key: str
    account: str
    cause: str
    at: datetime
    told: Told


class MiniProgramLogin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the mini program sends after wx.login. `account` is the account's id, `brand.name`; `phone_code` is of the phone button."""

    account: str
    code: Code
    phone_code: Code | None = None
    launch: Launch | None = None


class SmsCodeOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A phone that shall get a code by text, for logging in at an account or adding the phone."""

    account: str
    phone: Phone


class PhoneLogin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A phone and the code it was texted."""

    account: str
    phone: Phone
    code: SmsCode


class PhoneOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A phone to add: `phone` and the `code` it was texted, or the `code` of the phone button, or its `encrypted_data` and `iv`."""

    account: str | None = None
    phone: Phone | None = None
    code: Code | None = None
    encrypted_data: SealedData | None = None
    iv: Iv | None = None


class AppLogin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a mobile app sends after OpenSDK's SendAuth."""

    account: str
    code: Code


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """How often something may happen within a window that begins when it happens first. `pk`, `sk`: where it is counted."""

    pk: str
    sk: str
    most: int
    window_s: int


class Attempt(StrEnum):
    """What came of a code that was tried."""

    right = "right"
    wrong = "wrong"
    ended = "ended"


class WebScope(StrEnum):
    """What a web page asks WeChat for: the openid without a question, or the unionid too, after the person's yes."""

    base = "base"
    userinfo = "userinfo"


class WebLogin(msgspec.Struct, frozen=True, kw_only=True):
    """A web login on its way, by the hash of its state. `key`: who came of it, once WeChat has said so; `session`: the one it became.

    Whoever turns its ticket into a session has to be who began it: by the browser's cookie where the page is ours (`own_page`), by the
    verifier of the `code_challenge` where the page sent one.
    """

    brand: str
    state_hash: str
    account: str
    browser_hash: str
    return_to: str
    ends_at: datetime
    own_page: bool = False
    code_challenge: str = ""
    key: str | None = None
    session: str | None = None


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Who has just proven themselves at an end, before there is a session.

    `session_key`: of a mini program; `web_login`: whose ticket it was.
    """

    place: Place
    session_key: str | None = None
    web_login: WebLogin | None = None


class TicketLogin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ticket: of a web login, alone; or a jump ticket, with the end that was handed it and that end's own code.

    `code`: of wx.login, of SendAuth, texted to `phone`, or the ticket of the account's web login; `code_verifier`: of the challenge that
    web login was begun with; `launch`: how the end was opened, in both cases.
    """

    ticket: str
    account: AccountId | None = None
    code: Code | None = None
    phone: Phone | None = None
    purpose: Slug | None = None
    code_verifier: CodeVerifier | None = None
    launch: Launch | None = None


class MyTicketOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A jump ticket a person asks for themselves: what it is for, which ends may open it, what it carries, where its link leads.

    `entry`: the way in that a login by it came through.
    """

    purpose: Slug
    audience: Annotated[tuple[AccountId, ...], msgspec.Meta(min_length=1, max_length=10)]
    payload: dict[Slug, Carried] = {}
    lives_s: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 300
    once: bool = True
    to: PageAddress | None = None
    entry: EntryName | None = None


class TicketOrder(MyTicketOrder, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A jump ticket a business system asks for. `who` it is made for: whoever is the same person at the other end is logged in there."""

    who: IdentifierQuery | None = None


class MadeTicket(msgspec.Struct, frozen=True, kw_only=True):
    """A jump ticket. `link` leads to its page; after `logs_in_until` it still hands over what it carries, and logs nobody in."""

    ticket: str
    link: str | None
    ends_at: datetime
    logs_in_until: datetime | None


class Jump(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What is inside a jump ticket. `subject`: the key of who it is for, or nothing; `audience`: accounts by name; times in seconds."""

    id: str
    made_at: int
    ends_at: int
    subject: str
    purpose: str
    audience: tuple[str, ...]
    payload: dict[str, str]
    once: bool
    to: str
    entry: str = ""


class SpentTicket(msgspec.Struct, frozen=True):
    """Who used a single-use ticket, and when."""

    receiver: str
    at: datetime


class LoginRefusal(StrEnum):
    """Why a jump ticket that was opened logged nobody in."""

    ticket_not_yours = "ticket_not_yours"
    """Whoever opened it is not the person it was made for."""
    ticket_too_old = "ticket_too_old"
    """It is older than five minutes."""
    ticket_for_nobody = "ticket_for_nobody"
    """It was made for nobody in particular."""


class Arrival(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a ticket gives: the login, if it logs in, and what a jump ticket carries. `login_refusal`: why it does not."""

    person: str | None = None
    session_token: str | None = None
    expires_at: datetime | None = None
    refresh_token: str | None = None
    refresh_expires_at: datetime | None = None
    purpose: str | None = None
    payload: dict[str, str] = {}
    login_refusal: LoginRefusal | None = None


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
    """One login as it is kept: its row lives under the identifier that logged in. `account`: where, by its name within the brand."""

    brand: str
    key: str
    id: str
    account: str
    generation: int
    refreshed_at: datetime
    ends_at: datetime


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """The two tokens of a session."""

    session_token: str
    expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


class LoginResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The one shape a login answers with, on every end. `phone_refusal`: why a phone sent along was not added."""

    person: str
    session_token: str
    expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime
    phone_refusal: str | None = None


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who the logged-in person is."""

    person: Person
    account: str
    session_expires_at: datetime
