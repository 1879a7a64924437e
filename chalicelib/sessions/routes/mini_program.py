"""Logins from a mini program over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.sessions.flows import mini_program
from chalicelib.sessions.words import LoginResult, MiniProgramLogin
from chalicelib.world import World

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
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of mini programs."""
    routes = Blueprint(__name__)

    @routes.route("/v1/sessions/mini-program", methods=["POST"])
    def log_in() -> Response:
        login = edge.read_body(routes.current_request, MiniProgramLogin)
        return edge.answer(mini_program.log_in(login, world=world(), now=world().now()), status=201, headers=edge.NO_STORE)

    return routes
