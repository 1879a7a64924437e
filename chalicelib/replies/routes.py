"""Reply rules over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.accounts.flows import register
from chalicelib.documents.words import RollbackOrder
from chalicelib.replies import flows
from chalicelib.replies.words import Published, RulesOrder, RulesShown
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="PUT",
        path="/v1/reply-rules/{account}",
        does="Publish reply rules as a new version; in force everywhere within ten seconds.",
        scope=Scope.rules_write,
        takes=RulesOrder,
        gives=Published,
        status=201,
        refusals=("account_missing",),
    ),
    edge.Door(
        method="GET",
        path="/v1/reply-rules/{account}",
        does="Show the rules in force and the versions there are.",
        scope=Scope.accounts_read,
        gives=RulesShown,
        refusals=("account_missing", "document_missing"),
    ),
    edge.Door(
        method="POST",
        path="/v1/reply-rules/{account}/rollback",
        does="Put an earlier version in force again.",
        scope=Scope.rules_write,
        takes=RollbackOrder,
        gives=Published,
        refusals=("account_missing", "document_missing"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the replies room."""
    routes = Blueprint(__name__)

    @routes.route("/v1/reply-rules/{account}", methods=["PUT"])
    def publish_rules(account: str) -> Response:
        call = prove(routes, world, Scope.rules_write)
        order = edge.read_body(call.request, RulesOrder)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(flows.publish_rules(own, order, actor=call.actor, world=call.world, now=call.now), status=201)

    @routes.route("/v1/reply-rules/{account}", methods=["GET"])
    def show_rules(account: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        return edge.answer(flows.show_rules(register.find_own_account(call.brand, account, world=call.world, now=call.now)))

    @routes.route("/v1/reply-rules/{account}/rollback", methods=["POST"])
    def roll_back(account: str) -> Response:
        call = prove(routes, world, Scope.rules_write)
        order = edge.read_body(call.request, RollbackOrder)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(flows.roll_back(own, order.version, actor=call.actor, world=call.world, now=call.now))

    return routes
