"""Menus that come and go by themselves: planned, shown, let go."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.accounts.words import Account
from chalicelib.documents import flows as documents
from chalicelib.errors import Busy, Conflict, Declined, Missing, TooMany
from chalicelib.lint import flows as lint
from chalicelib.lint.words import Subject
from chalicelib.menus.flows import telling, writing
from chalicelib.menus.rules import turning
from chalicelib.menus.rules.advice import advise
from chalicelib.menus.tables import states as tables
from chalicelib.menus.words.holidays import Holiday, HolidayOrder, HolidayShown
from chalicelib.menus.words.menu import MenuOrder
from chalicelib.menus.words.states import Holidays
from chalicelib.staff import flows as staff
from chalicelib.world import World

TRIES = 4


def plan_holiday(account: Account, name: str, order: HolidayOrder, *, actor: str, world: World, now: datetime) -> HolidayShown:
    """Plan a menu for a span of time, in the place of the holiday of this name; one that has begun is shown at once."""
    from_at, until_at = turning.check_times(order.from_at, order.until_at, now)
    if documents.find_live(telling.document_of(account)) is None:
        raise Conflict(code="menu_needed")
    known = tables.read_holidays(account)
    turning.check_free(known.holidays, name, from_at, until_at, now)
    written, subject = MenuOrder(buttons=order.buttons), _subject(account, name)
    ready = writing.make_ready(account, subject, written, override=order.override, actor=actor, world=world, now=now)
    wanted = Holiday(name=name, from_at=from_at, until_at=until_at, written=written, ready=ready.text)
    about = {"account": account.id, "holiday": name, "from_at": from_at.isoformat(), "until_at": until_at.isoformat()}
    staff.record(account.brand, "menu.holiday_planned", about, actor=actor, world=world, now=now)
    former = next((each for each in known.holidays if each.name == name and each.until_at > now), None)
    try:
        _keep(account, known, turning.with_holiday(known.holidays, wanted, now), now=now)
        _look(account, world=world, now=now)
    except (Busy, Declined) as refused:
        if isinstance(refused, Declined):
            _put_back(account, wanted, former, now=now)
        writing.take_back(account, subject, written, None if former is None else former.written, world=world, now=now)
        raise
    for over in known.holidays:
        if over.until_at <= now:
            lint.forget_texts(account.brand, _subject(account, over.name))
    advice = advise(written, writing.taps_lately(account, now=now))
    return msgspec.structs.replace(_show(account, wanted, now), findings=ready.findings, advice=advice)


def show_holiday(account: Account, name: str, *, now: datetime) -> HolidayShown:
    return _show(account, _find(tables.read_holidays(account), name, now), now)


def drop_holiday(account: Account, name: str, *, actor: str, world: World, now: datetime) -> None:
    """Let a holiday go; where its menu is shown now, the one in force comes back at once."""
    known = tables.read_holidays(account)
    _find(known, name, now)
    staff.record(account.brand, "menu.holiday_dropped", {"account": account.id, "holiday": name}, actor=actor, world=world, now=now)
    _keep(account, known, tuple(each for each in known.holidays if each.name != name), now=now)
    lint.forget_texts(account.brand, _subject(account, name))
    _look(account, world=world, now=now)


def _find(known: Holidays, name: str, now: datetime) -> Holiday:
    for each in known.holidays:
        if each.name == name and each.until_at > now:
            return each
    raise Missing(code="holiday_missing")


def _keep(account: Account, known: Holidays, changed: tuple[Holiday, ...], *, now: datetime) -> None:
    if not tables.keep_holidays(account, known, changed, now=now):
        raise Busy("Somebody plans a holiday of this account at the same moment: look at theirs, then try again.")


def _put_back(account: Account, refused: Holiday, former: Holiday | None, *, now: datetime) -> None:
    """WeChat did not take it: the holiday of this name is what it was before. What else was planned meanwhile stays."""
    for _ in range(TRIES):
        known = tables.read_holidays(account)
        if refused not in known.holidays:
            return
        others = tuple(each for each in known.holidays if each != refused)
        changed = others if former is None else turning.with_holiday(others, former, now)
        if tables.keep_holidays(account, known, changed, now=now):
            return
    raise Busy("Somebody plans a holiday of this account at the same moment: look at theirs, then try again.")


def _look(account: Account, *, world: World, now: datetime) -> None:
    """Have the right menu shown and the next turn noted. Where WeChat is away the schedule does it."""
    try:
        telling.tell(account, world=world, now=now)
    except (Busy, TooMany):
        return


def _show(account: Account, holiday: Holiday, now: datetime) -> HolidayShown:
    return HolidayShown(
        account=account.id,
        name=holiday.name,
        from_at=holiday.from_at,
        until_at=holiday.until_at,
        shown_now=holiday.from_at <= now < holiday.until_at,
        written=holiday.written,
    )


def _subject(account: Account, name: str) -> Subject:
    return Subject("menu_holiday", account.id, name)
