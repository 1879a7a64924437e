"""The offers a brand makes, over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.offers.flows import registry
from chalicelib.offers.words.registry import OffersOrder, OffersPublished, OffersShown
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="PUT",
        path="/v1/offers",
        does="Publish all offers as a new version; in force everywhere within ten seconds.",
        scope=Scope.offers_write,
        takes=OffersPublished,
        gives=OffersShown,
        status=201,
        refusals=("share_rewarded", "content_refused"),
    ),
    edge.Door(
        method="GET",
        path="/v1/offers",
        does="Show the offers in force.",
        scope=Scope.offers_read,
        gives=OffersShown,
        refusals=("document_missing",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the registry."""
    routes = Blueprint(__name__)

    @routes.route("/v1/offers", methods=["PUT"])
    def publish() -> Response:
        call = prove(routes, world, Scope.offers_write)
        order = edge.read_body(call.request, OffersPublished)
        written = OffersOrder(offers=order.offers)
        done = registry.publish(call.brand, written, override=order.override, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(done, status=201)

    @routes.route("/v1/offers", methods=["GET"])
    def show() -> Response:
        call = prove(routes, world, Scope.offers_read)
        return edge.answer(registry.show(call.brand))

    return routes
