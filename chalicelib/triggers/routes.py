"""Triggers over HTTP: written, published and tried for the brand."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.attribution.rules.stats import read_days
from chalicelib.identity.rules.coverage import day_of
from chalicelib.lint.words import PublishOrder, TextsRollback
from chalicelib.staff.callers import Call, prove
from chalicelib.staff.words import Scope
from chalicelib.triggers.flows import counting, publishing, simulating
from chalicelib.triggers.words import (
    Published,
    RuleShown,
    Simulated,
    SimulateOrder,
    Standing,
    TriggersDraft,
    TriggersDraftOrder,
    TriggersPublished,
    TriggersShown,
)
from chalicelib.triggers.words.figures import StatsAsked, TriggerStats
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="PUT",
        path="/v1/triggers",
        does="Publish all rules from records to messages as a new version; in force everywhere within ten seconds.",
        scope=Scope.rules_write,
        takes=TriggersPublished,
        gives=Published,
        status=201,
        refusals=("content_refused",),
    ),
    edge.Door(
        method="GET",
        path="/v1/triggers",
        does="Show the rules from records to messages that are in force, and the versions there are.",
        scope=Scope.accounts_read,
        gives=TriggersShown,
        refusals=("document_missing",),
    ),
    edge.Door(
        method="PUT",
        path="/v1/triggers/draft",
        does="Save what is not finished, upon the revision that was read.",
        scope=Scope.rules_write,
        takes=TriggersDraftOrder,
        gives=TriggersDraft,
        refusals=("draft_changed",),
    ),
    edge.Door(
        method="GET",
        path="/v1/triggers/draft",
        does="Show the draft.",
        scope=Scope.accounts_read,
        gives=TriggersDraft,
        refusals=("document_missing",),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/triggers/draft",
        does="Drop the draft.",
        scope=Scope.rules_write,
        status=204,
    ),
    edge.Door(
        method="POST",
        path="/v1/triggers/publish",
        does="Publish the draft, if nobody has changed it since it was read.",
        scope=Scope.rules_write,
        takes=PublishOrder,
        gives=Published,
        status=201,
        refusals=("document_missing", "draft_changed", "content_refused"),
    ),
    edge.Door(
        method="POST",
        path="/v1/triggers/rollback",
        does="Put an earlier version in force again.",
        scope=Scope.rules_write,
        takes=TextsRollback,
        gives=Published,
        refusals=("document_missing", "content_refused"),
    ),
    edge.Door(
        method="POST",
        path="/v1/triggers/simulate",
        does="Try the rules on a record: which would fire, when, in which words, and why the others would not. Nothing is kept or sent.",
        scope=Scope.messages_read,
        takes=SimulateOrder,
        gives=Simulated,
        refusals=("document_missing",),
    ),
    edge.Door(
        method="GET",
        path="/v1/triggers/stats",
        does="What each rule brought about by day: records it spoke of, messages planned and taken back, and what these came to.",
        scope=Scope.messages_read,
        gives=TriggerStats,
        query=("from", "to", "rule", "cursor", "limit"),
        refusals=("field_invalid", "cursor_invalid", "rule_missing"),
    ),
    edge.Door(
        method="POST",
        path="/v1/triggers/{rule}/stop",
        does="Stop a rule: what it has planned or plans is cancelled when it comes due, until the rule is resumed.",
        scope=Scope.rules_write,
        gives=RuleShown,
        refusals=("rule_missing",),
    ),
    edge.Door(
        method="POST",
        path="/v1/triggers/{rule}/resume",
        does="Let a stopped rule speak again: what is due from now on goes.",
        scope=Scope.rules_write,
        gives=RuleShown,
        refusals=("rule_missing",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of triggers."""
    routes = Blueprint(__name__)

    @routes.route("/v1/triggers", methods=["PUT"])
    def publish() -> Response:
        call = prove(routes, world, Scope.rules_write)
        order = edge.read_body(call.request, TriggersPublished)
        done = publishing.publish(call.brand, order.written, override=order.override, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(done, status=201)

    @routes.route("/v1/triggers", methods=["GET"])
    def show() -> Response:
        return edge.answer(publishing.show(prove(routes, world, Scope.accounts_read).brand))

    @routes.route("/v1/triggers/draft", methods=["PUT"])
    def save_draft() -> Response:
        call = prove(routes, world, Scope.rules_write)
        order = edge.read_body(call.request, TriggersDraftOrder)
        return edge.answer(publishing.save_draft(call.brand, order, actor=call.actor, world=call.world, now=call.now))

    @routes.route("/v1/triggers/draft", methods=["GET"])
    def show_draft() -> Response:
        return edge.answer(publishing.read_draft(prove(routes, world, Scope.accounts_read).brand))

    @routes.route("/v1/triggers/draft", methods=["DELETE"])
    def drop_draft() -> Response:
        publishing.drop_draft(prove(routes, world, Scope.rules_write).brand)
        return Response("", status_code=204)

    @routes.route("/v1/triggers/publish", methods=["POST"])
    def publish_draft() -> Response:
        call = prove(routes, world, Scope.rules_write)
        order = edge.read_body(call.request, PublishOrder)
        done = publishing.publish_draft(
            call.brand, order.revision, override=order.override, actor=call.actor, world=call.world, now=call.now
        )
        return edge.answer(done, status=201)

    @routes.route("/v1/triggers/rollback", methods=["POST"])
    def roll_back() -> Response:
        call = prove(routes, world, Scope.rules_write)
        order = edge.read_body(call.request, TextsRollback)
        done = publishing.roll_back(call.brand, order.version, override=order.override, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(done)

    @routes.route("/v1/triggers/simulate", methods=["POST"])
    def simulate() -> Response:
        call = prove(routes, world, Scope.messages_read)
        order = edge.read_body(call.request, SimulateOrder)
        return edge.answer(simulating.simulate(call.brand, order, world=call.world, now=call.now))

    @routes.route("/v1/triggers/stats", methods=["GET"])
    def sum_up() -> Response:
        call = prove(routes, world, Scope.messages_read)
        offset = call.world.settings.utc_offset_h
        query = edge.query_of(call.request)
        first, until = read_days(query, today=day_of(call.now, utc_offset_h=offset))
        after, most = edge.cursor_of(query) or "", edge.page_size(query)
        asked = StatsAsked(first=first, until=until, name=query.get("rule", ""), after=after, most=most)
        told, following = counting.tell(call.brand, asked, utc_offset_h=offset, world=call.world)
        cursor = edge.encode_cursor(following) if following else None
        return edge.answer(TriggerStats(first=first, until=until, rules=told, cursor=cursor))

    @routes.route("/v1/triggers/{rule}/stop", methods=["POST"])
    def stop(rule: str) -> Response:
        return edge.answer(turn(rule, Standing.stopped, prove(routes, world, Scope.rules_write)))

    @routes.route("/v1/triggers/{rule}/resume", methods=["POST"])
    def resume(rule: str) -> Response:
        return edge.answer(turn(rule, Standing.running, prove(routes, world, Scope.rules_write)))

    return routes


def turn(rule: str, standing: Standing, call: Call) -> RuleShown:
    """A rule once it is stopped or resumed."""
    return publishing.turn(call.brand, rule, standing, actor=call.actor, world=call.world, now=call.now)
