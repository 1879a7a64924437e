"""One identifier's contact changed by itself: read, changed, kept unless somebody was quicker, then read again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chalicelib.consent.tables import contacts
from chalicelib.consent.words import Side
from chalicelib.errors import Busy
from chalicelib.identity.words import Key
from chalicelib.world import World

TRIES = 8
LONGEST_PAUSE_S = 0.05
Done = TypeVar("Done")


def change_side(brand: str, key: Key, change: Callable[[Side], Side], *, world: World) -> Side:
    """Change what lies under an identifier; nothing is written where nothing changes. What permits more needs no more than this."""

    def look() -> Side | None:
        before, version = contacts.read_side(brand, key)
        after = change(before)
        if after == before or contacts.keep_side(brand, key, before, after, version=version):
            return after
        return None

    return until_done(look, world=world)


def until_done(look: Callable[[], Done | None], *, world: World) -> Done:
    """Look again until nobody is in the way, a few times."""
    for _ in range(TRIES):
        done = look()
        if done is not None:
            return done
        world.pause(LONGEST_PAUSE_S * world.random_bytes(1)[0] / 255)
    raise Busy("Too much happens to this person at once; try again.")
