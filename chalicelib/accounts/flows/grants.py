"""What accounts have authorised a third-party platform to do (授权), as its keeper has it: found out, kept, used and dropped.

A refresh token is kept before anything is done with what it gives: a lost one means asking the account's admin again.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.flows import tokens
from chalicelib.accounts.rules import platforms as rules
from chalicelib.accounts.tables import platforms as tables
from chalicelib.accounts.tables.tokens import drop_token
from chalicelib.accounts.words import Account, Slot
from chalicelib.accounts.words.platforms import Authorize, Grant, Withdraw
from chalicelib.errors import Busy, Declined
from chalicelib.wechat.platforms import Authorization, AuthorizerToken, StableToken
from chalicelib.world import World

TRIES = 5
WAITS_S = (0.2, 0.3, 0.5, 0.5)
UNAUTHORISED, CODE_USED, WRONG_REFRESH_TOKEN = 61003, 61010, 61023


def authorize(platform: Account, told: Authorize, *, world: World, now: datetime) -> None:
    """Keep what an admin has allowed. The same code again, by WeChat's notice or the admin's browser, has no further effect.

    `Declined` (authorization_ended) for a used code that nobody here has seen; nothing for one whose account has changed its mind.
    """
    code = world.keyring.decrypt(platform.brand, told.sealed)
    code_hash = rules.hash_code(code)
    kept = _find_kept(platform, code_hash)
    if kept is not None:
        _note_heard(kept, told)
        return
    appid = _redeem(platform, code, code_hash, told.appid, world=world, now=now)
    if appid is None:
        return
    try:
        _learn(platform, appid, told, code_hash, world=world, now=now)
    except Declined as refused:
        if refused.errcode != UNAUTHORISED or told.heard_at is None:
            raise


def withdraw(platform: Account, told: Withdraw, *, now: datetime) -> None:
    """Drop an authorisation and its token, unless WeChat has told of a newer one."""
    for _ in range(TRIES):
        before = tables.read_grant(platform, told.appid)
        if before is not None and before.heard_at is not None and before.heard_at > told.heard_at:
            return
        if before is None or tables.keep_grant(_taken_back(before, told), before=before):
            drop_token(Slot(platform.brand, told.appid, platform.appid))
            return
    raise Busy("Others change this authorisation just now: try again.")


def fetch_token(platform: Account, account: Account, *, world: World, now: datetime) -> StableToken:
    """The platform's token for an account. `Declined` (platform_unauthorised) when it is not authorised."""
    grant = tables.read_grant(platform, account.appid)
    if grant is None or not grant.sealed:
        raise Declined(code="platform_unauthorised", errcode=UNAUTHORISED)
    refresh_token = world.keyring.decrypt(platform.brand, grant.sealed)
    try:
        fresh = _refresh(platform, account, refresh_token, world=world, now=now)
    except Declined as refused:
        if refused.errcode != WRONG_REFRESH_TOKEN:
            raise
        refresh_token = _fetch(platform, account.appid, world=world, now=now).refresh_token
        grant = _keep_refresh_token(grant, refresh_token, world=world, now=now)
        fresh = _refresh(platform, account, refresh_token, world=world, now=now)
    if fresh.refresh_token != refresh_token:
        _keep_refresh_token(grant, fresh.refresh_token, world=world, now=now)
    return fresh.token


def _find_kept(platform: Account, code_hash: str) -> Grant | None:
    return next((grant for grant in tables.list_grants(platform) if grant.code_hash == code_hash), None)


def _note_heard(kept: Grant, told: Authorize) -> None:
    """WeChat tells of what the browser has brought: from now on a withdrawal from before is known to be one."""
    heard_at = rules.latest(kept.heard_at, told.heard_at)
    if heard_at != kept.heard_at and not tables.keep_grant(msgspec.structs.replace(kept, heard_at=heard_at), before=kept):
        raise Busy("Others change this authorisation just now: try again.")


def _redeem(platform: Account, code: str, code_hash: str, appid: str, *, world: World, now: datetime) -> str | None:
    """Whose admin said yes; nobody when the same code is being redeemed by another and is kept by now."""
    try:
        return tokens.with_token(
            platform,
            lambda token: world.wechat.redeem_authorization_code(token, platform.appid, code),
            world=world,
            now=now,
        )
    except Declined as refused:
        if refused.errcode != CODE_USED:
            raise
    if appid:
        return appid
    for wait_s in WAITS_S:
        world.pause(wait_s)
        if _find_kept(platform, code_hash) is not None:
            return None
    raise Declined(code="authorization_ended", errcode=CODE_USED)


def _learn(platform: Account, appid: str, told: Authorize, code_hash: str, *, world: World, now: datetime) -> None:
    """Keep what the account allows, as it is after the row was read: whoever changes the row meanwhile has it asked again."""
    for _ in range(TRIES):
        before = tables.read_grant(platform, appid)
        allowed = _fetch(platform, appid, world=world, now=now)
        grant = Grant(
            brand=platform.brand,
            platform_appid=platform.appid,
            appid=allowed.appid,
            sealed=world.keyring.encrypt(platform.brand, allowed.refresh_token, now=now),
            title=allowed.title,
            original_id=allowed.original_id,
            permissions=allowed.permissions,
            since=before.since if before is not None and before.sealed else now,
            heard_at=rules.latest(None if before is None else before.heard_at, told.heard_at),
            code_hash=code_hash,
        )
        if tables.keep_grant(grant, before=before):
            return
    raise Busy("Others change this authorisation just now: try again.")


def _fetch(platform: Account, appid: str, *, world: World, now: datetime) -> Authorization:
    return tokens.with_token(platform, lambda token: world.wechat.fetch_authorization(token, platform.appid, appid), world=world, now=now)


def _refresh(platform: Account, account: Account, refresh_token: str, *, world: World, now: datetime) -> AuthorizerToken:
    return tokens.with_token(
        platform,
        lambda token: world.wechat.refresh_authorizer_token(token, platform.appid, account.appid, refresh_token),
        world=world,
        now=now,
    )


def _keep_refresh_token(grant: Grant, refresh_token: str, *, world: World, now: datetime) -> Grant:
    changed = msgspec.structs.replace(grant, sealed=world.keyring.encrypt(grant.brand, refresh_token, now=now))
    if not tables.keep_grant(changed, before=grant):
        raise Busy("This authorisation is being changed just now: try again.")
    return msgspec.structs.replace(changed, revision=grant.revision + 1)


def _taken_back(before: Grant, told: Withdraw) -> Grant:
    return Grant(brand=before.brand, platform_appid=before.platform_appid, appid=before.appid, since=before.since, heard_at=told.heard_at)
