"""The content lint over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.lint.flows import checking, rereading, wording
from chalicelib.lint.words import AcknowledgeOrder, Checked, CheckOrder, FoundPage, RulesShown, WordsOrder, WordsShown
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/content/check",
        does="Read texts by the rules in force, without publishing them: what stands in the way, why, and what to write instead.",
        scope=Scope.content_write,
        takes=CheckOrder,
        gives=Checked,
    ),
    edge.Door(
        method="GET",
        path="/v1/content/rules",
        does="Show the dated rules in force and those to come, each with its source.",
        scope=Scope.accounts_read,
        gives=RulesShown,
    ),
    edge.Door(
        method="GET",
        path="/v1/content/words",
        does="Show the brand's own words, known pages and limits.",
        scope=Scope.accounts_read,
        gives=WordsShown,
    ),
    edge.Door(
        method="PUT",
        path="/v1/content/words",
        does="Say which words the brand does not want to read, which pages it knows, and how many spots of guidance a page may have.",
        scope=Scope.content_write,
        takes=WordsOrder,
        gives=WordsShown,
        status=201,
    ),
    edge.Door(
        method="GET",
        path="/v1/content/findings",
        does="List what newer rules have found in what is published.",
        scope=Scope.accounts_read,
        gives=FoundPage,
        query=("cursor", "limit"),
        refusals=("cursor_invalid",),
    ),
    edge.Door(
        method="POST",
        path="/v1/content/findings/{finding}/acknowledge",
        does="Let a finding stand, with a reason that is written down.",
        scope=Scope.content_write,
        takes=AcknowledgeOrder,
        status=204,
        refusals=("finding_missing",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the lint room."""
    routes = Blueprint(__name__)

    @routes.route("/v1/content/check", methods=["POST"])
    def check() -> Response:
        call = prove(routes, world, Scope.content_write)
        order = edge.read_body(call.request, CheckOrder)
        return edge.answer(checking.check(call.brand, order, world=call.world, now=call.now))

    @routes.route("/v1/content/rules", methods=["GET"])
    def show_rules() -> Response:
        call = prove(routes, world, Scope.accounts_read)
        return edge.answer(checking.show_rules(call.brand, world=call.world, now=call.now))

    @routes.route("/v1/content/words", methods=["GET"])
    def show_words() -> Response:
        call = prove(routes, world, Scope.accounts_read)
        return edge.answer(wording.show_words(call.brand))

    @routes.route("/v1/content/words", methods=["PUT"])
    def publish_words() -> Response:
        call = prove(routes, world, Scope.content_write)
        order = edge.read_body(call.request, WordsOrder)
        shown = wording.publish_words(call.brand, order, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(shown, status=201)

    @routes.route("/v1/content/findings", methods=["GET"])
    def list_findings() -> Response:
        call = prove(routes, world, Scope.accounts_read)
        query = edge.query_of(call.request)
        page, following = rereading.list_found(call.brand, most=edge.page_size(query), after=edge.cursor_of(query))
        return edge.answer(msgspec.structs.replace(page, cursor=edge.encode_cursor(following) if following else None))

    @routes.route("/v1/content/findings/{finding}/acknowledge", methods=["POST"])
    def acknowledge(finding: str) -> Response:
        call = prove(routes, world, Scope.content_write)
        order = edge.read_body(call.request, AcknowledgeOrder)
        rereading.acknowledge(call.brand, finding, order.reason, actor=call.actor, world=call.world, now=call.now)
        return Response("", status_code=204)

    return routes
