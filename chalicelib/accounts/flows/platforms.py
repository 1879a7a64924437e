"""Third-party platforms (第三方平台): what WeChat tells them, and how an account's admin authorises one."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlencode

import msgspec

from chalicelib.accounts.flows import register, tokens
from chalicelib.accounts.rules import platforms as rules
from chalicelib.accounts.rules import split_id
from chalicelib.accounts.tables import platforms as tables
from chalicelib.accounts.words import Account, Kind
from chalicelib.accounts.words.platforms import (
    AuthorizationBegun,
    AuthorizationOrder,
    AuthorizationShown,
    Authorize,
    Grant,
    KeepTicket,
    State,
    Withdraw,
)
from chalicelib.errors import Declined
from chalicelib.staff import flows as staff
from chalicelib.wechat.messages import Authorized, PlatformNotice, TicketPushed, Unauthorized
from chalicelib.wechat.platforms import LoginAnswer
from chalicelib.world import World

LIFE = timedelta(minutes=30)
USE = "authorization"


def hear(platform: Account, notice: PlatformNotice, *, world: World, now: datetime) -> None:
    """Have the keeper keep what WeChat tells a platform. Safe to repeat, in any order; other accounts are told nothing of the kind."""
    if platform.kind is not Kind.platform:
        return
    match notice:
        case TicketPushed():
            sealed = world.keyring.encrypt(platform.brand, notice.ticket, now=now)
            world.keep(KeepTicket(platform=platform.id, sealed=sealed, pushed_at=notice.created_at))
        case Authorized():
            sealed = world.keyring.encrypt(platform.brand, notice.code, now=now)
            world.keep(Authorize(platform=platform.id, sealed=sealed, appid=notice.appid, heard_at=notice.created_at))
        case Unauthorized():
            world.keep(Withdraw(platform=platform.id, appid=notice.appid, heard_at=notice.created_at))


def begin_authorization(
    platform: Account, order: AuthorizationOrder, *, callback: str, actor: str, world: World, now: datetime
) -> AuthorizationBegun:
    """WeChat's page on which an admin says what the platform may do. `callback`: where WeChat sends the admin's browser afterwards."""
    asked = None if order.account is None else register.find_own_account(platform.brand, order.account, world=world, now=now)
    auth_type = rules.authorization_type(asked)
    about = {"platform": platform.id, "account": None if asked is None else asked.id}
    staff.record(platform.brand, "platform.authorization_begun", about, actor=actor, world=world, now=now)
    code, lives_s = tokens.with_token(platform, lambda token: world.wechat.make_pre_auth_code(token, platform.appid), world=world, now=now)
    ends_at = now + min(LIFE, timedelta(seconds=lives_s))
    appid = "" if asked is None else asked.appid
    state = State(platform.id, appid, int(ends_at.timestamp()))
    sealed = world.keyring.seal(platform.brand, msgspec.json.encode(state).decode(), use=USE, now=now)
    query = {
        "component_appid": platform.appid,
        "pre_auth_code": code,
        "redirect_uri": f"{callback}?{urlencode({'state': sealed})}",
        "auth_type": auth_type,
        **({"biz_appid": appid} if appid else {}),
    }
    address = f"{world.settings.wechat_mp_url.rstrip('/')}/cgi-bin/componentloginpage?{urlencode(query)}"
    return AuthorizationBegun(address=address, ends_at=ends_at)


def finish_authorization(platform_id: str, state: str, code: str, *, world: World, now: datetime) -> AuthorizationShown:
    """What the admin has allowed, once their browser is back. Coming twice, or after WeChat's own notice, changes nothing more."""
    brand, _ = split_id(platform_id)
    begun = _read_state(brand, state, world=world)
    if not code or begun is None or begun.platform != platform_id or now.timestamp() >= begun.ends_at:
        raise Declined(code="authorization_ended")
    platform = register.find_platform(brand, platform_id, world=world, now=now)
    world.keep(Authorize(platform=platform.id, sealed=world.keyring.encrypt(brand, code, now=now), appid=begun.appid))
    code_hash = rules.hash_code(code)
    shown = [_show(grant, register.list_accounts(brand)) for grant in tables.list_grants(platform) if grant.code_hash == code_hash]
    if not shown:  # taken back, or said again by another code, in this very moment
        raise Declined(code="authorization_ended")
    return shown[0]


def list_authorizations(platform: Account) -> list[AuthorizationShown]:
    """Who has authorised the platform, appids that are no account of the brand too: those give nothing to anybody."""
    every = register.list_accounts(platform.brand)
    return [_show(grant, every) for grant in tables.list_grants(platform)]


def find_acting(account: Account, permission: int, *, world: World, now: datetime) -> Account | None:
    """The brand's platform that may use a permission set for this account; the one it is called through comes first."""
    every = [each for each in register.list_accounts(account.brand) if each.kind is Kind.platform]
    for platform in sorted(every, key=lambda each: (each.id != account.platform, each.id)):
        grant = tables.read_grant(platform, account.appid)
        if grant is not None and permission in grant.permissions:
            return platform
    return None


def exchange_login_code(account: Account, code: str, *, world: World, now: datetime) -> LoginAnswer:
    """Who a wx.login code of a mini program is of: by its AppSecret, or by the platform it is called through."""
    if not account.platform:
        secret = register.fetch_secret(account, world=world, now=now)
        return world.wechat.exchange_login_code(account.appid, secret.app_secret, code)
    platform = register.find_platform(account.brand, account.platform, world=world, now=now)

    def exchange(token: str) -> LoginAnswer:
        return world.wechat.exchange_login_code_by_platform(token, platform.appid, account.appid, code)

    return tokens.with_token(platform, exchange, world=world, now=now)


def _read_state(brand: str, state: str, *, world: World) -> State | None:
    text = world.keyring.unseal(brand, state, use=USE)
    return None if text is None else msgspec.json.decode(text, type=State)


def _show(grant: Grant, accounts: list[Account]) -> AuthorizationShown:
    own = next((each.id for each in accounts if each.appid == grant.appid), None)
    return AuthorizationShown(
        appid=grant.appid, account=own, title=grant.title, since=grant.since, permissions=rules.name_permissions(grant.permissions)
    )
