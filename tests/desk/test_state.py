"""What the desk remembers survives a half-written file, and its credentials are nobody else's to read."""

from __future__ import annotations

from pathlib import Path

from desk.state import Process, State, read_state, write_private, write_state


def test_a_state_comes_back_as_it_was_written(tmp_path: Path) -> None:
    state = State(servers={"aws": Process(pid=7, began="then", address="http://127.0.0.1:4566")}, outputs={"RestAPIId": "abc"})

    write_state(tmp_path / "desk.json", state)

    assert read_state(tmp_path / "desk.json") == state


def test_without_a_state_nothing_runs(tmp_path: Path) -> None:
    (tmp_path / "torn.json").write_text('{"servers": {')

    assert read_state(tmp_path / "none.json") == State()
    assert read_state(tmp_path / "torn.json") == State()


def test_what_is_written_is_for_its_owner_alone(tmp_path: Path) -> None:
    write_private(tmp_path / "made" / "credentials.json", b"{}")

    assert (tmp_path / "made" / "credentials.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["credentials.json"]
