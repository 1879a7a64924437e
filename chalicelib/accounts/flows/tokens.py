"""Access tokens for whoever calls WeChat: one row per slot, one asker at a time, at most one retry.

Readers take the row's token while it is usable. Of those who find none, one becomes the asker and invokes the keeper, the one function
allowed to mint; the others wait for the row to change. An account is called by its own token, or by the one its platform has for it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

from chalicelib.accounts import rules
from chalicelib.accounts import tables as accounts
from chalicelib.accounts.flows import register
from chalicelib.accounts.tables import tokens as tables
from chalicelib.accounts.words import Account, Holder, Kind, ShownToken, Token, TokenState
from chalicelib.accounts.words.platforms import MintPageTicket
from chalicelib.errors import Busy, Declined, LiandongError
from chalicelib.staff import flows as staff
from chalicelib.wechat.gateway import TokenRejected
from chalicelib.world import World

log = logging.getLogger("liandong.tokens")
ASKER_S = 20
CACHED_S = 20
WAITS_S = (0.1, 0.2, 0.3, 0.4, *[0.5] * 10)
Answer = TypeVar("Answer")


def with_token(account: Account, call: Callable[[str], Answer], *, platform: Account | None = None, world: World, now: datetime) -> Answer:
    """Call WeChat with the account's token; if WeChat rejects it, once more with a newer one, and never a third time.

    `platform`: call with the token that this platform has for the account, where only a platform may call.
    """
    holder = find_holder(account, platform=platform, world=world, now=now)
    token = _fetch(holder, world=world, now=now)
    try:
        return call(token.value)
    except TokenRejected:
        newer = _replace(holder, token, world=world, now=now)
    return call(newer.value)


def find_holder(account: Account, *, platform: Account | None = None, world: World, now: datetime) -> Holder:
    """Whose token calls for an account: its own, or that of the platform it names because it has no secret."""
    if platform is None and account.platform:
        platform = register.find_platform(account.brand, account.platform, world=world, now=now)
    return Holder(account, platform)


def fetch_token(account: Account, *, world: World, now: datetime) -> Token:
    """A token WeChat should take. `Busy` when none could be had in six seconds."""
    return _fetch(find_holder(account, world=world, now=now), world=world, now=now)


def fetch_page_ticket(account: Account, *, rejected_version: int | None = None, world: World, now: datetime) -> Token:
    """The ticket that signs for the account's web pages (jsapi_ticket), kept and had like a token. `Busy` when none could be had.

    `rejected_version`: of the ticket WeChat took no more; where it insists on that, the same comes back.
    """
    holder = Holder(account, for_pages=True)
    ticket = _fetch(holder, world=world, now=now)
    if ticket.version != rejected_version:
        return ticket
    try:
        return _replace(holder, ticket, world=world, now=now)
    except Declined as declined:
        if declined.code != "token_rejected":
            raise
        return ticket


def refresh_tokens(*, world: World, now: datetime) -> int:
    """Renew every token that is in its last five minutes; the smallest remaining life in seconds comes back, for the alarm."""
    lives = []
    for brand in accounts.list_brands():
        for holder in _list_holders(accounts.list_accounts(brand)):
            state = tables.read_token(holder.slot)
            if state.token is None:
                continue  # nobody has needed it yet
            if rules.is_due(state.token, now):
                lives.append(_renewed_life(holder, world=world, now=now))
            else:
                lives.append((state.token.expires_at - now).total_seconds())
    return int(min(lives, default=7200))


def lend_token(account: Account, *, actor: str, world: World, now: datetime) -> ShownToken:
    """The token for another system of the business, written down."""
    staff.record(account.brand, "token.lent", {"account": account.id}, actor=actor, world=world, now=now)
    token = fetch_token(account, world=world, now=now)
    return ShownToken(access_token=token.value, expires_at=token.expires_at, version=token.version)


def _list_holders(every: list[Account]) -> Iterator[Holder]:
    """Every token there may be: of each platform and account by itself, and of each account that a platform may act for."""
    platforms = [account for account in every if account.kind is Kind.platform]
    for account in every:
        if not account.platform:
            yield Holder(account)
        if account.kind in rules.AUTHORISE:
            yield from (Holder(account, platform) for platform in platforms)


def _fetch(holder: Holder, *, world: World, now: datetime) -> Token:
    slot = holder.slot
    key = ("token", slot.brand, slot.name)
    token = world.cache.remember(key, CACHED_S, lambda: tables.read_token(slot).token, now=now)
    to_its_end = holder.for_pages
    if token is None or not rules.is_usable(token, now, to_its_end=to_its_end):
        world.cache.forget(*key)
        token = _ask(
            holder, lambda state: rules.is_usable(state.token, now, to_its_end=to_its_end), rejected_version=None, world=world, now=now
        )
    return token


def _replace(holder: Holder, rejected: Token, *, world: World, now: datetime) -> Token:
    """A newer token than the rejected one: the row's if it has moved on, else a minted one.

    `Declined` (token_rejected) when WeChat insists on the same token: somebody else has forced another one, and forcing back would only
    start a war.
    """
    slot = holder.slot
    world.cache.forget("token", slot.brand, slot.name)
    state = tables.read_token(slot)
    if state.token is not None and state.version != rejected.version and rules.is_usable(state.token, now):
        return state.token

    def settled(state: TokenState) -> bool:
        return state.version != rejected.version or rules.is_confirmed(state, now)

    confirmed = state.version == rejected.version and rules.is_confirmed(state, now)
    newest = rejected if confirmed else _ask(holder, settled, rejected_version=rejected.version, world=world, now=now)
    if newest.version == rejected.version:
        raise Declined(code="token_rejected")
    return newest


def _renewed_life(holder: Holder, *, world: World, now: datetime) -> float:
    """One account's trouble must not keep the others from being renewed."""
    try:
        _mint(holder, rejected_version=None, world=world)
    except LiandongError as error:
        log.warning("the token of %s could not be renewed: %s", holder.account.id, error.message)
    state = tables.read_token(holder.slot)
    return 0.0 if state.token is None else (state.token.expires_at - now).total_seconds()


def _ask(holder: Holder, settled: Callable[[TokenState], bool], *, rejected_version: int | None, world: World, now: datetime) -> Token:
    """Have a token minted, by us or by whoever asks already, and wait until the row tells."""
    asker = world.new_id()
    if tables.become_asker(holder.slot, asker, now=now, for_s=ASKER_S):
        try:
            _mint(holder, rejected_version=rejected_version, world=world)
        finally:
            tables.stop_asking(holder.slot, asker)
    for wait_s in (*WAITS_S, 0.0):
        state = tables.read_token(holder.slot)
        if settled(state) and state.token is not None:
            return state.token
        world.pause(wait_s)
    raise Busy("No access token could be had from WeChat in time; try again.", code="wechat_busy")


def _mint(holder: Holder, *, rejected_version: int | None, world: World) -> None:
    if holder.for_pages:
        world.keep(MintPageTicket(account=holder.account.id, rejected_version=rejected_version))
        return
    platform = "" if holder.platform is None else holder.platform.id
    world.mint(holder.account.id, rejected_version=rejected_version, platform=platform)
