"""People over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.accounts.flows import register
from chalicelib.errors import Invalid
from chalicelib.identity import flows
from chalicelib.identity.flows import attributes
from chalicelib.identity.rules.values import normalise
from chalicelib.identity.words import Identifier, IdentifierQuery
from chalicelib.identity.words.attributes import Attribute, AttributesOrder, KnownPerson
from chalicelib.staff.callers import Call, prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/people/lookup",
        does="Find the person who has an identifier of any kind. The value travels in the body, never in a URL.",
        scope=Scope.people_read,
        takes=IdentifierQuery,
        gives=KnownPerson,
        refusals=("person_missing", "account_missing", "identifier_shared"),
    ),
    edge.Door(
        method="GET",
        path="/v1/people/{person}",
        does="Show a person with all identifiers, masked, and what those brought. An id that was joined into another shows that one.",
        scope=Scope.people_read,
        gives=KnownPerson,
        refusals=("person_missing",),
    ),
    edge.Door(
        method="POST",
        path="/v1/attributes",
        does="Say what is known about the person with an identifier. It stays with the identifier; the later word counts.",
        scope=Scope.people_write,
        takes=AttributesOrder,
        gives=KnownPerson,
        refusals=("account_missing",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the identity room."""
    routes = Blueprint(__name__)

    @routes.route("/v1/people/lookup", methods=["POST"])
    def look_up() -> Response:
        call = prove(routes, world, Scope.people_read)
        identifier = read_identifier(edge.read_body(call.request, IdentifierQuery), call)
        person = flows.find_person(call.brand, identifier, world=call.world, now=call.now)
        return edge.answer(attributes.describe_known_person(call.brand, person, world=call.world))

    @routes.route("/v1/people/{person}", methods=["GET"])
    def show_person(person: str) -> Response:
        call = prove(routes, world, Scope.people_read)
        return edge.answer(attributes.describe_known_person(call.brand, person, world=call.world))

    @routes.route("/v1/attributes", methods=["POST"])
    def note_attributes() -> Response:
        call = prove(routes, world, Scope.people_write)
        order = edge.read_body(call.request, AttributesOrder)
        at = edge.read_past(order.at, now=call.now)
        brought = {name: Attribute(value=value, at=at, source=order.source) for name, value in order.attributes.items()}
        identifier = read_identifier(order.identifier, call, place="$.identifier")
        person = attributes.note_attributes(call.brand, identifier, brought, world=call.world, now=call.now)
        return edge.answer(attributes.describe_known_person(call.brand, person, world=call.world))

    return routes


def read_identifier(asked: IdentifierQuery, call: Call, *, place: str = "$") -> Identifier:
    """A caller's identifier in its one spelling; the account has to be the caller's own. What is wrong is said of its `place`."""
    try:
        account = asked.account and register.find_own_account(call.brand, asked.account, world=call.world, now=call.now).name
        return normalise(Identifier(asked.type, asked.value, account or ""))
    except Invalid as invalid:
        raise Invalid(invalid.message.replace("`$.", f"`{place}."), code=invalid.code) from None
