"""Gates of messages opened, paused and closed: what was not sent yet heeds it within seconds."""

from __future__ import annotations

from datetime import datetime

from chalicelib.messaging.tables import gates as tables
from chalicelib.messaging.words import Gate
from chalicelib.world import World

FRESH_S = 2
set_gate = tables.put
set_gate_for_good = tables.put_for_good


def find_gate(brand: str, group: str, *, world: World, now: datetime) -> Gate:
    """How a group stands, at most two seconds old. Of a group nobody has said anything about, messages go."""
    return world.cache.remember(("gate", brand, group), FRESH_S, lambda: tables.read(brand, group), now=now)
