"""The registry of ways in over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.entries.flows import registry
from chalicelib.entries.rules.registry import is_code
from chalicelib.entries.words import EntriesPage, EntryChange, EntryOrder, EntryShown, Placement
from chalicelib.errors import Invalid
from chalicelib.staff.callers import Call, prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/entries",
        does="Make a way in: where it stands and where it leads. With an Idempotency-Key the same order is one entry.",
        scope=Scope.entries_write,
        takes=EntryOrder,
        gives=EntryShown,
        status=201,
        refusals=("idempotency_conflict",),
    ),
    edge.Door(
        method="GET",
        path="/v1/entries",
        does="List ways in, by placement.",
        scope=Scope.entries_read,
        gives=EntriesPage,
        query=("placement", "cursor", "limit"),
        refusals=("field_invalid", "cursor_invalid"),
    ),
    edge.Door(
        method="GET",
        path="/v1/entries/{entry}",
        does="Show a way in, and where it leads at this moment.",
        scope=Scope.entries_read,
        gives=EntryShown,
        refusals=("entry_missing",),
    ),
    edge.Door(
        method="PUT",
        path="/v1/entries/{entry}",
        does="Change where a way in leads, its schedule, UTM and costs, upon the revision that was read.",
        scope=Scope.entries_write,
        takes=EntryChange,
        gives=EntryShown,
        refusals=("entry_missing", "entry_retired", "entry_changed"),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/entries/{entry}",
        does="Retire a way in: it leads nowhere any more, and its code is never given again.",
        scope=Scope.entries_write,
        status=204,
        refusals=("entry_missing",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the registry."""
    routes = Blueprint(__name__)

    @routes.route("/v1/entries", methods=["POST"])
    def create_entry() -> Response:
        call = prove(routes, world, Scope.entries_write)
        order = edge.read_body(call.request, EntryOrder)
        ordered = edge.idempotency_key(call.request)
        entry = registry.create_entry(call.brand, order, ordered=ordered, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(registry.show(entry, home=home_of(call), now=call.now), status=201)

    @routes.route("/v1/entries", methods=["GET"])
    def list_entries() -> Response:
        call = prove(routes, world, Scope.entries_read)
        query = edge.query_of(call.request)
        placement = _read_placement(query)
        after = _read_start(query, placement)
        page = registry.list_entries(call.brand, placement, after=after, most=edge.page_size(query), home=home_of(call), now=call.now)
        return edge.answer(msgspec.structs.replace(page, cursor=page.cursor and edge.encode_cursor(page.cursor)))

    @routes.route("/v1/entries/{entry}", methods=["GET"])
    def show_entry(entry: str) -> Response:
        call = prove(routes, world, Scope.entries_read)
        return edge.answer(registry.show(registry.find_entry(call.brand, entry), home=home_of(call), now=call.now))

    @routes.route("/v1/entries/{entry}", methods=["PUT"])
    def change_entry(entry: str) -> Response:
        call = prove(routes, world, Scope.entries_write)
        order = edge.read_body(call.request, EntryChange)
        changed = registry.change_entry(call.brand, entry, order, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(registry.show(changed, home=home_of(call), now=call.now))

    @routes.route("/v1/entries/{entry}", methods=["DELETE"])
    def retire_entry(entry: str) -> Response:
        call = prove(routes, world, Scope.entries_write)
        registry.retire_entry(call.brand, entry, actor=call.actor, world=call.world, now=call.now)
        return Response("", status_code=204)

    return routes


def home_of(call: Call) -> str:
    """Our own address, as this caller's people reach it."""
    return edge.own_address(call.request, call.world.settings.public_url)


def _read_placement(query: dict[str, str]) -> Placement | None:
    if "placement" not in query:
        return None
    try:
        return Placement(query["placement"])
    except ValueError:
        raise Invalid("There is no such placement - at `placement`.") from None


def _read_start(query: dict[str, str], placement: Placement | None) -> str | None:
    """Where the page before ended, within what is asked for."""
    cursor = edge.cursor_of(query)
    if cursor is None:
        return None
    place, _, code = cursor.partition("#")
    if place not in ([placement.value] if placement else list(Placement)) or not is_code(code):
        raise Invalid(code="cursor_invalid")
    return cursor
