"""Exclusive codes over HTTP: asked for and redeemed by people, redeemed by tills."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.offers.flows import codes
from chalicelib.offers.words.codes import CodeOrder, CodeRedeemed, CodeShown, RedeemOrder
from chalicelib.sessions.flows import current
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

REDEEMING = ("code_wrong", "code_missing", "code_redeemed", "code_over", "order_coded", "too_many_tries")

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/me/codes",
        does="Get one's own code of an offer, once for each person; asked again it is the same code.",
        proof="session",
        takes=CodeOrder,
        gives=CodeShown,
        status=201,
        refusals=("session_refused", "session_ended", "offer_missing", "follow_needed"),
    ),
    edge.Door(
        method="POST",
        path="/v1/me/codes/redeem",
        does="Redeem one's own code for an order. The same code and order asked again are answered alike.",
        proof="session",
        takes=RedeemOrder,
        gives=CodeRedeemed,
        refusals=("session_refused", "session_ended", "code_of_another", *REDEEMING),
    ),
    edge.Door(
        method="POST",
        path="/v1/codes/redeem",
        does="Redeem anybody's code for an order, as a till does. The same code and order asked again are answered alike.",
        scope=Scope.offers_write,
        takes=RedeemOrder,
        gives=CodeRedeemed,
        refusals=REDEEMING,
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of exclusive codes."""
    routes = Blueprint(__name__)

    @routes.route("/v1/me/codes", methods=["POST"])
    def issue_code() -> Response:
        request, outside = routes.current_request, world()
        now = outside.now()
        claims = current.authenticate(edge.bearer(request), world=outside, now=now)
        order = edge.read_body(request, CodeOrder)
        return edge.answer(codes.issue_code(claims, order, world=outside, now=now), status=201, headers=edge.NO_STORE)

    @routes.route("/v1/me/codes/redeem", methods=["POST"])
    def redeem_own() -> Response:
        request, outside = routes.current_request, world()
        now = outside.now()
        claims = current.authenticate(edge.bearer(request), world=outside, now=now)
        order = edge.read_body(request, RedeemOrder)
        return edge.answer(codes.redeem_own(claims, order, world=outside, now=now), headers=edge.NO_STORE)

    @routes.route("/v1/codes/redeem", methods=["POST"])
    def redeem_any() -> Response:
        call = prove(routes, world, Scope.offers_write)
        order = edge.read_body(call.request, RedeemOrder)
        return edge.answer(codes.redeem_any(call.brand, order, actor=call.actor, world=call.world, now=call.now), headers=edge.NO_STORE)

    return routes
