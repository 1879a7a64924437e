"""What a brand writes about consent, over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.consent.flows import policy
from chalicelib.consent.words.policy import GuidelineOrder, GuidelineShown, PolicyOrder, PolicyShown
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="PUT",
        path="/v1/privacy-guideline",
        does="Publish a version of the privacy guideline; in force everywhere within ten seconds.",
        scope=Scope.consent_write,
        takes=GuidelineOrder,
        gives=GuidelineShown,
        status=201,
        refusals=("busy",),
    ),
    edge.Door(
        method="GET",
        path="/v1/privacy-guideline",
        does="Show the privacy guideline in force.",
        scope=Scope.consent_read,
        gives=GuidelineShown,
        refusals=("document_missing",),
    ),
    edge.Door(
        method="PUT",
        path="/v1/contact-policy",
        does="Publish what stops marketing, which topics people may switch off, and what WeChat allows; in force within a minute.",
        scope=Scope.consent_write,
        takes=PolicyOrder,
        gives=PolicyShown,
        status=201,
        refusals=("account_missing", "busy"),
    ),
    edge.Door(
        method="GET",
        path="/v1/contact-policy",
        does="Show the policy in force; version 0 is ours, until the brand writes its own.",
        scope=Scope.consent_read,
        gives=PolicyShown,
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of guideline and policy."""
    routes = Blueprint(__name__)

    @routes.route("/v1/privacy-guideline", methods=["PUT"])
    def publish_guideline() -> Response:
        call = prove(routes, world, Scope.consent_write)
        order = edge.read_body(call.request, GuidelineOrder)
        return edge.answer(policy.publish_guideline(call.brand, order, actor=call.actor, world=call.world, now=call.now), status=201)

    @routes.route("/v1/privacy-guideline", methods=["GET"])
    def show_guideline() -> Response:
        call = prove(routes, world, Scope.consent_read)
        return edge.answer(policy.show_guideline(call.brand))

    @routes.route("/v1/contact-policy", methods=["PUT"])
    def publish_policy() -> Response:
        call = prove(routes, world, Scope.consent_write)
        order = edge.read_body(call.request, PolicyOrder)
        return edge.answer(policy.publish_policy(call.brand, order, actor=call.actor, world=call.world, now=call.now), status=201)

    @routes.route("/v1/contact-policy", methods=["GET"])
    def show_policy() -> Response:
        call = prove(routes, world, Scope.consent_read)
        return edge.answer(policy.show_policy(call.brand))

    return routes
