"""What is told to whom: facts as they are heard, tests, and what is told again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.aws.facts import Fact
from chalicelib.due import Due
from chalicelib.errors import Busy, Missing, Refused
from chalicelib.identity import flows as identity
from chalicelib.identity.words import read_key
from chalicelib.staff import flows as staff
from chalicelib.webhooks import rules
from chalicelib.webhooks.flows.owning import find_enabled, find_webhook, list_listening
from chalicelib.webhooks.tables import deliveries as tables
from chalicelib.webhooks.tables.webhooks import read_webhook
from chalicelib.webhooks.words import (
    TEST,
    Delivery,
    DeliveryShown,
    DeliveryState,
    Handover,
    Kind,
    State,
    Webhook,
)
from chalicelib.world import World

LOOKED_AT = 100
"""How many deliveries one redrive looks at."""


def hear(fact: Fact, *, world: World, now: datetime) -> None:
    """Keep a delivery for each webhook that is told of this fact, then hand it over. Hearing it twice makes no second one."""
    listening = [each for each in list_listening(fact.brand, world=world, now=now) if fact.kind in each.facts]
    if not listening:
        return
    at = fact.at or now
    body = rules.tell(fact.kind, at, _data(fact))
    for webhook in listening:
        newest = webhook if webhook.state is State.enabled else read_webhook(fact.brand, webhook.id)
        if newest is not None:  # one that was disabled some seconds ago may be enabled by now, and would not be told
            _tell_one(newest, fact, body, at, world=world)


def send_test(brand: str, webhook_id: str, *, actor: str, world: World, now: datetime) -> DeliveryShown:
    """Tell a webhook of a fact that means nothing, at once."""
    webhook = find_enabled(brand, webhook_id)
    _record(webhook, "tested", 1, actor=actor, world=world, now=now)
    body = rules.tell(TEST, now, {"webhook": webhook.id})
    delivery = _delivery(webhook, TEST, rules.delivery_id(webhook.id, world.new_id()), body, now)
    if not tables.keep_delivery_due(delivery, now=now):
        raise Busy
    hand_over([tables.due_of(delivery, now)], world=world)
    return show(delivery)


def list_deliveries(brand: str, webhook_id: str, *, before: str | None, most: int) -> tuple[list[DeliveryShown], str | None]:
    """Deliveries of a webhook, the newest first, and where earlier ones begin."""
    find_webhook(brand, webhook_id)
    places = tables.list_newest(brand, webhook_id, before=before, most=most + 1)
    kept = tables.read_deliveries(brand, webhook_id, map(_id_of, places[:most]))
    shown = [show(kept[_id_of(place)]) for place in places[:most] if _id_of(place) in kept]
    return shown, places[most - 1] if len(places) > most else None


def redrive(brand: str, webhook_id: str, deliveries: Sequence[str], *, actor: str, world: World, now: datetime) -> int:
    """Tell these deliveries again, however they ended; how many is the answer. Those that wait for a try go their way."""
    webhook = find_enabled(brand, webhook_id)
    kept = tables.read_deliveries(brand, webhook_id, set(deliveries))
    if set(kept) != set(deliveries):
        raise Missing(code="delivery_missing")
    return _begin_again(webhook, kept.values(), actor=actor, world=world, now=now)


def redrive_failed(brand: str, webhook_id: str, since: str, *, actor: str, world: World, now: datetime) -> tuple[int, str | None]:
    """Tell again what failed, from a place in the list on and the oldest first; how many, and where to go on."""
    webhook = find_enabled(brand, webhook_id)
    places = tables.list_oldest(brand, webhook_id, since=since, most=LOOKED_AT + 1)
    kept = tables.read_deliveries(brand, webhook_id, map(_id_of, places[:LOOKED_AT]))
    failed = [each for each in kept.values() if each.state is DeliveryState.failed]
    begun = _begin_again(webhook, failed, actor=actor, world=world, now=now)
    return begun, places[LOOKED_AT] if len(places) > LOOKED_AT else None


def hand_over(found: list[Due], *, world: World) -> int:
    """First the queue, then the row goes: a crash between the two hands it over twice, never not at all."""
    taken: list[Due] = []
    by_queue: dict[str, list[tuple[Due, Handover]]] = {}
    for each in found:
        handover = rules.read_work(each.brand, each.id)
        by_queue.setdefault(rules.queue_of(handover.webhook, shards(world)), []).append((each, handover))
    for queue, pairs in by_queue.items():
        refused = set(world.queues.send_all(queue, [write(handover) for _, handover in pairs]))
        taken.extend(each for place, (each, _) in enumerate(pairs) if place not in refused)
    tables.DUE.drop(taken)
    return len(taken)


def show(delivery: Delivery) -> DeliveryShown:
    return DeliveryShown(
        id=delivery.id,
        fact=delivery.fact,
        state=delivery.state,
        made_at=delivery.made_at,
        attempts=delivery.attempts,
        next_at=delivery.next_at,
        outcome=delivery.outcome,
    )


def shards(world: World) -> int:
    """How many ordinary queues there are."""
    return len(world.settings.webhook_queue_urls.split())


def write(handover: Handover) -> str:
    return msgspec.json.encode(handover).decode()


def _tell_one(webhook: Webhook, fact: Fact, body: str, at: datetime, *, world: World) -> None:
    """A delivery that is there already is handed over once more: whoever kept it may not have come to that."""
    delivery = _delivery(webhook, fact.kind, rules.delivery_id(webhook.id, fact.id), body, at)
    tables.keep_delivery(delivery)
    if delivery.state is DeliveryState.waiting:
        queue = rules.queue_of(webhook.id, shards(world), parked=webhook.pace.parked)
        world.queues.send(queue, write(Handover(webhook.brand, webhook.id, delivery.id, 0)))


def _delivery(webhook: Webhook, kind: str, delivery_id: str, body: str, at: datetime) -> Delivery:
    """What is not told because the webhook is disabled is kept as well, for a redrive."""
    disabled = webhook.state is State.disabled
    return Delivery(
        brand=webhook.brand,
        webhook=webhook.id,
        id=delivery_id,
        fact=kind,
        body=body,
        state=DeliveryState.failed if disabled else DeliveryState.waiting,
        tries=0,
        first=0,
        attempts=(),
        made_at=at,
        next_at=None if disabled else at,
        outcome="disabled" if disabled else "",
    )


def _data(fact: Fact) -> dict[str, Any]:
    if fact.kind == Kind.record_quarantined:
        return rules.data_of_held(fact.body)
    if fact.kind in (Kind.group_filled, Kind.group_failed):
        return rules.data_of_group(fact.body)
    if fact.kind == Kind.consent_changed:
        return rules.data_of_consent(fact.brand, fact.body)
    if fact.kind != Kind.record_stored:
        return rules.data_of_person(fact.body)
    try:
        person = identity.find_person_by_key(fact.brand, read_key(fact.body["owner"]))
    except Refused:
        person = None
    return rules.data_of_record(fact.body, person)


def _begin_again(webhook: Webhook, chosen: Collection[Delivery], *, actor: str, world: World, now: datetime) -> int:
    ended = [each for each in chosen if each.state is not DeliveryState.waiting]
    _record(webhook, "redriven", len(ended), actor=actor, world=world, now=now)
    begun = [each for each in ended if tables.begin_again(each, now=now)]
    hand_over([tables.due_of(each, now) for each in begun], world=world)
    return len(begun)


def _id_of(place: str) -> str:
    return place.partition("#")[2]


def _record(webhook: Webhook, did: str, count: int, *, actor: str, world: World, now: datetime) -> None:
    about = {"webhook": webhook.id, "deliveries": count}
    staff.record(webhook.brand, f"webhook.{did}", about, actor=actor, world=world, now=now)
