"""Keeps the state in a JSON file that only its owner can read."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from sandbox.emulator import Sandbox
from sandbox.state import State

SHORTEST_PAUSE_S = 0.5
PAUSE_PER_WRITING = 9


class DamagedError(Exception):
    """The state file cannot be read; the message says what to do."""


def load(path: Path) -> State:
    """The state in the file; an empty one when there is no file."""
    if not path.exists():
        return State()
    try:
        return msgspec.json.decode(path.read_bytes(), type=State)
    except msgspec.DecodeError as error:
        raise DamagedError(f"{path} is not a state file of this sandbox ({error}): delete it to begin anew") from error


def save(state: State, path: Path) -> None:
    """Replace the file by this state."""
    replace_file(path, msgspec.json.encode(state))


def replace_file(path: Path, content: bytes) -> None:
    """Replace the file in one step, so that it is never half written."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


class Keeper:
    """Writes a sandbox's state soon after it changed: many changes together, a tenth of the time at most."""

    def __init__(self, sandbox: Sandbox, write: Callable[[bytes], None]) -> None:
        self._sandbox = sandbox
        self._write = write
        self._writing = threading.Lock()

    def start(self) -> None:
        """Let a thread keep the state until the process ends."""
        threading.Thread(target=self._work, name="keeper", daemon=True).start()

    def write(self) -> None:
        """Write the state as it is now."""
        with self._writing:
            self._sandbox.unsaved.clear()
            with self._sandbox.lock:
                content = msgspec.json.encode(self._sandbox.state)
            self._write(content)

    def _work(self) -> None:
        while True:
            self._sandbox.unsaved.wait()
            began = time.monotonic()
            try:
                self.write()
            except OSError as error:
                print(f"sandbox: the state is not saved: {error}", file=sys.stderr, flush=True)
            self._sandbox.sleep(max(SHORTEST_PAUSE_S, PAUSE_PER_WRITING * (time.monotonic() - began)))
