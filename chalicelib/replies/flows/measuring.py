"""How long people wait for a first answer after they were handed over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from chalicelib.accounts.flows import tokens
from chalicelib.accounts.words import Account
from chalicelib.identity.words import Key
from chalicelib.replies.rules import waiting as rules
from chalicelib.replies.tables import hand_overs as tables
from chalicelib.replies.words.waiting import HandedOver, ResponseTimes
from chalicelib.wechat.human import Records, Said
from chalicelib.world import World

MOST_PAGES = 10
MEASURING = timedelta(seconds=35)
"""So long after a turn began WeChat is asked for more: what it has told by then counts, the rest is asked for in the next."""


def note_hand_over(account: Account, person: Key, openid: str, cause: str, *, at: datetime, world: World, now: datetime) -> None:
    """Somebody waits for a first answer; whoever does already keeps their place."""
    sealed = world.keyring.encrypt(account.brand, openid, now=now)
    tables.open_one(account, HandedOver(str(person), cause, sealed, at))


def measure(account: Account, *, world: World, now: datetime) -> int:
    """Look who was answered meanwhile, and keep how long it took; how many wait longer than they should."""
    waiting = tables.list_open(account)
    by_openid = {world.keyring.decrypt(account.brand, each.sealed): each for each in waiting}
    lost = {openid: each for openid, each in by_openid.items() if now - each.since > rules.MEASURED}
    for each in lost.values():
        _close(account, each, None, world=world)
    asked = {openid: each for openid, each in by_openid.items() if openid not in lost}
    if not asked:
        return 0
    answers = rules.first_answers(asked, _list_said(account, min(each.since for each in asked.values()), world=world, now=now))
    for openid, waited_s in answers.items():
        _close(account, asked[openid], waited_s, world=world)
    still = [each for openid, each in asked.items() if openid not in answers]
    return rules.count_late(still, world.settings.first_response_s, now=now)


def show_response_times(account: Account, first: date, last: date) -> ResponseTimes:
    """The first answers of these days, and who waits now."""
    waiting = tables.list_open(account)
    return ResponseTimes(
        account=account.id,
        days=rules.fold_days(tables.list_done(account, first, last)),
        waiting=len(waiting),
        waiting_since=min((each.since for each in waiting), default=None),
    )


def _list_said(account: Account, since: datetime, *, world: World, now: datetime) -> Iterator[Said]:
    following = 1
    for _ in range(MOST_PAGES):
        if world.now() - now >= MEASURING:
            return
        page = _fetch_page(account, since, following, world=world, now=now)
        yield from page.said
        if page.following is None:
            return
        following = page.following


def _fetch_page(account: Account, since: datetime, following: int, *, world: World, now: datetime) -> Records:
    first_s, last_s = int(since.timestamp()), int(now.timestamp())
    return tokens.with_token(
        account, lambda token: world.wechat.list_said(token, first_s, last_s, following=following), world=world, now=now
    )


def _close(account: Account, waits: HandedOver, waited_s: int | None, *, world: World) -> None:
    tables.close_one(account, waits, rules.day_of(waits.since, world.settings.utc_offset_h), waited_s)
