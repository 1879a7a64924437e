"""Processes: start one of our own, see whether it lives, stop it by its pid and no other."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from desk.settings import HOST
from desk.state import Process
from desk.trouble import Trouble

_children: dict[int, subprocess.Popen[bytes]] = {}
"""Those this very command started: they have to be collected when they end."""


def start(command: Sequence[str], *, log: Path, environ: Mapping[str, str], cwd: Path, address: str) -> Process:
    """Start a server in a session of its own, so that Ctrl-C reaches us and not it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=dict(environ), cwd=cwd, start_new_session=True
        )
    _children[child.pid] = child
    return Process(pid=child.pid, began=_began(child.pid) or "", address=address)


def is_alive(process: Process) -> bool:
    """Whether this very process still runs, and not another with its pid."""
    if child := _children.get(process.pid):
        child.poll()
    began = _began(process.pid)
    return began is not None and began == process.began


def stop(process: Process, *, within_s: float) -> bool:
    """Ask a process to end and wait for it; whether it did."""
    _signal(process, signal.SIGTERM)
    return wait_until(lambda: not is_alive(process), within_s=within_s)


def kill(process: Process) -> None:
    """End a process that did not listen."""
    _signal(process, signal.SIGKILL)
    wait_until(lambda: not is_alive(process), within_s=5)


def children_of(process: Process) -> list[Process]:
    """The processes this one started, as they are now."""
    return [Process(pid=pid, began=began) for pid in _pids_beneath(process.pid) if (began := _began(pid))]


def demand_free(port: int, *, setting: str) -> None:
    """Complain when something else listens on a port of ours."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise Trouble(f"Port {port} is taken: stop what listens there, or choose another port with {setting}.") from None


def listens(port: int) -> bool:
    """Whether something accepts connections on a port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def wait_until(done: Callable[[], bool], *, within_s: float, every_s: float = 0.05) -> bool:
    """Look again and again until it is done; whether it was in time."""
    deadline = time.monotonic() + within_s
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(every_s)
    return True


def _signal(process: Process, number: signal.Signals) -> None:
    if is_alive(process):
        os.kill(process.pid, number)


def _began(pid: int) -> str | None:
    """When a process began, in the system's own words; None when it is gone or only waits to be collected."""
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else fields[19]
    answer = _ps("-o", "stat=,lstart=", "-p", str(pid)).strip()
    return answer.partition(" ")[2].strip() if answer and not answer.startswith("Z") else None


def _pids_beneath(pid: int) -> list[int]:
    if Path("/proc/self/stat").exists():
        return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if _parent(folder) == pid]
    rows = (line.split() for line in _ps("-ax", "-o", "pid=,ppid=").splitlines())
    return [int(row[0]) for row in rows if int(row[1]) == pid]


def _parent(folder: Path) -> int | None:
    try:
        return int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def _ps(*arguments: str) -> str:
    return subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False).stdout
