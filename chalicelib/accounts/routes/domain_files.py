"""Files by which WeChat proves that a domain is ours, over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.accounts.flows import domain_files, register
from chalicelib.accounts.words import DomainFileOrder
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="PUT",
        path="/v1/accounts/{account}/domain-file",
        does="Keep a file by which WeChat proves that a domain is ours; it is served at the domain's root.",
        scope=Scope.admin,
        takes=DomainFileOrder,
        status=204,
        refusals=("account_missing", "file_taken"),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/accounts/{account}/domain-file/{file}",
        does="Serve such a file no more.",
        scope=Scope.admin,
        status=204,
        refusals=("account_missing",),
    ),
    edge.Door(
        method="GET",
        path="/{file}",
        does="A file by which WeChat proves that the domain is ours.",
        proof="nothing",
        shows="text/plain",
        refusals=("path_missing",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the files at the domain's root."""
    routes = Blueprint(__name__)

    @routes.route("/v1/accounts/{account}/domain-file", methods=["PUT"])
    def keep_file(account: str) -> Response:
        call = prove(routes, world, Scope.admin)
        order = edge.read_body(call.request, DomainFileOrder)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        domain_files.keep_file(own, order, actor=call.actor, world=call.world, now=call.now)
        return Response("", status_code=204)

    @routes.route("/v1/accounts/{account}/domain-file/{file}", methods=["DELETE"])
    def drop_file(account: str, file: str) -> Response:
        call = prove(routes, world, Scope.admin)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        domain_files.drop_file(own, file, actor=call.actor, world=call.world, now=call.now)
        return Response("", status_code=204)

    @routes.route("/{file}", methods=["GET"])
    def show_file(file: str) -> Response:
        content = domain_files.find_file(file, world=world(), now=world().now())
        return Response(content, headers={"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"})

    return routes
