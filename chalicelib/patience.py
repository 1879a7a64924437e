"""Looking again while somebody else is in the way: a few times, a moment apart that is another one for each who waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chalicelib.errors import Busy
from chalicelib.world import World

LONGEST_PAUSE_S = 0.05
LONG_PAUSE_S = 0.2
"""Where many write one row, a counter or a day: a dozen looks are more than a second."""
Done = TypeVar("Done")


def until_done(look: Callable[[], Done | None], *, tries: int, longest_s: float = LONGEST_PAUSE_S, world: World) -> Done:
    """Look and act until it was done; `Busy` after so many tries."""
    for _ in range(tries):
        done = look()
        if done is not None:
            return done
        step_aside(world, longest_s)
    raise Busy("Too much happens here at once; try again.")


def step_aside(world: World, longest_s: float = LONGEST_PAUSE_S) -> None:
    """Let whoever is in the way finish."""
    world.pause(longest_s * world.random_bytes(1)[0] / 255)
