from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import msgspec
import pytest

from sandbox import __main__ as program

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("wechat.test", False)]
)
def test_loopback_is_told_from_the_rest(host: str, loopback: bool) -> None:
    assert program.is_loopback(host) is loopback


def test_other_machines_are_kept_out_unless_asked(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        program.main(["--host", "0.0.0.0"])

    assert "--allow-remote" in capsys.readouterr().err


def test_a_damaged_state_file_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "state.json"
    path.write_text("{half")

    with pytest.raises(SystemExit):
        program.main(["--state", str(path)])

    assert "delete it" in capsys.readouterr().err
    assert path.read_text() == "{half"


def test_the_program_serves_and_saves_when_it_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--state", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        with urllib.request.urlopen(f"{found[0]}/_sandbox/health", timeout=10) as answer:
            health = msgspec.json.decode(answer.read())
        process.send_signal(signal.SIGTERM)
        code = process.wait(20)

    assert health["ok"] is True
    assert code == 0
    assert path.exists()


def test_an_answer_lost_on_purpose_closes_the_connection(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found is not None
        fault = msgspec.json.encode({"path": "/cgi-bin/user/get", "drop_after_effect": True})
        urllib.request.urlopen(urllib.request.Request(f"{found[0]}/_sandbox/faults", data=fault), timeout=10).close()
        try:
            with pytest.raises(ConnectionError):
                urllib.request.urlopen(f"{found[0]}/cgi-bin/user/get", timeout=10)
        finally:
            process.terminate()
