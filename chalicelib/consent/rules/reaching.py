"""Whether an identifier reaches somebody: the later of what was said of its end and of its life. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.consent.words import Dead, Side

UNFOLLOWED = frozenset({"unfollowed", "43004"})
"""Who only does not follow is still reached by what they gave leave for."""


def bury(side: Side, code: str, *, at: datetime) -> Side:
    """What lies under an identifier once it was said to reach nobody; what is older than the last word changes nothing."""
    if (side.dead is not None and side.dead.at >= at) or (side.alive_at is not None and side.alive_at >= at):
        return side
    return msgspec.structs.replace(side, dead=Dead(code, at))


def revive(side: Side, *, at: datetime, follows: bool = False) -> Side:
    """What lies under an identifier once somebody was heard of by it. `follows`: a word of its own, to be held against an older one."""
    is_dead = side.dead is not None and side.dead.at < at
    if not is_dead and not (follows and (side.alive_at is None or side.alive_at < at)):
        return side
    return msgspec.structs.replace(side, dead=None if is_dead else side.dead, alive_at=at)
