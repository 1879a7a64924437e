"""Menus that come and go, and menus for some people, over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.errors import Invalid
from chalicelib.menus.flows import conditional, holidays, writing
from chalicelib.menus.flows.telling import document_of
from chalicelib.menus.routes.menus import ASKING
from chalicelib.menus.words.holidays import (
    ConditionalOrder,
    ConditionalShown,
    HolidayName,
    HolidayOrder,
    HolidayShown,
    Matched,
    MatchOrder,
)
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="PUT",
        path="/v1/menus/{account}/holidays/{holiday}",
        does="Plan a menu that comes and goes by itself, and puts the one in force back.",
        scope=Scope.menus_write,
        takes=HolidayOrder,
        gives=HolidayShown,
        refusals=("account_missing", "content_refused", "menu_needed", "holidays_overlap", "wechat_declined", "token_rejected"),
    ),
    edge.Door(
        method="GET",
        path="/v1/menus/{account}/holidays/{holiday}",
        does="Show a planned menu.",
        scope=Scope.accounts_read,
        gives=HolidayShown,
        refusals=("account_missing", "holiday_missing"),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/menus/{account}/holidays/{holiday}",
        does="Let a planned menu go; where it is shown now, the one in force comes back.",
        scope=Scope.menus_write,
        status=204,
        refusals=("account_missing", "holiday_missing", "wechat_declined", "token_rejected"),
    ),
    edge.Door(
        method="PUT",
        path="/v1/menus/{account}/conditional/{menu}",
        does="Have WeChat show a menu of their own to those who have a tag or a kind of phone.",
        scope=Scope.menus_write,
        takes=ConditionalOrder,
        gives=ConditionalShown,
        refusals=("account_missing", "content_refused", "menu_needed", "wechat_declined", "token_rejected"),
    ),
    edge.Door(
        method="GET",
        path="/v1/menus/{account}/conditional/{menu}",
        does="Show a menu for some people.",
        scope=Scope.accounts_read,
        gives=ConditionalShown,
        refusals=("account_missing", "conditional_menu_missing"),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/menus/{account}/conditional/{menu}",
        does="Take a menu for some people away.",
        scope=Scope.menus_write,
        status=204,
        refusals=("account_missing", "conditional_menu_missing", "wechat_declined", "token_rejected"),
    ),
    edge.Door(
        method="POST",
        path="/v1/menus/{account}/match",
        does="Ask WeChat which menu somebody sees.",
        scope=Scope.menus_write,
        takes=MatchOrder,
        gives=Matched,
        refusals=(*ASKING, "too_many_menu_calls"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of holidays and of menus for some people."""
    routes = Blueprint(__name__)

    @routes.route("/v1/menus/{account}/holidays/{holiday}", methods=["PUT"])
    def plan_holiday(account: str, holiday: str) -> Response:
        call = prove(routes, world, Scope.menus_write)
        order = edge.read_body(call.request, HolidayOrder)
        own, name = writing.find_official(call.brand, account, world=call.world, now=call.now), _name(holiday)
        return edge.answer(holidays.plan_holiday(own, name, order, actor=call.actor, world=call.world, now=call.now))

    @routes.route("/v1/menus/{account}/holidays/{holiday}", methods=["GET"])
    def show_holiday(account: str, holiday: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        own = writing.find_official(call.brand, account, world=call.world, now=call.now)
        return edge.answer(holidays.show_holiday(own, holiday, now=call.now))

    @routes.route("/v1/menus/{account}/holidays/{holiday}", methods=["DELETE"])
    def drop_holiday(account: str, holiday: str) -> Response:
        call = prove(routes, world, Scope.menus_write)
        own = writing.find_official(call.brand, account, world=call.world, now=call.now)
        holidays.drop_holiday(own, holiday, actor=call.actor, world=call.world, now=call.now)
        return Response("", status_code=204)

    @routes.route("/v1/menus/{account}/conditional/{menu}", methods=["PUT"])
    def publish_for_some(account: str, menu: str) -> Response:
        call = prove(routes, world, Scope.menus_write)
        order = edge.read_body(call.request, ConditionalOrder)
        own, name = writing.find_official(call.brand, account, world=call.world, now=call.now), _name(menu)
        document = document_of(own)
        shown = conditional.publish_for_some(own, name, order, document=document, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(shown)

    @routes.route("/v1/menus/{account}/conditional/{menu}", methods=["GET"])
    def show_for_some(account: str, menu: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        own = writing.find_official(call.brand, account, world=call.world, now=call.now)
        return edge.answer(conditional.show_for_some(own, menu))

    @routes.route("/v1/menus/{account}/conditional/{menu}", methods=["DELETE"])
    def drop_for_some(account: str, menu: str) -> Response:
        call = prove(routes, world, Scope.menus_write)
        own = writing.find_official(call.brand, account, world=call.world, now=call.now)
        conditional.drop_for_some(own, menu, actor=call.actor, world=call.world, now=call.now)
        return Response("", status_code=204)

    @routes.route("/v1/menus/{account}/match", methods=["POST"])
    def match(account: str) -> Response:
        call = prove(routes, world, Scope.menus_write)
        order = edge.read_body(call.request, MatchOrder)
        own = writing.find_official(call.brand, account, world=call.world, now=call.now)
        return edge.answer(conditional.match(own, order, world=call.world, now=call.now))

    return routes


def _name(text: str) -> str:
    try:
        return msgspec.convert(text, HolidayName)
    except msgspec.ValidationError:
        raise Invalid("A name is 1 to 31 lower-case letters, digits and hyphens, no hyphen first.") from None
