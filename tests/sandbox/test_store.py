from __future__ import annotations

import stat
from pathlib import Path

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
    stage.saved.clear()

    stage.control("GET", "/users")
    stage.make_user()
    stage.make_user()

    assert stage.saved == [1, 2]
