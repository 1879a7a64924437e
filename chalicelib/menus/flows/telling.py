"""WeChat is told which menu is due: by whoever publishes, and by the schedule when a holiday turns or something broke off.

What is due follows from rows alone: a holiday's menu in its time, else the version in force. Who tells WeChat marks first what it tells,
then calls, then keeps the answer; a mark without an answer is told again, for making a menu twice leaves the same menu.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import msgspec

from chalicelib.accounts import tables as accounts
from chalicelib.accounts.flows import register, tokens
from chalicelib.accounts.words import Account
from chalicelib.aws.tables import TableError, code_of
from chalicelib.documents import flows as documents
from chalicelib.documents.words import Document
from chalicelib.errors import Busy, Declined, LiandongError
from chalicelib.lint.words import Subject
from chalicelib.menus.flows import conditional, writing
from chalicelib.menus.rules import turning
from chalicelib.menus.rules.comparing import mark_of
from chalicelib.menus.rules.refusals import explain
from chalicelib.menus.tables import calls
from chalicelib.menus.tables import states as tables
from chalicelib.menus.words.menu import MenuOrder, Told
from chalicelib.menus.words.states import Due, MenuState
from chalicelib.world import World

log = logging.getLogger("liandong.menus")
LEASE = timedelta(seconds=40)
"""Longer than a call with a fresh token takes."""
LEFT_ALONE = timedelta(seconds=60)
"""Younger than this, whoever began it may still be at it."""
TRIES = 4
WAIT_S = 0.5


def tell(account: Account, *, world: World, now: datetime) -> Told:
    """Have WeChat show the menu that is due. `Declined` when it does not take it; then the last one it took stays, here as there.

    `telling`: somebody else is at it, or its answer did not come; the schedule looks again.
    """
    for _ in range(TRIES):
        state, due = tables.read_state(account), find_due(account, now=now)
        mark = mark_of(due.ready)
        if not state.telling and (mark == state.told or (mark and mark == state.refused)):
            if tables.settle(account, state, due.turn_at):
                return _standing(state, mark)
            continue
        lease = world.new_id()
        if not tables.claim(account, state, lease, mark or "none", now=now, until=now + LEASE):
            world.pause(WAIT_S)
            continue
        if _call(account, state, due, lease, world=world, now=now):
            return Told.live if due.ready else Told.nothing
    return Told.telling


def turn_menus(*, world: World, now: datetime) -> int:
    """Look at every menu whose holiday begins or ends, or that is not settled; how many. An account in trouble stops no other."""
    done = 0
    for brand in accounts.list_brands():
        try:
            due = [each for each in tables.list_states(brand) if _is_due(each, now)]
        except TableError as error:
            log.warning("the menus of %s could not be read: %s", brand, code_of(error) or "no answer")
            continue
        for state in due:
            _turn(brand, state, world=world, now=now)
        done += len(due)
    return done


def find_due(account: Account, *, now: datetime) -> Due:
    """The menu that is due this moment, as its rows say."""
    holidays = tables.read_holidays(account).holidays
    turn_at = turning.next_turn(holidays, now)
    holiday = turning.current(holidays, now)
    live = documents.find_live(document_of(account))
    version = 0 if live is None else live.version
    if holiday is not None:
        return Due(ready=holiday.ready, version=version, holiday=holiday.name, turn_at=turn_at)
    return Due(ready="" if live is None else live.ready, version=version, holiday="", turn_at=turn_at)


def document_of(account: Account) -> Document[MenuOrder]:
    return Document(brand=account.brand, kind="menu", account=account.name, written_as=MenuOrder, event="menu")


def subject_of(account: Account) -> Subject:
    """What the lint knows the account's menu by."""
    return Subject("menu", account.id)


def _call(account: Account, state: MenuState, due: Due, lease: str, *, world: World, now: datetime) -> bool:
    """Tell WeChat and keep its answer; `False` when another menu became due meanwhile."""
    try:
        calls.count(account, "menu", now=now)
        if due.ready:
            menu = msgspec.json.decode(due.ready, type=dict[str, object])
            tokens.with_token(account, lambda token: world.wechat.create_menu(token, menu), world=world, now=now)
        else:
            tokens.with_token(account, world.wechat.delete_menu, world=world, now=now)
    except Declined as declined:
        told = explain(declined)
        _step_back(account, state, due, told.message, world=world, now=now)
        tables.keep_refused(account, state, lease, refused=mark_of(due.ready), trouble=told.message, turn_at=due.turn_at)
        raise told from None
    except LiandongError:
        tables.release(account, lease)
        raise
    return tables.keep_told(
        account,
        state,
        lease,
        told=mark_of(due.ready),
        version=due.version,
        holiday=due.holiday,
        turn_at=due.turn_at,
        now=now,
    )


def _step_back(account: Account, state: MenuState, due: Due, why: str, *, world: World, now: datetime) -> None:
    """A version that WeChat refuses is not in force: the one it shows is again. A holiday's menu is no version."""
    log.warning("WeChat refused a menu of %s: %s", account.id, why)
    if due.holiday or due.version == state.told_version:
        return
    document, about = document_of(account), {"account": account.id, "refused": due.version}
    live = documents.find_live(document)
    if live is not None and live.version == due.version:
        before = documents.find_version(document, state.told_version).written if state.told_version else None
        writing.take_back(account, subject_of(account), live.written, before, world=world, now=now)
    documents.step_back(document, due.version, state.told_version, about=about, actor="wechat", world=world, now=now)


def _standing(state: MenuState, mark: str) -> Told:
    if mark != state.told:
        return Told.refused
    return Told.live if mark else Told.nothing


def _is_due(state: MenuState, now: datetime) -> bool:
    turned = state.turn_at is not None and state.turn_at <= now
    return turned or any(since is not None and since <= now - LEFT_ALONE for since in (state.unsettled_at, state.some_since))


def _turn(brand: str, state: MenuState, *, world: World, now: datetime) -> None:
    try:
        account = register.find_own_account(brand, f"{brand}.{state.account}", world=world, now=now)
        tell(account, world=world, now=now)
        conditional.finish(account, world=world, now=now)
    except Busy as busy:
        log.warning("WeChat could not be told the menu of %s.%s: %s", brand, state.account, busy.code)
    except LiandongError as error:
        log.warning("the menu of %s.%s is not what is due: %s", brand, state.account, error.message)
    except TableError as error:
        log.warning("the menu of %s.%s could not be looked at: %s", brand, state.account, code_of(error) or "no answer")
