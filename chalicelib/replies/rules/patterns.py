"""Patterns of an author's making, looked for in time that grows with the text and never explodes. Pure.

RE2 is imported on first use: most accounts have no pattern, and the door starts without it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from chalicelib.replies.rules.folding import even

MOST_MEMORY = 131_072
"""Of a pattern and the states it is in, in bytes."""
MOST_STEPS = 20_000
"""Of all patterns of an account: what RE2 made of them, in its own instructions. The worst message is that many steps for each byte."""

MOST_LOOKED_AT = 4096
"""Bytes of a message that patterns look at: twice what WeChat lets people write. With MOST_STEPS it bounds the worst message's time."""


class Pattern(Protocol):
    """A pattern that was read."""

    @property
    def programsize(self) -> int: ...

    def search(self, text: bytes) -> Any: ...


class Unreadable(ValueError):
    """This is no pattern of RE2's, or too large a one; the message says what is wrong with it."""


def read_pattern(written: str) -> Pattern:
    """A pattern as it is looked for: anywhere in a text, whatever the case."""
    import re2

    options = re2.Options()
    options.case_sensitive, options.log_errors, options.max_mem = False, False, MOST_MEMORY
    options.never_capture = True
    try:
        pattern: Pattern = re2.compile(written, options)
    except re2.error as error:
        said = error.args[0] if error.args else b""
        told = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise Unreadable(told.partition(":")[0]) from None  # behind it stands the pattern
    return pattern


def looked_at(text: str) -> bytes:
    """What patterns see of a message."""
    return even(text).encode(errors="replace")[:MOST_LOOKED_AT]


def steps_of(patterns: Iterable[Pattern]) -> int:
    """What looking for all of them costs for each byte at worst."""
    return sum(pattern.programsize for pattern in patterns)
