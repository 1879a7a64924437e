"""Calls made beside each other: by threads that a container keeps, and with them their connections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from chalicelib.errors import LiandongError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

Done = TypeVar("Done")


class Threads:
    """Does tasks at once, at most so many. To open a connection costs more than a write, so threads stay. A task has none of its own."""

    def __init__(self, most: int) -> None:
        self._most = most

    def __call__(self, tasks: Sequence[Callable[[], Done]]) -> list[Done]:
        """What came of each, in their order. All are over when this ends; then one that failed raises: a fault of ours before what is
        merely in the way."""
        if len(tasks) == 1:
            return [tasks[0]()]
        started = [self._pool.submit(task) for task in tasks]
        troubles = [trouble for each in started if (trouble := each.exception()) is not None]
        if troubles:
            raise next((each for each in troubles if not isinstance(each, LiandongError)), troubles[0])
        return [each.result() for each in started]

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor  # most functions never do two things at once

        return ThreadPoolExecutor(self._most)
