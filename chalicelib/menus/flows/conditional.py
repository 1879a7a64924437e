"""Menus for some people (个性化菜单): told to WeChat, replaced, taken away, finished when something broke off.

WeChat cannot change one: the new one is added, which wins as the newest, and then the former one goes. Before WeChat is asked the row
says what is wanted; a menu that was added while the answer got lost is found again by what it says.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.accounts.flows import tokens
from chalicelib.accounts.words import Account
from chalicelib.documents import flows as documents
from chalicelib.documents.words import Document
from chalicelib.errors import Busy, Conflict, Declined, Invalid, Missing, TooMany
from chalicelib.lint import flows as lint
from chalicelib.lint.words import Subject
from chalicelib.menus.flows import writing
from chalicelib.menus.rules import comparing
from chalicelib.menus.rules.advice import advise
from chalicelib.menus.rules.refusals import explain
from chalicelib.menus.rules.writing import hosts_of
from chalicelib.menus.tables import calls, states
from chalicelib.menus.tables import conditional as tables
from chalicelib.menus.words.holidays import Conditional, ConditionalOrder, ConditionalShown, Matched, MatchOrder, Platform
from chalicelib.menus.words.menu import MenuOrder
from chalicelib.staff import flows as staff
from chalicelib.world import World

MOST_HOSTS = 3
"""Over all menus for some people of an account."""
TOO_MANY_HOSTS = 65316
MOST = 50
LONGEST_NAME = 31
NUMBERS = {Platform.ios: "1", Platform.android: "2", Platform.other: "3"}


def publish_for_some(
    account: Account, name: str, order: ConditionalOrder, *, document: Document[MenuOrder], actor: str, world: World, now: datetime
) -> ConditionalShown:
    """Have WeChat show a menu to those who have a tag or a kind of phone, in the place of the one of this name."""
    if documents.find_live(document) is None:
        raise Conflict(code="menu_needed")
    rule = _write_rule(order)
    written = MenuOrder(buttons=order.buttons)
    _check_hosts(account, name, written)
    ready = writing.make_ready(account, _subject(account, name), written, override=order.override, actor=actor, world=world, now=now)
    before = tables.read(account, name)
    former = () if before is None else tuple(filter(None, (*before[0].former, before[0].menuid)))
    menu = Conditional(name=name, rule=rule, written=written, ready=ready.text, former=former, asked_at=now)
    staff.record(account.brand, "menu.conditional_published", {"account": account.id, "name": name}, actor=actor, world=world, now=now)
    said = None if before is None else before[0].written
    try:
        _begin(account, menu, 0 if before is None else before[1], world=world, now=now)
    except Busy:
        writing.take_back(account, _subject(account, name), written, said, world=world, now=now)
        raise
    again = before is not None and before[0].asked_at is not None
    try:
        menu = _settle(account, menu, again=again, world=world, now=now)
    except Declined as declined:
        _go_back(account, name, None if before is None else before[0])
        writing.take_back(account, _subject(account, name), written, said, world=world, now=now)
        raise explain(declined) from None
    except (Busy, TooMany):
        pass  # the schedule goes on
    advice = advise(written, writing.taps_lately(account, now=now))
    return msgspec.structs.replace(_show(account, menu), findings=ready.findings, advice=advice)


def show_for_some(account: Account, name: str) -> ConditionalShown:
    return _show(account, _find(account, name)[0])


def drop_for_some(account: Account, name: str, *, actor: str, world: World, now: datetime) -> None:
    """Take a menu for some people away; they see the one of everybody."""
    menu, revision = _find(account, name)
    staff.record(account.brand, "menu.conditional_dropped", {"account": account.id, "name": name}, actor=actor, world=world, now=now)
    leaving = msgspec.structs.replace(menu, leaving=True, asked_at=now)
    _begin(account, leaving, revision, world=world, now=now)
    lint.forget_texts(account.brand, _subject(account, name))
    try:
        _settle(account, leaving, world=world, now=now)
    except (Busy, TooMany):
        return  # the schedule goes on
    except Declined as declined:
        raise explain(declined) from None


def match(account: Account, order: MatchOrder, *, world: World, now: datetime) -> Matched:
    """The menu somebody sees, by WeChat's own word."""
    calls.count(account, "trymatch", now=now)
    try:
        shown = tokens.with_token(account, lambda token: world.wechat.match_menu(token, order.user_id), world=world, now=now)
    except Declined as declined:
        raise explain(declined) from None
    menu = {"button": list(shown)}
    names = [each.name for each, _ in tables.list_conditional(account) if not comparing.compare(msgspec.json.decode(each.ready), menu)]
    return Matched(wechat=menu, lines=comparing.lines_of(menu), conditional=names[0] if names else "")


def finish(account: Account, *, world: World, now: datetime) -> None:
    """Tell WeChat what broke off. Where it may have heard already, it is asked first what it has."""
    state = states.read_state(account)
    if not state.some:
        return
    for menu, revision in tables.list_conditional(account):
        if menu.asked_at is None:
            continue
        try:
            _settle(account, menu, again=True, world=world, now=now)
        except Declined as declined:  # not told again by itself
            refused = msgspec.structs.replace(menu, asked_at=None, trouble=explain(declined).message)
            tables.keep(account, refused, before=revision)
    if all(menu.asked_at is None for menu, _ in tables.list_conditional(account)):
        states.clear_some(account, state)


def _begin(account: Account, menu: Conditional, before: int, *, world: World, now: datetime) -> None:
    states.mark_some(account, world.new_id(), now=now)
    if not tables.keep(account, menu, before=before):
        raise Busy("Somebody changes this menu at the same moment: look at theirs, then try again.")


def _settle(account: Account, menu: Conditional, *, again: bool = False, world: World, now: datetime) -> Conditional:
    """Add what is to be shown, take away what is not, and keep each answer as it comes."""
    if not menu.leaving and not menu.menuid:
        menuid = _adopt(account, menu, world=world, now=now) if again else ""
        menu = msgspec.structs.replace(menu, menuid=menuid or _add_with_room(account, menu, world=world, now=now))
        _keep(account, menu, world=world, now=now)
    for menuid in filter(None, (*menu.former, menu.menuid if menu.leaving else "")):
        _delete(account, menuid, world=world, now=now)
    settled = msgspec.structs.replace(menu, former=(), asked_at=None)
    found = tables.read(account, menu.name)
    if found is not None and found[0] == menu:
        if menu.leaving:
            tables.drop(account, menu.name, before=found[1])
        else:
            tables.keep(account, settled, before=found[1])
    return settled


def _keep(account: Account, menu: Conditional, *, world: World, now: datetime) -> None:
    """Keep WeChat's id. Where somebody has changed the menu meanwhile, nobody would know of the one just made: it goes again."""
    found = tables.read(account, menu.name)
    ours = found is not None and msgspec.structs.replace(found[0], menuid=menu.menuid) == menu
    if found is None or not ours or not tables.keep(account, menu, before=found[1]):
        _delete(account, menu.menuid, world=world, now=now)
        raise Busy("Somebody changes this menu at the same moment: look at theirs, then try again.")


def _add_with_room(account: Account, menu: Conditional, *, world: World, now: datetime) -> str:
    """Add a menu; where the former one still takes up a domain, that one goes first, and they see the one of everybody for a moment."""
    try:
        return _add(account, menu, world=world, now=now)
    except Declined as declined:
        if declined.errcode != TOO_MANY_HOSTS or not menu.former:
            raise
    for menuid in menu.former:
        _delete(account, menuid, world=world, now=now)
    return _add(account, menu, world=world, now=now)


def _add(account: Account, menu: Conditional, *, world: World, now: datetime) -> str:
    calls.count(account, "addconditional", now=now)
    body: dict[str, Any] = msgspec.json.decode(menu.ready)
    return tokens.with_token(account, lambda token: world.wechat.add_conditional_menu(token, body, menu.rule), world=world, now=now)


def _delete(account: Account, menuid: str, *, world: World, now: datetime) -> None:
    calls.count(account, "delconditional", now=now)
    tokens.with_token(account, lambda token: world.wechat.delete_conditional_menu(token, menuid), world=world, now=now)


def _adopt(account: Account, menu: Conditional, *, world: World, now: datetime) -> str:
    """The id of a menu that says the same and is none of those we know, or nothing."""
    calls.count(account, "menu_get", now=now)
    made = tokens.with_token(account, world.wechat.fetch_menus, world=world, now=now)
    known = {menuid for each, _ in tables.list_conditional(account) for menuid in (each.menuid, *each.former)}
    ours: dict[str, Any] = msgspec.json.decode(menu.ready)
    for each in made.conditional if made else ():
        same = each.matchrule == menu.rule and not comparing.compare(ours, {"button": list(each.button)})
        if same and each.menuid not in known:
            return each.menuid
    return ""


def _go_back(account: Account, name: str, before: Conditional | None) -> None:
    """WeChat did not take it: all is as it was."""
    found = tables.read(account, name)
    if found is None:
        return
    if before is None:
        tables.drop(account, name, before=found[1])
    else:
        tables.keep(account, before, before=found[1])


def _write_rule(order: ConditionalOrder) -> dict[str, str]:
    rule = {} if order.tag is None else {"tag_id": str(order.tag)}
    if order.platform is not None:
        rule["client_platform_type"] = NUMBERS[order.platform]
    if not rule:
        raise Invalid("Say for whom the menu is: a `tag`, a `platform`, or both - at `$.tag`.")
    return rule


def _check_hosts(account: Account, name: str, written: MenuOrder) -> None:
    others = [menu for menu, _ in tables.list_conditional(account) if menu.name != name]
    if len(others) >= MOST:
        raise Invalid(f"An account has at most {MOST} menus for some people here: delete one - at `$`.")
    hosts = hosts_of(written).union(*(hosts_of(menu.written) for menu in others))
    if len(hosts) > MOST_HOSTS:
        raise Invalid(
            f"WeChat lets all menus for some people together lead to {MOST_HOSTS} domains, these to {len(hosts)} - at `$.buttons`."
        )


def _find(account: Account, name: str) -> tables.Found:
    found = tables.read(account, name) if len(name) <= LONGEST_NAME else None
    if found is None or found[0].leaving:
        raise Missing(code="conditional_menu_missing")
    return found


def _show(account: Account, menu: Conditional) -> ConditionalShown:
    platform = {number: name for name, number in NUMBERS.items()}.get(menu.rule.get("client_platform_type", ""))
    return ConditionalShown(
        account=account.id,
        name=menu.name,
        tag=int(menu.rule["tag_id"]) if "tag_id" in menu.rule else None,
        platform=platform,
        written=menu.written,
        settled=menu.asked_at is None and not menu.trouble,
        menuid=menu.menuid,
        trouble=menu.trouble,
    )


def _subject(account: Account, name: str) -> Subject:
    return Subject("menu_conditional", account.id, name)
