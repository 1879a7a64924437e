"""Codes by text and logins with them over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.sessions.flows import phone
from chalicelib.sessions.words import LoginResult, PhoneLogin, SmsCodeOrder
from chalicelib.world import World

SMS_CODE_REFUSALS = ("sms_code_wrong", "sms_code_expired")

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/sms-codes",
        does="Text a code of six digits to a phone, valid five minutes, for logging in or adding the phone.",
        proof="nothing",
        takes=SmsCodeOrder,
        status=202,
        refusals=("account_missing", "too_many_codes", "sms_missing", "sms_refused"),
    ),
    edge.Door(
        method="POST",
        path="/v1/sessions/phone",
        does="Log in with a phone and the code it was texted.",
        proof="code",
        takes=PhoneLogin,
        gives=LoginResult,
        status=201,
        refusals=(*SMS_CODE_REFUSALS, "account_missing"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of phones."""
    routes = Blueprint(__name__)

    @routes.route("/v1/sms-codes", methods=["POST"])
    def send_code() -> Response:
        order = edge.read_body(routes.current_request, SmsCodeOrder)
        phone.send_code(order, source=edge.source_of(routes.current_request), world=world(), now=world().now())
        return Response("", status_code=202)

    @routes.route("/v1/sessions/phone", methods=["POST"])
    def log_in() -> Response:
        login = edge.read_body(routes.current_request, PhoneLogin)
        return edge.answer(phone.log_in(login, world=world(), now=world().now()), status=201, headers=edge.NO_STORE)

    return routes
