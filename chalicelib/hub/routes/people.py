"""Records of a person over HTTP: for business systems, and for whoever is logged in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec
from chalice import Blueprint
from chalice.app import Request, Response

from chalicelib import edge
from chalicelib.errors import Invalid
from chalicelib.hub.flows import handing
from chalicelib.hub.tables.records import Place
from chalicelib.hub.words.dictionary import TypeName
from chalicelib.hub.words.records import Cart, RecordsPage
from chalicelib.identity import flows as identity
from chalicelib.identity.words import read_key
from chalicelib.sessions.flows import current
from chalicelib.staff import flows as staff
from chalicelib.staff.callers import prove
from chalicelib.staff.rules import allows
from chalicelib.staff.words import Scope
from chalicelib.world import World

MINE = {"orders": "order", "reservations": "reservation", "favourites": "favourite"}
"""What somebody logged in may list of their own, by the word in the address."""

DOORS = (
    edge.Door(
        method="GET",
        path="/v1/people/{person}/records",
        does="List a person's records of one type over all ends, the latest first.",
        scope=Scope.records_read,
        gives=RecordsPage,
        query=("type", "state", "cursor", "limit"),
        refusals=("person_missing", "cursor_invalid"),
    ),
    edge.Door(
        method="GET",
        path="/v1/people/{person}/cart",
        does="Show a person's one cart, over all ends.",
        scope=Scope.records_read,
        gives=Cart,
        refusals=("person_missing",),
    ),
    *(
        edge.Door(
            method="GET",
            path=f"/v1/me/{name}",
            does=f"List one's own {name}, over all ends, the latest first.",
            proof="session",
            gives=RecordsPage,
            query=("state", "cursor", "limit"),
            refusals=("session_refused", "session_ended", "cursor_invalid"),
        )
        for name in MINE
    ),
    edge.Door(
        method="GET",
        path="/v1/me/cart",
        does="Show one's own cart, over all ends.",
        proof="session",
        gives=Cart,
        refusals=("session_refused", "session_ended"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the hub for those who look."""
    routes = Blueprint(__name__)

    @routes.route("/v1/people/{person}/records", methods=["GET"])
    def list_records(person: str) -> Response:
        call = prove(routes, world, Scope.records_read)
        kind = _kind(edge.query_of(call.request).get("type", "order"))
        reveal = allows(call.scopes, Scope.personal_read)
        answer = _list(call.request, call.brand, person, kind, reveal=reveal, world=call.world, now=call.now)
        if reveal:  # written down before it is shown, and only of somebody we know: what is no person's id may be anything
            about = {"person": person, "type": kind}
            staff.record(call.brand, "records.revealed", about, actor=call.actor, world=call.world, now=call.now)
        return answer

    @routes.route("/v1/people/{person}/cart", methods=["GET"])
    def show_cart(person: str) -> Response:
        call = prove(routes, world, Scope.records_read)
        return edge.answer(handing.fold_cart(call.brand, person, world=call.world))

    for name, kind in MINE.items():
        routes.route(f"/v1/me/{name}", methods=["GET"], name=f"list_my_{name}")(_list_mine(routes, world, kind))

    @routes.route("/v1/me/cart", methods=["GET"])
    def show_my_cart() -> Response:
        request, outside = routes.current_request, world()
        brand, person = _me(request, world=outside, now=outside.now())
        return edge.answer(handing.fold_cart(brand, person, world=outside), headers=edge.NO_STORE)

    return routes


def _list_mine(routes: Blueprint, world: Callable[[], World], kind: str) -> Callable[[], Response]:
    def list_mine() -> Response:
        request, outside = routes.current_request, world()
        now = outside.now()
        brand, person = _me(request, world=outside, now=now)
        return _list(request, brand, person, kind, reveal=False, world=outside, now=now)

    return list_mine


def _me(request: Request, *, world: World, now: datetime) -> tuple[str, str]:
    """Who is logged in, found afresh."""
    claims = current.authenticate(edge.bearer(request), world=world, now=now)
    return claims.brand, identity.find_person_by_key(claims.brand, read_key(claims.key))


def _list(request: Request, brand: str, person: str, kind: str, *, reveal: bool, world: World, now: datetime) -> Response:
    query = edge.query_of(request)
    shown, earlier = handing.list_records(
        brand,
        person,
        kind,
        state=_state(query),
        before=_read_cursor(query["cursor"], kind) if "cursor" in query else None,
        most=edge.page_size(query),
        reveal=reveal,
        world=world,
        now=now,
    )
    cursor = edge.encode_cursor(f"{earlier.type_at}|{earlier.pk}") if earlier else None
    return edge.answer(RecordsPage(records=tuple(shown), cursor=cursor), headers=edge.NO_STORE)


def _state(query: dict[str, str]) -> int | None:
    text = query.get("state")
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 4:
        raise Invalid("state is the number of a state, as the dictionary has it.")
    return int(text)


def _kind(text: str) -> str:
    try:
        return msgspec.convert(text, TypeName)
    except msgspec.ValidationError:
        raise Invalid("type is the name of a type of record, as the dictionary has it.") from None


def _read_cursor(cursor: str, kind: str) -> Place:
    type_at, separator, pk = edge.decode_cursor(cursor).partition("|")
    if not (separator and pk and type_at.startswith(f"{kind}#")):
        raise Invalid(code="cursor_invalid")
    return Place(type_at, pk)
