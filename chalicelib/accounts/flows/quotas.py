"""The meter of WeChat's daily quotas: calls leased in blocks, stopped when WeChat says so, compared with what WeChat counts.

A container leases a block of calls by one write and spends it without asking anybody, so what is leased is never less than what is used:
a quota may be left over in blocks nobody used, never overspent. The comparison gives such blocks back.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime

from chalicelib.accounts.flows import tokens
from chalicelib.accounts.rules import quotas as rules
from chalicelib.accounts.tables import list_accounts, list_brands
from chalicelib.accounts.tables import quotas as tables
from chalicelib.accounts.words import Account
from chalicelib.accounts.words.quotas import Api, ClearOrder, Metered, Priority, QuotasShown, Standing
from chalicelib.aws.tables import TableError
from chalicelib.errors import Declined, LiandongError
from chalicelib.patience import step_aside
from chalicelib.staff import flows as staff
from chalicelib.wechat.quotas import QuotaTold
from chalicelib.world import World

log = logging.getLogger("liandong.quotas")
SPENT = 45009
BLOCK_LASTS_S = 300
TRIES = 3
WAITS = 10
"""So often somebody waits for a block that another of this container leases; then they lease one as well."""


class QuotaSpent(Declined):
    """No more calls of this API today, for what this one is made for: what WeChat would answer (45009) without being asked."""

    def __init__(self, until: datetime) -> None:
        super().__init__("The day's quota of these calls is used up: errcode 45009.", errcode=SPENT)
        self.until = until


class Block:
    """Calls this container has leased and not made yet. Messages are sent at once by several threads, which take of it one by one."""

    def __init__(self) -> None:
        self._left = 0
        self._somebody_leases = False
        self._one_at_a_time = threading.Lock()

    def take(self) -> bool:
        """One call, if one is left."""
        with self._one_at_a_time:
            taken = self._left > 0
            self._left -= taken
        return taken

    def begin_lease(self) -> bool:
        """Have everybody else wait for `add`; `False` where somebody leases already."""
        with self._one_at_a_time:
            begins, self._somebody_leases = not self._somebody_leases, True
        return begins

    def add(self, calls: int) -> None:
        with self._one_at_a_time:
            self._left += calls
            self._somebody_leases = False


def take(account: Account, api: Api, *, priority: Priority, world: World, now: datetime) -> None:
    """Count one call before it is made. `QuotaSpent` when the day has no more for this priority, or WeChat has stopped the API."""
    metered = _today(account, api, world=world, now=now)
    key = ("quota", account.id, api.value, str(metered.day), priority.name)
    block = world.cache.remember(key, BLOCK_LASTS_S, Block, now=now)
    waited = 0
    while not block.take():
        if block.begin_lease() or waited == WAITS:
            _fill(block, metered, priority, world=world, now=now)
        else:
            waited += 1
            step_aside(world)


def stop(account: Account, api: Api, *, world: World, now: datetime) -> datetime:
    """WeChat has said that the day's quota is used up (45009): nobody calls until it begins anew. When that is, is the answer."""
    metered = _today(account, api, world=world, now=now)
    until = rules.resets_at(metered.day, resets_hour=world.settings.quota_resets_hour)
    tables.stop(metered, until, now=now)
    for priority in Priority:
        world.cache.forget("quota", account.id, api.value, str(metered.day), priority.name)
    log.warning("WeChat takes no more calls of %s from %s today", api.value, account.id)
    return until


def compare(*, world: World, now: datetime) -> int:
    """Ask WeChat how the APIs that were called today stand; how many are stopped is the answer."""
    return sum(_compare(account, world=world, now=now) for brand in list_brands() for account in list_accounts(brand))


def show(account: Account, *, world: World, now: datetime) -> QuotasShown:
    """How every metered API of an account stands today."""
    day = rules.day_at(now, resets_hour=world.settings.quota_resets_hour)
    standings = tables.list_standings(account.brand, account.name, day)
    apis = rules.OF_KIND.get(account.kind, ())
    shown = tuple(rules.show(api, standings.get(api, Standing()), _kept(world), now) for api in apis)
    return QuotasShown(day=day, resets_at=rules.resets_at(day, resets_hour=world.settings.quota_resets_hour), quotas=shown)


def clear(account: Account, order: ClearOrder, *, actor: str, world: World, now: datetime) -> QuotasShown:
    """Have WeChat begin all of an account's quotas anew, and ours with them. It is written down first: WeChat allows ten a month."""
    about = {"account": account.id, "reason": order.reason}
    staff.record(account.brand, "quotas.cleared", about, actor=actor, world=world, now=now)
    tokens.with_token(account, lambda token: world.wechat.clear_quotas(token, account.appid), world=world, now=now)
    day = rules.day_at(now, resets_hour=world.settings.quota_resets_hour)
    for api in tables.list_standings(account.brand, account.name, day):
        tables.begin_anew(Metered(account.brand, account.name, api, day))
    return show(account, world=world, now=now)


def _fill(block: Block, metered: Metered, priority: Priority, *, world: World, now: datetime) -> None:
    calls = 0
    try:
        calls = _lease(metered, priority, world=world, now=now)
    finally:
        block.add(calls)


def _lease(metered: Metered, priority: Priority, *, world: World, now: datetime) -> int:
    for _ in range(TRIES):  # what is read may be leased by somebody else before it is written
        standing = tables.read_standing(metered)
        top = rules.ceiling(metered.api, standing, priority, _kept(world))
        room = None if top is None else top - standing.leased
        stopped = standing.stopped_until is not None and standing.stopped_until > now
        if stopped or (room is not None and room <= 0):
            break
        calls = rules.block_of(room)
        if tables.lease(metered, calls, ceiling=top, now=now):
            return calls
    raise QuotaSpent(rules.resets_at(metered.day, resets_hour=world.settings.quota_resets_hour))


def _compare(account: Account, *, world: World, now: datetime) -> int:
    """One account's trouble must not keep the others from being compared."""
    day = rules.day_at(now, resets_hour=world.settings.quota_resets_hour)
    stopped = 0
    for api, standing in tables.list_standings(account.brand, account.name, day).items():
        metered = Metered(account.brand, account.name, api, day)
        try:
            told = _ask(account, api, world=world, now=now)
            spent = 0 < told.most <= told.used
            tables.keep_told(metered, most=told.most, used=told.used, correction=rules.correction(standing, told), stopped=spent, now=now)
            stopped += spent
        except (LiandongError, TableError) as error:
            log.warning("the quota of %s of %s could not be compared: %s", api.value, account.id, type(error).__name__)
            stopped += standing.stopped_until is not None
    return stopped


def _ask(account: Account, api: Api, *, world: World, now: datetime) -> QuotaTold:
    return tokens.with_token(account, lambda token: world.wechat.fetch_quota(token, api.value), world=world, now=now)


def _today(account: Account, api: Api, *, world: World, now: datetime) -> Metered:
    return Metered(account.brand, account.name, api, rules.day_at(now, resets_hour=world.settings.quota_resets_hour))


def _kept(world: World) -> rules.Kept:
    return rules.Kept(world.settings.quota_kept_from_marketing, world.settings.quota_kept_from_service)
