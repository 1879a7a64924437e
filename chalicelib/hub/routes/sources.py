"""Sources of records over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.hub.flows import sources
from chalicelib.hub.words.sources import SourcesPage
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="GET",
        path="/v1/sources",
        does="List the sources of records, each with what it brought in its last 24 hours, what became of that, and how late it came.",
        scope=Scope.records_read,
        gives=SourcesPage,
        query=("cursor", "limit"),
        refusals=("cursor_invalid",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the hub for those who look after sources."""
    routes = Blueprint(__name__)

    @routes.route("/v1/sources", methods=["GET"])
    def list_sources() -> Response:
        call = prove(routes, world, Scope.records_read)
        query = edge.query_of(call.request)
        shown, following = sources.list_sources(call.brand, after=edge.cursor_of(query), most=edge.page_size(query), now=call.now)
        return edge.answer(SourcesPage(sources=tuple(shown), cursor=edge.encode_cursor(following) if following else None))

    return routes
