"""Who is behind a device, push token or anonymous id. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.identity.words import Key

MOST_TOKENS = 10
MOST_OWNERS = 32
"""More than one person has identifiers: whoever shared a device with somebody is not pushed out by one who has many."""


def add_owner(owners: Mapping[Key, datetime], owner: Key, at: datetime) -> dict[Key, datetime]:
    """The latest time of each owner, of the latest few: the same in whatever order they come."""
    at = at.replace(microsecond=0)
    joined = {**owners, owner: max(at, owners.get(owner, at))}
    latest = sorted(joined, key=lambda key: (joined[key], str(key)), reverse=True)[:MOST_OWNERS]
    return {key: joined[key] for key in latest}


def add_token(tokens: Mapping[Key, datetime], token: Key, at: datetime) -> dict[Key, datetime]:
    """The push tokens of an identifier with one more: the latest few, for apps get new ones again and again."""
    at = at.replace(microsecond=0)
    joined = {**tokens, token: max(at, tokens.get(token, at))}
    latest = sorted(joined, key=lambda key: (joined[key], str(key)), reverse=True)[:MOST_TOKENS]
    return {key: joined[key] for key in latest}


def latest_owner(owners: Mapping[Key, datetime]) -> Key:
    """Who was seen with it last."""
    return max(owners, key=lambda key: (owners[key], str(key)))
