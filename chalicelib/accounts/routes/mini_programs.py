"""Links between official accounts and mini programs over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.accounts.flows import linking
from chalicelib.accounts.words.linking import LinkOrder, LinkShown, LinksShown
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

BY_PLATFORM = ("account_missing", "platform_needed", "platform_ticket_missing", "wechat_busy", "wechat_declined", "outcome_unknown")
DOORS = (
    edge.Door(
        method="GET",
        path="/v1/accounts/{account}/mini-programs",
        does="List an official account's mini programs and what each waits for; without a platform the steps in WeChat's console.",
        scope=Scope.accounts_read,
        gives=LinksShown,
        refusals=("account_missing", "platform_ticket_missing", "wechat_busy", "wechat_declined"),
    ),
    edge.Door(
        method="POST",
        path="/v1/accounts/{account}/mini-programs",
        does="Ask both admins to link a mini program with an official account. Repeating is safe.",
        scope=Scope.admin,
        takes=LinkOrder,
        gives=LinkShown,
        status=202,
        refusals=(*BY_PLATFORM, "mini_programs_full"),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/accounts/{account}/mini-programs/{appid}",
        does="Ask the official account's admin to end a link.",
        scope=Scope.admin,
        gives=LinkShown,
        status=202,
        refusals=(*BY_PLATFORM, "mini_program_blocked", "mini_program_unlinked"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of links."""
    routes = Blueprint(__name__)

    @routes.route("/v1/accounts/{account}/mini-programs", methods=["GET"])
    def list_links(account: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        official = linking.find_official_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(linking.list_links(official, world=call.world, now=call.now))

    @routes.route("/v1/accounts/{account}/mini-programs", methods=["POST"])
    def ask_for_link(account: str) -> Response:
        call = prove(routes, world, Scope.admin)
        order = edge.read_body(call.request, LinkOrder)
        official = linking.find_official_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(linking.ask_for_link(official, order, actor=call.actor, world=call.world, now=call.now), status=202)

    @routes.route("/v1/accounts/{account}/mini-programs/{appid}", methods=["DELETE"])
    def ask_for_unlink(account: str, appid: str) -> Response:
        call = prove(routes, world, Scope.admin)
        official = linking.find_official_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(linking.ask_for_unlink(official, appid, actor=call.actor, world=call.world, now=call.now), status=202)

    return routes
