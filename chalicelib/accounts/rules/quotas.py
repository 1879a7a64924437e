"""How many calls of an API may still be made today, by what for. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import msgspec

from chalicelib.accounts.words import Kind
from chalicelib.accounts.words.quotas import Api, Priority, QuotaShown, Standing
from chalicelib.beijing import A_DAY, day_of, start_of
from chalicelib.wechat.quotas import QuotaTold

USUAL: dict[Api, int] = {
    Api.template_message: 100_000,
    Api.subscribe_message: 10_000_000,
    Api.customer_message: 500_000,
    Api.mass_send: 100,
    Api.mass_send_all: 100,
}
"""What WeChat allows a new account; more followers and payment raise it, and `openapi/quota/get` tells."""
OF_KIND = {
    Kind.official_account: tuple(api for api in Api if api is not Api.subscribe_message),
    Kind.mini_program: (Api.subscribe_message, Api.customer_message),
}
LARGEST_BLOCK = 100
BLOCKS_AT_ONCE = 20
"""A block is at most this part of what is left: near the end nobody sits on what another needs."""
OUTSTANDING = LARGEST_BLOCK * BLOCKS_AT_ONCE
"""Calls that containers may have leased and not made yet: blocks of twenty senders."""


class Kept(msgspec.Struct, frozen=True):
    """What is kept back of a day's quota, in per cent: from marketing, and from everything but the urgent."""

    from_marketing: int
    from_service: int


def day_at(now: datetime, *, resets_hour: int) -> date:
    """The day WeChat counts a call for: it begins at an hour in Beijing that WeChat does not promise."""
    return day_of(now - timedelta(hours=resets_hour))


def resets_at(day: date, *, resets_hour: int) -> datetime:
    return start_of(day + A_DAY) + timedelta(hours=resets_hour)


def most_of(api: Api, standing: Standing) -> int | None:
    """WeChat's limit as it was told, or the usual one; `None`: nobody knows of any."""
    told = standing.most if standing.most is not None else USUAL.get(api)
    return told or None


def ceiling(api: Api, standing: Standing, priority: Priority, kept: Kept) -> int | None:
    """How many calls may be leased in all before those of a priority have to stop."""
    most = most_of(api, standing)
    if most is None:
        return None
    share = {Priority.marketing: max(kept.from_marketing, kept.from_service), Priority.service: kept.from_service}.get(priority, 0)
    return most - -(-most * share // 100)


def block_of(room: int | None) -> int:
    """How many calls a container leases at once: a hundred while there are many, one by one at the end."""
    return LARGEST_BLOCK if room is None else min(LARGEST_BLOCK, max(1, room // BLOCKS_AT_ONCE), room)


def correction(standing: Standing, told: QuotaTold) -> int:
    """What to add to `leased`, so that it is never less than WeChat has counted, and not much more than that and what may be under way.

    Others of the business call with the same account, and what a container had leased when it ended was never used.
    """
    return max(told.used - standing.leased, 0) + min(told.used + OUTSTANDING - standing.leased, 0)


def show(api: Api, standing: Standing, kept: Kept, now: datetime) -> QuotaShown:
    def left(priority: Priority) -> int | None:
        top = ceiling(api, standing, priority, kept)
        return None if top is None else max(top - standing.leased, 0)

    stopped = standing.stopped_until if standing.stopped_until is not None and standing.stopped_until > now else None
    return QuotaShown(
        api=api,
        most=most_of(api, standing),
        leased=standing.leased,
        used=standing.used,
        told_at=standing.told_at,
        left_for_marketing=0 if stopped else left(Priority.marketing),
        left_for_service=0 if stopped else left(Priority.service),
        stopped_until=stopped,
    )
