"""The desk's commands, as far as they go without a stack."""

from __future__ import annotations

import collections
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from desk import aws, flows, processes
from desk.settings import HOST, Ports, read_ports
from desk.state import Process, State, read_state, write_state
from desk.trouble import Trouble

PORTS = {"front": 9000, "sandbox": 9001, "aws": 9002}


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk of its own, on which nothing ran yet."""
    for module in (flows, aws):
        monkeypatch.setattr(module, "LOCAL", tmp_path / "local")
    monkeypatch.setattr(flows, "STATE", tmp_path / "local" / "desk.json")
    return tmp_path / "local"


@pytest.fixture
def server(local: Path) -> Iterator[Process]:
    """A process that stands for a server of this desk."""
    process = processes.start(["sleep", "60"], log=local / "log", environ=os.environ, cwd=local, address=f"http://{HOST}:4566")
    yield process
    processes.kill(process)


def test_where_nothing_runs_nothing_is_told_to_run(local: Path) -> None:
    words, all_run = flows.status()

    assert not all_run
    assert words.count("does not run") == 3


def test_what_does_not_run_cannot_be_asked_for_its_addresses(local: Path) -> None:
    with pytest.raises(Trouble, match="make up"):
        flows.running()


def test_down_and_reset_need_nothing_to_run(local: Path) -> None:
    flows.down()
    (local / "kept").write_text("data")

    flows.reset()

    assert list(local.iterdir()) == []


def test_down_stops_the_servers_and_the_workers_that_outlived_theirs(local: Path, server: Process) -> None:
    worker = processes.start(["sleep", "60"], log=local / "log", environ=os.environ, cwd=local, address="")
    write_state(flows.STATE, State(servers={"sandbox": server}, workers=[worker]))

    flows.down()

    assert not processes.is_alive(server)
    assert not processes.is_alive(worker)
    assert read_state(flows.STATE) == State()


def test_a_taken_port_is_told_before_anything_starts(local: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        ports = Ports(aws=_free_port(), sandbox=_free_port(), front=taken.getsockname()[1])

        with pytest.raises(Trouble, match="LIANDONG_PORT_FRONT"):
            flows.up(ports)

    assert read_state(flows.STATE) == State()


def test_the_port_of_a_running_server_cannot_change(local: Path, server: Process) -> None:
    write_state(flows.STATE, State(servers={"aws": server}))

    with pytest.raises(Trouble, match="make down"):
        flows.up(Ports(aws=4567))


def test_a_port_that_is_not_set_is_the_one_of_last_time_also_after_down(local: Path) -> None:
    write_state(flows.STATE, State(ports=PORTS))

    flows.down()

    assert read_ports({"LIANDONG_PORT_SANDBOX": "9003"}, flows.ports_of_last_time()) == Ports(front=9000, sandbox=9003, aws=9002)


def test_the_port_of_the_local_aws_cannot_change_while_it_keeps_data(local: Path) -> None:
    write_state(flows.STATE, State(ports=PORTS))

    with pytest.raises(Trouble, match="port 9002: leave LIANDONG_PORT_AWS at that, or run `make reset`"):
        flows.up(Ports(aws=_free_port()))

    flows.reset()
    assert flows.ports_of_last_time() == Ports()


def test_the_environment_tells_where_the_api_and_the_sandbox_answer(server: Process) -> None:
    servers = {name: msgspec.structs.replace(server, address=f"http://{HOST}:{port}") for name, port in PORTS.items()}
    outputs: dict[str, str] = collections.defaultdict(str)

    environment = flows._addresses(State(servers=servers, outputs=outputs)).environment

    assert (environment["LIANDONG_URL"], environment["SANDBOX"]) == (f"http://{HOST}:9000", f"http://{HOST}:9001")


def test_two_commands_do_not_work_at_once(local: Path) -> None:
    with flows._alone(), pytest.raises(Trouble, match="Another desk command"):
        flows.down()


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
