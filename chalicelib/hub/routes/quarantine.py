"""The quarantine over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.hub.flows import releasing
from chalicelib.hub.words.quarantine import GroupShown, GroupsPage, HeldPage, Replayed, ReplayOrder
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="GET",
        path="/v1/quarantine",
        does="List why records are held, with how many and a masked sample of each.",
        scope=Scope.quarantine_write,
        gives=GroupsPage,
        query=("cursor", "limit"),
        refusals=("cursor_invalid",),
    ),
    edge.Door(
        method="GET",
        path="/v1/quarantine/{group}",
        does="List the records of a group, personal values masked.",
        scope=Scope.quarantine_write,
        gives=HeldPage,
        query=("cursor", "limit"),
        refusals=("held_missing", "cursor_invalid"),
    ),
    edge.Door(
        method="POST",
        path="/v1/quarantine/{group}/replay",
        does="Have every record of a group judged anew, after the dictionary has changed. Repeating it is safe.",
        scope=Scope.quarantine_write,
        gives=GroupShown,
        status=202,
        refusals=("held_missing",),
    ),
    edge.Door(
        method="POST",
        path="/v1/quarantine/{group}/{record}/replay",
        does="Mend a held record and have it judged anew. Repeating it is safe.",
        scope=Scope.quarantine_write,
        takes=ReplayOrder,
        gives=Replayed,
        refusals=("held_missing",),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/quarantine/{group}/{record}",
        does="Give a held record up for good.",
        scope=Scope.quarantine_write,
        status=204,
        refusals=("held_missing",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the quarantine."""
    routes = Blueprint(__name__)

    @routes.route("/v1/quarantine", methods=["GET"])
    def list_groups() -> Response:
        call = prove(routes, world, Scope.quarantine_write)
        query = edge.query_of(call.request)
        groups, following = releasing.list_groups(call.brand, after=edge.cursor_of(query), most=edge.page_size(query))
        return edge.answer(GroupsPage(groups=tuple(groups), cursor=edge.encode_cursor(following) if following else None))

    @routes.route("/v1/quarantine/{group}", methods=["GET"])
    def list_held(group: str) -> Response:
        call = prove(routes, world, Scope.quarantine_write)
        query = edge.query_of(call.request)
        held, following = releasing.list_held(
            call.brand, group, after=edge.cursor_of(query), most=edge.page_size(query), world=call.world, now=call.now
        )
        return edge.answer(HeldPage(records=tuple(held), cursor=edge.encode_cursor(following) if following else None))

    @routes.route("/v1/quarantine/{group}/replay", methods=["POST"])
    def replay_group(group: str) -> Response:
        call = prove(routes, world, Scope.quarantine_write)
        return edge.answer(releasing.replay_group(call.brand, group, actor=call.actor, world=call.world, now=call.now), status=202)

    @routes.route("/v1/quarantine/{group}/{record}/replay", methods=["POST"])
    def replay_one(group: str, record: str) -> Response:
        call = prove(routes, world, Scope.quarantine_write)
        order = edge.read_body(call.request, ReplayOrder)
        replayed = releasing.replay_one(call.brand, group, record, order.data, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(replayed)

    @routes.route("/v1/quarantine/{group}/{record}", methods=["DELETE"])
    def drop(group: str, record: str) -> Response:
        call = prove(routes, world, Scope.quarantine_write)
        releasing.drop(call.brand, group, record, actor=call.actor, world=call.world, now=call.now)
        return Response("", status_code=204)

    return routes
