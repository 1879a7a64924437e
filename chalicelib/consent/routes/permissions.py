"""The permission centre over HTTP: for whoever is logged in at any end, and for business systems."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.consent.flows import permissions
from chalicelib.consent.words.permissions import HistoryPage, Permissions, PermissionsOrder, ServerPermissionsOrder
from chalicelib.sessions.flows import current
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="GET",
        path="/v1/me/permissions",
        does="Show what one allows and prefers, over all ends, as of now: ask before prompting.",
        proof="session",
        gives=Permissions,
        refusals=("session_refused", "session_ended"),
    ),
    edge.Door(
        method="PUT",
        path="/v1/me/permissions",
        does="Say what one allows and prefers: in force on every end when this is answered. What is left out stays.",
        proof="session",
        takes=PermissionsOrder,
        gives=Permissions,
        refusals=("session_refused", "session_ended", "account_missing"),
    ),
    edge.Door(
        method="GET",
        path="/v1/me/permissions/history",
        does="List what one said, the latest first.",
        proof="session",
        gives=HistoryPage,
        query=("cursor", "limit"),
        refusals=("session_refused", "session_ended", "cursor_invalid"),
    ),
    edge.Door(
        method="GET",
        path="/v1/people/{person}/permissions",
        does="Show what a person allows and prefers, over all ends, as of now.",
        scope=Scope.consent_read,
        gives=Permissions,
        refusals=("person_missing",),
    ),
    edge.Door(
        method="PUT",
        path="/v1/people/{person}/permissions",
        does="Keep what a person told a business system: in force on every end when this is answered. What is left out stays.",
        scope=Scope.consent_write,
        takes=ServerPermissionsOrder,
        gives=Permissions,
        refusals=("person_missing", "account_missing"),
    ),
    edge.Door(
        method="GET",
        path="/v1/people/{person}/permissions/history",
        does="List what a person said, the latest first.",
        scope=Scope.consent_read,
        gives=HistoryPage,
        query=("cursor", "limit"),
        refusals=("person_missing", "cursor_invalid"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the permission centre."""
    routes = Blueprint(__name__)

    @routes.route("/v1/me/permissions", methods=["GET"])
    def show_own() -> Response:
        request, outside = routes.current_request, world()
        now = outside.now()
        _, session = current.find_session(edge.bearer(request), world=outside, now=now)
        return edge.answer(permissions.show_own(session, world=outside, now=now), headers=edge.NO_STORE)

    @routes.route("/v1/me/permissions", methods=["PUT"])
    def change_own() -> Response:
        request, outside = routes.current_request, world()
        now = outside.now()
        _, session = current.find_session(edge.bearer(request), world=outside, now=now)
        order, asked = edge.read_body(request, PermissionsOrder), edge.request_id_of(request)
        done = permissions.change_own(session, order, request=asked, source=edge.source_of(request), world=outside, now=now)
        return edge.answer(done, headers=edge.NO_STORE)

    @routes.route("/v1/me/permissions/history", methods=["GET"])
    def list_own() -> Response:
        request, outside = routes.current_request, world()
        _, session = current.find_session(edge.bearer(request), world=outside, now=outside.now())
        query = edge.query_of(request)
        page = permissions.list_own_history(session, cursor=edge.cursor_of(query), most=edge.page_size(query), world=outside)
        return edge.answer(with_cursor(page), headers=edge.NO_STORE)

    @routes.route("/v1/people/{person}/permissions", methods=["GET"])
    def show(person: str) -> Response:
        call = prove(routes, world, Scope.consent_read)
        return edge.answer(permissions.show_for(call.brand, person, world=call.world, now=call.now))

    @routes.route("/v1/people/{person}/permissions", methods=["PUT"])
    def change(person: str) -> Response:
        call = prove(routes, world, Scope.consent_write)
        order, asked = edge.read_body(call.request, ServerPermissionsOrder), edge.request_id_of(call.request)
        done = permissions.change_for(call.brand, person, order, actor=call.actor, request=asked, world=call.world, now=call.now)
        return edge.answer(done)

    @routes.route("/v1/people/{person}/permissions/history", methods=["GET"])
    def list_all(person: str) -> Response:
        call = prove(routes, world, Scope.consent_read)
        query = edge.query_of(call.request)
        page = permissions.list_history(call.brand, person, cursor=edge.cursor_of(query), most=edge.page_size(query), world=call.world)
        return edge.answer(with_cursor(page))

    return routes


def with_cursor(page: HistoryPage) -> HistoryPage:
    return HistoryPage(entries=page.entries, cursor=page.cursor and edge.encode_cursor(page.cursor))
