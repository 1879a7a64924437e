"""The archive over HTTP: what lies in it, and bringing it again."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.archive.flows import compacting, replaying
from chalicelib.archive.words.catalogue import ArchiveShown, Replaying, ReplayOrder
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="GET",
        path="/v1/archive",
        does="Show what lies in the archive, day by day, and how much waits to be taken in.",
        scope=Scope.records_read,
        gives=ArchiveShown,
    ),
    edge.Door(
        method="POST",
        path="/v1/archive/replay",
        does="Bring the records of some days again, and count their events anew. Repeating it is safe.",
        scope=Scope.records_write,
        takes=ReplayOrder,
        gives=Replaying,
        status=202,
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the archive."""
    routes = Blueprint(__name__)

    @routes.route("/v1/archive", methods=["GET"])
    def show_archive() -> Response:
        call = prove(routes, world, Scope.records_read)
        return edge.answer(compacting.show_archive(call.brand, world=call.world))

    @routes.route("/v1/archive/replay", methods=["POST"])
    def replay() -> Response:
        call = prove(routes, world, Scope.records_write)
        order = edge.read_body(call.request, ReplayOrder)
        told = replaying.order_replay(call.brand, order, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(told, status=202)

    return routes
