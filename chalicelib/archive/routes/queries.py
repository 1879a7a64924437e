"""Questions about people by what they did, over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.archive.flows import asking
from chalicelib.archive.words.questions import QueryOrder, QueryShown
from chalicelib.staff import flows as staff
from chalicelib.staff.callers import prove
from chalicelib.staff.rules import allows
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/people/query",
        does="Ask which people did what, how often, within how many days. The answer is made in the background.",
        scope=Scope.records_read,
        takes=QueryOrder,
        gives=QueryShown,
        status=202,
    ),
    edge.Door(
        method="GET",
        path="/v1/queries/{query}",
        does="Show the answer to a question, page by page: the people, with their unionids for keys that may see personal values.",
        scope=Scope.records_read,
        gives=QueryShown,
        query=("cursor", "limit"),
        refusals=("query_missing", "cursor_invalid"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors for questions."""
    routes = Blueprint(__name__)

    @routes.route("/v1/people/query", methods=["POST"])
    def ask() -> Response:
        call = prove(routes, world, Scope.records_read)
        order = edge.read_body(call.request, QueryOrder)
        return edge.answer(asking.ask(call.brand, order, actor=call.actor, world=call.world, now=call.now), status=202)

    @routes.route("/v1/queries/{query}", methods=["GET"])
    def show_query(query: str) -> Response:
        call = prove(routes, world, Scope.records_read)
        asked = edge.query_of(call.request)
        start, reveal = edge.skipped(asked), allows(call.scopes, Scope.personal_read)
        shown, following = asking.show_query(
            call.brand, query, start=start, most=edge.page_size(asked), reveal=reveal, world=call.world, now=call.now
        )
        if reveal:  # written down before it is shown, and only of a question there is: what is no id of ours may be anything
            staff.record(call.brand, "query.revealed", {"query": shown.id}, actor=call.actor, world=call.world, now=call.now)
        cursor = None if following is None else edge.encode_cursor(str(following))
        return edge.answer(msgspec.structs.replace(shown, cursor=cursor), headers=edge.NO_STORE)

    return routes
