"""Logins over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.sessions import flows
from chalicelib.sessions.words import LoginResult, Me, MiniProgramLogin, RefreshOrder, Tokens
from chalicelib.world import World

NO_STORE = {"Cache-Control": "no-store"}
CODE_REFUSALS = (
    "login_code_used",
    "login_code_expired",
    "login_code_wrong_kind",
    "login_refused",
    "account_missing",
    "wechat_busy",
    "wechat_declined",
)

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/sessions/mini-program",
        does="Log in from a mini program with the code of wx.login.",
        proof="code",
        takes=MiniProgramLogin,
        gives=LoginResult,
        status=201,
        refusals=CODE_REFUSALS,
    ),
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
        method="GET",
        path="/v1/me",
        does="Show the logged-in person with all identifiers, masked.",
        proof="session",
        gives=Me,
        refusals=("session_refused", "session_ended"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the sessions room."""
    routes = Blueprint(__name__)

    @routes.route("/v1/sessions/mini-program", methods=["POST"])
    def log_in_mini_program() -> Response:
        login = edge.read_body(routes.current_request, MiniProgramLogin)
        return edge.answer(flows.log_in_mini_program(login, world=world(), now=world().now()), status=201, headers=NO_STORE)

    @routes.route("/v1/sessions/refresh", methods=["POST"])
    def refresh() -> Response:
        order = edge.read_body(routes.current_request, RefreshOrder)
        return edge.answer(flows.refresh(order.refresh_token, world=world(), now=world().now()), headers=NO_STORE)

    @routes.route("/v1/sessions/current", methods=["DELETE"])
    def log_out() -> Response:
        flows.log_out(edge.bearer(routes.current_request), world=world(), now=world().now())
        return Response("", status_code=204)

    @routes.route("/v1/me", methods=["GET"])
    def who_am_i() -> Response:
        me = flows.who_am_i(edge.bearer(routes.current_request), world=world(), now=world().now())
        return edge.answer(me, headers=NO_STORE)

    return routes
