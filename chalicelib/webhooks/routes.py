"""Webhooks over HTTP."""

from __future__ import annotations

from collections.abc import Callable

from chalice import Blueprint
from chalice.app import Response

from chalicelib import edge
from chalicelib.errors import Invalid
from chalicelib.staff.callers import Call, prove
from chalicelib.staff.words import Scope
from chalicelib.webhooks import rules
from chalicelib.webhooks.flows import owning, telling
from chalicelib.webhooks.words import (
    DeliveriesPage,
    DeliveryShown,
    NewSecret,
    NewWebhook,
    Redriven,
    RedriveOrder,
    WebhookOrder,
    WebhookShown,
)
from chalicelib.world import World

DOORS = (
    edge.Door(
        method="POST",
        path="/v1/webhooks",
        does="Have facts told to an address of yours. The secret that signs them is in this answer alone. "
        "With an Idempotency-Key the same order is one webhook.",
        scope=Scope.webhooks_write,
        takes=WebhookOrder,
        gives=NewWebhook,
        status=201,
        refusals=("webhook_url_refused", "webhooks_full", "idempotency_conflict"),
    ),
    edge.Door(
        method="GET",
        path="/v1/webhooks",
        does="List the brand's webhooks, without secrets.",
        scope=Scope.webhooks_read,
        gives=list[WebhookShown],
    ),
    edge.Door(
        method="GET",
        path="/v1/webhooks/{webhook}",
        does="Show a webhook, and whether its receiver is well.",
        scope=Scope.webhooks_read,
        gives=WebhookShown,
        refusals=("webhook_missing",),
    ),
    edge.Door(
        method="PUT",
        path="/v1/webhooks/{webhook}",
        does="Change a webhook's address, facts and title.",
        scope=Scope.webhooks_write,
        takes=WebhookOrder,
        gives=WebhookShown,
        refusals=("webhook_missing", "webhook_url_refused"),
    ),
    edge.Door(
        method="DELETE",
        path="/v1/webhooks/{webhook}",
        does="Delete a webhook; what waits to be told is not told.",
        scope=Scope.webhooks_write,
        status=204,
        refusals=("webhook_missing",),
    ),
    edge.Door(
        method="POST",
        path="/v1/webhooks/{webhook}/secret",
        does="Make a new secret. The ones before it sign along for 24 hours.",
        scope=Scope.webhooks_write,
        gives=NewSecret,
        status=201,
        refusals=("webhook_missing",),
    ),
    edge.Door(
        method="POST",
        path="/v1/webhooks/{webhook}/test",
        does="Tell the webhook of a test, at once.",
        scope=Scope.webhooks_write,
        gives=DeliveryShown,
        status=202,
        refusals=("webhook_missing", "webhook_disabled"),
    ),
    edge.Door(
        method="POST",
        path="/v1/webhooks/{webhook}/enable",
        does="Tell a webhook of facts again that was disabled.",
        scope=Scope.webhooks_write,
        gives=WebhookShown,
        refusals=("webhook_missing",),
    ),
    edge.Door(
        method="GET",
        path="/v1/webhooks/{webhook}/deliveries",
        does="List what was told, the newest first, with every try.",
        scope=Scope.webhooks_read,
        gives=DeliveriesPage,
        query=("cursor", "limit"),
        refusals=("webhook_missing", "cursor_invalid"),
    ),
    edge.Door(
        method="POST",
        path="/v1/webhooks/{webhook}/redrive",
        does="Tell again: named deliveries, or those that failed from a time on, a hundred looked at a time.",
        scope=Scope.webhooks_write,
        takes=RedriveOrder,
        gives=Redriven,
        status=202,
        refusals=("webhook_missing", "webhook_disabled", "delivery_missing", "cursor_invalid"),
    ),
)


def make_routes(world: Callable[[], World]) -> Blueprint:
    """Doors of webhooks."""
    routes = Blueprint(__name__)
    _add_owning(routes, world)
    _add_deliveries(routes, world)
    return routes


def _add_owning(routes: Blueprint, world: Callable[[], World]) -> None:
    @routes.route("/v1/webhooks", methods=["POST"])
    def create_webhook() -> Response:
        call = prove(routes, world, Scope.webhooks_write)
        order = edge.read_body(call.request, WebhookOrder)
        key = edge.idempotency_key(call.request)
        made, again = owning.create_webhook(call.brand, order, actor=call.actor, idempotency_key=key, world=call.world, now=call.now)
        return edge.answer(made, status=201, headers=edge.NO_STORE | ({"Idempotent-Replayed": "true"} if again else {}))

    @routes.route("/v1/webhooks", methods=["GET"])
    def list_webhooks() -> Response:
        call = prove(routes, world, Scope.webhooks_read)
        return edge.answer(owning.list_webhooks(call.brand, world=call.world))

    @routes.route("/v1/webhooks/{webhook}", methods=["GET"])
    def show_webhook(webhook: str) -> Response:
        call = prove(routes, world, Scope.webhooks_read)
        return edge.answer(owning.show_webhook(call.brand, webhook, world=call.world))

    @routes.route("/v1/webhooks/{webhook}", methods=["PUT"])
    def change_webhook(webhook: str) -> Response:
        call = prove(routes, world, Scope.webhooks_write)
        order = edge.read_body(call.request, WebhookOrder)
        return edge.answer(owning.change_webhook(call.brand, webhook, order, actor=call.actor, world=call.world, now=call.now))

    @routes.route("/v1/webhooks/{webhook}", methods=["DELETE"])
    def delete_webhook(webhook: str) -> Response:
        call = prove(routes, world, Scope.webhooks_write)
        owning.delete_webhook(call.brand, webhook, actor=call.actor, world=call.world, now=call.now)
        return Response("", status_code=204)

    @routes.route("/v1/webhooks/{webhook}/secret", methods=["POST"])
    def rotate_secret(webhook: str) -> Response:
        call = prove(routes, world, Scope.webhooks_write)
        made = owning.rotate_secret(call.brand, webhook, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(made, status=201, headers=edge.NO_STORE)

    @routes.route("/v1/webhooks/{webhook}/enable", methods=["POST"])
    def enable_webhook(webhook: str) -> Response:
        call = prove(routes, world, Scope.webhooks_write)
        return edge.answer(owning.enable_webhook(call.brand, webhook, actor=call.actor, world=call.world, now=call.now))


def _add_deliveries(routes: Blueprint, world: Callable[[], World]) -> None:
    @routes.route("/v1/webhooks/{webhook}/test", methods=["POST"])
    def send_test(webhook: str) -> Response:
        call = prove(routes, world, Scope.webhooks_write)
        shown = telling.send_test(call.brand, webhook, actor=call.actor, world=call.world, now=call.now)
        return edge.answer(shown, status=202)

    @routes.route("/v1/webhooks/{webhook}/deliveries", methods=["GET"])
    def list_deliveries(webhook: str) -> Response:
        call = prove(routes, world, Scope.webhooks_read)
        query = edge.query_of(call.request)
        cursor = edge.cursor_of(query)
        before = None if cursor is None else rules.read_order_key(cursor)
        shown, earlier = telling.list_deliveries(call.brand, webhook, before=before, most=edge.page_size(query))
        return edge.answer(DeliveriesPage(deliveries=tuple(shown), cursor=edge.encode_cursor(earlier) if earlier else None))

    @routes.route("/v1/webhooks/{webhook}/redrive", methods=["POST"])
    def redrive(webhook: str) -> Response:
        call = prove(routes, world, Scope.webhooks_write)
        return edge.answer(tell_again(webhook, edge.read_body(call.request, RedriveOrder), call), status=202)


def tell_again(webhook: str, order: RedriveOrder, call: Call) -> Redriven:
    """An order in our words: it names deliveries, or says from where on."""
    if sum(said is not None for said in (order.deliveries, order.since, order.cursor)) != 1:
        raise Invalid("Name deliveries, or say since when, or send the cursor of the last answer - at `$`.")
    if order.deliveries is not None:
        again = telling.redrive(call.brand, webhook, order.deliveries, actor=call.actor, world=call.world, now=call.now)
        return Redriven(redriven=again)
    since = rules.order_key(order.since, "") if order.since else rules.read_order_key(edge.decode_cursor(order.cursor or ""))
    begun, following = telling.redrive_failed(call.brand, webhook, since, actor=call.actor, world=call.world, now=call.now)
    return Redriven(redriven=begun, cursor=edge.encode_cursor(following) if following else None)
