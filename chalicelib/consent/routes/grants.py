"""Leave to send over HTTP: told by mini programs, counted for the brand; and receipts of what had to go."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.consent.flows import granting, revoking
from chalicelib.consent.words.grants import GrantsShown, PopupOrder, Reach
from chalicelib.consent.words.receipts import ReceiptsPage
from chalicelib.sessions.flows import current
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/me/grants",
        does="Tell what one answered in a popup for subscription messages. WeChat's own word of the same popup counts nothing more.",
        proof="session",
        takes=PopupOrder,
        gives=GrantsShown,
        refusals=("session_refused", "session_ended", "openid_needed"),
    ),
    edge.Door(
        method="GET",
        path="/v1/grants/{account}/{template}",
        does="Count the people a template can be sent to now.",
        scope=Scope.consent_read,
        gives=Reach,
        refusals=("account_missing", "template_missing"),
    ),
    edge.Door(
        method="GET",
        path="/v1/privacy/receipts",
        does="List what had to go because WeChat said so, the latest first.",
        scope=Scope.consent_read,
        gives=ReceiptsPage,
        query=("cursor", "limit"),
        refusals=("cursor_invalid",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of grants and receipts."""
    routes = Blueprint(__name__)

    @routes.route("/v1/me/grants", methods=["POST"])
    def note_popup() -> Response:
        request, outside = routes.current_request, world()
        now = outside.now()
        _, session = current.find_session(edge.bearer(request), world=outside, now=now)
        return edge.answer(granting.note_popup(session, edge.read_body(request, PopupOrder), world=outside, now=now), headers=edge.NO_STORE)

    @routes.route("/v1/grants/{account}/{template}", methods=["GET"])
    def show_reach(account: str, template: str) -> Response:
        call = prove(routes, world, Scope.consent_read)
        return edge.answer(granting.show_reach(call.brand, account, template, world=call.world, now=call.now))

    @routes.route("/v1/privacy/receipts", methods=["GET"])
    def list_receipts() -> Response:
        call = prove(routes, world, Scope.consent_read)
        query = edge.query_of(call.request)
        page = revoking.list_receipts(call.brand, cursor=edge.cursor_of(query), most=edge.page_size(query))
        return edge.answer(ReceiptsPage(receipts=page.receipts, cursor=page.cursor and edge.encode_cursor(page.cursor)))

    return routes
