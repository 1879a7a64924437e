"""Plays the failures a test asked for: error codes, HTTP statuses, delays, and answers that get lost after the effect."""

from __future__ import annotations

from sandbox.emulator import Sandbox
from sandbox.state import Fault

ANY_PATH = "*"


class AnswerLostError(ConnectionError):
    """The connection is cut before the answer, whether or not the call had its effect; the server closes it without a word."""


def take(sandbox: Sandbox, path: str) -> Fault | None:
    """The first fault for this path, used up by one."""
    faults = sandbox.state.faults
    fault = next((fault for fault in faults if fault.path in (path, ANY_PATH)), None)
    if fault is None:
        return None
    fault.times -= 1
    if fault.times <= 0:
        faults.remove(fault)
    return fault


def describe(fault: Fault | None) -> str:
    """The fault in a few words for the log."""
    if fault is None:
        return ""
    parts = [f"delay {fault.delay_s:g} s"] if fault.delay_s else []
    if fault.errcode is not None:
        parts.append(f"errcode {fault.errcode}")
    if fault.status is not None:
        parts.append(f"status {fault.status}")
    if fault.drop_before_effect:
        parts.append("dropped before the effect")
    if fault.drop_after_effect:
        parts.append("answer dropped after the effect")
    return ", ".join(parts)
