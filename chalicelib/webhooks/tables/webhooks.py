"""Webhooks as rows, and how many a brand has."""

from __future__ import annotations

from datetime import datetime

import msgspec
from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, held, moment, seconds, table_name
from chalicelib.webhooks.words import Kind, Pace, State, Webhook, Why

FIRST_ID = "0"
"""What counts a brand's webhooks lies before every one of them."""


class WebhookRow(Row):
    """`pk` `<brand>#W`, `sk` the id. Where it leads and its secrets are sealed."""

    class Meta(TableMeta):
        table_name = table_name("webhooks")

    title = UnicodeAttribute(default="")
    facts = UnicodeAttribute()
    sealed = UnicodeAttribute()
    revision = NumberAttribute()
    state = UnicodeAttribute()
    why = UnicodeAttribute(null=True)
    disabled_at = NumberAttribute(null=True)
    failing_since = NumberAttribute(null=True)
    slowness = NumberAttribute(default=0)
    parked = BooleanAttribute(default=False)
    made_at = NumberAttribute()
    fingerprint = UnicodeAttribute(default="")


class CountRow(Row):
    """`pk` `<brand>#W`, `sk` #: how many webhooks there are."""

    class Meta(TableMeta):
        table_name = table_name("webhooks")

    webhooks = NumberAttribute()


def keep_webhook(webhook: Webhook, *, most: int) -> bool:
    """Keep a new webhook and count it, both or neither; `False` when there are as many as may be, or somebody made one meanwhile."""
    count = CountRow(f"{webhook.brand}#W", "#")

    def write(transaction: TransactWrite) -> None:
        transaction.save(_row(webhook), condition=WebhookRow.pk.does_not_exist())
        transaction.update(count, [CountRow.webhooks.add(1)], condition=CountRow.webhooks.does_not_exist() | (CountRow.webhooks < most))

    return committed(write)


def drop_webhook(brand: str, webhook_id: str) -> bool:
    """Let a webhook go and count one less, both or neither."""

    def write(transaction: TransactWrite) -> None:
        transaction.delete(WebhookRow(f"{brand}#W", webhook_id), condition=WebhookRow.pk.exists())
        transaction.update(CountRow(f"{brand}#W", "#"), [CountRow.webhooks.add(-1)], condition=CountRow.pk.exists())

    return committed(write)


def read_webhook(brand: str, webhook_id: str) -> Webhook | None:
    try:
        return _webhook(WebhookRow.get(f"{brand}#W", webhook_id, consistent_read=True))
    except WebhookRow.DoesNotExist:
        return None


def list_webhooks(brand: str) -> list[Webhook]:
    """The oldest first."""
    rows = WebhookRow.query(f"{brand}#W", WebhookRow.sk >= FIRST_ID, consistent_read=True)
    return sorted(map(_webhook, rows), key=lambda webhook: (webhook.made_at, webhook.id))


def change_webhook(before: Webhook, after: Webhook) -> bool:
    """Keep what its owner changed; `False` when somebody changed it meanwhile. What its answers said about it begins anew with `after`."""
    row = _row(msgspec.structs.replace(after, revision=before.revision + 1))
    return held(lambda: row.save(WebhookRow.revision == before.revision))


def note_health(before: Webhook, *, failing_since: datetime | None, pace: Pace) -> bool:
    """Keep what its answers say about it, unless its owner changed it meanwhile."""
    since = WebhookRow.failing_since.set(seconds(failing_since)) if failing_since else WebhookRow.failing_since.remove()
    actions: list[Action] = [since, WebhookRow.slowness.set(pace.slowness), WebhookRow.parked.set(pace.parked)]
    row = WebhookRow(f"{before.brand}#W", before.id)
    return held(lambda: row.update(actions, condition=WebhookRow.revision == before.revision))


def disable(before: Webhook, why: Why, *, now: datetime) -> bool:
    """Tell it nothing any more, unless its owner changed it meanwhile or somebody has disabled it."""
    row = WebhookRow(f"{before.brand}#W", before.id)
    actions: list[Action] = [
        WebhookRow.state.set(State.disabled.value),
        WebhookRow.why.set(why.value),
        WebhookRow.disabled_at.set(seconds(now)),
    ]
    as_read = (WebhookRow.revision == before.revision) & (WebhookRow.state == State.enabled.value)
    return held(lambda: row.update(actions, condition=as_read))


def _row(webhook: Webhook) -> WebhookRow:
    return WebhookRow(
        f"{webhook.brand}#W",
        webhook.id,
        title=webhook.title,
        facts=msgspec.json.encode(webhook.facts).decode(),
        sealed=webhook.sealed,
        revision=webhook.revision,
        state=webhook.state.value,
        why=None if webhook.why is None else webhook.why.value,
        disabled_at=None if webhook.disabled_at is None else seconds(webhook.disabled_at),
        failing_since=None if webhook.failing_since is None else seconds(webhook.failing_since),
        slowness=webhook.pace.slowness,
        parked=webhook.pace.parked,
        made_at=seconds(webhook.made_at),
        fingerprint=webhook.fingerprint,
    )


def _webhook(row: WebhookRow) -> Webhook:
    return Webhook(
        brand=row.pk.partition("#")[0],
        id=row.sk,
        title=row.title,
        facts=msgspec.json.decode(row.facts, type=tuple[Kind, ...]),
        sealed=row.sealed,
        revision=int(row.revision),
        state=State(row.state),
        why=None if row.why is None else Why(row.why),
        disabled_at=None if row.disabled_at is None else moment(row.disabled_at),
        failing_since=None if row.failing_since is None else moment(row.failing_since),
        pace=Pace(int(row.slowness), bool(row.parked)),
        made_at=moment(row.made_at),
        fingerprint=row.fingerprint,
    )
