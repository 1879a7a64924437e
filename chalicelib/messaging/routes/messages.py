"""Messages over HTTP: ordered, previewed, shown, taken back."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.accounts.flows import register
from chalicelib.consent.words import Purpose
from chalicelib.errors import Invalid, Missing
from chalicelib.identity import flows as identity
from chalicelib.identity.routes.people import read_identifier
from chalicelib.identity.words import POINTERS, Identifier, IdentifierQuery
from chalicelib.lint.words import Finding
from chalicelib.messaging.flows import planning, previewing, reading, showing
from chalicelib.messaging.flows.channels import CHANNELS
from chalicelib.messaging.flows.planning import Plan
from chalicelib.messaging.rules.places import is_message_id, read_cursor, write_cursor
from chalicelib.messaging.rules.times import check_end
from chalicelib.messaging.words.contents import AnyStep
from chalicelib.messaging.words.orders import MessageOrder, MessagePlanned, MessageShown, MessagesPage, Preview, PreviewOrder, Quiet, Timing
from chalicelib.staff.callers import Call, prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/messages",
        does="Plan a message by the first of its channels that is open. With an Idempotency-Key the same order is one message.",
        scope=Scope.messages_write,
        takes=MessageOrder,
        gives=MessagePlanned,
        status=202,
        refusals=("account_missing", "person_missing", "content_refused", "idempotency_conflict"),
    ),
    edge.Door(
        method="POST",
        path="/v1/messages/preview",
        does="When would a message to this person go, and by which channel? Nothing is kept or sent.",
        scope=Scope.messages_read,
        takes=PreviewOrder,
        gives=Preview,
        refusals=("account_missing", "person_missing"),
    ),
    edge.Door(
        method="GET",
        path="/v1/messages/{message}",
        does="Show a message with every step of its way, and in one sentence why it was not sent.",
        scope=Scope.messages_read,
        gives=MessageShown,
        refusals=("message_missing",),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/messages/{message}",
        does="Take back a message that is planned. Taken back already, it stays so.",
        scope=Scope.messages_write,
        gives=MessageShown,
        refusals=("message_missing", "message_gone"),
    ),
    edge.Door(
        method="GET",
        path="/v1/people/{person}/messages",
        does="List the messages to a person, of every identifier they have now, the latest due first.",
        scope=Scope.messages_read,
        gives=MessagesPage,
        query=("cursor", "limit"),
        refusals=("person_missing", "cursor_invalid"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of messages."""
    routes = Blueprint(__name__)

    @routes.route("/v1/messages", methods=["POST"])
    def plan_message() -> Response:
        call = prove(routes, world, Scope.messages_write)
        return edge.answer(plan(edge.read_body(call.request, MessageOrder), call), status=202)

    @routes.route("/v1/messages/preview", methods=["POST"])
    def preview_message() -> Response:
        call = prove(routes, world, Scope.messages_read)
        return edge.answer(preview(edge.read_body(call.request, PreviewOrder), call))

    @routes.route("/v1/messages/{message}", methods=["GET"])
    def show_message(message: str) -> Response:
        call = prove(routes, world, Scope.messages_read)
        return edge.answer(showing.show_message(call.brand, message, now=call.now))

    @routes.route("/v1/messages/{message}", methods=["DELETE"])
    def cancel_message(message: str) -> Response:
        call = prove(routes, world, Scope.messages_write)
        cancelled = planning.cancel(call.brand, message, now=call.now) if is_message_id(message) else None
        if cancelled is None:
            raise Missing(code="message_missing")
        return edge.answer(showing.show(cancelled, now=call.now))

    @routes.route("/v1/people/{person}/messages", methods=["GET"])
    def list_messages(person: str) -> Response:
        call = prove(routes, world, Scope.messages_read)
        query = edge.query_of(call.request)
        cursor = edge.cursor_of(query)
        before = None if cursor is None else read_cursor(cursor)
        shown, earlier = showing.list_messages(call.brand, person, before=before, most=edge.page_size(query), now=call.now)
        return edge.answer(MessagesPage(messages=tuple(shown), cursor=edge.encode_cursor(write_cursor(earlier)) if earlier else None))

    return routes


def plan(order: MessageOrder, call: Call) -> MessagePlanned:
    """An order in our words: its accounts and its person have to be the caller's own. One that was taken is not judged again."""
    _check_timing(order)
    to, key = _read_receiver(order.to, call), edge.idempotency_key(call.request)
    what = Plan(
        id=planning.ordered_id(call.brand, key, world=call.world),
        purpose=order.purpose,
        topic=order.topic or "",
        priority=order.priority,
        steps=order.channels,
        not_before=order.not_before,
        expires_at=order.expires_at,
        hold=order.quiet is Quiet.hold,
        best_hour=order.best_hour,
    )
    planned = None if key is None else planning.plan_again(call.brand, to, what, world=call.world, now=call.now)
    findings: tuple[Finding, ...] = ()
    if planned is None:
        for place, step in enumerate(order.channels):
            check_step(step, order.purpose, call, f"$.channels[{place}]")
        identity.find_person(call.brand, to, world=call.world, now=call.now)
        findings = reading.read_message(
            call.brand,
            what.id,
            what.steps,
            what.purpose,
            override=order.override,
            actor=call.actor,
            world=call.world,
            now=call.now,
        )
        planned = planning.plan(call.brand, to, what, world=call.world, now=call.now)
    return MessagePlanned(**msgspec.structs.asdict(showing.show(planned, now=call.now)), findings=findings)


def preview(order: PreviewOrder, call: Call) -> Preview:
    """What would become of such a message."""
    _check_timing(order)
    for place, way in enumerate(order.channels):
        register.find_own_account(call.brand, way.account, world=call.world, now=call.now)
        if way.channel not in CHANNELS:
            raise Invalid(f"Nothing is sent by this channel - at `$.channels[{place}].channel`.")
    to = _read_receiver(order.to, call)
    identity.find_person(call.brand, to, world=call.world, now=call.now)
    return previewing.preview(call.brand, to, order, world=call.world, now=call.now)


def _check_timing(order: Timing) -> None:
    """What no clock makes right. A time that is past only by now is no mistake: repeated, the same order has to be the same message."""
    check_end(order.expires_at, order.not_before)
    if order.purpose is Purpose.marketing and order.quiet is Quiet.ignore:
        raise Invalid("Marketing always keeps quiet hours - at `$.quiet`.")


def check_step(step: AnyStep, purpose: Purpose, call: Call, at: str) -> None:
    """`Invalid`, naming the place, for what its account never sends."""
    account = register.find_own_account(call.brand, step.account, world=call.world, now=call.now)
    CHANNELS[planning.channel_of(step)].check(account, step, purpose, place=at, world=call.world, now=call.now)


def _read_receiver(query: IdentifierQuery, call: Call) -> Identifier:
    to = read_identifier(query, call, place="$.to")
    if to.type in POINTERS:
        raise Invalid("A device, push token or anonymous id is nobody by itself to write to - at `$.to.type`.")
    return to
