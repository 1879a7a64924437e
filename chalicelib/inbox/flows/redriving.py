"""Callbacks put on the queue again: those the door had to keep itself, and those that failed."""

from __future__ import annotations

from datetime import datetime

from chalicelib.accounts import tables as accounts
from chalicelib.errors import Missing
from chalicelib.inbox import rules, tables
from chalicelib.inbox.words import FailedPage, Kept, KeptShown, Redriven, RedriveOrder, State
from chalicelib.world import World

PAGE = 100


def sweep(*, world: World, now: datetime) -> int:
    """Queue what the door had to write itself while the queue refused, and have next month's keys ready for such an hour."""
    queued = _queue(list(tables.list_waiting(before=now - rules.SWEEP_AFTER, most=PAGE)), world=world)
    for brand in accounts.list_brands():
        world.keyring.prepare(brand, now=now)
    return queued


def list_failed(brand: str, *, cursor: str | None, most: int) -> FailedPage:
    """Callbacks whose effects failed and that wait for a redrive."""
    failed, end = tables.list_failed(brand, most=most, after=rules.read_cursor(cursor))
    return FailedPage(callbacks=tuple(_show(kept) for kept in failed), cursor=rules.write_cursor(end))


def redrive(brand: str, order: RedriveOrder, *, world: World) -> Redriven:
    """Put failed callbacks on the queue again. Repeating it is safe: what is applied stays applied."""
    if order.callbacks:
        named = [_own(brand, callback.account, callback.key) for callback in order.callbacks]
        return Redriven(queued=_queue(named, world=world), more=False, cursor=None)
    failed, end = tables.list_failed(brand, most=PAGE, after=rules.read_cursor(order.cursor))
    return Redriven(queued=_queue(failed, world=world), more=end is not None, cursor=rules.write_cursor(end))


def _own(brand: str, account_id: str, key: str) -> Kept:
    owner, _, name = account_id.partition(".")
    kept = tables.read(brand, name, key) if owner == brand else None
    if kept is None or kept.state is State.applied:
        raise Missing("No failed callback with this account and key.", code="message_missing")
    return kept


def _show(kept: Kept) -> KeptShown:
    return KeptShown(
        account=kept.account,
        key=kept.key,
        kind=kept.kind,
        state=kept.state,
        received_at=kept.received_at,
        attempts=kept.attempts,
        why=kept.why,
    )


def _queue(callbacks: list[Kept], *, world: World) -> int:
    bodies = [world.keyring.decrypt(kept.brand, kept.sealed) for kept in callbacks]
    return len(bodies) - len(world.queues.send_all("inbox", bodies))
