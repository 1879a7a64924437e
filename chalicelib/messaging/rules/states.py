"""What may become of a message: forward only, in a partial order. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.errors import Busy
from chalicelib.messaging.words import Kind, Message, Noted, Receipt, State, Tried

SKIPPED = frozenset(state for state in State if state.startswith("skipped_"))
LOST = SKIPPED | {State.failed, State.cancelled}
"""It is known that nobody got it."""
TAKEN = frozenset({State.accepted, State.delivered, State.read})
RECEIPT_OVERDUE = timedelta(hours=24)
LEASE = timedelta(seconds=60)
TRIES = 5
MOST_NOTES = 24
KEY_IS_SURE = timedelta(seconds=30)
"""So long before a key is forgotten a repeat under it is not risked any more."""
NO_WAY_LEFT = "no_way_left"
NEXT: dict[State, frozenset[State]] = {
    State.planned: frozenset({State.planned, State.sending, State.failed, State.unknown, State.cancelled}) | SKIPPED | TAKEN,
    State.sending: frozenset({State.planned, State.failed, State.unknown}) | SKIPPED | TAKEN,
    State.accepted: frozenset({State.delivered, State.read, State.failed, State.planned}),
    State.unknown: frozenset({State.delivered, State.read, State.failed}),
    State.delivered: frozenset({State.read}),
}
"""From `accepted` back to `planned` only with a later step: no receipt came in time, and the next way is tried."""
STEP_BACK = frozenset({State.planned, State.sending, State.accepted, State.unknown})
"""States from which a message comes back to an earlier way: the other side took it there."""


def may_become(message: Message, state: State, *, step: int) -> bool:
    """Is this a step forward? A receipt that comes late or twice is none."""
    if step < message.step:
        return state in TAKEN and message.state in STEP_BACK and any(each.step == step and not each.failed for each in message.tried)
    if message.state is State.accepted and state is State.planned:
        return step > message.step
    return state in NEXT.get(message.state, frozenset())


def begun(message: Message, *, now: datetime) -> Message:
    """A message as it is first kept."""
    return msgspec.structs.replace(message, revision=1, trace=(Noted(now, 0, State.planned.value),))


def moved(message: Message, state: State, why: str = "", *, now: datetime, step: int | None = None, **changes: Any) -> Message:
    """The message one step further: its next revision, with the step in its trace. It has no lease any more."""
    place = message.step if step is None else step
    assert may_become(message, state, step=place), f"{message.state} never becomes {state}"
    changes = {"attempts": 0 if place != message.step else message.attempts, "lease": "", "lease_until": None, **changes}
    trace = (*message.trace, Noted(now, min(place, message.step), f"{state.value}: {why}" if why else state.value))
    if len(trace) > MOST_NOTES:  # the beginning and the end tell the way
        trace = (*trace[: MOST_NOTES // 2], *trace[-MOST_NOTES // 2 :])
    return msgspec.structs.replace(message, state=state, why=why, step=place, revision=message.revision + 1, trace=trace, **changes)


def reserved(message: Message, lease: str, *, now: datetime) -> Message:
    """The message as it is sent this very moment. A try counts when it begins, and may have been taken until it is known otherwise."""
    tried = (*message.tried, Tried(message.step, now))
    return moved(message, State.sending, now=now, attempts=message.attempts + 1, tried=tried, lease=lease, lease_until=now + LEASE)


def is_abandoned(message: Message, now: datetime) -> bool:
    """Was somebody sending it who never told how it ended? Then it may have been sent."""
    return message.state is State.sending and message.lease_until is not None and now >= message.lease_until


def waits_for_receipt_until(message: Message) -> datetime | None:
    """When the next way is gone unless a receipt has come; nothing where none is waited for or there is no next way."""
    if message.state is not State.accepted or message.way.wait_s is None or message.step + 1 >= len(message.ways):
        return None
    if message.why == NO_WAY_LEFT:
        return None
    return message.tried[-1].at + timedelta(seconds=message.way.wait_s)


def is_receipt_missing(message: Message, kind: Kind, now: datetime) -> bool:
    """Was it taken a day ago by a channel that tells of deliveries, and has told nothing?"""
    awaited = message.state is State.accepted and kind.receipts and bool(message.tried[-1].provider_id)
    return awaited and now - message.tried[-1].at >= RECEIPT_OVERDUE


def knows_again_until(message: Message, kind: Kind) -> datetime | None:
    """Until when a repeat of this step is no second message: while the other side remembers its key."""
    first = next((each.at for each in message.tried if each.step == message.step), None)
    return None if first is None or kind.remembers is None else first + kind.remembers - KEY_IS_SURE


def may_have_gone(message: Message) -> bool:
    """May a try of the present step have been sent already?"""
    return any(each.step == message.step and not each.failed for each in message.tried)


def ended(message: Message, state: State, why: str, *, now: datetime) -> Message:
    """The message when no way is left: as `state` only if nobody can have got it.

    What this way may have sent stays unknown, and what an earlier way took stays accepted there: its receipt may still come.
    """
    taken = next((each for each in reversed(message.tried) if not each.failed), None)
    if taken is None:
        return moved(message, state, why, now=now)
    closed = Noted(now, message.step, f"{state.value}: {why}".removesuffix(": "))
    message = msgspec.structs.replace(message, trace=(*message.trace, closed))
    if taken.step == message.step:
        return moved(message, State.unknown, "outcome_unknown", now=now)
    return moved(message, State.accepted, NO_WAY_LEFT, now=now, step=taken.step)


def told(message: Message, receipt: Receipt, *, now: datetime) -> Message:
    """The message once its receipt is known; the same message where that changes nothing. A failure leads to the next way."""
    place = next(place for place, each in enumerate(message.tried) if each.provider_id == receipt.provider_id)
    step = message.tried[place].step
    failed = receipt.told is State.failed
    if failed and message.tried[place].failed:
        return message
    if step < message.step and (failed or message.state is not State.planned):
        return _overlapped(message, place, receipt, now=now)
    if not may_become(message, receipt.told, step=step):
        return message
    if not failed:
        return moved(message, receipt.told, receipt.why, now=now, step=step)
    message = _with_failed(message, place)
    if message.state is not State.unknown and step + 1 < len(message.ways):
        return moved(message, State.planned, receipt.why, now=now, step=step + 1, next_at=now)
    return ended(message, State.failed, receipt.why, now=now)


def _overlapped(message: Message, place: int, receipt: Receipt, *, now: datetime) -> Message:
    """A receipt of a way that was given up already: noted, nothing is undone. While the next one is being sent, it has to wait."""
    step = message.tried[place].step
    what = f"{receipt.told.value} after all: {receipt.why}".removesuffix(": ")
    if any(note.step == step and note.what == what for note in message.trace):
        return message
    if message.state is State.sending:
        raise Busy("The next way is being tried right now; try again.")
    if receipt.told is State.failed:
        message = _with_failed(message, place)
    return msgspec.structs.replace(message, revision=message.revision + 1, trace=(*message.trace, Noted(now, step, what)))


def _with_failed(message: Message, place: int) -> Message:
    failed = msgspec.structs.replace(message.tried[place], failed=True)
    return msgspec.structs.replace(message, tried=(*message.tried[:place], failed, *message.tried[place + 1 :]))
