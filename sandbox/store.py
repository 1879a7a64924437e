"""Keeps the state in a JSON file that only its owner can read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec

from sandbox.state import State


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
    """Replace the file in one step, so that it is never half written."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(state))
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
