from __future__ import annotations

import stat
import threading
from pathlib import Path
from queue import SimpleQueue

import pytest

from sandbox import store
from sandbox.state import State
from tests.sandbox.stage import HOUSE, SHOP, Stage


def test_everything_survives_a_restart(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    user = stage.make_user()
    stage.act(user, "follow", scene_str="s")
    stage.change(deliveries=2)
    token, media_id, openid = stage.token(), stage.upload(content=b"\x00\xff"), stage.openid(user)
    code = stage.act(user, "login", SHOP)["code"]

    store.save(stage.sandbox.state, path)
    again = Stage(store.load(path))

    assert again.token() == token
    assert again.openid(user) == openid
    assert again.call("GET", "/cgi-bin/media/get", access_token=token, media_id=media_id).data == b"\x00\xff"
    assert again.sandbox.state.codes[code].user == user
    assert again.sandbox.state.settings.deliveries == 2
    assert again.control("GET", f"/users/{user}?appid={HOUSE}")["scene_str"] == "s"


def test_no_file_is_an_empty_sandbox(tmp_path: Path) -> None:
    assert store.load(tmp_path / "none.json") == State()


def test_a_damaged_file_is_refused_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("{half")

    with pytest.raises(store.DamagedError, match="delete it to begin anew"):
        store.load(path)


def test_only_the_owner_reads_the_file_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "state.json"

    store.save(State(), path)
    store.save(State(last_user=1), path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
    assert store.load(path).last_user == 1


def test_every_control_change_is_kept_and_reading_keeps_nothing(stage: Stage) -> None:
    stage.sandbox.unsaved.clear()

    stage.control("GET", "/users")
    after_reading = stage.sandbox.unsaved.is_set()
    stage.make_user()

    assert (after_reading, stage.sandbox.unsaved.is_set()) == (False, True)


def test_what_changed_is_written_without_being_asked_for(stage: Stage) -> None:
    written: SimpleQueue[bytes] = SimpleQueue()
    stage.sandbox.unsaved.clear()
    store.Keeper(stage.sandbox, written.put).start()

    stage.make_user(name="Ann")

    assert b"Ann" in written.get(timeout=10)
    assert written.empty()


def test_many_changes_are_written_together_and_no_more_than_a_tenth_of_the_time(stage: Stage) -> None:
    written, goes_on = SimpleQueue[bytes](), threading.Event()

    def rest(seconds: float) -> None:
        stage.slept.append(seconds)
        goes_on.wait(10)

    stage.sandbox.sleep = rest
    stage.sandbox.unsaved.clear()
    store.Keeper(stage.sandbox, written.put).start()
    stage.make_user(name="Ann")
    written.get(timeout=10)

    for name in ("Bob", "Cat"):
        stage.make_user(name=name)
    goes_on.set()

    together = written.get(timeout=10)
    assert b"Bob" in together
    assert b"Cat" in together
    assert stage.slept[0] >= store.SHORTEST_PAUSE_S


def test_a_disk_that_is_full_is_told_and_tried_again_with_the_next_change(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    tried: SimpleQueue[bytes] = SimpleQueue()

    def refuse(content: bytes) -> None:
        tried.put(content)
        raise OSError("no space left")

    stage.sandbox.unsaved.clear()
    store.Keeper(stage.sandbox, refuse).start()

    stage.make_user()
    tried.get(timeout=10)
    stage.make_user(name="Ann")

    assert b"Ann" in tried.get(timeout=10)
    assert "the state is not saved: no space left" in capfd.readouterr().err
