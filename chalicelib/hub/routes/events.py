"""Events over HTTP: told by the ends of whoever is logged in, and counted for business systems."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.errors import Invalid
from chalicelib.hub.flows import behaviour, taking
from chalicelib.hub.words.behaviour import Behaviour, EventsOrder, EventsTaken
from chalicelib.sessions.flows import current
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

MOST_DAYS = 90

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/me/events",
        does="Tell up to 50 events of whoever is logged in; each is judged alone. One with the id of an earlier one is that one.",
        proof="session",
        takes=EventsOrder,
        gives=EventsTaken,
        status=202,
        refusals=("session_refused", "session_ended", "too_many_events"),
    ),
    edge.Door(
        method="GET",
        path="/v1/people/{person}/behaviour",
        does="Count what a person did on the last days, over all ends.",
        scope=Scope.records_read,
        gives=Behaviour,
        query=("days",),
        refusals=("person_missing", "field_invalid"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors for what people do."""
    routes = Blueprint(__name__)

    @routes.route("/v1/me/events", methods=["POST"])
    def take_events() -> Response:
        request, outside = routes.current_request, world()
        now = outside.now()
        claims = current.authenticate(edge.bearer(request), world=outside, now=now)
        order = edge.read_body(request, EventsOrder)
        return edge.answer(taking.take_events(claims, order, world=outside, now=now), status=202)

    @routes.route("/v1/people/{person}/behaviour", methods=["GET"])
    def show_behaviour(person: str) -> Response:
        call = prove(routes, world, Scope.records_read)
        within = _days(edge.query_of(call.request).get("days", "30"))
        return edge.answer(behaviour.show_behaviour(call.brand, person, within=within, now=call.now))

    return routes


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 2 or not 1 <= int(text) <= MOST_DAYS:
        raise Invalid(f"days is a number from 1 to {MOST_DAYS}.")
    return int(text)
