"""Control doors behind the scenes: log, faults, clock, settings, health, reset."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Blueprint, Response, request
from msgspec import UNSET, Struct, UnsetType

from sandbox.api import ENDPOINTS
from sandbox.control import doors
from sandbox.control.doors import ControlError
from sandbox.emulator import Sandbox
from sandbox.faults import ANY_PATH
from sandbox.settings import Settings
from sandbox.state import Clock, Fault

LATEST = 4_102_444_800


class _Clock(Struct, forbid_unknown_fields=True):
    shift_s: float | UnsetType = UNSET
    advance_s: float | UnsetType = UNSET
    stopped_at: float | UnsetType | None = UNSET


def add_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    """Routes /_sandbox/log, faults, clock, settings, health and reset."""
    _add_log_doors(blueprint, sandbox)
    _add_fault_doors(blueprint, sandbox)

    @blueprint.get("/clock")
    def show_clock() -> Response:
        return doors.tell(_describe_clock(sandbox))

    @blueprint.post("/clock")
    def set_clock() -> Response:
        wanted = doors.read(_Clock)
        with sandbox.lock:
            sandbox.state.clock = _new_clock(sandbox, wanted)
            return doors.tell(_describe_clock(sandbox))

    @blueprint.get("/settings")
    def show_settings() -> Response:
        return doors.tell(sandbox.state.settings)

    @blueprint.post("/settings")
    def change_settings() -> Response:
        with sandbox.lock:
            changed = {**msgspec.to_builtins(sandbox.state.settings), **doors.read(dict[str, Any])}
            sandbox.state.settings = doors.convert(changed, Settings)
            return doors.tell(sandbox.state.settings)

    @blueprint.get("/health")
    def show_health() -> Response:
        state = sandbox.state
        counts = {"accounts": len(state.accounts), "users": len(state.users), "waiting": len(state.waiting)}
        return doors.tell({"ok": True, "now": sandbox.now(), **counts})

    @blueprint.post("/reset")
    def reset() -> Response:
        doors.read(doors.Nothing)
        sandbox.reset()
        return doors.tell({"ok": True})


def _add_log_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    @blueprint.get("/log")
    def show_log() -> Response:
        since = request.args.get("since")
        try:
            since_s = None if since is None else float(since)
        except ValueError as error:
            raise ControlError(400, "since has to be a number of unix seconds") from error
        calls = sandbox.log.find(path=request.args.get("path"), appid=request.args.get("appid"), since=since_s)
        return doors.tell({"calls": calls})

    @blueprint.delete("/log")
    def clear_log() -> Response:
        sandbox.log.clear()
        return doors.tell({"calls": []})


def _add_fault_doors(blueprint: Blueprint, sandbox: Sandbox) -> None:
    @blueprint.post("/faults")
    def add_fault() -> Response:
        fault = doors.read(Fault)
        _check_fault(fault)
        with sandbox.lock:
            sandbox.state.faults.append(fault)
            return doors.tell({"faults": sandbox.state.faults})

    @blueprint.get("/faults")
    def list_faults() -> Response:
        return doors.tell({"faults": sandbox.state.faults})

    @blueprint.delete("/faults")
    def clear_faults() -> Response:
        with sandbox.lock:
            sandbox.state.faults.clear()
        return doors.tell({"faults": []})


def _check_fault(fault: Fault) -> None:
    if fault.path != ANY_PATH and fault.path not in ENDPOINTS:
        raise ControlError(400, f"path has to be one of the sandbox's endpoints or {ANY_PATH}, not {fault.path!r}")
    dropped = fault.drop_before_effect or fault.drop_after_effect
    if fault.errcode is None and fault.status is None and not fault.delay_s and not dropped:
        raise ControlError(400, "say what goes wrong: errcode, status, delay_s, drop_before_effect or drop_after_effect")


def _new_clock(sandbox: Sandbox, wanted: _Clock) -> Clock:
    """`shift_s` is the whole distance from the real clock, `advance_s` moves on from here, `stopped_at` null lets it run again."""
    shift_s, stopped_at = sandbox.state.clock.shift_s, sandbox.state.clock.stopped_at
    if wanted.stopped_at is not UNSET:
        stopped_at = wanted.stopped_at
    if wanted.shift_s is not UNSET:
        shift_s = wanted.shift_s
    if wanted.advance_s is not UNSET and stopped_at is not None:
        stopped_at += wanted.advance_s
    elif wanted.advance_s is not UNSET:
        shift_s += wanted.advance_s
    if not all(0 <= at <= LATEST for at in (sandbox.real_now() + shift_s, stopped_at or 0)):
        raise ControlError(400, "the clock stays between the years 1970 and 2100")
    return Clock(shift_s, stopped_at)


def _describe_clock(sandbox: Sandbox) -> dict[str, Any]:
    clock = sandbox.state.clock
    return {"now": sandbox.now(), "shift_s": clock.shift_s, "stopped_at": clock.stopped_at}
