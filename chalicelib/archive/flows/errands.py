"""What the archive's queue brings, done."""

from __future__ import annotations

from datetime import datetime

from chalicelib.archive.flows import asking, compacting, replaying
from chalicelib.archive.words.catalogue import Ask, Compact, Errand
from chalicelib.world import World


def run(errand: Errand, *, world: World, now: datetime) -> None:
    """Take into the columns, answer, or bring again."""
    if isinstance(errand, Compact):
        compacting.compact(errand.brand, world=world, now=now)
    elif isinstance(errand, Ask):
        asking.answer(errand, world=world, now=now)
    else:
        replaying.replay(errand, world=world, now=now)
