"""Menus drafted, published, rolled back, taken away, and compared with what WeChat shows."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.accounts.flows import tokens
from chalicelib.accounts.words import Account
from chalicelib.documents import flows as documents
from chalicelib.documents.words import Draft
from chalicelib.errors import Busy, Conflict, TooMany
from chalicelib.lint import flows as lint
from chalicelib.lint.words import Finding, PublishOrder, TextsRollback
from chalicelib.menus.flows import telling, writing
from chalicelib.menus.flows.telling import document_of, subject_of
from chalicelib.menus.rules import comparing, turning
from chalicelib.menus.rules.advice import advise
from chalicelib.menus.rules.writing import texts_of
from chalicelib.menus.tables import calls, states
from chalicelib.menus.tables import conditional as some
from chalicelib.menus.words.holidays import Difference
from chalicelib.menus.words.menu import (
    DraftOrder,
    DraftShown,
    HolidaySummary,
    MenuOrder,
    MenuPublished,
    MenuShown,
    Told,
    VersionShown,
)
from chalicelib.wechat.menus import Menus
from chalicelib.world import World


def save_draft(account: Account, order: DraftOrder, *, actor: str, world: World, now: datetime) -> DraftShown:
    """Keep a menu that is not finished; what breaks a limit of WeChat is refused already, what texts say is asked when it is published."""
    written = MenuOrder(buttons=order.buttons)
    writing.write(account, written, world=world, now=now)
    draft = documents.save_draft(document_of(account), written, revision=order.revision, actor=actor, world=world, now=now)
    return _show_draft(account, draft, world=world, now=now)


def show_draft(account: Account, *, world: World, now: datetime) -> DraftShown:
    return _show_draft(account, documents.read_draft(document_of(account)), world=world, now=now)


def drop_draft(account: Account) -> None:
    documents.drop_draft(document_of(account))


def publish(account: Account, order: PublishOrder, *, actor: str, world: World, now: datetime) -> MenuPublished:
    """Put the draft in force as a new version and have WeChat show it. What WeChat refuses is not in force."""
    document = document_of(account)
    draft = documents.read_draft(document, revision=order.revision)
    ready = writing.seal_menu(account, draft.written, world=world, now=now)
    about = {"account": account.id, "buttons": len(draft.written.buttons)}
    with _letting_through(account, draft.written, override=order.override, actor=actor, world=world, now=now) as findings:
        states.wake(account, now=now)
        kept = documents.publish(document, draft.written, ready=ready, about=about, actor=actor, world=world, now=now)
    published = _tell(account, kept.version, kept.written, findings, world=world, now=now)
    documents.drop_draft(document, revision=draft.revision)
    return published


def roll_back(account: Account, order: TextsRollback, *, actor: str, world: World, now: datetime) -> MenuPublished:
    """Put an earlier version in force again, if today's rules let its texts through, and have WeChat show it."""
    document = document_of(account)
    kept = documents.find_version(document, order.version)
    with _letting_through(account, kept.written, override=order.override, actor=actor, world=world, now=now) as findings:
        states.wake(account, now=now)
        documents.roll_back(document, order.version, about={"account": account.id}, actor=actor, world=world, now=now)
    return _tell(account, kept.version, kept.written, findings, world=world, now=now)


def take_away(account: Account, *, actor: str, world: World, now: datetime) -> None:
    """No menu is in force any more, and WeChat shows none; all versions are kept. Those for some people have to go before."""
    if some.list_conditional(account):
        raise Conflict(code="menu_needed_elsewhere")
    states.wake(account, now=now)
    documents.withdraw(document_of(account), about={"account": account.id}, actor=actor, world=world, now=now)
    _have_told(account, world=world, now=now)
    lint.forget_texts(account.brand, subject_of(account))


def show_menu(account: Account, *, world: World, now: datetime) -> MenuShown:
    """What is in force, whether WeChat shows it, and what is planned."""
    state, due = states.read_state(account), telling.find_due(account, now=now)
    live = documents.find_live(document_of(account))
    versions = documents.list_versions(document_of(account))
    holidays = states.read_holidays(account).holidays
    return MenuShown(
        account=account.id,
        version=due.version,
        told=_standing(state.told, state.telling, state.refused, comparing.mark_of(due.ready)),
        shows=state.told_holiday or ("version" if state.told else ""),
        told_at=state.told_at,
        trouble=state.trouble,
        written=None if live is None else live.written,
        preview=None if live is None else writing.preview(account, live.written, world=world, now=now),
        versions=tuple(
            VersionShown(version=each.version, published_at=each.published_at, by=each.by, live=each.version == due.version)
            for each in versions
        ),
        holidays=tuple(
            HolidaySummary(name=each.name, from_at=each.from_at, until_at=each.until_at) for each in holidays if each.until_at > now
        ),
        conditional=tuple(menu.name for menu, _ in some.list_conditional(account)),
    )


def find_difference(account: Account, *, world: World, now: datetime) -> Difference:
    """What WeChat shows beside what is due: somebody may have changed it by hand in WeChat's backend."""
    calls.count(account, "menu_get", now=now)
    made = tokens.with_token(account, world.wechat.fetch_menus, world=world, now=now)
    shown = tokens.with_token(account, world.wechat.fetch_shown_menu, world=world, now=now)
    due = telling.find_due(account, now=now)
    ours: dict[str, Any] = msgspec.json.decode(due.ready) if due.ready else {}
    differing = comparing.compare(ours, {"button": list(shown or ())})
    names = {menu.menuid: menu.name for menu, _ in some.list_conditional(account)}
    theirs = {each.menuid for each in made.conditional} if made else set()
    missing = tuple(sorted(name for menuid, name in names.items() if menuid not in theirs))
    unknown = tuple(sorted(theirs - names.keys()))
    return Difference(
        same=not (differing or missing or unknown),
        made_by=_made_by(made, shown),
        differing=differing,
        conditional_missing=missing,
        conditional_unknown=unknown,
    )


def _letting_through(
    account: Account, written: MenuOrder, *, override: str, actor: str, world: World, now: datetime
) -> AbstractContextManager[tuple[Finding, ...]]:
    document, subject = document_of(account), subject_of(account)
    return lint.letting_through(document, subject, written, texts_of, override=override, actor=actor, world=world, now=now)


def _tell(
    account: Account, version: int, written: MenuOrder, findings: tuple[Finding, ...], *, world: World, now: datetime
) -> MenuPublished:
    told = _have_told(account, world=world, now=now)
    holiday = turning.current(states.read_holidays(account).holidays, now)
    return MenuPublished(
        version=version,
        told=told,
        shows="version" if holiday is None else holiday.name,
        findings=findings,
        advice=advise(written, writing.taps_lately(account, now=now)),
    )


def _have_told(account: Account, *, world: World, now: datetime) -> Told:
    """What is in force is told by the schedule, when WeChat is away now or takes no more calls today."""
    try:
        return telling.tell(account, world=world, now=now)
    except (Busy, TooMany):
        return Told.telling


def _show_draft(account: Account, draft: Draft[MenuOrder], *, world: World, now: datetime) -> DraftShown:
    return DraftShown(
        account=account.id,
        revision=draft.revision,
        saved_at=draft.saved_at,
        by=draft.by,
        written=draft.written,
        preview=writing.preview(account, draft.written, world=world, now=now),
    )


def _standing(told: str, telling_now: str, refused: str, due: str) -> Told:
    if due == told and not telling_now:
        return Told.live if due else Told.nothing
    return Told.refused if due == refused else Told.telling


def _made_by(made: Menus | None, shown: tuple[dict[str, Any], ...] | None) -> str:
    if shown is None:
        return "nobody"
    return "console" if made is None else "api"
