"""What this desk remembers between two commands: `.local/desk.json`."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec


class Process(msgspec.Struct, frozen=True):
    """A process we started. `began` tells it from a later owner of the same pid."""

    pid: int
    began: str
    address: str = ""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The servers by name (`aws`, `sandbox`, `front`), the workers seen beneath `aws`, and the outputs of the deployed stack.

    `ports`: of each server when the desk was up last, until it is reset.
    """

    servers: dict[str, Process] = {}
    workers: list[Process] = []
    outputs: dict[str, str] = {}
    front_target: str = ""
    ports: dict[str, int] = {}


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """Where a running desk answers. `environment` is what the command line and AWS clients need to reach it."""

    front: str
    sandbox: str
    aws: str
    environment: dict[str, str]


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """The administrator of the local AWS: made on this desk, of no use anywhere else."""

    access_key_id: str
    secret_access_key: str


def read_state(path: Path) -> State:
    """The state as last written; an empty one when there is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=State)
    except (FileNotFoundError, msgspec.DecodeError):
        return State()


def write_state(path: Path, state: State) -> None:
    """Replace the state in one step."""
    write_private(path, msgspec.json.format(msgspec.json.encode(state), indent=2) + b"\n")


def write_private(path: Path, content: bytes) -> None:
    """Write a file only its owner can read, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    beside.replace(path)
