"""Errands of broadcasts handed to their queue: at once when they are due, swept from due rows when they become it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from chalicelib import due
from chalicelib.broadcasts import rules
from chalicelib.broadcasts.tables import parts as tables
from chalicelib.broadcasts.words import AnyErrand, Broadcast, Errand
from chalicelib.due import Due, whole_second
from chalicelib.world import World


def hand_over_parts(broadcast: Broadcast, numbers: Iterable[int], begins_at: datetime, *, world: World, now: datetime) -> None:
    """Have parts sent one after the other from a moment on, as evenly as the broadcast's rate has it. Repeating it does no harm."""
    at_once: list[Errand] = []
    for place, number in enumerate(numbers):
        errand, at = Errand(broadcast.brand, broadcast.id, number), rules.due_at(broadcast, place, begins_at)
        if at <= now:
            at_once.append(errand)
        else:
            tables.put_due(errand, whole_second(at))
    hand_over(at_once, world=world, now=now)


def hand_over(errands: Sequence[AnyErrand], *, world: World, now: datetime) -> None:
    """Have errands done now. What the queue does not take goes with the sweep."""
    for place in world.queues.send_all("broadcasts", [_body(each) for each in errands]):
        tables.put_due(errands[place], whole_second(now))


def hand_over_at(errand: AnyErrand, at: datetime, *, world: World, now: datetime) -> None:
    """Have an errand done at a moment."""
    if at > now:
        tables.put_due(errand, whole_second(at))
    else:
        hand_over([errand], world=world, now=now)


def send_due(*, world: World, now: datetime) -> int:
    """Hand every errand that is due to the queue; how many is the answer. Two runs at once do no harm: each person is written to once."""
    return due.sweep(tables.DUE, lambda found: _hand_over_due(found, world=world), now=now)


def _hand_over_due(found: list[Due], *, world: World) -> int:
    """First the queue, then the row goes: a crash between the two hands it over twice, never not at all."""
    refused = set(world.queues.send_all("broadcasts", [_body(tables.errand_of(each)) for each in found]))
    taken = [each for place, each in enumerate(found) if place not in refused]
    tables.DUE.drop(taken)
    return len(taken)


def _body(errand: AnyErrand) -> str:
    return msgspec.json.encode(errand).decode()
