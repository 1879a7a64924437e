"""The menu of everybody over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.lint.words import PublishOrder, TextsRollback
from chalicelib.menus.flows import counting, publishing, writing
from chalicelib.menus.words.holidays import ClicksShown, Difference
from chalicelib.menus.words.menu import DraftOrder, DraftShown, MenuPublished, MenuShown
from chalicelib.pulls.routes import read_span
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

ASKING = ("account_missing", "token_rejected", "wechat_busy", "wechat_declined", "outcome_unknown")
"""How a door that asks WeChat may be refused."""
PUBLISHING = ("account_missing", "content_refused", "document_missing", "wechat_declined", "token_rejected")

DOORS = (
    edge.Door(
        method="GET",
        path="/v1/menus/{account}",
        does="Show the menu in force, whether WeChat shows it, its versions, and what is planned.",
        scope=Scope.accounts_read,
        gives=MenuShown,
        refusals=("account_missing",),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/menus/{account}",
        does="Have no menu in force, and WeChat show none; all versions are kept.",
        scope=Scope.menus_write,
        status=204,
        refusals=("account_missing", "menu_needed_elsewhere", "wechat_declined", "token_rejected"),
    ),
    edge.Door(
        method="GET",
        path="/v1/menus/{account}/draft",
        does="Show the draft, as WeChat would take it and as lines, with advice.",
        scope=Scope.accounts_read,
        gives=DraftShown,
        refusals=("account_missing", "document_missing"),
    ),
    edge.Door(
        method="PUT",
        path="/v1/menus/{account}/draft",
        does="Keep a draft; each of WeChat's limits is looked at first.",
        scope=Scope.menus_write,
        takes=DraftOrder,
        gives=DraftShown,
        refusals=("account_missing", "draft_changed"),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/menus/{account}/draft",
        does="Drop the draft.",
        scope=Scope.menus_write,
        status=204,
        refusals=("account_missing",),
    ),
    edge.Door(
        method="POST",
        path="/v1/menus/{account}/publish",
        does="Put the draft in force as a new version, and have WeChat show it.",
        scope=Scope.menus_write,
        takes=PublishOrder,
        gives=MenuPublished,
        status=201,
        refusals=(*PUBLISHING, "draft_changed"),
    ),
    edge.Door(
        method="POST",
        path="/v1/menus/{account}/rollback",
        does="Put an earlier version in force again, and have WeChat show it.",
        scope=Scope.menus_write,
        takes=TextsRollback,
        gives=MenuPublished,
        refusals=PUBLISHING,
    ),
    edge.Door(
        method="GET",
        path="/v1/menus/{account}/difference",
        does="Compare what WeChat shows with what is in force here.",
        scope=Scope.accounts_read,
        gives=Difference,
        refusals=(*ASKING, "too_many_menu_calls"),
    ),
    edge.Door(
        method="GET",
        path="/v1/menus/{account}/clicks",
        does="Count the taps of each button, by the day.",
        scope=Scope.accounts_read,
        gives=ClicksShown,
        query=("from", "to"),
        refusals=("account_missing", "field_invalid"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the menu of everybody."""
    routes = Blueprint(__name__)

    @routes.route("/v1/menus/{account}", methods=["GET"])
    def show_menu(account: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        own = writing.find_official(call.brand, account, world=call.world, now=call.now)
        return edge.answer(publishing.show_menu(own, world=call.world, now=call.now))

    @routes.route("/v1/menus/{account}", methods=["DELETE"])
    def take_away(account: str) -> Response:
        call = prove(routes, world, Scope.menus_write)
        own = writing.find_official(call.brand, account, world=call.world, now=call.now)
        publishing.take_away(own, actor=call.actor, world=call.world, now=call.now)
        return Response("", status_code=204)

    @routes.route("/v1/menus/{account}/draft", methods=["GET"])
    def show_draft(account: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        own = writing.find_official(call.brand, account, world=call.world, now=call.now)
        return edge.answer(publishing.show_draft(own, world=call.world, now=call.now))

    @routes.route("/v1/menus/{account}/draft", methods=["PUT"])
    def save_draft(account: str) -> Response:
        call = prove(routes, world, Scope.menus_write)
        order = edge.read_body(call.request, DraftOrder)
        own = writing.find_official(call.brand, account, world=call.world, now=call.now)
        return edge.answer(publishing.save_draft(own, order, actor=call.actor, world=call.world, now=call.now))

    @routes.route("/v1/menus/{account}/draft", methods=["DELETE"])
    def drop_draft(account: str) -> Response:
        call = prove(routes, world, Scope.menus_write)
        publishing.drop_draft(writing.find_official(call.brand, account, world=call.world, now=call.now))
        return Response("", status_code=204)

    @routes.route("/v1/menus/{account}/publish", methods=["POST"])
    def publish(account: str) -> Response:
        call = prove(routes, world, Scope.menus_write)
        order = edge.read_body(call.request, PublishOrder)
        own = writing.find_official(call.brand, account, world=call.world, now=call.now)
        return edge.answer(publishing.publish(own, order, actor=call.actor, world=call.world, now=call.now), status=201)

    @routes.route("/v1/menus/{account}/rollback", methods=["POST"])
    def roll_back(account: str) -> Response:
        call = prove(routes, world, Scope.menus_write)
        order = edge.read_body(call.request, TextsRollback)
        own = writing.find_official(call.brand, account, world=call.world, now=call.now)
        return edge.answer(publishing.roll_back(own, order, actor=call.actor, world=call.world, now=call.now))

    @routes.route("/v1/menus/{account}/difference", methods=["GET"])
    def find_difference(account: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        own = writing.find_official(call.brand, account, world=call.world, now=call.now)
        return edge.answer(publishing.find_difference(own, world=call.world, now=call.now))

    @routes.route("/v1/menus/{account}/clicks", methods=["GET"])
    def show_clicks(account: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        own = writing.find_official(call.brand, account, world=call.world, now=call.now)
        first, last = read_span(edge.query_of(call.request), call.now)
        return edge.answer(counting.show_clicks(own, first=first, last=last))

    return routes
