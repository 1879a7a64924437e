"""A telling carried to its receiver, and what the answers say about the receiver."""

from __future__ import annotations

import logging
from datetime import datetime
from enum import Enum

from chalicelib import due
from chalicelib.aws.metrics import put_metric
from chalicelib.errors import Busy
from chalicelib.providers.courier import Answer
from chalicelib.staff import flows as staff
from chalicelib.webhooks import rules
from chalicelib.webhooks.flows.owning import open_target
from chalicelib.webhooks.flows.telling import hand_over, write
from chalicelib.webhooks.rules import Outcome
from chalicelib.webhooks.tables import deliveries as tables
from chalicelib.webhooks.tables import webhooks
from chalicelib.webhooks.words import Attempt, Delivery, DeliveryState, Handover, State, Webhook, Why
from chalicelib.world import World

log = logging.getLogger("liandong.webhooks")


class Lane(Enum):
    """How long a receiver may take: in the ordinary lanes others wait behind it."""

    fast = rules.FAST_LIMIT_S
    slow = rules.SLOW_LIMIT_S


def deliver(handover: Handover, lane: Lane, *, world: World, now: datetime) -> None:
    """Try one delivery once, unless this try was had. A crash after the receiver has answered has it told again, under the same id."""
    delivery = tables.read_delivery(handover.brand, handover.webhook, handover.delivery)
    if delivery is None or not rules.is_awaited(delivery, handover):
        return
    webhook = webhooks.read_webhook(handover.brand, handover.webhook)
    if webhook is None or webhook.state is State.disabled:
        why = "deleted" if webhook is None else "disabled"
        _settle(delivery, Outcome(DeliveryState.failed, why=why), delivery.attempts, began=0)
        return
    if webhook.pace.parked and lane is Lane.fast:
        world.queues.send(rules.SLOW_QUEUE, write(handover))
        return
    answer = _carry(delivery, webhook, lane, world=world, now=now)
    outcome = rules.outcome_of(answer, delivery, random2=world.random_bytes(2), now=now)
    _settle(delivery, outcome, (*delivery.attempts, rules.attempt_of(answer, now))[-rules.MOST_ATTEMPTS :], began=1)
    _note(webhook, answer, world=world, now=now)


def send_due(*, world: World, now: datetime) -> int:
    """Hand every try that is due to its queue; how many is the answer."""
    return due.sweep(tables.DUE, lambda found: hand_over(found, world=world), now=now)


def _carry(delivery: Delivery, webhook: Webhook, lane: Lane, *, world: World, now: datetime) -> Answer:
    target = open_target(webhook, world=world)
    headers = rules.headers_of(delivery.id, delivery.body, target.secrets, now)
    return world.courier.post(target.url, headers, delivery.body.encode(), limit_s=lane.value)


def _settle(delivery: Delivery, outcome: Outcome, attempts: tuple[Attempt, ...], *, began: int) -> None:
    """Keep how it stands. Somebody in the way of the write is no reason to forget the next try."""
    if tables.settle(delivery, outcome, attempts, began=began):
        return
    meanwhile = tables.read_delivery(delivery.brand, delivery.webhook, delivery.id)
    if meanwhile is not None and (meanwhile.state, meanwhile.tries) == (delivery.state, delivery.tries):
        raise Busy("The delivery is being written at this moment.")


def _note(webhook: Webhook, answer: Answer, *, world: World, now: datetime) -> None:
    """Keep what the answer says about its receiver; a healthy one costs no write."""
    why = rules.why_disable(webhook, answer, now)
    if why is not None:
        if _is_as_read(webhook, answer, now=now):
            _disable(webhook, why, world=world, now=now)
        return
    failing_since = None if rules.succeeded(answer) else webhook.failing_since or now
    pace = rules.next_pace(webhook.pace, answer)
    if (failing_since, pace) != (webhook.failing_since, webhook.pace):
        webhooks.note_health(webhook, failing_since=failing_since, pace=pace)


def _is_as_read(webhook: Webhook, answer: Answer, *, now: datetime) -> bool:
    """Has nobody changed or disabled it while it was asked, and has it taken nothing meanwhile?"""
    newest = webhooks.read_webhook(webhook.brand, webhook.id)
    if newest is None or (newest.revision, newest.state) != (webhook.revision, webhook.state):
        return False
    return rules.why_disable(newest, answer, now) is not None


def _disable(webhook: Webhook, why: Why, *, world: World, now: datetime) -> None:
    """Said before it is done, so that a crash leaves nothing unsaid."""
    about = {"webhook": webhook.id, "why": why.value}
    staff.record(webhook.brand, "webhook.disabled", about, actor="liandong", world=world, now=now)
    put_metric("WebhooksDisabled", 1)
    log.warning("webhook %s is disabled: %s", webhook.id, why.value)
    webhooks.disable(webhook, why, now=now)
    world.cache.forget("webhooks", webhook.brand)
