"""Deliveries as rows, listed by their webhook, and when each is due again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.transactions import TransactWrite

from chalicelib.aws import due
from chalicelib.aws.tables import Row, TableMeta, committed, held, moment, seconds, table_name
from chalicelib.due import Due, place
from chalicelib.webhooks import rules
from chalicelib.webhooks.rules import Outcome
from chalicelib.webhooks.words import Attempt, Delivery, DeliveryState, Handover

KEPT = timedelta(days=30)


class WebhookIndex(GlobalSecondaryIndex["DeliveryRow"]):
    """Deliveries by their webhook, `<brand>#<id>`, and when the fact was heard."""

    class Meta(TableMeta):
        index_name = "by_webhook"
        projection = KeysOnlyProjection()

    webhook = UnicodeAttribute(hash_key=True)
    ordered = UnicodeAttribute(range_key=True)


class DeliveryRow(Row):
    """`pk` `<brand>#D#<webhook>#<id>`, `sk` @."""

    class Meta(TableMeta):
        table_name = table_name("webhooks")

    by_webhook = WebhookIndex()
    webhook = UnicodeAttribute()
    ordered = UnicodeAttribute()
    fact = UnicodeAttribute()
    body = UnicodeAttribute()
    state = UnicodeAttribute()
    tries = NumberAttribute()
    first = NumberAttribute()
    attempts = UnicodeAttribute()
    outcome = UnicodeAttribute(default="")
    made_at = NumberAttribute()
    next_at = NumberAttribute(null=True)
    gone_at = NumberAttribute()


class DueRow(due.DueRow):
    """A try of a delivery."""

    class Meta(TableMeta):
        table_name = table_name("webhooks")


class WatermarkRow(due.WatermarkRow):
    """How far deliveries are swept."""

    class Meta(TableMeta):
        table_name = table_name("webhooks")


DUE = due.DueRows(DueRow, WatermarkRow)


def keep_delivery(delivery: Delivery) -> bool:
    """Keep a delivery; `False` when the fact was heard before."""
    row = _row(delivery)
    return held(lambda: row.save(DeliveryRow.pk.does_not_exist()))


def keep_delivery_due(delivery: Delivery, *, now: datetime) -> bool:
    """Keep a delivery and its due row, both or neither."""
    planned = due_of(delivery, now)

    def write(transaction: TransactWrite) -> None:
        transaction.save(_row(delivery), condition=DeliveryRow.pk.does_not_exist())
        transaction.save(DueRow(planned.pk, planned.sk))

    return committed(write)


def settle(before: Delivery, outcome: Outcome, attempts: Iterable[Attempt], *, began: int) -> bool:
    """Keep how a delivery stands after `began` more tries, and when the next is due; `False` when it stands otherwise meanwhile."""
    tries = before.tries + began
    actions = [DeliveryRow.tries.set(tries), DeliveryRow.attempts.set(_encode(attempts)), DeliveryRow.outcome.set(outcome.why)]
    return _step(before, outcome.state, outcome.next_at, tries, actions)


def begin_again(before: Delivery, *, now: datetime) -> bool:
    """A new round of tries; `False` when it stands otherwise meanwhile."""
    actions = [DeliveryRow.first.set(before.tries), DeliveryRow.outcome.set("")]
    return _step(before, DeliveryState.waiting, now, before.tries, actions)


def read_delivery(brand: str, webhook: str, delivery_id: str) -> Delivery | None:
    try:
        return _delivery(DeliveryRow.get(_pk(brand, webhook, delivery_id), "@", consistent_read=True))
    except DeliveryRow.DoesNotExist:
        return None


def read_deliveries(brand: str, webhook: str, ids: Iterable[str]) -> dict[str, Delivery]:
    """Deliveries by their ids, those that are still kept."""
    rows = DeliveryRow.batch_get([(_pk(brand, webhook, each), "@") for each in ids], consistent_read=True)
    return {delivery.id: delivery for delivery in map(_delivery, rows)}


def list_newest(brand: str, webhook: str, *, before: str | None, most: int) -> list[str]:
    """Where the deliveries of a webhook stand, the newest first."""
    until = WebhookIndex.ordered < before if before else None
    rows = DeliveryRow.by_webhook.query(f"{brand}#{webhook}", until, scan_index_forward=False, limit=most)
    return [row.ordered for row in rows]


def list_oldest(brand: str, webhook: str, *, since: str, most: int) -> list[str]:
    """Where the deliveries of a webhook stand, the oldest first."""
    rows = DeliveryRow.by_webhook.query(f"{brand}#{webhook}", WebhookIndex.ordered >= since, limit=most)
    return [row.ordered for row in rows]


def due_of(delivery: Delivery, at: datetime, *, tries: int | None = None) -> Due:
    """The due row of a delivery's next try."""
    handover = Handover(delivery.brand, delivery.webhook, delivery.id, delivery.tries if tries is None else tries)
    return place(delivery.brand, rules.write_work(handover), at)


def _step(before: Delivery, state: DeliveryState, next_at: datetime | None, tries: int, changes: list[Any]) -> bool:
    row = DeliveryRow(_pk(before.brand, before.webhook, before.id), "@")
    later = DeliveryRow.next_at.set(seconds(next_at)) if next_at else DeliveryRow.next_at.remove()
    actions = [*changes, DeliveryRow.state.set(state.value), later]
    as_read = (DeliveryRow.tries == before.tries) & (DeliveryRow.state == before.state.value)
    if next_at is None:
        return held(lambda: row.update(actions, condition=as_read))
    planned = due_of(before, next_at, tries=tries)

    def write(transaction: TransactWrite) -> None:
        transaction.update(row, actions, condition=as_read)
        transaction.save(DueRow(planned.pk, planned.sk))

    return committed(write)


def _pk(brand: str, webhook: str, delivery_id: str) -> str:
    return f"{brand}#D#{webhook}#{delivery_id}"


def _encode(attempts: Iterable[Attempt]) -> str:
    return msgspec.json.encode(tuple(attempts)).decode()


def _row(delivery: Delivery) -> DeliveryRow:
    return DeliveryRow(
        _pk(delivery.brand, delivery.webhook, delivery.id),
        "@",
        webhook=f"{delivery.brand}#{delivery.webhook}",
        ordered=rules.order_key(delivery.made_at, delivery.id),
        fact=delivery.fact,
        body=delivery.body,
        state=delivery.state.value,
        tries=delivery.tries,
        first=delivery.first,
        attempts=_encode(delivery.attempts),
        outcome=delivery.outcome,
        made_at=seconds(delivery.made_at),
        next_at=None if delivery.next_at is None else seconds(delivery.next_at),
        gone_at=seconds(delivery.made_at + KEPT),
    )


def _delivery(row: DeliveryRow) -> Delivery:
    brand, _, webhook, delivery_id = row.pk.split("#")
    return Delivery(
        brand=brand,
        webhook=webhook,
        id=delivery_id,
        fact=row.fact,
        body=row.body,
        state=DeliveryState(row.state),
        tries=int(row.tries),
        first=int(row.first),
        attempts=msgspec.json.decode(row.attempts, type=tuple[Attempt, ...]),
        made_at=moment(row.made_at),
        next_at=None if row.next_at is None else moment(row.next_at),
        outcome=row.outcome,
    )
