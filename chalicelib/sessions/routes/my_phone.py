"""A phone added to the person who is logged in, over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.sessions.flows import current, my_phone
from chalicelib.sessions.routes.phone import SMS_CODE_REFUSALS
from chalicelib.sessions.words import Me, PhoneOrder
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/me/phone",
        does="Add a phone to the logged-in person: by a texted code, or by the mini program's phone button.",
        proof="session",
        takes=PhoneOrder,
        gives=Me,
        refusals=(
            "session_refused",
            "session_ended",
            *SMS_CODE_REFUSALS,
            "phone_code_refused",
            "phone_data_refused",
            "phone_contested",
            "account_missing",
            "token_rejected",
            "wechat_busy",
            "wechat_declined",
            "outcome_unknown",
        ),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """The door of one's own phone."""
    routes = Blueprint(__name__)

    @routes.route("/v1/me/phone", methods=["POST"])
    def add_phone() -> Response:
        now = world().now()
        claims, session = current.find_session(edge.bearer(routes.current_request), world=world(), now=now)
        order = edge.read_body(routes.current_request, PhoneOrder)
        return edge.answer(my_phone.add_phone(order, claims, session, world=world(), now=now), headers=edge.NO_STORE)

    return routes
