"""One identifier's contact changed by itself: read, changed, kept unless somebody was quicker, then read again."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.consent.tables import contacts
from chalicelib.consent.words import Side
from chalicelib.identity.words import Key
from chalicelib.patience import until_done
from chalicelib.world import World

TRIES = 8


def change_side(brand: str, key: Key, change: Callable[[Side], Side], *, world: World) -> Side:
    """Change what lies under an identifier; nothing is written where nothing changes. What permits more needs no more than this."""

    def look() -> Side | None:
        before, version = contacts.read_side(brand, key)
        after = change(before)
        if after == before or contacts.keep_side(brand, key, before, after, version=version):
            return after
        return None

    return until_done(look, tries=TRIES, world=world)
