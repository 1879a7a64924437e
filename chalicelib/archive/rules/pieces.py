"""An iteration in pieces. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Thing = TypeVar("Thing")


def in_pieces(things: Iterable[Thing], size: int) -> Iterator[list[Thing]]:
    """Lists of so many, the last one of what is left; nothing more is taken than was asked for."""
    left = iter(things)
    while piece := list(islice(left, size)):
        yield piece
