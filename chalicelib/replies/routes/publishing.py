"""Reply rules over HTTP: drafted, published, rolled back, tried."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.accounts.flows import register
from chalicelib.lint.words import TextsRollback
from chalicelib.replies.flows import publishing, simulating
from chalicelib.replies.words import MOST_RULES
from chalicelib.replies.words.publishing import DraftOrder, DraftShown, Published, PublishOrder, RulesPublished, RulesShown
from chalicelib.replies.words.simulating import Simulated, SimulationOrder
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="PUT",
        path="/v1/reply-rules/{account}",
        does="Publish reply rules as a new version; in force everywhere within ten seconds.",
        scope=Scope.rules_write,
        takes=RulesPublished,
        gives=Published,
        status=201,
        refusals=("account_missing", "content_refused"),
    ),
    edge.Door(
        method="GET",
        path="/v1/reply-rules/{account}",
        does="Show the rules in force and the versions there are.",
        scope=Scope.accounts_read,
        gives=RulesShown,
        refusals=("account_missing", "document_missing"),
    ),
    edge.Door(
        method="POST",
        path="/v1/reply-rules/{account}/rollback",
        does="Put an earlier version in force again.",
        scope=Scope.rules_write,
        takes=TextsRollback,
        gives=Published,
        refusals=("account_missing", "document_missing", "content_refused"),
    ),
    edge.Door(
        method="PUT",
        path="/v1/reply-rules/{account}/draft",
        does="Keep rules that are not finished, and tell what they would change. Nothing that is in force changes.",
        scope=Scope.rules_write,
        takes=DraftOrder,
        gives=DraftShown,
        refusals=("account_missing", "draft_changed"),
    ),
    edge.Door(
        method="GET",
        path="/v1/reply-rules/{account}/draft",
        does="Show the draft, and what it would change.",
        scope=Scope.accounts_read,
        gives=DraftShown,
        refusals=("account_missing", "document_missing"),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/reply-rules/{account}/draft",
        does="Drop the draft. Repeating it is safe.",
        scope=Scope.rules_write,
        status=204,
        refusals=("account_missing",),
    ),
    edge.Door(
        method="POST",
        path="/v1/reply-rules/{account}/publish",
        does="Publish the draft as a new version; in force everywhere within ten seconds.",
        scope=Scope.rules_write,
        takes=PublishOrder,
        gives=Published,
        status=201,
        refusals=("account_missing", "document_missing", "draft_changed", "content_refused"),
    ),
    edge.Door(
        method="POST",
        path="/v1/reply-rules/simulate",
        does="Tell which rule would answer a message, what, and why the others would not. Nothing is sent or changed.",
        scope=Scope.accounts_read,
        takes=SimulationOrder,
        gives=Simulated,
        query=("cursor", "limit"),
        refusals=("account_missing", "document_missing", "cursor_invalid"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the replies room."""
    routes = Blueprint(__name__)

    @routes.route("/v1/reply-rules/{account}", methods=["PUT"])
    def publish_rules(account: str) -> Response:
        call = prove(routes, world, Scope.rules_write)
        order = edge.read_body(call.request, RulesPublished)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        done = publishing.publish_rules(own, order.written, override=order.override, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(done, status=201)

    @routes.route("/v1/reply-rules/{account}", methods=["GET"])
    def show_rules(account: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        return edge.answer(publishing.show_rules(register.find_own_account(call.brand, account, world=call.world, now=call.now)))

    @routes.route("/v1/reply-rules/{account}/rollback", methods=["POST"])
    def roll_back(account: str) -> Response:
        call = prove(routes, world, Scope.rules_write)
        order = edge.read_body(call.request, TextsRollback)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        done = publishing.roll_back(own, order.version, override=order.override, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(done)

    @routes.route("/v1/reply-rules/{account}/draft", methods=["PUT"])
    def save_draft(account: str) -> Response:
        call = prove(routes, world, Scope.rules_write)
        order = edge.read_body(call.request, DraftOrder)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(publishing.save_draft(own, order, actor=call.actor, world=call.world, now=call.now))

    @routes.route("/v1/reply-rules/{account}/draft", methods=["GET"])
    def show_draft(account: str) -> Response:
        call = prove(routes, world, Scope.accounts_read)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(publishing.show_draft(own, world=call.world, now=call.now))

    @routes.route("/v1/reply-rules/{account}/draft", methods=["DELETE"])
    def drop_draft(account: str) -> Response:
        call = prove(routes, world, Scope.rules_write)
        publishing.drop_draft(register.find_own_account(call.brand, account, world=call.world, now=call.now))
        return Response("", status_code=204)

    @routes.route("/v1/reply-rules/{account}/publish", methods=["POST"])
    def publish_draft(account: str) -> Response:
        call = prove(routes, world, Scope.rules_write)
        order = edge.read_body(call.request, PublishOrder)
        own = register.find_own_account(call.brand, account, world=call.world, now=call.now)
        return edge.answer(publishing.publish_draft(own, order, actor=call.actor, world=call.world, now=call.now), status=201)

    @routes.route("/v1/reply-rules/simulate", methods=["POST"])
    def simulate() -> Response:
        call = prove(routes, world, Scope.accounts_read)
        order, query = edge.read_body(call.request, SimulationOrder), edge.query_of(call.request)
        own = register.find_own_account(call.brand, order.account, world=call.world, now=call.now)
        skip, most = edge.skipped(query, most=MOST_RULES), edge.page_size(query)
        told = simulating.simulate(own, order, skip=skip, most=most, world=call.world, now=call.now)
        return edge.answer(msgspec.structs.replace(told, cursor=told.cursor and edge.encode_cursor(told.cursor)))

    return routes
