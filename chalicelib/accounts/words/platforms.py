"""Words of third-party platforms (第三方平台): their tickets, who has authorised them, and what their keeper is asked to do."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.words import AccountId


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """The newest component_verify_ticket, sealed. `asked_at`: when WeChat was last asked to push one."""

    sealed: str | None
    pushed_at: datetime | None
    asked_at: datetime | None


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What an account has authorised a platform to do. `sealed`: the refresh token, absent once the account has taken it back.

    `heard_at`: when WeChat last told of it, by its own clock. `code_hash`: of the authorisation code it came by.
    """

    brand: str
    platform_appid: str
    appid: str
    sealed: str = ""
    title: str = ""
    original_id: str = ""
    permissions: tuple[int, ...] = ()
    since: datetime
    heard_at: datetime | None = None
    code_hash: str = ""
    revision: int = 0


class KeepTicket(msgspec.Struct, frozen=True, kw_only=True, tag_field="errand", tag="keep_ticket"):
    """Keep the ticket that WeChat has pushed, unless a later one is kept."""

    platform: str
    sealed: str
    pushed_at: datetime


class Authorize(msgspec.Struct, frozen=True, kw_only=True, tag_field="errand", tag="authorize"):
    """Find out what an admin has allowed. `sealed`: the authorisation code; `appid` and `heard_at` where WeChat told them along."""

    platform: str
    sealed: str
    appid: str = ""
    heard_at: datetime | None = None


class Withdraw(msgspec.Struct, frozen=True, kw_only=True, tag_field="errand", tag="withdraw"):
    """An account has taken its authorisation back."""

    platform: str
    appid: str
    heard_at: datetime


class MintPageTicket(msgspec.Struct, frozen=True, kw_only=True, tag_field="errand", tag="mint_page_ticket"):
    """Have WeChat give the ticket that signs for an account's web pages, unless a good one is kept.

    `rejected_version`: of the ticket WeChat took no more.
    """

    account: str
    rejected_version: int | None = None


Errand = KeepTicket | Authorize | Withdraw | MintPageTicket


class AuthorizationOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose admin is asked: one account of the brand, or whoever opens the page."""

    account: AccountId | None = None


class AuthorizationBegun(msgspec.Struct, frozen=True, kw_only=True):
    """WeChat's page on which an admin authorises the platform, good until then and for one visit."""

    address: str
    ends_at: datetime


class State(msgspec.Struct, frozen=True, array_like=True):
    """What we sent along to WeChat's page, sealed: of which platform, asking whom, good until then."""

    platform: str
    appid: str
    ends_at: int


class PermissionSet(msgspec.Struct, frozen=True):
    """One of WeChat's permission sets (权限集); `name` is null where we know none."""

    id: int
    name: str | None


class AuthorizationShown(msgspec.Struct, frozen=True, kw_only=True):
    """Who has authorised the platform to do what. `account` is null for an appid that is no account of the brand."""

    appid: str
    account: str | None
    title: str
    since: datetime
    permissions: tuple[PermissionSet, ...]
