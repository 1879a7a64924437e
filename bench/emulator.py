"""WeChat on a desk: how soon it is there, what a call costs it, and what a city of users weighs."""

from __future__ import annotations

import http.client
import json
import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from bench.stack import open_sandbox

STARTS = 5
CALLS = 1500
USERS = 100_000
APPIDS = {"official_account": "wxbenchoa00000000", "mini_program": "wxbenchmini000000"}


def measure(folder: Path) -> Iterator[tuple[str, float]]:
    """Starts by the clock on the wall; calls by the CPU time of the sandbox's process; memory as the system counts it."""
    yield "sandbox.start_s", median(_start_s(folder) for _ in range(STARTS))
    with open_sandbox(folder) as sandbox:
        yield "sandbox.calls_per_core_s", _calls_per_core_s(sandbox.address, sandbox.pid)
    state = folder / "city.json"
    _fill(state)
    with open_sandbox(folder, "--state", str(state)) as sandbox:
        yield "sandbox.mb_100k_users", _resident_mb(sandbox.pid)


def _start_s(folder: Path) -> float:
    began = time.monotonic()
    with open_sandbox(folder):
        return time.monotonic() - began


def _calls_per_core_s(address: str, pid: int) -> float:
    """Reads of a follower and of the token in turn, each on a connection of its own as the server wants it."""
    place = urlsplit(address).netloc
    for kind, appid in APPIDS.items():
        account = {"appid": appid, "secret": "bench-secret", "kind": kind, "original_id": f"gh_{appid}", "open_platform": "op"}
        _ask(place, "POST", "/_sandbox/accounts", account)
    user = _ask(place, "POST", "/_sandbox/users", {})["user"]
    appid = APPIDS["official_account"]
    openid = _ask(place, "POST", f"/_sandbox/users/{user}/follow", {"appid": appid})["openid"]
    proof = {"grant_type": "client_credential", "appid": appid, "secret": "bench-secret"}
    token = _ask(place, "POST", "/cgi-bin/stable_token", proof)["access_token"]
    reading = f"/cgi-bin/user/info?access_token={token}&openid={openid}"
    began = cpu_s(pid)
    for number in range(CALLS):
        answer = _ask(place, "GET", reading) if number % 2 else _ask(place, "POST", "/cgi-bin/stable_token", proof)
        assert not answer.get("errcode"), answer
    return CALLS / (cpu_s(pid) - began)


def _fill(path: Path) -> None:
    """A state of 100,000 people, each with a mini program's openid, a follower's openid and a unionid."""
    from sandbox import people, store
    from sandbox.emulator import Sandbox
    from sandbox.state import Account, Kind

    sandbox = Sandbox()
    accounts = [
        Account(appid=appid, secret="bench-secret", kind=Kind(kind), original_id=f"gh_{appid}", open_platform="op")
        for kind, appid in APPIDS.items()
    ]
    sandbox.state.accounts.update({account.appid: account for account in accounts})
    for _ in range(USERS):
        user = people.add_user(sandbox)
        for account in accounts:
            people.meet(sandbox, user, account)
            people.unionid(sandbox, user, account)
    store.save(sandbox.state, path)


def _ask(place: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    with closing(http.client.HTTPConnection(place, timeout=10)) as connection:
        connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
        return json.load(connection.getresponse())


def cpu_s(pid: int) -> float:
    """User and system time of a process so far, to a hundredth of a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) * 1024 / 1e6
