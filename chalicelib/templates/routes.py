"""Templates over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.templates import flows
from chalicelib.templates.words import Preview, PreviewOrder, TemplatesShown
from chalicelib.world import World

FROM_WECHAT = ("account_missing", "wechat_busy", "wechat_declined", "outcome_unknown", "token_rejected")
DOORS = (
    edge.Door(
        method="GET",
        path="/v1/accounts/{account}/templates",
        does="List an account's templates with their keywords, as WeChat told them last.",
        scope=Scope.accounts_read,
        gives=TemplatesShown,
        refusals=FROM_WECHAT,
    ),
    edge.Door(
        method="POST",
        path="/v1/accounts/{account}/templates/sync",
        does="Have an account's templates anew from WeChat, now instead of within six hours.",
        scope=Scope.messages_write,
        gives=TemplatesShown,
        refusals=FROM_WECHAT,
    ),
    edge.Door(
        method="POST",
        path="/v1/accounts/{account}/templates/{template}/preview",
        does="Fill a template in without sending it: how it reads, what is cut, and which keywords WeChat would refuse.",
        scope=Scope.accounts_read,
        takes=PreviewOrder,
        gives=Preview,
        refusals=(*FROM_WECHAT, "template_missing"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of templates."""
    routes = Blueprint(__name__)

    @routes.route("/v1/accounts/{account}/templates", methods=["GET"])
    def list_templates(account: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        own = flows.find_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(flows.show(own, world=call.world, now=call.now))

    @routes.route("/v1/accounts/{account}/templates/sync", methods=["POST"])
    def have_templates(account: str) -> Response:
        call = prove(routes, world, Scope.messages_write)
        own = flows.find_account(call.brand, account, world=call.world, now=call.now)
        flows.sync(own, world=call.world, now=call.now)
        return edge.answer(flows.show(own, world=call.world, now=call.now))

    @routes.route("/v1/accounts/{account}/templates/{template}/preview", methods=["POST"])
    def preview_template(account: str, template: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        order = edge.read_body(call.request, PreviewOrder)
        own = flows.find_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(flows.preview(own, template, order, world=call.world, now=call.now))

    return routes
