"""Messages handed to the queue: at once when they are due, swept from their due rows when they become it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib import due
from chalicelib.aws.metrics import tell_seconds
from chalicelib.due import Due
from chalicelib.messaging.tables import messages as tables
from chalicelib.messaging.words import Message
from chalicelib.world import World


class Handover(msgspec.Struct, frozen=True):
    """What the queue carries: which message, nothing of what it says."""

    brand: str
    message: str


def hand_over_in_time(message: Message, *, world: World, now: datetime) -> None:
    """Have a kept message worked on when it is due. What the queue does not take now waits for the sweep. Repeating it does no harm.

    Nothing is put where the sweep has been already: a message that was due long ago is due now.
    """
    if message.next_at > now or world.queues.send_all("outbox", [_body(message.brand, message.id)]):
        tables.put_due(message, max(message.next_at, now))


def send_due(*, world: World, now: datetime) -> int:
    """Hand every message that is due to the queue; how many is the answer.

    Two runs at once do no harm: each message is reserved before it is sent.
    """
    return due.sweep(tables.DUE, lambda found: _hand_over(found, world=world), now=now)


def _hand_over(found: list[Due], *, world: World) -> int:
    """First the queue, then the row goes: a crash between the two hands it over twice, never not at all."""
    refused = set(world.queues.send_all("outbox", [_body(each.brand, each.id) for each in found]))
    taken = [each for place, each in enumerate(found) if place not in refused]
    if taken:
        tell_seconds("MessagesLate", max(due.late_s(each, world.now()) for each in taken))
    tables.DUE.drop(taken)
    return len(taken)


def _body(brand: str, message: str) -> str:
    return msgspec.json.encode(Handover(brand, message)).decode()
