"""Remembers in one order what happened on phones, at WeChat and at the backend, so that a page can ask for what is new."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from typing import Any, Literal

from msgspec import Struct

KEPT = 2_000

What = Literal["said", "shown", "push", "call", "client", "shop"]


class Moment(Struct, frozen=True):
    """One thing that happened; `number` grows by one, `user` is empty when nobody in particular is meant."""

    number: int
    at: float
    what: What
    user: str
    appid: str
    thing: Any


class Diary:
    """The newest moments, oldest first. `epoch` changes when it is emptied: numbers of another epoch mean nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moments: deque[Moment] = deque(maxlen=KEPT)
        self._last = 0
        self.epoch = uuid.uuid4().hex

    def note(self, what: What, thing: Any, *, at: float, user: str = "", appid: str = "") -> None:
        with self._lock:
            self._last += 1
            self._moments.append(Moment(self._last, at, what, user, appid, thing))

    def since(self, number: int) -> list[Moment]:
        """Moments with a greater number."""
        with self._lock:
            new = min(self._last - number, len(self._moments))
            return [] if new <= 0 else list(self._moments)[-new:]

    def clear(self) -> None:
        with self._lock:
            self._moments.clear()
            self._last = 0
            self.epoch = uuid.uuid4().hex
