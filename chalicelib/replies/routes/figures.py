"""What became of people's messages, over HTTP: what matched nothing, and how long the first answer of human service took."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.accounts.flows import register
from chalicelib.days import read_day
from chalicelib.replies.flows import measuring, unanswered
from chalicelib.replies.rules.waiting import day_of, read_days
from chalicelib.replies.words.unanswered import MOST_TEXTS, UnansweredShown
from chalicelib.replies.words.waiting import ResponseTimes
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="GET",
        path="/v1/reply-rules/{account}/unanswered",
        does="List what people wrote on a day that only the default rule answered, or none. Numbers are masked.",
        scope=Scope.rules_write,
        gives=UnansweredShown,
        query=("on", "cursor", "limit"),
        refusals=("account_missing", "field_invalid", "cursor_invalid"),
    ),
    edge.Door(
        method="GET",
        path="/v1/service/response-times",
        does="Tell how long people waited for a first answer of human service, by the day they were handed over.",
        scope=Scope.figures_read,
        gives=ResponseTimes,
        query=("account", "from", "to"),
        refusals=("account_missing", "field_invalid"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of what is counted."""
    routes = Blueprint(__name__)

    @routes.route("/v1/reply-rules/{account}/unanswered", methods=["GET"])
    def show_unanswered(account: str) -> Response:
        call = prove(routes, world, Scope.rules_write)
        today = day_of(call.now, call.world.settings.utc_offset_h)
        query = edge.query_of(call.request)
        on, skip, most = read_day(query.get("on", str(today)), "on"), edge.skipped(query, most=MOST_TEXTS), edge.page_size(query)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        shown = unanswered.show_unanswered(own, on, skip=skip, most=most, world=call.world)
        return edge.answer(msgspec.structs.replace(shown, cursor=shown.cursor and edge.encode_cursor(shown.cursor)))

    @routes.route("/v1/service/response-times", methods=["GET"])
    def show_response_times() -> Response:
        call = prove(routes, world, Scope.figures_read)
        query, today = edge.query_of(call.request), day_of(call.now, call.world.settings.utc_offset_h)
        first, last = read_days(query.get("from", ""), query.get("to", ""), today=today)
        own = register.find_own_account(call.brand, query.get("account", ""), world=call.world, now=call.now)
        return edge.answer(measuring.show_response_times(own, first, last))

    return routes
