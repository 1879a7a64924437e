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
    """Queue a push for its `due_at`, if there is a callback that hears of its account."""
    if routes.find_callback(sandbox, sandbox.state.accounts[waiting.appid]) is not None:
        sandbox.enqueue(waiting)


def add_receipt(sandbox: Sandbox, account: Account, openid: str, event: dict[str, Any]) -> None:
    """Queue an event about a person, a moment after what brought it."""
    add(sandbox, push.compose(sandbox, account, openid, "event", event, delay_s=sandbox.state.settings.receipt_delay_s))


def deliver_due(sandbox: Sandbox, *, even_later: bool = False) -> list[PushRecord]:
    """Deliver what is due, in order, and with `even_later` all that waits."""
    records = []
    while (waiting := _claim(sandbox, even_later=even_later)) is not None:
        records.append(push.deliver(sandbox, waiting))
    return records


def deliver_these(sandbox: Sandbox, places: list[int]) -> list[PushRecord]:
    """Deliver the pushes at these places of the queue, in this order, as often as each is named; they wait no more."""
    with sandbox.lock:
        queue = sandbox.state.waiting
        chosen = [queue[place] for place in places]
        sandbox.state.waiting = [waiting for place, waiting in enumerate(queue) if place not in places]
    return [push.deliver(sandbox, waiting) for waiting in chosen]


def lose_all(sandbox: Sandbox) -> int:
    """Forget every push that waits: nobody ever hears of it. How many there were."""
    with sandbox.lock:
        lost = len(sandbox.state.waiting)
        sandbox.state.waiting.clear()
    return lost


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
        if not work_once(sandbox):
            sandbox.sleep(_TICK_S)


def work_once(sandbox: Sandbox) -> bool:
    """Deliver one push that is due, unless they are held; says whether there was one."""
    waiting = None if sandbox.state.settings.hold_pushes else _claim(sandbox)
    if waiting is not None:
        push.deliver(sandbox, waiting)
    return waiting is not None
