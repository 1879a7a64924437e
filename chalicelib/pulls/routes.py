"""What is fetched from WeChat, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import msgspec
from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.accounts.flows import register
from chalicelib.beijing import day_of
from chalicelib.days import read_day
from chalicelib.errors import Invalid
from chalicelib.pulls.flows import reconciling, running
from chalicelib.pulls.words import FiguresPage, Pulls, PullShown, Reconciliation
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

USUAL_SPAN = timedelta(days=29)
LONGEST_SPAN = timedelta(days=366)

DOORS = (
    edge.Door(
        method="GET",
        path="/v1/accounts/{account}/pulls",
        does="Show what is fetched from WeChat of an account, how far each has come, and what keeps it.",
        scope=Scope.figures_read,
        gives=Pulls,
        refusals=("account_missing",),
    ),
    edge.Door(
        method="POST",
        path="/v1/accounts/{account}/pulls/{kind}",
        does="Have one kind fetched now, though it is not due or was refused before.",
        scope=Scope.admin,
        gives=PullShown,
        status=202,
        refusals=("account_missing", "pull_missing"),
    ),
    edge.Door(
        method="GET",
        path="/v1/accounts/{account}/figures",
        does="List what WeChat told of each day, in its own words, the earliest day first.",
        scope=Scope.figures_read,
        gives=FiguresPage,
        query=("kind", "from", "to", "limit", "cursor"),
        refusals=("account_missing", "pull_missing", "cursor_invalid"),
    ),
    edge.Door(
        method="GET",
        path="/v1/accounts/{account}/reconciliation",
        does="Show for each day how many follows WeChat counts and how many its callbacks told us.",
        scope=Scope.figures_read,
        gives=Reconciliation,
        query=("from", "to"),
        refusals=("account_missing", "field_invalid"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors for those who look at figures."""
    routes = Blueprint(__name__)

    @routes.route("/v1/accounts/{account}/pulls", methods=["GET"])
    def show_pulls(account: str) -> Response:
        call = prove(routes, world, Scope.figures_read)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(running.show_pulls(own, now=call.now))

    @routes.route("/v1/accounts/{account}/pulls/{kind}", methods=["POST"])
    def run_pull(account: str, kind: str) -> Response:
        call = prove(routes, world, Scope.admin)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(running.run_now(own, running.find_kind(own, kind), world=call.world, now=call.now), status=202)

    @routes.route("/v1/accounts/{account}/figures", methods=["GET"])
    def list_figures(account: str) -> Response:
        call = prove(routes, world, Scope.figures_read)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        query = edge.query_of(call.request)
        kind = running.find_kind(own, query.get("kind", ""))
        first, last = read_span(query, call.now)
        first = max(first, read_cursor(query["cursor"], last)) if "cursor" in query else first
        page, following = running.list_figures(own, kind, first=first, last=last, most=edge.page_size(query))
        cursor = edge.encode_cursor(str(following)) if following else None
        return edge.answer(msgspec.structs.replace(page, cursor=cursor))

    @routes.route("/v1/accounts/{account}/reconciliation", methods=["GET"])
    def show_reconciliation(account: str) -> Response:
        call = prove(routes, world, Scope.figures_read)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        first, last = read_span(edge.query_of(call.request), call.now)
        return edge.answer(reconciling.list_days(own, first=first, last=last, world=call.world))

    return routes


def read_span(query: dict[str, str], now: datetime) -> tuple[date, date]:
    """The days asked for, both included: the last thirty when left out."""
    last = read_day(query["to"], "to") if "to" in query else day_of(now)
    first = read_day(query["from"], "from") if "from" in query else last - USUAL_SPAN
    if first > last or last - first > LONGEST_SPAN:
        raise Invalid("from is a day before to, at most a year.")
    return first, last


def read_cursor(cursor: str, last: date) -> date:
    """The day a page begins with, of a list that ends with another."""
    try:
        day = date.fromisoformat(edge.decode_cursor(cursor))
    except ValueError:
        raise Invalid(code="cursor_invalid") from None
    if day > last:  # DynamoDB refuses a span that ends before it begins
        raise Invalid(code="cursor_invalid")
    return day
