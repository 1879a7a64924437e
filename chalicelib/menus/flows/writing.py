"""A menu checked and made ready: WeChat's limits, the brand's mini programs, and what its texts say."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account, Kind
from chalicelib.beijing import day_of
from chalicelib.errors import Invalid, Missing
from chalicelib.lint import flows as lint
from chalicelib.lint.words import Finding, Subject
from chalicelib.menus.rules import writing as rules
from chalicelib.menus.rules.advice import Clicks, advise
from chalicelib.menus.rules.comparing import lines_of, seal
from chalicelib.menus.tables import clicks
from chalicelib.menus.words.menu import MenuOrder, Preview
from chalicelib.world import World

LATELY = timedelta(days=28)


class Ready(msgspec.Struct, frozen=True):
    """A menu that may be told: as WeChat takes it, and what was found in its texts."""

    text: str
    findings: tuple[Finding, ...]


def find_official(brand: str, account_id: str, *, world: World, now: datetime) -> Account:
    """The brand's official account with this id; an account of another kind has no menu."""
    account = register.find_own_account(brand, account_id, world=world, now=now)
    if account.kind is not Kind.official_account:
        raise Missing("Only official accounts have menus.", code="account_missing")
    return account


def make_ready(account: Account, subject: Subject, order: MenuOrder, *, override: str, actor: str, world: World, now: datetime) -> Ready:
    """Check a menu and let its texts through, or refuse it before WeChat sees it."""
    text = seal_menu(account, order, world=world, now=now)
    findings = lint.pass_texts(account.brand, subject, rules.texts_of(order), override=override, actor=actor, world=world, now=now)
    return Ready(text, findings)


def take_back(account: Account, subject: Subject, refused: MenuOrder, instead: MenuOrder | None, *, world: World, now: datetime) -> None:
    """A menu whose texts were let through is not shown after all: what is read when the rules change is again the one before, or none."""
    before = [] if instead is None else rules.texts_of(instead)
    lint.take_back(account.brand, subject, rules.texts_of(refused), instead=before, world=world, now=now)


def seal_menu(account: Account, order: MenuOrder, *, world: World, now: datetime) -> str:
    """The menu in the form it is kept in until WeChat is told; `Invalid` says which limit it breaks, and where."""
    return seal(write(account, order, world=world, now=now))


def write(account: Account, order: MenuOrder, *, world: World, now: datetime) -> dict[str, object]:
    """The menu as WeChat takes it; `Invalid` says which limit it breaks, and where."""
    appids = {name: _appid(account, name, place, world=world, now=now) for name, place in rules.mini_programs_in(order).items()}
    return rules.write_menu(order, appids)


def preview(account: Account, order: MenuOrder, *, world: World, now: datetime) -> Preview:
    """What the menu would look like, and what might be better."""
    menu = write(account, order, world=world, now=now)
    return Preview(wechat=menu, lines=lines_of(menu), advice=advise(order, taps_lately(account, now=now)))


def taps_lately(account: Account, *, now: datetime) -> Clicks:
    """How often each button was tapped within four weeks."""
    last = day_of(now)
    taps: dict[tuple[str, str], int] = {}
    for counted in clicks.list_clicks(account, first=last - LATELY, last=last):
        taps[counted.kind, counted.key] = taps.get((counted.kind, counted.key), 0) + counted.clicks
    return taps


def _appid(account: Account, mini_program: str, place: str, *, world: World, now: datetime) -> str:
    try:
        found = register.find_own_account(account.brand, mini_program, world=world, now=now)
    except Missing:
        raise Invalid(f"This mini program is not an account of this brand - at `{place}.mini_program`.") from None
    if found.kind is not Kind.mini_program:
        raise Invalid(f"This account is no mini program - at `{place}.mini_program`.")
    return found.appid
