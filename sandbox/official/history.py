"""Notes what happened to an official account, for its statistics."""

from __future__ import annotations

from typing import Literal

from sandbox.beijing import HOUR_S
from sandbox.emulator import Sandbox
from sandbox.official.words import Moment, Traffic

KEPT = 100_000
What = Literal["follow", "unfollow", "message", "read", "share"]


def note(sandbox: Sandbox, appid: str, what: What, openid: str, detail: str = "", *, scene: int = 0) -> None:
    """Remember one thing a person did, now."""
    moments = sandbox.official(appid).moments
    moments.append(Moment(sandbox.now(), what, openid, detail, scene))
    if len(moments) > KEPT:
        del moments[: KEPT // 10]


def note_delivery(sandbox: Sandbox, appid: str, *, ms: int, failed: bool) -> None:
    """Remember one delivery to the callback, in its hour."""
    traffic = sandbox.official(appid).traffic.setdefault(int(sandbox.now()) // HOUR_S, Traffic())
    traffic.count += 1
    traffic.failed += failed
    traffic.total_ms += ms
    traffic.slowest_ms = max(traffic.slowest_ms, ms)
