"""The real local stack, once for all its tests: MiniStack with IAM on, the sandbox, the deployed template, the front address."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.bundle import is_whole
from desk.state import Addresses
from desk.teller import http
from tests.sandbox.table import find_incomplete
from tests.stack.feast import Feast

ROOT = Path(__file__).parent.parent.parent
PORTS = ("LIANDONG_PORT_AWS", "LIANDONG_PORT_SANDBOX", "LIANDONG_PORT_FRONT")


class Stack:
    """A desk of the tests' own, on free ports and in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
        ports = {name: str(each.getsockname()[1]) for name, each in zip(PORTS, sockets, strict=True)}
        for each in sockets:
            each.close()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LIANDONG_"))}
        self.environ = {**kept, **ports, "LIANDONG_LOCAL": str(folder)}

    def desk(self, command: str) -> str:
        """One of the desk's commands; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "desk", command], cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"desk {command}: {done.stderr}"
        return done.stdout

    def addresses(self) -> Addresses:
        """Where it answers."""
        exports = [shlex.split(line)[1].split("=", 1) for line in self.desk("env").splitlines()]
        aws, sandbox, front = (f"http://127.0.0.1:{self.environ[name]}" for name in PORTS)
        return Addresses(front=front, sandbox=sandbox, aws=aws, environment=dict(exports))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack, up; gone afterwards."""
    if not is_whole():
        pytest.skip("the true package runs on Linux x86_64 alone")
    started = Stack(tmp_path_factory.mktemp("stack"))
    try:
        started.desk("up")
        yield started
        _, log = http("GET", f"{started.addresses().sandbox}/_sandbox/log")
        assert find_incomplete(call["path"] for call in log["calls"]) == [], "the backend calls what the sandbox has not in full"
    finally:
        started.desk("reset")


@pytest.fixture(scope="session", autouse=True)
def feast(stack: Stack) -> Iterator[Feast]:
    """A holiday that begins before the first test and is over long before the last."""
    planned = Feast(stack.addresses(), stack.environ)
    yield planned
    planned.stop()
