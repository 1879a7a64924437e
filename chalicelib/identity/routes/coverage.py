"""How many people are known by more than an openid, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.errors import Invalid
from chalicelib.identity.flows import coverage
from chalicelib.identity.words.coverage import Coverage
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DAYS = range(1, 101)

DOORS = (
    edge.Door(
        method="GET",
        path="/v1/identity/coverage",
        does="Show for each day which share of people is known by a unionid or a phone, overall and at each account.",
        scope=Scope.people_read,
        gives=Coverage,
        query=("days", "cursor"),
        refusals=("cursor_invalid",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """The door for those who watch over who is who."""
    routes = Blueprint(__name__)

    @routes.route("/v1/identity/coverage", methods=["GET"])
    def show_coverage() -> Response:
        call = prove(routes, world, Scope.people_read)
        query = edge.query_of(call.request)
        before = read_day(query["cursor"]) if "cursor" in query else None
        found, following = coverage.list_days(call.brand, days=read_days(query), before=before, world=call.world, now=call.now)
        cursor = edge.encode_cursor(str(following)) if following else None
        return edge.answer(Coverage(goal=call.world.settings.coverage_goal, days=found, cursor=cursor))

    return routes


def read_days(query: dict[str, str]) -> int:
    """How many days are asked for: 30 when left out."""
    text = query.get("days", "30")
    if not text.isascii() or not text.isdigit() or int(text) not in DAYS:
        raise Invalid(f"days is a number from 1 to {DAYS[-1]}.")
    return int(text)


def read_day(cursor: str) -> date:
    """The day a cursor stands for: those shown next are before it."""
    try:
        return date.fromisoformat(edge.decode_cursor(cursor))
    except ValueError:
        raise Invalid(code="cursor_invalid") from None
