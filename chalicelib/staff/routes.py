"""API keys over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.staff import flows
from chalicelib.staff.callers import prove
from chalicelib.staff.words import KeyOrder, NewKey, Scope, ShownKey
from chalicelib.world import World

DOORS = (
    edge.Door(method="GET", path="/v1/keys", does="List the brand's API keys, without secrets.", scope=Scope.admin, gives=list[ShownKey]),
    edge.Door(
        method="POST",
        path="/v1/keys",
        does="Make an API key. The key is in this answer and is never shown again.",
        scope=Scope.admin,
        takes=KeyOrder,
        gives=NewKey,
        status=201,
    ),
    edge.Door(
        method="DELETE",
        path="/v1/keys/{key_id}",
        does="Revoke an API key; it is refused everywhere within 30 seconds.",
        scope=Scope.admin,
        status=204,
        refusals=("key_missing",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the staff room."""
    routes = Blueprint(__name__)

    @routes.route("/v1/keys", methods=["GET"])
    def list_keys() -> Response:
        call = prove(routes, world, Scope.admin)
        return edge.answer(flows.list_keys(call.brand))

    @routes.route("/v1/keys", methods=["POST"])
    def create_key() -> Response:
        call = prove(routes, world, Scope.admin)
        order = edge.read_body(call.request, KeyOrder)
        return edge.answer(flows.create_key(call.brand, order, actor=call.actor, world=call.world, now=call.now), status=201)

    @routes.route("/v1/keys/{key_id}", methods=["DELETE"])
    def revoke_key(key_id: str) -> Response:
        call = prove(routes, world, Scope.admin)
        flows.revoke_key(call.brand, key_id, actor=call.actor, world=call.world, now=call.now)
        return Response("", status_code=204)

    return routes
