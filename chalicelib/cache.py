"""A cache for the life of a container: values that may be a little old, and rather old than absent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar, cast

from chalicelib.aws.tables import TableError
from chalicelib.errors import Busy

Value = TypeVar("Value")


MOST = 4000
"""Names come from callers too: whoever asks for many that do not exist must not fill the memory."""


class Cache:
    """Keeps what `load` gave for a while. Keys are ids, never values of persons. When a reload fails the old value serves on."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, ...], tuple[datetime, object]] = {}

    def remember(self, key: tuple[str, ...], for_s: float, load: Callable[[], Value], *, now: datetime) -> Value:
        kept = self._kept.get(key)
        if kept is not None and now < kept[0]:
            return cast(Value, kept[1])
        try:
            value = load()
        except (Busy, TableError):
            if kept is None:
                raise
            value = cast(Value, kept[1])
        self.forget(*key)
        if len(self._kept) >= MOST:
            self._kept.pop(next(iter(tuple(self._kept))), None)  # what was loaded longest ago: a flood of names leaves what is in use
        self._kept[key] = (now + timedelta(seconds=for_s), value)
        return value

    def forget(self, *key: str) -> None:
        self._kept.pop(key, None)
