"""Logins from a mobile app over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.sessions.flows import app
from chalicelib.sessions.words import AppLogin, LoginResult
from chalicelib.world import World

CODE_REFUSALS = ("login_code_used", "login_code_expired", "account_missing", "wechat_busy", "wechat_declined")

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/sessions/app",
        does="Log in from a mobile app with WeChat's code.",
        proof="code",
        takes=AppLogin,
        gives=LoginResult,
        status=201,
        refusals=CODE_REFUSALS,
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of mobile apps."""
    routes = Blueprint(__name__)

    @routes.route("/v1/sessions/app", methods=["POST"])
    def log_in() -> Response:
        login = edge.read_body(routes.current_request, AppLogin)
        return edge.answer(app.log_in(login, world=world(), now=world().now()), status=201, headers=edge.NO_STORE)

    return routes
