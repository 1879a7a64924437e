"""Those who wait for human service are given to staff, members of higher level first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from chalicelib.accounts import tables as accounts
from chalicelib.accounts.flows import register, tokens
from chalicelib.accounts.words import Account, Kind
from chalicelib.errors import Declined, LiandongError, Missing
from chalicelib.hub.flows import handing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.replies.flows import measuring
from chalicelib.replies.flows.publishing import live_rules
from chalicelib.replies.rules import waiting as rules
from chalicelib.replies.words import Service
from chalicelib.wechat.human import Waiting
from chalicelib.world import World

log = logging.getLogger("liandong.replies")
NOT_THERE = frozenset({65401, 65402})
"""This member of staff is unknown, has no WeChat, or has gone meanwhile."""
TAKEN = frozenset({65413, 65415})
"""Somebody talks with this person already: another run of ours, or a member of staff who was quicker."""
MOST_RECORDS = 10


def serve_waiting(*, world: World, now: datetime) -> int:
    """Give out who waits, of every account that hands over, and measure; how many have waited longer than they should.

    Nothing is kept about who is given to whom: WeChat's own list is read anew each time, so a run that broke off is made good by the
    next, and of two at once one finds the people taken.
    """
    late = 0
    for brand in accounts.list_brands():
        for account in register.list_accounts(brand):
            if account.kind is Kind.official_account:
                late += _serve(account, world=world, now=now)
    return late


def give_out(account: Account, service: Service, *, world: World, now: datetime) -> int:
    """Give those who wait to the staff who are there, to whoever talks with the fewest; how many found somebody."""
    waiting = tokens.with_token(account, world.wechat.list_waiting, world=world, now=now)
    if not waiting:
        return 0
    staff = rules.staff_of(tokens.with_token(account, world.wechat.list_online, world=world, now=now))
    if rules.next_free(staff, service.sessions_at_most) is None:
        return 0
    levels = _levels_of(account, waiting, service.levels, world=world, now=now)
    given = [_give(account, each.openid, staff, service, world, now) for each in rules.order_waiting(waiting, service.levels, levels)]
    return given.count(True)


def _serve(account: Account, *, world: World, now: datetime) -> int:
    """Trouble with one account is not the others'."""
    service = live_rules(account, world=world, now=now).service
    if service is None:
        return 0
    _attempt(account, lambda: give_out(account, service, world=world, now=now))
    return _attempt(account, lambda: measuring.measure(account, world=world, now=now))


def _attempt(account: Account, step: Callable[[], int]) -> int:
    try:
        return step()
    except LiandongError as error:
        log.warning("human service of %s was not served: %s", account.id, error)
        return 0


def _give(account: Account, openid: str, staff: dict[str, int], service: Service, world: World, now: datetime) -> bool:
    """Give one person to whoever is free; `staff` forgets who has gone and counts who is given somebody."""
    while (kf_account := rules.next_free(staff, service.sessions_at_most)) is not None:
        errcode = _begin(account, kf_account, openid, world=world, now=now)
        if errcode in NOT_THERE:
            del staff[kf_account]
            continue
        if errcode == 0:
            staff[kf_account] += 1
        elif errcode not in TAKEN:
            log.warning("somebody who waits at %s was not given to anybody: errcode %s", account.id, errcode)
        return errcode == 0
    return False


def _begin(account: Account, kf_account: str, openid: str, *, world: World, now: datetime) -> int:
    """Put somebody into the hands of a member of staff; WeChat's errcode where it declines."""
    try:
        tokens.with_token(account, lambda token: world.wechat.begin_session(token, kf_account, openid), world=world, now=now)
    except Declined as declined:
        return declined.errcode
    return 0


def _levels_of(account: Account, waiting: Sequence[Waiting], levels: Sequence[str], *, world: World, now: datetime) -> dict[str, str]:
    """The level of each who waits and is a member, by openid."""
    if not levels:
        return {}
    return {each.openid: _level_of(account, each.openid, levels, world=world, now=now) for each in waiting}


def _level_of(account: Account, openid: str, levels: Sequence[str], *, world: World, now: datetime) -> str:
    try:
        person = identity.find_person(account.brand, Identifier(IdentifierType.openid, openid, account.name), world=world, now=now)
    except Missing:
        return ""
    records, _ = handing.list_records(
        account.brand, person, "member", state=None, before=None, most=MOST_RECORDS, reveal=False, world=world, now=now
    )
    return rules.highest_level((str(record.data.get("level", "")) for record in records), levels)
