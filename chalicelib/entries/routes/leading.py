"""`/l/{entry}`: the one address of a way in, for everybody."""

from __future__ import annotations

import base64
from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.aws.metrics import count
from chalicelib.aws.tables import TableError
from chalicelib.entries.flows import leading as flows
from chalicelib.entries.flows.registry import LINK
from chalicelib.entries.routes import pages
from chalicelib.entries.rules import leading
from chalicelib.entries.words.links import Find, OpenedIn, Scan, Visitor, Way
from chalicelib.errors import LiandongError
from chalicelib.world import World

REFUSALS = ("entry_missing", "entry_retired", "entry_page_missing")
DOORS = tuple(
    edge.Door(
        method=method,
        path=LINK,
        does=does,
        proof="nothing",
        shows="text/html",
        otherwise=302,
        query=("t",),
        refusals=REFUSALS,
    )
    for method, does in (
        ("GET", "Lead a visitor to where the entry leads at this moment, by a link that is good where it was opened; else show a code."),
        ("HEAD", "Tell where the entry leads, without counting a visit."),
    )
)
LONGEST_TICKET = 2048
VISIT_BYTES = 12
"""Sixteen characters: short enough to go along with a link, and nobody guesses somebody else's."""


def make_routes(world: Callable[[], World]) -> Blueprint:
    """The doors of links."""
    routes = Blueprint(__name__)

    @routes.route(LINK, methods=["GET", "HEAD"])
    def lead(entry: str) -> Response:
        request, outside = routes.current_request, world()
        agent, ticket = str(request.headers.get("user-agent", "")), edge.query_of(request).get("t", "")
        visitor = Visitor(
            visit=base64.urlsafe_b64encode(outside.random_bytes(VISIT_BYTES)).decode(),
            opened_in=leading.read_end(agent),
            ticket=ticket[:LONGEST_TICKET],
            counted=request.method == "GET" and not leading.is_robot(agent),
        )
        home = edge.own_address(request, outside.settings.public_url)
        try:
            way = flows.lead(entry, visitor, home=home, world=outside, now=outside.now())
        except (LiandongError, TableError) as refused:
            count("LinksRefused", refused.code if isinstance(refused, LiandongError) else "busy")
            return pages.show_refusal(refused)
        return _show(way, visitor.opened_in)

    return routes


def _show(way: Way, opened_in: OpenedIn) -> Response:
    match way:
        case Scan():
            return pages.show_code(way, opened_in)
        case Find():
            return pages.show_name(way)
        case _:
            return Response("", status_code=302, headers={"Location": way.address, "Referrer-Policy": "no-referrer", **edge.NO_STORE})
