"""Guidance over HTTP: asked for by ends, written and counted for the brand."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.errors import Invalid, without_values
from chalicelib.experiments.flows import day_of
from chalicelib.guidance.flows import counting, deciding, publishing
from chalicelib.guidance.words import (
    Asked,
    DraftOrder,
    DraftShown,
    Guidance,
    GuidancePublished,
    GuidanceShown,
    Published,
    Stats,
)
from chalicelib.lint.words import PublishOrder, TextsRollback
from chalicelib.sessions.flows import current
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

ASKED = tuple(field.name for field in msgspec.structs.fields(Asked))

DOORS = (
    edge.Door(
        method="GET",
        path="/v1/me/guidance",
        does="Ask whether to show a way to follow us now. Saying so reserves and counts it: ask when there is room to show it.",
        proof="session",
        gives=Guidance,
        query=ASKED,
        refusals=("session_refused", "session_ended", "field_invalid"),
    ),
    edge.Door(
        method="POST",
        path="/v1/me/guidance/{showing}/closed",
        does="Tell that what was shown was closed. Telling it again changes nothing.",
        proof="session",
        status=204,
        refusals=("session_refused", "session_ended", "showing_missing"),
    ),
    edge.Door(
        method="PUT",
        path="/v1/guidance",
        does="Publish all rules of guidance as a new version; in force everywhere within ten seconds.",
        scope=Scope.guidance_write,
        takes=GuidancePublished,
        gives=Published,
        status=201,
        refusals=("content_refused",),
    ),
    edge.Door(
        method="GET",
        path="/v1/guidance",
        does="Show the guidance in force and the versions there are.",
        scope=Scope.accounts_read,
        gives=GuidanceShown,
        refusals=("document_missing",),
    ),
    edge.Door(
        method="PUT",
        path="/v1/guidance/draft",
        does="Save what is not finished, upon the revision that was read.",
        scope=Scope.guidance_write,
        takes=DraftOrder,
        gives=DraftShown,
        refusals=("draft_changed",),
    ),
    edge.Door(
        method="GET",
        path="/v1/guidance/draft",
        does="Show the draft.",
        scope=Scope.accounts_read,
        gives=DraftShown,
        refusals=("document_missing",),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/guidance/draft",
        does="Drop the draft.",
        scope=Scope.guidance_write,
        status=204,
    ),
    edge.Door(
        method="POST",
        path="/v1/guidance/publish",
        does="Publish the draft, if nobody has changed it since it was read.",
        scope=Scope.guidance_write,
        takes=PublishOrder,
        gives=Published,
        status=201,
        refusals=("document_missing", "draft_changed", "content_refused"),
    ),
    edge.Door(
        method="POST",
        path="/v1/guidance/rollback",
        does="Put an earlier version in force again.",
        scope=Scope.guidance_write,
        takes=TextsRollback,
        gives=Published,
        refusals=("document_missing", "content_refused"),
    ),
    edge.Door(
        method="GET",
        path="/v1/guidance/stats",
        does="Count what was shown, closed and followed, by rule, placement and variant; today, unless told otherwise.",
        scope=Scope.figures_read,
        gives=Stats,
        query=("since", "until"),
        refusals=("field_invalid",),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of guidance."""
    routes = Blueprint(__name__)

    @routes.route("/v1/me/guidance", methods=["GET"])
    def ask() -> Response:
        request, outside = routes.current_request, world()
        now = outside.now()
        _, session = current.find_session(edge.bearer(request), world=outside, now=now)
        return edge.answer(deciding.decide(session, read_asked(edge.query_of(request)), world=outside, now=now), headers=edge.NO_STORE)

    @routes.route("/v1/me/guidance/{showing}/closed", methods=["POST"])
    def close(showing: str) -> Response:
        request, outside = routes.current_request, world()
        now = outside.now()
        claims = current.authenticate(edge.bearer(request), world=outside, now=now)
        counting.note_closed(claims, showing, world=outside, now=now)
        return Response("", status_code=204)

    @routes.route("/v1/guidance", methods=["PUT"])
    def publish() -> Response:
        call = prove(routes, world, Scope.guidance_write)
        order = edge.read_body(call.request, GuidancePublished)
        done = publishing.publish(call.brand, order.written, override=order.override, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(done, status=201)

    @routes.route("/v1/guidance", methods=["GET"])
    def show() -> Response:
        call = prove(routes, world, Scope.accounts_read)
        return edge.answer(publishing.show(call.brand))

    @routes.route("/v1/guidance/draft", methods=["PUT"])
    def save_draft() -> Response:
        call = prove(routes, world, Scope.guidance_write)
        order = edge.read_body(call.request, DraftOrder)
        return edge.answer(publishing.save_draft(call.brand, order, actor=call.actor, world=call.world, now=call.now))

    @routes.route("/v1/guidance/draft", methods=["GET"])
    def show_draft() -> Response:
        call = prove(routes, world, Scope.accounts_read)
        return edge.answer(publishing.read_draft(call.brand))

    @routes.route("/v1/guidance/draft", methods=["DELETE"])
    def drop_draft() -> Response:
        call = prove(routes, world, Scope.guidance_write)
        publishing.drop_draft(call.brand)
        return Response("", status_code=204)

    @routes.route("/v1/guidance/publish", methods=["POST"])
    def publish_draft() -> Response:
        call = prove(routes, world, Scope.guidance_write)
        order = edge.read_body(call.request, PublishOrder)
        done = publishing.publish_draft(
            call.brand, order.revision, override=order.override, actor=call.actor, world=call.world, now=call.now
        )
        return edge.answer(done, status=201)

    @routes.route("/v1/guidance/rollback", methods=["POST"])
    def roll_back() -> Response:
        call = prove(routes, world, Scope.guidance_write)
        order = edge.read_body(call.request, TextsRollback)
        done = publishing.roll_back(call.brand, order.version, override=order.override, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(done)

    @routes.route("/v1/guidance/stats", methods=["GET"])
    def show_stats() -> Response:
        call = prove(routes, world, Scope.figures_read)
        query, today = edge.query_of(call.request), day_of(call.now, call.world.settings.utc_offset_h)
        until = query.get("until", today)
        return edge.answer(counting.show_stats(call.brand, since=query.get("since", until), until=until))

    return routes


def read_asked(query: dict[str, str]) -> Asked:
    """What an end asks about; a refusal names the field, never the value."""
    try:
        return msgspec.convert({name: query[name] for name in ASKED if name in query}, Asked, strict=False)
    except msgspec.ValidationError as error:
        refused = Invalid(f"{without_values(str(error))}.")
    raise refused
