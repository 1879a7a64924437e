"""Invitations over HTTP: handed out and accepted by people, counted for the brand's systems."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.errors import Invalid
from chalicelib.offers.flows import invitations
from chalicelib.offers.words.invitations import Accepted, AcceptOrder, InvitationShown, InviterShown, Place
from chalicelib.sessions.flows import current
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="GET",
        path="/v1/me/invitation",
        does="Get one's own invitation, to be put into what one shares.",
        proof="session",
        gives=InvitationShown,
        refusals=("session_refused", "session_ended"),
    ),
    edge.Door(
        method="POST",
        path="/v1/me/invitations",
        does="Say by whose invitation one has come: once, and the first word stays.",
        proof="session",
        takes=AcceptOrder,
        gives=Accepted,
        status=201,
        refusals=("session_refused", "session_ended", "invitation_missing", "invitation_own", "invitation_loop", "invitation_late"),
    ),
    edge.Door(
        method="GET",
        path="/v1/people/{person}/invitations",
        does="Show whom a person has invited, and what came of it.",
        scope=Scope.offers_read,
        gives=InviterShown,
        query=("cursor", "limit"),
        refusals=("person_missing", "cursor_invalid"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of invitations."""
    routes = Blueprint(__name__)

    @routes.route("/v1/me/invitation", methods=["GET"])
    def show_own() -> Response:
        request, outside = routes.current_request, world()
        claims = current.authenticate(edge.bearer(request), world=outside, now=outside.now())
        return edge.answer(invitations.show_own(claims, world=outside), headers=edge.NO_STORE)

    @routes.route("/v1/me/invitations", methods=["POST"])
    def accept() -> Response:
        request, outside = routes.current_request, world()
        now = outside.now()
        claims = current.authenticate(edge.bearer(request), world=outside, now=now)
        order = edge.read_body(request, AcceptOrder)
        return edge.answer(invitations.accept(claims, order.invitation, now=now), status=201, headers=edge.NO_STORE)

    @routes.route("/v1/people/{person}/invitations", methods=["GET"])
    def show_inviter(person: str) -> Response:
        call = prove(routes, world, Scope.offers_read)
        query = edge.query_of(call.request)
        shown, following = invitations.show_inviter(call.brand, person, after=_read_place(query), most=edge.page_size(query))
        cursor = None if following is None else edge.encode_cursor("\n".join((following.inviter, following.guest)))
        return edge.answer(msgspec.structs.replace(shown, cursor=cursor))

    return routes


def _read_place(query: dict[str, str]) -> Place | None:
    """Where a page of guests begins; what is no place of this person's finds none."""
    cursor = edge.cursor_of(query)
    if cursor is None:
        return None
    inviter, _, guest = cursor.partition("\n")
    if not guest:
        raise Invalid(code="cursor_invalid")
    return Place(inviter, guest)
