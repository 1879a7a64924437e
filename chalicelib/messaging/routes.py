"""Messages over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Kind
from chalicelib.errors import Invalid
from chalicelib.identity import flows as identity
from chalicelib.identity.routes.people import read_identifier
from chalicelib.identity.words import POINTERS
from chalicelib.messaging import flows
from chalicelib.messaging.rules import read_cursor, write_cursor
from chalicelib.messaging.words import MessageOrder, MessageShown, MessagesPage, SubscribeMessage
from chalicelib.staff.callers import Call, prove
from chalicelib.staff.words import Scope
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/messages",
        does="Plan a subscribe message, now or at `not_before`. With an Idempotency-Key the same order is one message.",
        scope=Scope.messages_write,
        takes=MessageOrder,
        gives=MessageShown,
        status=202,
        refusals=("account_missing", "person_missing", "idempotency_conflict"),
    ),
    edge.Door(
        method="GET",
        path="/v1/messages/{message}",
        does="Show a message with every step of its way.",
        scope=Scope.messages_read,
        gives=MessageShown,
        refusals=("message_missing",),
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
    """Doors of the messaging room."""
    routes = Blueprint(__name__)

    @routes.route("/v1/messages", methods=["POST"])
    def plan_message() -> Response:
        call = prove(routes, world, Scope.messages_write)
        return edge.answer(plan(edge.read_body(call.request, MessageOrder), call), status=202)

    @routes.route("/v1/messages/{message}", methods=["GET"])
    def show_message(message: str) -> Response:
        call = prove(routes, world, Scope.messages_read)
        return edge.answer(flows.show_message(call.brand, message))

    @routes.route("/v1/people/{person}/messages", methods=["GET"])
    def list_messages(person: str) -> Response:
        call = prove(routes, world, Scope.messages_read)
        query = edge.query_of(call.request)
        cursor = edge.cursor_of(query)
        before = None if cursor is None else read_cursor(cursor)
        shown, earlier = flows.list_messages(call.brand, person, before=before, most=edge.page_size(query))
        return edge.answer(MessagesPage(messages=tuple(shown), cursor=edge.encode_cursor(write_cursor(earlier)) if earlier else None))

    return routes


def plan(order: MessageOrder, call: Call) -> MessageShown:
    """An order in our words: its account and person have to be the caller's own."""
    account = register.find_own_account(call.brand, order.account, world=call.world, now=call.now)
    if account.kind is not Kind.mini_program:
        raise Invalid("Subscribe messages are sent by mini programs - at `$.account`.")
    to = read_identifier(order.to, call, place="$.to")
    if to.type in POINTERS:
        raise Invalid("A device, push token or anonymous id is nobody by itself to write to - at `$.to.type`.")
    identity.find_person(call.brand, to, world=call.world, now=call.now)
    content = SubscribeMessage(template_id=order.template_id, data=order.data, page=order.page, state=order.miniprogram_state.value)
    message_id = flows.ordered_id(call.brand, edge.idempotency_key(call.request), world=call.world)
    planned = flows.plan_message(account, to, content, message_id=message_id, not_before=order.not_before, world=call.world, now=call.now)
    return flows.show(planned)
