"""What somebody wants to hear of: by the most specific word about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from chalicelib.consent.words import Channel, Side, Switch
from chalicelib.errors import Invalid

MOST = 100
"""Words of one identifier about topics: whoever says more is no person."""


def name_of(topic: str, channel: Channel | None) -> str:
    return f"{topic}#{channel or ''}"


def prefers(preferences: Mapping[str, Switch], topic: str, channel: Channel | None) -> bool | None:
    """Topic and channel before topic before channel; nothing where nothing was said."""
    for name in (name_of(topic, channel), name_of(topic, None), name_of("", channel)):
        if name in preferences:
            return preferences[name].on
    return None


def is_wanted(sides: Iterable[Side], topic: str, channel: Channel | None) -> bool:
    """Does a person want it? Off wins between identifiers, and what nobody said is on."""
    return all(prefers(side.preferences, topic, channel) is not False for side in sides)


def switch(side: Side, topic: str, channel: Channel | None, *, on: bool, now: datetime) -> Side:
    """What lies under an identifier once a preference was set. The same again changes nothing."""
    name = name_of(topic, channel)
    before = side.preferences.get(name)
    if before is not None and before.on == on:
        return side
    if before is None and len(side.preferences) >= MOST:
        raise Invalid(f"Nobody has a word about more than {MOST} topics - at `$.topics`.")
    return msgspec.structs.replace(side, preferences={**side.preferences, name: Switch(on, now)})
