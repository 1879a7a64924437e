"""The brand's rules of sending over HTTP: caps, quiet hours, zones."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.documents.words import RollbackOrder
from chalicelib.messaging.flows import settings
from chalicelib.messaging.words.documents import (
    MessageRules,
    RulesDraft,
    RulesDraftOrder,
    RulesPublished,
    RulesPublishOrder,
    RulesShown,
)
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="PUT",
        path="/v1/message-rules",
        does="Publish caps, quiet hours and zones as a new version; in force everywhere within ten seconds.",
        scope=Scope.rules_write,
        takes=MessageRules,
        gives=RulesPublished,
        status=201,
    ),
    edge.Door(
        method="GET",
        path="/v1/message-rules",
        does="Show the rules of sending that are in force, and the versions there are.",
        scope=Scope.accounts_read,
        gives=RulesShown,
    ),
    edge.Door(
        method="PUT",
        path="/v1/message-rules/draft",
        does="Save what is not finished, upon the revision that was read.",
        scope=Scope.rules_write,
        takes=RulesDraftOrder,
        gives=RulesDraft,
        refusals=("draft_changed",),
    ),
    edge.Door(
        method="GET",
        path="/v1/message-rules/draft",
        does="Show the draft.",
        scope=Scope.accounts_read,
        gives=RulesDraft,
        refusals=("document_missing",),
    ),
    edge.Door(
        method="POST",
        path="/v1/message-rules/publish",
        does="Publish the draft, if nobody has changed it since it was read.",
        scope=Scope.rules_write,
        takes=RulesPublishOrder,
        gives=RulesPublished,
        status=201,
        refusals=("document_missing", "draft_changed"),
    ),
    edge.Door(
        method="POST",
        path="/v1/message-rules/rollback",
        does="Put an earlier version in force again.",
        scope=Scope.rules_write,
        takes=RollbackOrder,
        gives=RulesPublished,
        refusals=("document_missing",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the rules of sending."""
    routes = Blueprint(__name__)

    @routes.route("/v1/message-rules", methods=["PUT"])
    def publish() -> Response:
        call = prove(routes, world, Scope.rules_write)
        rules = edge.read_body(call.request, MessageRules)
        return edge.answer(settings.publish(call.brand, rules, actor=call.actor, world=call.world, now=call.now), status=201)

    @routes.route("/v1/message-rules", methods=["GET"])
    def show() -> Response:
        return edge.answer(settings.show(prove(routes, world, Scope.accounts_read).brand))

    @routes.route("/v1/message-rules/draft", methods=["PUT"])
    def save_draft() -> Response:
        call = prove(routes, world, Scope.rules_write)
        order = edge.read_body(call.request, RulesDraftOrder)
        return edge.answer(settings.save_draft(call.brand, order, actor=call.actor, world=call.world, now=call.now))

    @routes.route("/v1/message-rules/draft", methods=["GET"])
    def show_draft() -> Response:
        return edge.answer(settings.read_draft(prove(routes, world, Scope.accounts_read).brand))

    @routes.route("/v1/message-rules/publish", methods=["POST"])
    def publish_draft() -> Response:
        call = prove(routes, world, Scope.rules_write)
        order = edge.read_body(call.request, RulesPublishOrder)
        done = settings.publish_draft(call.brand, order.revision, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(done, status=201)

    @routes.route("/v1/message-rules/rollback", methods=["POST"])
    def roll_back() -> Response:
        call = prove(routes, world, Scope.rules_write)
        order = edge.read_body(call.request, RollbackOrder)
        return edge.answer(settings.roll_back(call.brand, order.version, actor=call.actor, world=call.world, now=call.now))

    return routes
