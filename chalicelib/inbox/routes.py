"""WeChat's door, and the operators' door to what failed."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.inbox.flows import receiving, redriving
from chalicelib.inbox.words import Answer, FailedPage, Redriven, RedriveOrder
from chalicelib.staff.callers import prove
from chalicelib.staff.words import Scope
from chalicelib.wechat.envelope import read_query
from chalicelib.world import World

CALLBACK_TYPES = [
    "text/xml",
    "application/xml",
    "application/json",
    "text/plain",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
]

DOORS = (
    edge.Door(
        method="GET",
        path="/wechat/{account}",
        does="Prove to WeChat that the callback address is ours.",
        proof="wechat",
        query=("signature", "timestamp", "nonce", "echostr"),
        refusals=("callback_refused",),
    ),
    edge.Door(
        method="POST",
        path="/wechat/{account}",
        does="Take a message or event from WeChat, as XML or JSON, plain or encrypted.",
        proof="wechat",
        query=("signature", "timestamp", "nonce", "openid", "encrypt_type", "msg_signature"),
        refusals=("callback_refused", "callback_unreadable", "body_too_large", "busy"),
    ),
    edge.Door(
        method="GET",
        path="/v1/inbox/failed",
        does="List callbacks whose effects failed. What they say is not shown.",
        scope=Scope.inbox_write,
        gives=FailedPage,
        query=("cursor", "limit"),
        refusals=("cursor_invalid",),
    ),
    edge.Door(
        method="POST",
        path="/v1/inbox/redrive",
        does="Work failed callbacks off again: those named, or the oldest hundred behind the cursor. Repeating it is safe.",
        scope=Scope.inbox_write,
        takes=RedriveOrder,
        gives=Redriven,
        status=202,
        refusals=("message_missing", "cursor_invalid"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of the inbox."""
    routes = Blueprint(__name__)

    @routes.route("/wechat/{account}", methods=["GET"])
    def prove_address(account: str) -> Response:
        query = read_query(edge.query_of(routes.current_request))
        return _plain(receiving.prove_address(account, query, world=world(), now=world().now()))

    @routes.route("/wechat/{account}", methods=["POST"], content_types=CALLBACK_TYPES)
    def receive(account: str) -> Response:
        request = routes.current_request
        query, home = read_query(edge.query_of(request)), edge.own_address(request, world().settings.public_url)
        return _plain(receiving.receive(account, query, edge.raw_body(request), home=home, world=world(), now=world().now()))

    @routes.route("/v1/inbox/failed", methods=["GET"])
    def list_failed() -> Response:
        call = prove(routes, world, Scope.inbox_write)
        query = edge.query_of(call.request)
        page = redriving.list_failed(call.brand, cursor=edge.cursor_of(query), most=edge.page_size(query))
        return edge.answer(msgspec.structs.replace(page, cursor=page.cursor and edge.encode_cursor(page.cursor)))

    @routes.route("/v1/inbox/redrive", methods=["POST"])
    def redrive() -> Response:
        call = prove(routes, world, Scope.inbox_write)
        order = edge.read_body(call.request, RedriveOrder)
        cursor = None if order.cursor is None else edge.decode_cursor(order.cursor)
        redriven = redriving.redrive(call.brand, msgspec.structs.replace(order, cursor=cursor), world=call.world)
        return edge.answer(msgspec.structs.replace(redriven, cursor=redriven.cursor and edge.encode_cursor(redriven.cursor)), status=202)

    return routes


def _plain(answer: Answer) -> Response:
    return Response(answer.body, headers={"Content-Type": answer.content_type})
