"""MiniStack starts on loopback, with IAM, with nothing of the person's own; and does not pass over changes after a restart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from desk import aws, processes
from desk.settings import Ports
from desk.state import Credentials, Process
from desk.trouble import Trouble

ADMINISTRATOR = Credentials(access_key_id="DESK1", secret_access_key="made here")


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, str]]:
    """The environments MiniStack was started with; nothing is started."""
    environments: list[Mapping[str, str]] = []

    def start(command: list[str], *, environ: Mapping[str, str], **_: Any) -> Process:
        environments.append(environ)
        return Process(pid=1, began="")

    monkeypatch.setattr(processes, "start", start)
    monkeypatch.setattr(aws, "SCRATCH", tmp_path / "tmp")
    monkeypatch.setattr(aws, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(aws, "LOCAL", tmp_path)
    return environments


def test_it_listens_on_loopback_and_enforces_permissions(started: list[Mapping[str, str]]) -> None:
    aws.start(Ports(aws=4999), ADMINISTRATOR)

    settings = started[0]
    assert (settings["AUTH"], settings["BIND_HOST"], settings["GATEWAY_PORT"]) == ("true", "127.0.0.1", "4999")
    assert (settings["IOT_MTLS_ENABLED"], settings["SFTP_ENABLED"]) == ("0", "0")
    assert settings["AWS_SECRET_ACCESS_KEY"] == "made here"


def test_nothing_of_the_persons_own_aws_reaches_the_functions(started: list[Mapping[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "HTTPS_PROXY", "STAGE"):
        monkeypatch.setenv(name, "the person's own")

    aws.start(Ports(), ADMINISTRATOR)

    assert "the person's own" not in started[0].values()
    assert started[0]["AWS_CONFIG_FILE"] == "/dev/null"


def test_what_was_unpacked_before_is_cleared_away(started: list[Mapping[str, str]], tmp_path: Path) -> None:
    (tmp_path / "tmp" / "old-function").mkdir(parents=True)

    aws.start(Ports(), ADMINISTRATOR)

    assert list((tmp_path / "tmp").iterdir()) == []
    assert started[0]["TMPDIR"] == str(tmp_path / "tmp")


def test_after_a_restart_the_stream_is_read_from_its_beginning(started: list[Mapping[str, str]], tmp_path: Path) -> None:
    kept = {"payload": {"functions": {"door": 1}, "dynamodb_stream_positions": {"data": {"mapping": 6}}}}
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "lambda.json").write_text(json.dumps(kept))

    aws.start(Ports(), ADMINISTRATOR)

    assert json.loads((tmp_path / "kept" / "lambda.json").read_text()) == {"payload": {"functions": {"door": 1}}}


def test_the_administrator_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "LOCAL", tmp_path)

    first, second = aws.administrator(), aws.administrator()

    assert first == second
    assert len(first.secret_access_key) == 40


def test_damaged_credentials_are_told_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "LOCAL", tmp_path)
    (tmp_path / "credentials.json").write_text("{")

    with pytest.raises(Trouble, match="make reset"):
        aws.administrator()
