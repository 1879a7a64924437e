"""Webhooks made, shown, changed and let go by their owners."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.errors import Conflict, Invalid, Missing
from chalicelib.patience import until_done
from chalicelib.staff import flows as staff
from chalicelib.webhooks import rules
from chalicelib.webhooks.tables import webhooks as tables
from chalicelib.webhooks.words import NewSecret, NewWebhook, Pace, SecretKept, State, Target, Webhook, WebhookOrder, WebhookShown
from chalicelib.world import World

TRIES = 8
WHY_NOT = {
    "unreadable": "The address is no plain https://host/path: no user, no fragment, a host in ASCII.",
    "address_refused": "It has to be https, at port 443 or above 1023, and every IP address of its host one of the public internet.",
    "name_unknown": "No IP address is known of this host.",
}


def create_webhook(
    brand: str, order: WebhookOrder, *, actor: str, idempotency_key: str | None, world: World, now: datetime
) -> tuple[NewWebhook, bool]:
    """Make a webhook; its secret is in the answer and nowhere else. Whether it is an earlier answer told again.

    The same Idempotency-Key of the same caller with the same order is one webhook; with another order it is refused.
    """
    order = msgspec.structs.replace(order, facts=rules.unlike(order.facts))
    fingerprint = world.keyring.hash(brand, msgspec.json.encode(order).decode(), now=now)
    webhook_id = world.new_id() if idempotency_key is None else rules.ordered_id(brand, actor, idempotency_key)
    before = None if idempotency_key is None else tables.read_webhook(brand, webhook_id)
    if before is not None:
        return _tell_again(before, fingerprint, actor=actor, world=world, now=now), True
    _check(order.url, world=world)
    secret = rules.new_secret(world.random_bytes(rules.SECRET_BYTES))
    target = Target(url=order.url, secrets=(SecretKept(secret),))
    webhook = Webhook(
        brand=brand,
        id=webhook_id,
        title=order.title,
        facts=order.facts,
        sealed=_seal(brand, target, world=world, now=now),
        revision=1,
        state=State.enabled,
        why=None,
        disabled_at=None,
        failing_since=None,
        pace=Pace(),
        made_at=now,
        fingerprint=fingerprint,
    )
    _record(webhook, "created", actor=actor, world=world, now=now)
    kept = _keep(webhook, world=world)
    _forget(brand, world=world)
    if kept.sealed != webhook.sealed:
        return _tell_again(kept, fingerprint, actor=actor, world=world, now=now), True
    return NewWebhook(**_fields(webhook, target), secret=secret), False


def list_webhooks(brand: str, *, world: World) -> list[WebhookShown]:
    """Every webhook of the brand, the oldest first."""
    return [WebhookShown(**_fields(each, open_target(each, world=world))) for each in tables.list_webhooks(brand)]


def show_webhook(brand: str, webhook_id: str, *, world: World) -> WebhookShown:
    """One webhook, without its secret."""
    webhook = find_webhook(brand, webhook_id)
    return WebhookShown(**_fields(webhook, open_target(webhook, world=world)))


def change_webhook(brand: str, webhook_id: str, order: WebhookOrder, *, actor: str, world: World, now: datetime) -> WebhookShown:
    """Another address, other facts, another title. At another address what its answers said about it begins anew."""
    _check(order.url, world=world)

    def change(webhook: Webhook, target: Target) -> tuple[Webhook, Target]:
        moved = order.url != target.url
        after = msgspec.structs.replace(webhook, title=order.title, facts=rules.unlike(order.facts))
        if moved:
            after = msgspec.structs.replace(after, failing_since=None, pace=Pace())
        return after, msgspec.structs.replace(target, url=order.url)

    after, target = _change(brand, webhook_id, "changed", change, actor=actor, world=world, now=now)
    return WebhookShown(**_fields(after, target))


def enable_webhook(brand: str, webhook_id: str, *, actor: str, world: World, now: datetime) -> WebhookShown:
    """Tell it of facts again. What failed meanwhile is told again by a redrive."""

    def change(webhook: Webhook, target: Target) -> tuple[Webhook, Target]:
        changes = {"state": State.enabled, "why": None, "disabled_at": None, "failing_since": None, "pace": Pace()}
        return msgspec.structs.replace(webhook, **changes), target

    after, target = _change(brand, webhook_id, "enabled", change, actor=actor, world=world, now=now)
    return WebhookShown(**_fields(after, target))


def rotate_secret(brand: str, webhook_id: str, *, actor: str, world: World, now: datetime) -> NewSecret:
    """A new secret; those before it sign along for a day."""
    secret = rules.new_secret(world.random_bytes(rules.SECRET_BYTES))

    def change(webhook: Webhook, target: Target) -> tuple[Webhook, Target]:
        return webhook, msgspec.structs.replace(target, secrets=rules.rotate(target.secrets, secret, now))

    _change(brand, webhook_id, "secret.rotated", change, actor=actor, world=world, now=now)
    return NewSecret(secret=secret, previous_until=now + rules.SIGNS_ALONG)


def delete_webhook(brand: str, webhook_id: str, *, actor: str, world: World, now: datetime) -> None:
    """Tell it nothing any more; what waits is not told."""
    webhook = find_webhook(brand, webhook_id)
    _record(webhook, "deleted", actor=actor, world=world, now=now)

    def look() -> bool | None:
        return tables.drop_webhook(brand, webhook_id) or tables.read_webhook(brand, webhook_id) is None or None

    until_done(look, tries=TRIES, world=world)
    _forget(brand, world=world)


def find_webhook(brand: str, webhook_id: str) -> Webhook:
    webhook = tables.read_webhook(brand, webhook_id) if rules.is_webhook_id(webhook_id) else None
    if webhook is None:
        raise Missing(code="webhook_missing")
    return webhook


def find_enabled(brand: str, webhook_id: str) -> Webhook:
    """A webhook that is told of facts; a disabled one has to be enabled first."""
    webhook = find_webhook(brand, webhook_id)
    if webhook.state is State.disabled:
        raise Conflict(code="webhook_disabled")
    return webhook


def open_target(webhook: Webhook, *, world: World) -> Target:
    """Where a webhook leads, and what signs for it."""
    return msgspec.json.decode(world.keyring.decrypt(webhook.brand, webhook.sealed), type=Target)


def list_listening(brand: str, *, world: World, now: datetime) -> list[Webhook]:
    """The webhooks of a brand as of some seconds ago."""
    return world.cache.remember(("webhooks", brand), rules.LISTENED_S, lambda: tables.list_webhooks(brand), now=now)


def _check(url: str, *, world: World) -> None:
    trouble = world.courier.check(url, limit_s=rules.CHECK_LIMIT_S)
    if trouble:
        raise Invalid(f"{WHY_NOT.get(trouble, WHY_NOT['address_refused'])} - at `$.url`.", code="webhook_url_refused")


def _tell_again(kept: Webhook, fingerprint: str, *, actor: str, world: World, now: datetime) -> NewWebhook:
    """The answer that may have been lost, with the secret of now; that is written down."""
    if kept.fingerprint != fingerprint:
        raise Conflict(code="idempotency_conflict")
    _record(kept, "told_again", actor=actor, world=world, now=now)
    target = open_target(kept, world=world)
    return NewWebhook(**_fields(kept, target), secret=target.secrets[0].secret)


def _keep(webhook: Webhook, *, world: World) -> Webhook:
    """The webhook as it is there: ours, or one that the same Idempotency-Key made at the same moment."""

    def look() -> Webhook | None:
        if tables.keep_webhook(webhook, most=rules.MOST_WEBHOOKS):
            return webhook
        kept = tables.read_webhook(webhook.brand, webhook.id)
        if kept is None and len(tables.list_webhooks(webhook.brand)) >= rules.MOST_WEBHOOKS:
            raise Conflict(code="webhooks_full")
        return kept

    return until_done(look, tries=TRIES, world=world)


def _change(
    brand: str,
    webhook_id: str,
    did: str,
    change: Callable[[Webhook, Target], tuple[Webhook, Target]],
    *,
    actor: str,
    world: World,
    now: datetime,
) -> tuple[Webhook, Target]:
    """Look, then write if nobody has written meanwhile; look again otherwise."""
    _record(find_webhook(brand, webhook_id), did, actor=actor, world=world, now=now)

    def look() -> tuple[Webhook, Target] | None:
        before = find_webhook(brand, webhook_id)
        after, target = change(before, open_target(before, world=world))
        after = msgspec.structs.replace(after, sealed=_seal(brand, target, world=world, now=now))
        return (after, target) if tables.change_webhook(before, after) else None

    changed = until_done(look, tries=TRIES, world=world)
    _forget(brand, world=world)
    return changed


def _seal(brand: str, target: Target, *, world: World, now: datetime) -> str:
    return world.keyring.encrypt(brand, msgspec.json.encode(target).decode(), now=now)


def _forget(brand: str, *, world: World) -> None:
    world.cache.forget("webhooks", brand)


def _record(webhook: Webhook, did: str, *, actor: str, world: World, now: datetime) -> None:
    about = {"webhook": webhook.id, "facts": [fact.value for fact in webhook.facts]}
    staff.record(webhook.brand, f"webhook.{did}", about, actor=actor, world=world, now=now)


def _fields(webhook: Webhook, target: Target) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "url": target.url,
        "facts": webhook.facts,
        "title": webhook.title,
        "state": webhook.state,
        "parked": webhook.pace.parked,
        "made_at": webhook.made_at,
        "why": webhook.why,
        "disabled_at": webhook.disabled_at,
        "failing_since": webhook.failing_since,
    }
