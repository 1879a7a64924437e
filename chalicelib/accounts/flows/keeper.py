"""The keeper: the one function that asks WeChat for tokens, and the only one that writes what is kept of them.

A lease on the row keeps the schedule and an asker apart. `force_refresh` is never used: 20 a day, and it kills the token under every other
system. What a token is got by differs: an account's AppSecret, a platform's secret and ticket, or what an account has authorised.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.accounts import rules
from chalicelib.accounts.flows import grants, register, tickets, tokens
from chalicelib.accounts.tables import tokens as tables
from chalicelib.accounts.words import Account, Holder, Kind, Token, TokenState
from chalicelib.accounts.words.platforms import Authorize, Errand, KeepTicket, MintPageTicket, Withdraw
from chalicelib.errors import Busy, Declined, Unknown
from chalicelib.wechat.platforms import StableToken
from chalicelib.world import World

LEASE_S = 15


def answer(event: dict[str, Any], *, world: World, now: datetime) -> dict[str, Any] | None:
    """Do what one invocation asks for. Refusals its caller has to tell apart are its answer, everything else fails it."""
    try:
        if "errand" in event:
            do_errand(msgspec.convert(event, Errand), world=world, now=now)
        else:
            rejected_version, platform = event["rejected_version"], event.get("platform", "")
            mint_token(event["account"], rejected_version=rejected_version, platform=platform, world=world, now=now)
    except Declined as refused:
        return {"Code": refused.code, "Message": refused.message, "errcode": refused.errcode}
    except Busy as busy:
        if busy.code != "platform_ticket_missing":
            raise
        return {"Code": busy.code, "Message": busy.message}
    return None


def do_errand(errand: Errand, *, world: World, now: datetime) -> None:
    """Keep what WeChat has told a platform of the brand, or what signs for an account's pages."""
    if isinstance(errand, MintPageTicket):
        account = register.find_account(errand.account, world=world, now=now)
        _mint(Holder(account, for_pages=True), rejected_version=errand.rejected_version, world=world, now=now)
        return
    brand, _ = rules.split_id(errand.platform)
    platform = register.find_platform(brand, errand.platform, world=world, now=now)
    inside = _in_here(world, now)
    match errand:
        case KeepTicket():
            tickets.keep(platform, errand)
        case Authorize():
            grants.authorize(platform, errand, world=inside, now=now)
        case Withdraw():
            grants.withdraw(platform, errand, now=now)


def mint_token(account_id: str, *, rejected_version: int | None, platform: str = "", world: World, now: datetime) -> None:
    """Ask WeChat for a token and store it, if that is still needed and nobody else is doing so.

    The token is the account's own, or with `platform` the one that this platform has for it.
    """
    account = register.find_account(account_id, world=world, now=now)
    acting = register.find_platform(account.brand, platform, world=world, now=now) if platform else None
    _mint(Holder(account, acting), rejected_version=rejected_version, world=world, now=now)


def _mint(holder: Holder, *, rejected_version: int | None, world: World, now: datetime) -> None:
    state = tables.read_token(holder.slot)
    if not _is_needed(state, rejected_version, now):
        return
    lease = world.new_id()
    if not tables.take_lease(holder.slot, lease, state, now=now, for_s=LEASE_S):
        return
    try:
        minted = _ask_wechat(holder, world=world, now=now)
    except Exception:
        tables.drop_lease(holder.slot, lease)
        raise
    _keep(holder, lease, state, minted, rejected_version, now=now)


def _keep(holder: Holder, lease: str, state: TokenState, minted: StableToken, rejected_version: int | None, *, now: datetime) -> None:
    expires_at = now + timedelta(seconds=minted.expires_in_s)
    if state.token is None or state.token.value != minted.value:
        token = Token(value=minted.value, version=state.version + 1, expires_at=expires_at)
        tables.keep_token(holder.slot, lease, token)
        if rejected_version is not None and not holder.for_pages:
            tables.end_token(Holder(holder.account, for_pages=True).slot, now=now)  # it came by a token that died early
    elif rejected_version is None:
        tables.prolong_token(holder.slot, lease, expires_at=expires_at)
    else:
        tables.confirm_token(holder.slot, lease, state.version, expires_at=expires_at, now=now)


def _is_needed(state: TokenState, rejected_version: int | None, now: datetime) -> bool:
    if rejected_version is None or state.token is None:
        return rules.is_due(state.token, now)
    return state.version == rejected_version and not rules.is_confirmed(state, now)


def _ask_wechat(holder: Holder, *, world: World, now: datetime) -> StableToken:
    """The token of a holder, got as its kind is."""
    try:
        if holder.for_pages:
            ticket = tokens.with_token(holder.account, world.wechat.fetch_page_ticket, world=_in_here(world, now), now=now)
            return StableToken(ticket.value, ticket.expires_in_s)
        if holder.platform is not None:
            return grants.fetch_token(holder.platform, holder.account, world=_in_here(world, now), now=now)
        if holder.account.kind is Kind.platform:
            return tickets.fetch_token(holder.account, world=world, now=now)
        return _fetch_stable_token(holder.account, world=world, now=now)
    except Unknown:
        raise Busy(code="wechat_busy") from None  # asking again gives the same token or another: as good as not having asked


def _fetch_stable_token(account: Account, *, world: World, now: datetime) -> StableToken:
    secret = register.fetch_secret(account, world=world, now=now)
    return world.wechat.fetch_stable_token(account.appid, secret.app_secret)


def _in_here(world: World, now: datetime) -> World:
    """The same world, where a token that is needed on the way is minted by this very function and no other."""

    def mint(account: str, *, rejected_version: int | None, platform: str = "") -> None:
        mint_token(account, rejected_version=rejected_version, platform=platform, world=world, now=now)

    return msgspec.structs.replace(world, mint=mint)
