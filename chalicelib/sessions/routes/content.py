"""Checks of what people write, over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.lint.words import VisitorTextOrder, VisitorVerdict
from chalicelib.sessions.flows import content, current
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/me/content-checks",
        does="Have WeChat judge what the logged-in person has written in a mini program: pass, review, risky, or unknown.",
        proof="session",
        takes=VisitorTextOrder,
        gives=VisitorVerdict,
        refusals=("session_refused", "session_ended", "account_missing", "person_missing"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """The door for what people write."""
    routes = Blueprint(__name__)

    @routes.route("/v1/me/content-checks", methods=["POST"])
    def check_my_text() -> Response:
        now = world().now()
        _, session = current.find_session(edge.bearer(routes.current_request), world=world(), now=now)
        order = edge.read_body(routes.current_request, VisitorTextOrder)
        return edge.answer(content.check_my_text(order, session, world=world(), now=now))

    return routes
