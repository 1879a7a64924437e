"""The queue of pushes that go out by themselves: receipts, and actions nobody waits for."""

from __future__ import annotations

import threading
from typing import Any

from sandbox import push
from sandbox.emulator import Sandbox
from sandbox.platform import routes, tickets
from sandbox.state import Account, Push
from sandbox.words import PushRecord

_WORKERS = 4
_TICK_S = 0.1
_LOOK_FOR_TICKETS_S = 5.0


def add(sandbox: Sandbox, waiting: Push) -> None:
    """Queue a push for its `due_at`."""
    sandbox.enqueue(waiting)


def add_receipt(sandbox: Sandbox, account: Account, openid: str, event: dict[str, Any]) -> None:
    """Queue an event about a person, if the account has a callback."""
    if routes.find_callback(sandbox, account) is None:
        return
    add(sandbox, push.compose(sandbox, account, openid, "event", event, delay_s=sandbox.state.settings.receipt_delay_s))


def deliver_due(sandbox: Sandbox, *, even_later: bool = False) -> list[PushRecord]:
    """Deliver what is due, in order, and with `even_later` all that waits."""
    records = []
    while (waiting := _claim(sandbox, even_later=even_later)) is not None:
        records.append(push.deliver(sandbox, waiting))
    return records


def _claim(sandbox: Sandbox, *, even_later: bool = False) -> Push | None:
    with sandbox.lock:
        for ticket in tickets.issue_due(sandbox):
            add(sandbox, ticket)
        queue = sandbox.state.waiting
        if queue and (even_later or queue[0].due_at <= sandbox.now()):
            return queue.pop(0)
        return None


def start(sandbox: Sandbox) -> None:
    """Let a few threads deliver what is due until the process ends."""
    for number in range(_WORKERS):
        threading.Thread(target=_work, args=(sandbox,), name=f"pushes-{number}", daemon=True).start()


def _work(sandbox: Sandbox) -> None:
    while True:
        sandbox.push_waits.clear()
        if not sandbox.state.waiting:
            sandbox.push_waits.wait(_LOOK_FOR_TICKETS_S)
        waiting = _claim(sandbox)
        if waiting is None:
            sandbox.sleep(_TICK_S)
        else:
            push.deliver(sandbox, waiting)
