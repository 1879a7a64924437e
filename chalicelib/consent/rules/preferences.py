"""What somebody wants to hear of: by the most specific word about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from chalicelib.consent.words import Channel, Side, Switch


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
    return msgspec.structs.replace(side, preferences={**side.preferences, name: Switch(on, now)})
