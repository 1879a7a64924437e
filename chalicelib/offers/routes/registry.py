"""The offers a brand makes, over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.lint.words import PublishOrder, TextsRollback
from chalicelib.offers.flows import registry
from chalicelib.offers.words.registry import DraftOrder, DraftShown, OffersPublished, OffersShown
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
        does="Show the offers in force and the versions there are.",
        scope=Scope.offers_read,
        gives=OffersShown,
        refusals=("document_missing",),
    ),
    edge.Door(
        method="PUT",
        path="/v1/offers/draft",
        does="Save offers that are not finished, upon the revision that was read. Nothing that is in force changes.",
        scope=Scope.offers_write,
        takes=DraftOrder,
        gives=DraftShown,
        refusals=("draft_changed",),
    ),
    edge.Door(
        method="GET",
        path="/v1/offers/draft",
        does="Show the draft, and for what it would be refused.",
        scope=Scope.offers_read,
        gives=DraftShown,
        refusals=("document_missing",),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/offers/draft",
        does="Drop the draft.",
        scope=Scope.offers_write,
        status=204,
    ),
    edge.Door(
        method="POST",
        path="/v1/offers/publish",
        does="Publish the draft, if nobody has changed it since it was read.",
        scope=Scope.offers_write,
        takes=PublishOrder,
        gives=OffersShown,
        status=201,
        refusals=("document_missing", "draft_changed", "share_rewarded", "content_refused"),
    ),
    edge.Door(
        method="POST",
        path="/v1/offers/rollback",
        does="Put an earlier version in force again.",
        scope=Scope.offers_write,
        takes=TextsRollback,
        gives=OffersShown,
        refusals=("document_missing", "content_refused"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the registry."""
    routes = Blueprint(__name__)

    @routes.route("/v1/offers", methods=["PUT"])
    def publish() -> Response:
        call = prove(routes, world, Scope.offers_write)
        order = edge.read_body(call.request, OffersPublished)
        done = registry.publish(call.brand, order.written, override=order.override, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(done, status=201)

    @routes.route("/v1/offers", methods=["GET"])
    def show() -> Response:
        call = prove(routes, world, Scope.offers_read)
        return edge.answer(registry.show(call.brand))

    @routes.route("/v1/offers/draft", methods=["PUT"])
    def save_draft() -> Response:
        call = prove(routes, world, Scope.offers_write)
        order = edge.read_body(call.request, DraftOrder)
        return edge.answer(registry.save_draft(call.brand, order, actor=call.actor, world=call.world, now=call.now))

    @routes.route("/v1/offers/draft", methods=["GET"])
    def show_draft() -> Response:
        call = prove(routes, world, Scope.offers_read)
        return edge.answer(registry.show_draft(call.brand, world=call.world, now=call.now))

    @routes.route("/v1/offers/draft", methods=["DELETE"])
    def drop_draft() -> Response:
        call = prove(routes, world, Scope.offers_write)
        registry.drop_draft(call.brand)
        return Response("", status_code=204)

    @routes.route("/v1/offers/publish", methods=["POST"])
    def publish_draft() -> Response:
        call = prove(routes, world, Scope.offers_write)
        order = edge.read_body(call.request, PublishOrder)
        return edge.answer(registry.publish_draft(call.brand, order, actor=call.actor, world=call.world, now=call.now), status=201)

    @routes.route("/v1/offers/rollback", methods=["POST"])
    def roll_back() -> Response:
        call = prove(routes, world, Scope.offers_write)
        order = edge.read_body(call.request, TextsRollback)
        return edge.answer(registry.roll_back(call.brand, order, actor=call.actor, world=call.world, now=call.now))

    return routes
