"""The dictionary over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.hub.flows import dictionaries, rehearsing
from chalicelib.hub.words.dictionary import DictionaryOrder, DictionaryRollback, DictionaryShown, Published
from chalicelib.hub.words.rehearsal import Rehearsal, RehearsalOrder
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="PUT",
        path="/v1/dictionary",
        does="Publish a dictionary: types and fields of the brand's own, and what it wants otherwise of the built-in ones.",
        scope=Scope.dictionary_write,
        takes=DictionaryOrder,
        gives=Published,
        status=201,
    ),
    edge.Door(
        method="GET",
        path="/v1/dictionary",
        does="Show the dictionary in force, built-in types and all, and the newest versions.",
        scope=Scope.dictionary_write,
        gives=DictionaryShown,
    ),
    edge.Door(
        method="POST",
        path="/v1/dictionary/rollback",
        does="Put an earlier version in force again; 0 is the built-in dictionary alone.",
        scope=Scope.dictionary_write,
        takes=DictionaryRollback,
        gives=DictionaryShown,
        refusals=("document_missing",),
    ),
    edge.Door(
        method="POST",
        path="/v1/dictionary/dry-run",
        does="Try a dictionary out on a sample of what is there: what would be read otherwise, held, blocked, let go. Nothing changes.",
        scope=Scope.dictionary_write,
        takes=RehearsalOrder,
        gives=Rehearsal,
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the dictionary."""
    routes = Blueprint(__name__)

    @routes.route("/v1/dictionary", methods=["PUT"])
    def publish() -> Response:
        call = prove(routes, world, Scope.dictionary_write)
        order = edge.read_body(call.request, DictionaryOrder)
        published = dictionaries.publish_dictionary(call.brand, order, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(published, status=201)

    @routes.route("/v1/dictionary", methods=["GET"])
    def show() -> Response:
        call = prove(routes, world, Scope.dictionary_write)
        return edge.answer(dictionaries.show_dictionary(call.brand, world=call.world, now=call.now))

    @routes.route("/v1/dictionary/rollback", methods=["POST"])
    def roll_back() -> Response:
        call = prove(routes, world, Scope.dictionary_write)
        order = edge.read_body(call.request, DictionaryRollback)
        return edge.answer(dictionaries.roll_back(call.brand, order.version, actor=call.actor, world=call.world, now=call.now))

    @routes.route("/v1/dictionary/dry-run", methods=["POST"])
    def rehearse() -> Response:
        call = prove(routes, world, Scope.dictionary_write)
        order = edge.read_body(call.request, RehearsalOrder)
        return edge.answer(rehearsing.rehearse(call.brand, order, world=call.world, now=call.now))

    return routes
