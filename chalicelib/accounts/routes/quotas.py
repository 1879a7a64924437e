"""WeChat's daily quotas over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.accounts.flows import quotas, register
from chalicelib.accounts.words.quotas import ClearOrder, QuotasShown
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="GET",
        path="/v1/accounts/{account}/quotas",
        does="How WeChat's daily quotas of an account stand: its limit, what is used, and what is left for marketing and for service.",
        scope=Scope.accounts_read,
        gives=QuotasShown,
        refusals=("account_missing",),
    ),
    edge.Door(
        method="POST",
        path="/v1/accounts/{account}/quotas/clear",
        does="Have WeChat begin all quotas of an account's day anew; it does so ten times a month.",
        scope=Scope.admin,
        takes=ClearOrder,
        gives=QuotasShown,
        refusals=("account_missing", "wechat_busy", "wechat_declined", "outcome_unknown", "token_rejected"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of quotas."""
    routes = Blueprint(__name__)

    @routes.route("/v1/accounts/{account}/quotas", methods=["GET"])
    def show_quotas(account: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(quotas.show(own, world=call.world, now=call.now))

    @routes.route("/v1/accounts/{account}/quotas/clear", methods=["POST"])
    def clear_quotas(account: str) -> Response:
        call = prove(routes, world, Scope.admin)
        order = edge.read_body(call.request, ClearOrder)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(quotas.clear(own, order, actor=call.actor, world=call.world, now=call.now))

    return routes
