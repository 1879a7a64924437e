"""The port of couriers: what a flow asks of whoever carries a signed word to an address somebody gave us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

TIMED_OUT = "timed_out"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the other side said, and how long that took.

    `trouble`: why there is no status: name_unknown, address_refused, not_reached, not_trusted, timed_out or broken_off.
    """

    status: int | None = None
    trouble: str = ""
    took_s: float = 0.0
    retry_after: str = ""


class Courier(Protocol):
    """Carries one POST to one address."""

    def check(self, url: str, *, limit_s: float) -> str:
        """Why nothing would be carried to this address, as `Answer.trouble` has it, or unreadable; empty when it would be."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes, *, limit_s: float) -> Answer:
        """Carry it, once, within the limit over all; nothing is raised."""
