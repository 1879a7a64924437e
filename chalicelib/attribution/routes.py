"""Attribution over HTTP: what each way in brought, and by which way somebody came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec
from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.attribution.flows import telling
from chalicelib.attribution.rules import stats
from chalicelib.attribution.words import EntryStats, OrderTouches, TouchesPage
from chalicelib.errors import Invalid
from chalicelib.identity.rules.coverage import day_of
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="GET",
        path="/v1/entries/stats",
        does="Sum up what each way in brought and cost over some days; what has no known way is a line of its own.",
        scope=Scope.attribution_read,
        gives=EntryStats,
        query=("from", "to", "touch"),
        refusals=("field_invalid",),
    ),
    edge.Door(
        method="GET",
        path="/v1/people/{person}/touches",
        does="List by which ways somebody came, over all ends, the latest first.",
        scope=Scope.attribution_read,
        gives=TouchesPage,
        query=("cursor", "limit"),
        refusals=("person_missing", "cursor_invalid"),
    ),
    edge.Door(
        method="GET",
        path="/v1/orders/{order}/touches",
        does="Show which touches an order has to thank, and what it counts for.",
        scope=Scope.attribution_read,
        gives=OrderTouches,
        refusals=("order_missing",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of attribution."""
    routes = Blueprint(__name__)

    @routes.route("/v1/entries/stats", methods=["GET"])
    def sum_up() -> Response:
        call = prove(routes, world, Scope.attribution_read)
        query = edge.query_of(call.request)
        today = day_of(call.now, utc_offset_h=call.world.settings.utc_offset_h)
        first, last = stats.read_days(query, today=today)
        return edge.answer(telling.sum_up(call.brand, first, last, stats.read_mode(query)))

    @routes.route("/v1/people/{person}/touches", methods=["GET"])
    def list_touches(person: str) -> Response:
        call = prove(routes, world, Scope.attribution_read)
        query = edge.query_of(call.request)
        place = _read_place(edge.cursor_of(query))
        page = telling.list_touches(call.brand, person, before=place, most=edge.page_size(query))
        return edge.answer(msgspec.structs.replace(page, cursor=page.cursor and edge.encode_cursor(page.cursor)))

    @routes.route("/v1/orders/{order}/touches", methods=["GET"])
    def show_order(order: str) -> Response:
        call = prove(routes, world, Scope.attribution_read)
        return edge.answer(telling.show_order(call.brand, order, world=call.world, now=call.now))

    return routes


def _read_place(position: str | None) -> telling.Place | None:
    if position is None:
        return None
    at, separator, touch = position.partition("|")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise Invalid(code="cursor_invalid") from None
    if not separator or moment.tzinfo is None:
        raise Invalid(code="cursor_invalid")
    return moment, touch
