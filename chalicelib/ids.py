"""Ids and digests. Pure: time and randomness are parameters."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U


def ulid(now: datetime, random10: bytes) -> str:
    """A ULID: 26 characters, sorted by time to the millisecond. https://github.com/ulid/spec"""
    number = int.from_bytes(int(now.timestamp() * 1000).to_bytes(6, "big") + random10, "big")
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


def moment_of(made: str) -> datetime:
    """When a ULID was made, to the millisecond."""
    number = 0
    for letter in made:
        number = number * 32 + ALPHABET.index(letter)
    return datetime.fromtimestamp((number >> 80) / 1000, UTC)


def is_ulid(text: str) -> bool:
    """Could this be an id of ours? Anything else is nobody's, and need not be looked for."""
    return len(text) == 26 and set(text) <= set(ALPHABET)


def digest(*parts: str) -> str:
    """32 hex characters that two different lists of parts never share; for keys made of natural parts, not for secrets."""
    hasher = hashlib.blake2b(digest_size=16)
    for part in parts:
        encoded = part.encode()
        hasher.update(len(encoded).to_bytes(4, "big"))
        hasher.update(encoded)
    return hasher.hexdigest()
