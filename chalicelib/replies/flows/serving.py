"""Those who wait for human service are given to staff, members of higher level first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import msgspec

from chalicelib.accounts import tables as accounts
from chalicelib.accounts.flows import register, tokens
from chalicelib.accounts.words import Account, Kind
from chalicelib.aws.metrics import put_metric
from chalicelib.errors import Busy, Declined, LiandongError, Missing
from chalicelib.hub.flows import handing
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.replies.flows import measuring
from chalicelib.replies.flows.publishing import live_rules
from chalicelib.replies.rules import waiting as rules
from chalicelib.replies.words import Service
from chalicelib.replies.words.waiting import Turn
from chalicelib.wechat.human import Waiting
from chalicelib.world import World

log = logging.getLogger("liandong.replies")
NOT_THERE = frozenset({65401, 65402})
"""This member of staff is unknown, has no WeChat, or has gone meanwhile."""
TAKEN = frozenset({65413, 65415})
"""Somebody talks with this person already: another run of ours, or a member of staff who was quicker."""
MOST_RECORDS = 10
A_TURN = timedelta(minutes=1)
GIVING = timedelta(seconds=20)
"""So long people are given out in one turn: measuring comes after it, and the function ends within the minute."""


def plan_turns(*, world: World, now: datetime) -> None:
    """Queue a turn for every official account, so that none waits for another; `Busy` when the queue has not taken all of them."""
    officials = [
        account.id for brand in accounts.list_brands() for account in register.list_accounts(brand) if account.kind is Kind.official_account
    ]
    bodies = [msgspec.json.encode(Turn(account, now)).decode() for account in officials]
    left = world.queues.send_all("waiting", bodies)
    if left:
        raise Busy(f"{len(left)} of {len(bodies)} accounts have no turn in this minute; the next one queues anew.")


def serve_account(turn: Turn, *, world: World, now: datetime) -> None:
    """Give out who waits at an account, and measure; the figure `AnswersLate` says how many have waited longer than they should.

    Nothing is kept about who is given to whom: WeChat's own list is read anew each time, so a turn that broke off is made good by the
    next, and of two at once one finds the people taken. One that comes after its minute is let go: the next is on its way.
    """
    account = _find_account(turn, world=world, now=now)
    service = None if account is None else live_rules(account, world=world, now=now).service
    if account is None or service is None:
        return
    _attempt(account, lambda: give_out(account, service, world=world, now=now))
    late = _attempt(account, lambda: measuring.measure(account, world=world, now=now))
    if late:
        put_metric("AnswersLate", late)


def give_out(account: Account, service: Service, *, world: World, now: datetime) -> int:
    """Give those who wait to the staff who are there, to whoever talks with the fewest; how many found somebody."""
    waiting = tokens.with_token(account, world.wechat.list_waiting, world=world, now=now)
    if not waiting:
        return 0
    staff = rules.staff_of(tokens.with_token(account, world.wechat.list_online, world=world, now=now))
    if rules.next_free(staff, service.sessions_at_most) is None:
        return 0
    levels = _levels_of(account, waiting, service.levels, world=world, now=now)
    given = 0
    for each in rules.order_waiting(waiting, service.levels, levels):
        if world.now() - now >= GIVING:
            log.warning("WeChat is slow: who still waits at %s is given out in the next minute", account.id)
            break
        given += _give(account, each.openid, staff, service, world, now)
    return given


def _find_account(turn: Turn, *, world: World, now: datetime) -> Account | None:
    """The account a turn is of; nothing when it has gone, or its minute has."""
    if now - turn.planned_at >= A_TURN:
        return None
    try:
        return register.find_account(turn.account, world=world, now=now)
    except Missing:
        return None


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
