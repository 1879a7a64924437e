"""Access tokens: one row per account, one asker at a time, at most one retry.

Readers take the row's token while it is usable. Of those who find none, one becomes the asker and invokes `mint_token`, the one function
allowed to mint; the others wait for the row to change. In `mint_token` a lease on the row keeps the schedule and an asker apart.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.accounts import rules
from chalicelib.accounts import tables as accounts
from chalicelib.accounts.flows import register
from chalicelib.accounts.tables import tokens as tables
from chalicelib.accounts.words import Account, ShownToken, Slot, Token
from chalicelib.errors import Busy, Declined, LiandongError, Unknown
from chalicelib.staff import flows as staff
from chalicelib.wechat.gateway import TokenRejected
from chalicelib.wechat.platforms import StableToken
from chalicelib.world import World

log = logging.getLogger("liandong.tokens")
LEASE_S = 15
ASKER_S = 20
CONFIRMED_FOR = timedelta(seconds=60)
CACHED_S = 20
WAITS_S = (0.1, 0.2, 0.3, 0.4, *[0.5] * 10)
Answer = TypeVar("Answer")


def with_token(account: Account, call: Callable[[str], Answer], *, world: World, now: datetime) -> Answer:
    """Call WeChat with the account's token; if WeChat rejects it, once more with a newer one, and never a third time."""
    token = fetch_token(account, world=world, now=now)
    try:
        return call(token.value)
    except TokenRejected:
        newer = replace_token(account, token, world=world, now=now)
    return call(newer.value)


def fetch_token(account: Account, *, world: World, now: datetime) -> Token:
    """A token WeChat should take. `Busy` when none could be had in six seconds."""
    key = ("token", account.id)
    token = world.cache.remember(key, CACHED_S, lambda: tables.read_token(_slot(account)).token, now=now)
    if token is None or not rules.is_usable(token, now):
        world.cache.forget(*key)
        token = _ask(account, lambda state: rules.is_usable(state.token, now), rejected_version=None, world=world, now=now)
    return token


def replace_token(account: Account, rejected: Token, *, world: World, now: datetime) -> Token:
    """A newer token than the rejected one: the row's if it has moved on, else a minted one.

    `Declined` (token_rejected) when WeChat insists on the same token: somebody else has forced another one, and forcing back would only
    start a war.
    """
    world.cache.forget("token", account.id)
    state = tables.read_token(_slot(account))
    if state.token is not None and state.version != rejected.version and rules.is_usable(state.token, now):
        return state.token

    def settled(state: tables.TokenState) -> bool:
        return state.version != rejected.version or _confirmed(state, now)

    newest = _ask(account, settled, rejected_version=rejected.version, world=world, now=now)
    if newest.version == rejected.version:
        raise Declined(code="token_rejected")
    return newest


def mint_token(account_id: str, *, rejected_version: int | None, world: World, now: datetime) -> None:
    """Ask WeChat for the account's token and store it, if that is still needed and nobody else is doing so.

    The only place that asks WeChat for a token. `force_refresh` is never used: 20 a day, and it kills the token under every other system.
    """
    account = register.find_account(account_id, world=world, now=now)
    state = tables.read_token(_slot(account))
    if not _is_needed(state, rejected_version, now):
        return
    lease = world.new_id()
    if not tables.take_lease(_slot(account), lease, state, now=now, for_s=LEASE_S):
        return
    try:
        minted = _fetch_stable_token(account, world=world, now=now)
    except Exception:
        tables.drop_lease(_slot(account), lease)
        raise
    expires_at = now + timedelta(seconds=minted.expires_in_s)
    if state.token is None or state.token.value != minted.value:
        token = Token(value=minted.value, version=state.version + 1, expires_at=expires_at)
        tables.keep_token(_slot(account), lease, token)
    elif rejected_version is None:
        tables.prolong_token(_slot(account), lease, expires_at=expires_at)
    else:
        tables.confirm_token(_slot(account), lease, state.version, expires_at=expires_at, now=now)


def refresh_tokens(*, world: World, now: datetime) -> int:
    """Renew every token that is in its last five minutes; the smallest remaining life in seconds comes back, for the alarm."""
    lives = []
    for brand in accounts.list_brands():
        for account in accounts.list_accounts(brand):
            state = tables.read_token(_slot(account))
            if state.token is None:
                continue  # nobody has needed it yet
            if rules.is_due(state.token, now):
                lives.append(_renewed_life(account, world=world, now=now))
            else:
                lives.append((state.token.expires_at - now).total_seconds())
    return int(min(lives, default=7200))


def lend_token(account: Account, *, actor: str, world: World, now: datetime) -> ShownToken:
    """The token for another system of the business, written down."""
    staff.record(account.brand, "token.lent", {"account": account.id}, actor=actor, world=world, now=now)
    token = fetch_token(account, world=world, now=now)
    return ShownToken(access_token=token.value, expires_at=token.expires_at, version=token.version)


def _renewed_life(account: Account, *, world: World, now: datetime) -> float:
    """One account's trouble must not keep the others from being renewed."""
    try:
        world.mint(account.id, rejected_version=None)
    except LiandongError as error:
        log.warning("the token of %s could not be renewed: %s", account.id, error.message)
    state = tables.read_token(_slot(account))
    return 0.0 if state.token is None else (state.token.expires_at - now).total_seconds()


def _fetch_stable_token(account: Account, *, world: World, now: datetime) -> StableToken:
    secret = register.fetch_secret(account, world=world, now=now)
    try:
        return world.wechat.fetch_stable_token(account.appid, secret.app_secret)
    except Unknown:
        raise Busy(code="wechat_busy") from None  # asking again gives the same token: as good as not having asked


def _ask(
    account: Account, settled: Callable[[tables.TokenState], bool], *, rejected_version: int | None, world: World, now: datetime
) -> Token:
    """Have a token minted, by us or by whoever asks already, and wait until the row tells."""
    asker = world.new_id()
    if tables.become_asker(_slot(account), asker, now=now, for_s=ASKER_S):
        try:
            world.mint(account.id, rejected_version=rejected_version)
        finally:
            tables.stop_asking(_slot(account), asker)
    for wait_s in (*WAITS_S, 0.0):
        state = tables.read_token(_slot(account))
        if settled(state) and state.token is not None:
            return state.token
        world.pause(wait_s)
    raise Busy("No access token could be had from WeChat in time; try again.", code="wechat_busy")


def _is_needed(state: tables.TokenState, rejected_version: int | None, now: datetime) -> bool:
    if rejected_version is None:
        return rules.is_due(state.token, now)
    return state.version == rejected_version and not _confirmed(state, now)


def _confirmed(state: tables.TokenState, now: datetime) -> bool:
    """Did WeChat insist on this version a moment ago? Asking again so soon would give the same."""
    return state.confirmed_at is not None and state.confirmed_version == state.version and now - state.confirmed_at < CONFIRMED_FOR


def _slot(account: Account) -> Slot:
    return Slot(account.brand, account.appid)
