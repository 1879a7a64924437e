"""Menus (自定义菜单): the one everybody sees, those for some, and which one a person gets."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct, field

from sandbox.call import OK, Call
from sandbox.codes import WechatError
from sandbox.emulator import Sandbox
from sandbox.official import menu_rules
from sandbox.official.endpoint import get, post
from sandbox.official.menu_rules import Button
from sandbox.official.words import Menu, Official
from sandbox.reading import read_number
from sandbox.state import Account, Contact

_ESCAPED = re.compile(rb"\\u[0-9a-fA-F]{4}")
_RETIRED = ("sex", "country", "province", "city", "language", "group_id")
_PLATFORMS = ("1", "2", "3")
MOST_HOSTS = 3


class _Wanted(Struct):
    button: list[Button] = field(default_factory=list)


class _Conditional(Struct):
    button: list[Button] = field(default_factory=list)
    matchrule: dict[str, str | int] = field(default_factory=dict)


class _MenuId(Struct):
    menuid: str | int = ""


class _Person(Struct):
    user_id: str = ""


def create(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/menu/create`: replaces the menu everybody sees; a body with \\u escapes is refused."""
    _refuse_escapes(call)
    buttons = menu_rules.check(call, call.read(_Wanted).button)
    kept = call.official
    kept.menu, kept.console_menu = Menu(kept.next_id(), buttons), None
    return OK


def _refuse_escapes(call: Call) -> None:
    if _ESCAPED.search(call.body):
        raise WechatError(40033)


def show(call: Call) -> dict[str, Any]:
    """`GET /cgi-bin/menu/get`: only what the API made; numbers here where addconditional gives text."""
    kept = call.official
    if kept.menu is None:
        raise WechatError(46003)
    if not kept.conditional_menus:
        return {"menu": {"button": kept.menu.buttons}}
    conditional = [{"button": menu.buttons, "matchrule": menu.rule, "menuid": menu.id} for menu in reversed(kept.conditional_menus)]
    return {"menu": {"button": kept.menu.buttons, "menuid": kept.menu.id}, "conditionalmenu": conditional}


def delete(call: Call) -> dict[str, Any]:
    """`GET /cgi-bin/menu/delete`: the default and all conditional ones."""
    kept = call.official
    kept.menu = kept.console_menu = None
    kept.conditional_menus.clear()
    return OK


def add_conditional(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/menu/addconditional`: a menu for those the rule fits; needs a default menu."""
    _refuse_escapes(call)
    wanted, kept = call.read(_Conditional), call.official
    if kept.menu is None:
        raise WechatError(65303)
    rule = {name: str(value) for name, value in wanted.matchrule.items() if str(value)}
    _check_rule(call, rule)
    if not wanted.button:
        raise WechatError(65307)
    buttons = menu_rules.check(call, wanted.button)
    outside = menu_rules.hosts(buttons).union(*(menu_rules.hosts(menu.buttons) for menu in kept.conditional_menus))
    if len(outside) > MOST_HOSTS:
        raise WechatError(65316)
    menu = Menu(kept.next_id(), buttons, rule)
    kept.conditional_menus.append(menu)
    return {"menuid": str(menu.id)}


def _check_rule(call: Call, rule: dict[str, str]) -> None:
    if not rule:
        raise WechatError(65304)
    if call.sandbox.state.settings.retired_match_fields_refused and any(name in rule for name in _RETIRED):
        raise WechatError(65320)
    if rule.get("client_platform_type", "1") not in _PLATFORMS:
        raise WechatError(40035, "invalid parameter: client_platform_type")
    tag = rule.get("tag_id")
    if tag is not None and read_number(tag) not in call.official.tags:
        raise WechatError(45159)


def delete_conditional(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/menu/delconditional`."""
    wanted, kept = str(call.read(_MenuId).menuid), call.official
    found = next((menu for menu in kept.conditional_menus if str(menu.id) == wanted), None)
    if found is None:
        raise WechatError(65301)
    kept.conditional_menus.remove(found)
    return OK


def try_match(call: Call) -> dict[str, Any]:
    """`POST /cgi-bin/menu/trymatch`: the menu of a person, by openid or WeChat id (here the id of the user)."""
    wanted = call.read(_Person).user_id
    user = call.sandbox.state.users.get(wanted)
    openid = wanted if user is None else user.openids.get(call.caller.appid, "")
    contact = call.sandbox.contact(call.caller.appid, openid)
    if contact is None:
        raise WechatError(65302)
    menu = menu_of(call.sandbox, call.caller, contact)
    if menu is None:
        raise WechatError(46003)
    return {"button": menu.buttons}


def menu_of(sandbox: Sandbox, account: Account, contact: Contact) -> Menu | None:
    """The menu a person sees: the newest whose rule fits, else the one for everybody."""
    kept = sandbox.official(account.appid)
    platform = sandbox.person(contact).platform
    for menu in reversed(kept.conditional_menus):
        if menu.rule is not None and _fits(menu.rule, contact, platform):
            return menu
    return kept.menu or kept.console_menu


def _fits(rule: dict[str, str], contact: Contact, platform: str) -> bool:
    """Whether all of a rule fits; of several tags the newest counts, and a rule with retired fields fits nobody."""
    if any(name in rule for name in _RETIRED):
        return False
    newest = str(contact.tags[-1]) if contact.tags else ""
    return rule.get("tag_id", newest) == newest and rule.get("client_platform_type", platform) == platform


def show_current(call: Call) -> dict[str, Any]:
    """`GET /cgi-bin/get_current_selfmenu_info`: also a menu made in the console, with its own nesting."""
    menu = _current(call.official)
    if menu is None:
        return {"is_menu_open": 0}
    return {"is_menu_open": 1, "selfmenu_info": {"button": [_nest(button) for button in menu.buttons]}}


def _current(kept: Official) -> Menu | None:
    return kept.console_menu or kept.menu


def _nest(button: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in button.items() if name != "sub_button"}
    return {**plain, "sub_button": {"list": [_nest(sub) for sub in button["sub_button"]]}} if button.get("sub_button") else plain


ENDPOINTS = [
    post("/cgi-bin/menu/create", create, daily=1_000),
    get("/cgi-bin/menu/get", show, daily=10_000),
    get("/cgi-bin/menu/delete", delete, daily=1_000),
    post("/cgi-bin/menu/addconditional", add_conditional, daily=2_000),
    post("/cgi-bin/menu/delconditional", delete_conditional, daily=2_000),
    post("/cgi-bin/menu/trymatch", try_match, daily=20_000),
    get("/cgi-bin/get_current_selfmenu_info", show_current),
]
