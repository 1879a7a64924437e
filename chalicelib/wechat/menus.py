"""Menus of official accounts (自定义菜单): made, shown, for some people, tried.

https://developers.weixin.qq.com/doc/subscription/api/custommenu/api_createcustommenu and its neighbours. The body goes out as UTF-8:
WeChat refuses one with \\u escapes.
"""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.errors import Declined
from chalicelib.wechat.answers import read_answer
from chalicelib.wechat.calls import Calls

NO_MENU = 46003
NO_SUCH_CONDITIONAL = 65301


class ConditionalMenu(msgspec.Struct, frozen=True):
    """A menu for some people, as WeChat has it."""

    menuid: str
    button: tuple[dict[str, Any], ...]
    matchrule: dict[str, str]


class Menus(msgspec.Struct, frozen=True):
    """What the API has made: the menu of everybody, and those for some."""

    button: tuple[dict[str, Any], ...]
    conditional: tuple[ConditionalMenu, ...] = ()


class _Conditional(msgspec.Struct):
    menuid: int | str
    button: tuple[dict[str, Any], ...] = ()
    matchrule: dict[str, Any] = {}


class _Menu(msgspec.Struct):
    button: tuple[dict[str, Any], ...] = ()


class _MenusFields(msgspec.Struct):
    menu: _Menu
    conditionalmenu: tuple[_Conditional, ...] = ()


class _Self(msgspec.Struct):
    button: tuple[dict[str, Any], ...] = ()


class _SelfFields(msgspec.Struct):
    is_menu_open: int = 0
    selfmenu_info: _Self = msgspec.field(default_factory=_Self)


class _AddedFields(msgspec.Struct):
    menuid: int | str


class MenuCalls(Calls):
    """The calls about menus. `token`: the official account's."""

    def create_menu(self, token: str, menu: dict[str, Any]) -> None:
        """Put a menu in the place of the one everybody sees; repeating it changes nothing. 1,000 a day."""
        self._post("/cgi-bin/menu/create", menu, token=token)

    def delete_menu(self, token: str) -> None:
        """Take away the menu of everybody and all those for some. 1,000 a day."""
        self._call("get", "/cgi-bin/menu/delete", params={"access_token": token})

    def fetch_menus(self, token: str) -> Menus | None:
        """What the API has made, or nothing when it has made none. 10,000 a day."""
        try:
            answer = self._call("get", "/cgi-bin/menu/get", params={"access_token": token})
        except Declined as declined:
            if declined.errcode != NO_MENU:
                raise
            return None
        fields = read_answer("/cgi-bin/menu/get", answer, _MenusFields)
        some = (
            ConditionalMenu(str(each.menuid), each.button, {name: str(value) for name, value in each.matchrule.items() if str(value)})
            for each in fields.conditionalmenu
        )
        return Menus(fields.menu.button, tuple(some))

    def fetch_shown_menu(self, token: str) -> tuple[dict[str, Any], ...] | None:
        """The menu everybody sees, whoever made it, or nothing when there is none."""
        path = "/cgi-bin/get_current_selfmenu_info"
        fields = read_answer(path, self._call("get", path, params={"access_token": token}), _SelfFields)
        return fields.selfmenu_info.button if fields.is_menu_open else None

    def add_conditional_menu(self, token: str, menu: dict[str, Any], rule: dict[str, str]) -> str:
        """Add a menu for those the rule fits; its id. The newest rule that fits wins. 2,000 a day."""
        path = "/cgi-bin/menu/addconditional"
        return str(read_answer(path, self._post(path, {**menu, "matchrule": rule}, token=token), _AddedFields).menuid)

    def delete_conditional_menu(self, token: str, menuid: str) -> None:
        """Take one away; one that is not there is as good. 2,000 a day."""
        try:
            self._post("/cgi-bin/menu/delconditional", {"menuid": menuid}, token=token)
        except Declined as declined:
            if declined.errcode != NO_SUCH_CONDITIONAL:
                raise

    def match_menu(self, token: str, user_id: str) -> tuple[dict[str, Any], ...]:
        """The menu somebody sees, by openid or WeChat id. 20,000 a day."""
        path = "/cgi-bin/menu/trymatch"
        return read_answer(path, self._post(path, {"user_id": user_id}, token=token), _Menu).button
