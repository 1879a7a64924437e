"""Whether an invitation counts. Pure."""

from __future__ import annotations

from collections.abc import Collection

from chalicelib.errors import Conflict
from chalicelib.identity.words import Key

LONGEST_CHAIN = 100
"""So many are looked at, a few milliseconds each; whoever stands behind more of them is taken for a loop."""


def check_inviter(invited: Collection[Key], inviter: Collection[Key], *, is_first: bool) -> None:
    """Nobody brings themselves, by whichever identifier, nor whoever, by however many others, brought them."""
    if set(invited).isdisjoint(inviter):
        return
    if is_first:
        raise Conflict(code="invitation_own")
    raise Conflict(code="invitation_loop")
