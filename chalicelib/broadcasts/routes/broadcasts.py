"""Broadcasts over HTTP: previewed, started, looked at, paused, resumed and stopped."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Kind
from chalicelib.broadcasts.flows import laying, previewing, showing, steering
from chalicelib.broadcasts.routes.naming import read_entries
from chalicelib.broadcasts.words import PERSON, Entry, Source, State
from chalicelib.broadcasts.words.orders import (
    Audience,
    BroadcastOrder,
    BroadcastPreview,
    BroadcastShown,
    BroadcastsPage,
    BroadcastStarted,
    Content,
    MessagesOfBroadcast,
    ResumeOrder,
)
from chalicelib.consent.words import Purpose
from chalicelib.errors import Invalid
from chalicelib.lint.words import Finding
from chalicelib.messaging.flows.planning import ordered_id
from chalicelib.messaging.routes.messages import check_step
from chalicelib.messaging.rules.times import check_end
from chalicelib.messaging.words import State as MessageState
from chalicelib.messaging.words.orders import Quiet
from chalicelib.staff.callers import Call, prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

OF_AN_ORDER = ("account_missing", "person_missing", "query_missing", "query_unfinished", "content_refused")
OF_A_TURN = ("broadcast_missing", "broadcast_over")
DOORS = (
    edge.Door(
        method="POST",
        path="/v1/broadcasts",
        does="Start a broadcast: one message to many people. With an Idempotency-Key the same order is one broadcast.",
        scope=Scope.messages_write,
        takes=BroadcastOrder,
        gives=BroadcastStarted,
        status=202,
        refusals=(*OF_AN_ORDER, "idempotency_conflict"),
    ),
    edge.Door(
        method="POST",
        path="/v1/broadcasts/preview",
        does="How many would a broadcast reach, by which channel, and why not the others? Told of a sample; nothing is kept or sent.",
        scope=Scope.messages_read,
        takes=BroadcastOrder,
        gives=BroadcastPreview,
        refusals=(*OF_AN_ORDER, "wechat_declined", "wechat_busy", "outcome_unknown"),
    ),
    edge.Door(
        method="GET",
        path="/v1/broadcasts",
        does="List the broadcasts, the latest first.",
        scope=Scope.messages_read,
        gives=BroadcastsPage,
        query=("cursor", "limit"),
        refusals=("cursor_invalid",),
    ),
    edge.Door(
        method="GET",
        path="/v1/broadcasts/{broadcast}",
        does="Show a broadcast: how far it is, what became of whom, how quickly it goes.",
        scope=Scope.messages_read,
        gives=BroadcastShown,
        refusals=("broadcast_missing",),
    ),
    edge.Door(
        method="GET",
        path="/v1/broadcasts/{broadcast}/messages",
        does="List the messages of a broadcast as they are now, all or those in one state.",
        scope=Scope.messages_read,
        gives=MessagesOfBroadcast,
        query=("state", "cursor", "limit"),
        refusals=("broadcast_missing", "cursor_invalid"),
    ),
    edge.Door(
        method="POST",
        path="/v1/broadcasts/{broadcast}/pause",
        does="Pause a broadcast. Nothing more goes after a few seconds.",
        scope=Scope.messages_write,
        gives=BroadcastShown,
        refusals=OF_A_TURN,
    ),
    edge.Door(
        method="POST",
        path="/v1/broadcasts/{broadcast}/resume",
        does="Let a paused broadcast go on, or have one that hangs handed over again.",
        scope=Scope.messages_write,
        takes=ResumeOrder,
        needs_body=False,
        gives=BroadcastShown,
        refusals=(*OF_A_TURN, "content_refused"),
    ),
    edge.Door(
        method="POST",
        path="/v1/broadcasts/{broadcast}/stop",
        does="Stop a broadcast for good. What was not sent a few seconds later is not sent any more.",
        scope=Scope.messages_write,
        gives=BroadcastShown,
        refusals=OF_A_TURN,
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of broadcasts."""
    routes = Blueprint(__name__)

    @routes.route("/v1/broadcasts", methods=["POST"])
    def start_broadcast() -> Response:
        call = prove(routes, world, Scope.messages_write)
        return edge.answer(start(edge.read_body(call.request, BroadcastOrder), call), status=202)

    @routes.route("/v1/broadcasts/preview", methods=["POST"])
    def preview_broadcast() -> Response:
        call = prove(routes, world, Scope.messages_read)
        return edge.answer(preview(edge.read_body(call.request, BroadcastOrder), call))

    @routes.route("/v1/broadcasts", methods=["GET"])
    def list_broadcasts() -> Response:
        call = prove(routes, world, Scope.messages_read)
        query = edge.query_of(call.request)
        before = edge.cursor_of(query)
        shown, earlier = showing.list_broadcasts(call.brand, before=before, most=edge.page_size(query), world=call.world, now=call.now)
        return edge.answer(BroadcastsPage(broadcasts=tuple(shown), cursor=edge.encode_cursor(earlier) if earlier else None))

    @routes.route("/v1/broadcasts/{broadcast}", methods=["GET"])
    def show_broadcast(broadcast: str) -> Response:
        call = prove(routes, world, Scope.messages_read)
        return edge.answer(showing.show(steering.find_broadcast(call.brand, broadcast), world=call.world, now=call.now))

    @routes.route("/v1/broadcasts/{broadcast}/messages", methods=["GET"])
    def list_messages(broadcast: str) -> Response:
        call = prove(routes, world, Scope.messages_read)
        query = edge.query_of(call.request)
        found = steering.find_broadcast(call.brand, broadcast)
        first, most = edge.skipped(query), edge.page_size(query)
        shown, following = showing.list_messages(found, _state_of(query), first=first, most=most, world=call.world, now=call.now)
        cursor = None if following is None else edge.encode_cursor(str(following))
        return edge.answer(MessagesOfBroadcast(messages=tuple(shown), cursor=cursor))

    @routes.route("/v1/broadcasts/{broadcast}/pause", methods=["POST"])
    def pause_broadcast(broadcast: str) -> Response:
        return edge.answer(turn(broadcast, State.paused, prove(routes, world, Scope.messages_write)))

    @routes.route("/v1/broadcasts/{broadcast}/resume", methods=["POST"])
    def resume_broadcast(broadcast: str) -> Response:
        call = prove(routes, world, Scope.messages_write)
        override = edge.read_body_if_any(call.request, ResumeOrder).override
        return edge.answer(turn(broadcast, State.running, call, override=override))

    @routes.route("/v1/broadcasts/{broadcast}/stop", methods=["POST"])
    def stop_broadcast(broadcast: str) -> Response:
        return edge.answer(turn(broadcast, State.stopped, prove(routes, world, Scope.messages_write)))

    return routes


def start(order: BroadcastOrder, call: Call) -> BroadcastStarted:
    """An order in our words: its accounts, and whoever it names, have to be the caller's own. One that was taken is not judged again."""
    key = edge.idempotency_key(call.request)
    content, entries, source = _read(order, call)
    wanted = steering.Start(
        id=ordered_id(call.brand, key, world=call.world),
        content=content,
        entries=entries,
        source=source,
        not_before=order.not_before,
        per_minute=order.per_minute,
        override=order.override,
    )
    started = None if key is None else steering.start_again(call.brand, wanted, actor=call.actor, world=call.world, now=call.now)
    findings: tuple[Finding, ...] = ()
    if started is None:
        _check(order, call)
        if source.query is not None:  # a question that is missing or not answered is told now, not by the worker
            laying.read_page(call.brand, source, "", most=1, world=call.world, now=call.now)
        started, findings = steering.start(call.brand, wanted, actor=call.actor, world=call.world, now=call.now)
    shown = showing.show(started, world=call.world, now=call.now)
    return BroadcastStarted(**msgspec.structs.asdict(shown), findings=findings)


def preview(order: BroadcastOrder, call: Call) -> BroadcastPreview:
    """What would become of such a broadcast."""
    content, entries, source = _read(order, call)
    _check(order, call)
    return previewing.preview(
        call.brand, content, entries, source, order.not_before, override=order.override, world=call.world, now=call.now
    )


def turn(broadcast: str, state: State, call: Call, *, override: str = "") -> BroadcastShown:
    """A broadcast once it is paused, resumed or stopped."""
    turned = steering.turn(call.brand, broadcast, state, override=override, actor=call.actor, world=call.world, now=call.now)
    return showing.show(turned, world=call.world, now=call.now)


def _read(order: BroadcastOrder, call: Call) -> tuple[Content, tuple[Entry, ...], Source]:
    check_end(order.expires_at, order.not_before)
    if order.purpose is Purpose.marketing and order.quiet is Quiet.ignore:
        raise Invalid("Marketing always keeps quiet hours - at `$.quiet`.")
    content = Content(**{name: getattr(order, name) for name in Content.__struct_fields__})
    return content, _entries_of(order.audience, call), _source_of(order.audience, call)


def _check(order: BroadcastOrder, call: Call) -> None:
    """What its accounts never send, as of now."""
    for place, step in enumerate(order.channels):
        check_step(step, order.purpose, call, f"$.channels[{place}]")


def _entries_of(audience: Audience, call: Call) -> tuple[Entry, ...]:
    if audience.people is not None:
        return tuple(Entry(PERSON, each) for each in audience.people)
    return read_entries(audience.identifiers or (), call)


def _source_of(audience: Audience, call: Call) -> Source:
    if audience.followers is not None:
        account = register.find_own_account(call.brand, audience.followers, world=call.world, now=call.now)
        if account.kind is not Kind.official_account:
            raise Invalid("Official accounts alone have followers - at `$.audience.followers`.")
    return Source(query=audience.query, followers=audience.followers, tag=audience.tag)


def _state_of(query: dict[str, str]) -> MessageState | None:
    if "state" not in query:
        return None
    try:
        return MessageState(query["state"])
    except ValueError:
        raise Invalid(f"state is one of {', '.join(MessageState)}.") from None
