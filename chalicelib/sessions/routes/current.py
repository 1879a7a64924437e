"""A session over HTTP: refreshed, ended, looked at."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.sessions.flows import current
from chalicelib.sessions.words import Me, RefreshOrder, Tokens
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/sessions/refresh",
        does="Get new tokens for a refresh token. Each works once; a repeat within a minute gives the same session.",
        proof="refresh_token",
        takes=RefreshOrder,
        gives=Tokens,
        refusals=("session_refused", "session_ended"),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/sessions/current",
        does="Log out: both tokens are refused from now on.",
        proof="session",
        status=204,
        refusals=("session_refused",),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/sessions",
        does="Log out everywhere: every session of the person is ended, on every end.",
        proof="session",
        status=204,
        refusals=("session_refused", "session_ended"),
    ),
    edge.Door(
        method="GET",
        path="/v1/me",
        does="Show the logged-in person with all identifiers, masked.",
        proof="session",
        gives=Me,
        refusals=("session_refused", "session_ended"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of a session that is on."""
    routes = Blueprint(__name__)

    @routes.route("/v1/sessions/refresh", methods=["POST"])
    def refresh() -> Response:
        order = edge.read_body(routes.current_request, RefreshOrder)
        return edge.answer(current.refresh(order.refresh_token, world=world(), now=world().now()), headers=edge.NO_STORE)

    @routes.route("/v1/sessions/current", methods=["DELETE"])
    def log_out() -> Response:
        current.log_out(edge.bearer(routes.current_request), world=world(), now=world().now())
        return Response("", status_code=204)

    @routes.route("/v1/sessions", methods=["DELETE"])
    def log_out_everywhere() -> Response:
        current.log_out_everywhere(edge.bearer(routes.current_request), world=world(), now=world().now())
        return Response("", status_code=204)

    @routes.route("/v1/me", methods=["GET"])
    def who_am_i() -> Response:
        me = current.who_am_i(edge.bearer(routes.current_request), world=world(), now=world().now())
        return edge.answer(me, headers=edge.NO_STORE)

    return routes
