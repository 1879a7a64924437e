"""A desk ends what it started, and nothing else."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk import processes
from desk.settings import HOST
from desk.state import Process
from desk.trouble import Trouble

WAITS = "import sys, time; print('up', flush=True); time.sleep(60)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + WAITS
PARENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {WAITS!r}]); {WAITS}"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Process]]:
    """Processes a test has started; none outlives it."""
    found: list[Process] = []
    yield found
    for process in found:
        for child in [*processes.children_of(process), process]:
            processes.kill(child)


def test_a_process_runs_until_it_is_stopped(tmp_path: Path, started: list[Process]) -> None:
    process = _start(WAITS, tmp_path, started)

    ended = processes.stop(process, within_s=10)

    assert ended
    assert not processes.is_alive(process)


def test_another_process_with_the_same_pid_is_not_ours(tmp_path: Path, started: list[Process]) -> None:
    process = _start(WAITS, tmp_path, started)
    stranger = Process(pid=process.pid, began="some other time")

    processes.kill(stranger)

    assert not processes.is_alive(stranger)
    assert processes.is_alive(process)


def test_a_process_that_does_not_listen_is_killed(tmp_path: Path, started: list[Process]) -> None:
    process = _start(DEAF, tmp_path, started)

    ended = processes.stop(process, within_s=0.2)
    processes.kill(process)

    assert not ended
    assert not processes.is_alive(process)


def test_the_children_of_a_process_are_found(tmp_path: Path, started: list[Process]) -> None:
    process = _start(PARENT, tmp_path, started)

    children = processes.children_of(process)

    assert len(children) == 1
    assert processes.is_alive(children[0])


def test_a_process_that_never_was_is_not_alive() -> None:
    assert not processes.is_alive(Process(pid=2**22 + 1, began="never"))


def test_a_taken_port_is_told_with_the_way_out() -> None:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        port = listener.getsockname()[1]

        with pytest.raises(Trouble, match=f"Port {port} is taken.*LIANDONG_PORT_FRONT"):
            processes.demand_free(port, setting="LIANDONG_PORT_FRONT")


def test_a_port_nobody_listens_on_is_free() -> None:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]

    processes.demand_free(port, setting="LIANDONG_PORT_FRONT")

    assert not processes.listens(port)


def _start(program: str, folder: Path, started: list[Process]) -> Process:
    log = folder / "log"
    process = processes.start([sys.executable, "-c", program], log=log, environ=os.environ, cwd=folder, address="")
    started.append(process)
    lines = 2 if program is PARENT else 1
    assert processes.wait_until(lambda: log.read_text().count("up") == lines, within_s=20)
    return process
