"""What the parts of the sandbox say to each other about pushes."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from msgspec import Struct

from sandbox.state import Shown


class Outcome(StrEnum):
    """What one delivery came to."""

    ACKNOWLEDGED = "acknowledged"
    REPLIED = "replied"
    MALFORMED = "malformed"
    BAD_STATUS = "bad_status"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"


class Delivery(Struct, frozen=True):
    """One try to hand a push to a callback: `body` is the answer as it came, `reply` the same opened, `reason` what was wrong."""

    status: int | None
    ms: int
    outcome: Outcome
    reply: dict[str, Any] | None
    body: str
    reason: str


class PushRecord(Struct, frozen=True):
    """A push with all its deliveries and what the person saw because of it."""

    id: int
    appid: str
    openid: str
    fields: dict[str, Any]
    deliveries: list[Delivery]
    seen: Shown | None
