"""What the queue of broadcasts carries, handed to whoever does it."""

from __future__ import annotations

from datetime import datetime

from chalicelib.broadcasts.flows import sending
from chalicelib.broadcasts.flows.masses import sending as masses
from chalicelib.broadcasts.words import AnyErrand, MassErrand
from chalicelib.world import World


def work(errand: AnyErrand, *, world: World, now: datetime) -> None:
    """Send a part of a broadcast, read on whom it is for, or do what is due of a mass send."""
    if isinstance(errand, MassErrand):
        masses.work(errand, world=world, now=now)
    else:
        sending.work(errand, world=world, now=now)
