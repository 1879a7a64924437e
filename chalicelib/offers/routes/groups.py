"""Groups over HTTP: opened and joined by people, looked at by the brand's systems."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.offers.flows import groups
from chalicelib.offers.words.groups import GroupOrder, GroupShown, GroupTold, SeatOrder
from chalicelib.sessions.flows import current
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/me/groups",
        does="Open a group with an order of one's own. The same order asked again is the group it has opened.",
        proof="session",
        takes=GroupOrder,
        gives=GroupShown,
        status=201,
        refusals=("session_refused", "session_ended", "offer_missing", "offer_over", "order_seated"),
    ),
    edge.Door(
        method="POST",
        path="/v1/me/groups/{group}/members",
        does="Take a seat in a group, once for each person. The same order asked again has its seat.",
        proof="session",
        takes=SeatOrder,
        gives=GroupShown,
        status=201,
        refusals=("session_refused", "session_ended", "group_missing", "group_full", "group_over", "group_joined", "order_seated"),
    ),
    edge.Door(
        method="GET",
        path="/v1/me/groups/{group}",
        does="Show a group: how many are in, until when, and whether one is oneself.",
        proof="session",
        gives=GroupShown,
        refusals=("session_refused", "session_ended", "group_missing"),
    ),
    edge.Door(
        method="GET",
        path="/v1/groups/{group}",
        does="Show a group with its orders: to serve when it is filled, to let go when it has failed.",
        scope=Scope.offers_read,
        gives=GroupTold,
        refusals=("group_missing",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of groups."""
    routes = Blueprint(__name__)

    @routes.route("/v1/me/groups", methods=["POST"])
    def open_group() -> Response:
        request, outside = routes.current_request, world()
        now = outside.now()
        claims = current.authenticate(edge.bearer(request), world=outside, now=now)
        order = edge.read_body(request, GroupOrder)
        return edge.answer(groups.open_group(claims, order, world=outside, now=now), status=201, headers=edge.NO_STORE)

    @routes.route("/v1/me/groups/{group}/members", methods=["POST"])
    def join_group(group: str) -> Response:
        request, outside = routes.current_request, world()
        now = outside.now()
        claims = current.authenticate(edge.bearer(request), world=outside, now=now)
        order = edge.read_body(request, SeatOrder)
        return edge.answer(groups.join_group(claims, group, order, world=outside, now=now), status=201, headers=edge.NO_STORE)

    @routes.route("/v1/me/groups/{group}", methods=["GET"])
    def show_group(group: str) -> Response:
        request, outside = routes.current_request, world()
        now = outside.now()
        claims = current.authenticate(edge.bearer(request), world=outside, now=now)
        return edge.answer(groups.show_group(claims, group, now=now), headers=edge.NO_STORE)

    @routes.route("/v1/groups/{group}", methods=["GET"])
    def tell_group(group: str) -> Response:
        call = prove(routes, world, Scope.offers_read)
        return edge.answer(groups.tell_group(call.brand, group, now=call.now))

    return routes
