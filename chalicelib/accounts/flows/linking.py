"""Linking mini programs with an official account (关联小程序): by the brand's platform where it may, else the steps for both admins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from chalicelib.accounts.flows import platforms, register, tokens
from chalicelib.accounts.rules import linking as rules
from chalicelib.accounts.rules.platforms import LINKING
from chalicelib.accounts.tables import linking as tables
from chalicelib.accounts.tables.platforms import read_grant
from chalicelib.accounts.words import Account, Kind
from chalicelib.accounts.words.linking import Asked, LinkOrder, LinkShown, LinksShown, LinkState, Program, ProgramName
from chalicelib.errors import Busy, Conflict, Declined, Invalid, Missing, Unknown
from chalicelib.staff import flows as staff
from chalicelib.wechat.platforms import LinkedProgram
from chalicelib.world import World


def find_official_account(brand: str, account_id: str, *, world: World, now: datetime) -> Account:
    account = register.find_own_account(brand, account_id, world=world, now=now)
    if account.kind is not Kind.official_account:
        raise Missing(code="account_missing")
    return account


def list_links(official: Account, *, world: World, now: datetime) -> LinksShown:
    """The mini programs of an official account, linked or on the way; the console's steps where no platform may ask."""
    programs = _list_programs(official)
    platform = platforms.find_acting(official, LINKING, world=world, now=now)
    items = None if platform is None else _list_items(official, platform, world=world, now=now)
    if platform is None or items is None:
        steps = rules.list_steps(official, programs)
        return LinksShown(official_account=official.id, by="console", platform=None, links=(), limits=None, steps=steps)
    programs = [_known_better(each, platform) for each in programs]
    limits = rules.count_limits(items, tables.list_asked(official), now)
    links = tuple(rules.show(item, programs) for item in items)
    return LinksShown(official_account=official.id, by="platform", platform=platform.id, links=links, limits=limits, steps=())


def ask_for_link(official: Account, order: LinkOrder, *, actor: str, world: World, now: datetime) -> LinkShown:
    """Ask WeChat to link a mini program, which asks both admins. What is linked, or waits, is told and not asked for again."""
    program, platform = _prepare(official, order.mini_program, "account.link_asked", actor=actor, world=world, now=now)
    items = _list_items_or_refuse(official, platform, world=world, now=now)
    item = rules.find_item(items, program)
    if item is not None and rules.state_of(item) not in rules.AGAIN:
        return rules.show(item, (program,))
    every = tables.list_asked(official)
    before = next((each for each in every if each.appid == program.appid), None)
    known = {_known_better(each, platform).original_id for each in _list_programs(official)}
    if item is None and rules.may_wait(before, items, program, known, now):
        return rules.show_asked(program, LinkState.asked)
    rules.check_limits(rules.count_limits(items, every, now))
    asked = Asked(appid=program.appid, link_at=now, unlink_at=None if before is None else before.unlink_at)

    def ask(token: str) -> None:
        world.wechat.ask_for_link(token, program.appid, notify=order.notify_followers, show=order.show_profile)

    if not _ask(official, platform, asked, before, ask, world=world, now=now):
        return rules.show_asked(program, LinkState.asked)
    return rules.show_asked(program, LinkState.waits_for_official_account)


def ask_for_unlink(official: Account, mini_program: str, *, actor: str, world: World, now: datetime) -> LinkShown:
    """Ask WeChat to end a link, which asks the official account's admin. Asking again within ten minutes asks nobody."""
    _check_name(mini_program)
    program, platform = _prepare(official, mini_program, "account.unlink_asked", actor=actor, world=world, now=now)
    item = rules.find_item(_list_items_or_refuse(official, platform, world=world, now=now), program)
    if item is None or rules.state_of(item) is not LinkState.linked:
        raise Missing(code="mini_program_unlinked")
    before = next((each for each in tables.list_asked(official) if each.appid == program.appid), None)
    waits = rules.show_asked(msgspec.structs.replace(program, title=item.nickname), LinkState.unlink_asked, item.status)
    if before is not None and before.unlink_at is not None and now - before.unlink_at < rules.UNLINK_ASKED_AGAIN_AFTER:
        return waits
    asked = Asked(appid=program.appid, link_at=None if before is None else before.link_at, unlink_at=now)

    def ask(token: str) -> None:
        world.wechat.ask_for_unlink(token, program.appid)

    _ask(official, platform, asked, before, ask, world=world, now=now)
    return waits


def _check_name(mini_program: str) -> None:
    """What is neither an account's id nor an appid names no mini program."""
    try:
        msgspec.convert(mini_program, ProgramName)
    except msgspec.ValidationError:
        raise Missing(code="mini_program_unlinked") from None


def _prepare(official: Account, named: str, deed: str, *, actor: str, world: World, now: datetime) -> tuple[Program, Account]:
    """Which mini program is meant, and the platform that may ask; written down before anything is asked."""
    program = _find_program(official.brand, named, world=world, now=now)
    platform = platforms.find_acting(official, LINKING, world=world, now=now)
    if platform is None:
        raise Conflict(code="platform_needed")
    staff.record(official.brand, deed, {"account": official.id, "mini_program": program.appid}, actor=actor, world=world, now=now)
    return _known_better(program, platform), platform


def _ask(
    official: Account, platform: Account, asked: Asked, before: Asked | None, ask: Callable[[str], None], *, world: World, now: datetime
) -> bool:
    """Note what is being asked, then ask; `False` when somebody else is asking. What WeChat did not do was not asked."""
    if not tables.keep_asked(official, asked, before=before):
        return False
    try:
        tokens.with_token(official, ask, platform=platform, world=world, now=now)
    except Unknown:
        raise
    except Busy:
        tables.forget_asked(official, asked, before=before)
        raise
    except Declined as refused:
        tables.forget_asked(official, asked, before=before)
        raise rules.explain(refused) from None
    return True


def _list_items(official: Account, platform: Account, *, world: World, now: datetime) -> list[LinkedProgram] | None:
    """WeChat's list; nothing when the platform may not ask for it after all."""
    try:
        return tokens.with_token(official, world.wechat.list_mini_programs, platform=platform, world=world, now=now)
    except Declined as refused:
        if refused.errcode not in rules.NEEDS_PLATFORM:
            raise
        return None


def _list_items_or_refuse(official: Account, platform: Account, *, world: World, now: datetime) -> list[LinkedProgram]:
    items = _list_items(official, platform, world=world, now=now)
    if items is None:
        raise Conflict(code="platform_needed")
    return items


def _list_programs(official: Account) -> list[Program]:
    every = register.list_accounts(official.brand)
    return [_program(account) for account in every if account.kind is Kind.mini_program]


def _find_program(brand: str, named: str, *, world: World, now: datetime) -> Program:
    """A mini program by its account's id or its appid; an appid need not be of the brand, but of no account of another kind."""
    if "." in named:
        account = register.find_own_account(brand, named, world=world, now=now)
    else:
        own = next((each for each in register.list_accounts(brand) if each.appid == named), None)
        if own is None:
            return Program(appid=named)
        account = own
    if account.kind is not Kind.mini_program:
        raise Invalid("This account is no mini program - at `$.mini_program`.")
    return _program(account)


def _program(account: Account) -> Program:
    return Program(appid=account.appid, account=account.id, original_id=account.original_id, title=account.title)


def _known_better(program: Program, platform: Account) -> Program:
    """With the original id that WeChat has told of a mini program that authorises the platform too."""
    grant = None if program.original_id else read_grant(platform, program.appid)
    return program if grant is None else msgspec.structs.replace(program, original_id=grant.original_id)
