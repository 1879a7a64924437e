from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.stage import HOUSE, NOON, SECRET, SHOP, Stage

STABLE = "/cgi-bin/stable_token"


def test_the_log_tells_every_call_and_no_secret(stage: Stage) -> None:
    token = stage.token()
    stage.get("/cgi-bin/user/get", access_token=token)
    code = stage.act(stage.make_user(), "login", SHOP)["code"]
    session = stage.get("/sns/jscode2session", appid=SHOP, secret=SECRET, js_code=code, grant_type="authorization_code")

    calls = stage.control("GET", "/log")["calls"]

    assert [call["path"] for call in calls] == [STABLE, "/cgi-bin/user/get", "/sns/jscode2session"]
    assert calls[1]["query"] == {
        "access_token": "***",
    }
    assert calls[0]["body"]["secret"] == "***"
    assert [call["appid"] for call in calls] == [HOUSE, HOUSE, SHOP]
    assert not any(secret in str(calls) for secret in (token, SECRET, session["session_key"]))


def test_the_log_tells_answer_errcode_and_time(stage: Stage) -> None:
    stage.get("/cgi-bin/user/get")

    call = stage.control("GET", "/log")["calls"][0]

    assert (call["errcode"], call["status"], call["at"], call["method"]) == (41001, 200, NOON, "GET")
    assert call["answer"]["errcode"] == 41001


def test_the_log_can_be_asked_by_path_account_and_time(stage: Stage) -> None:
    stage.token()
    stage.clock += 10
    stage.token(SHOP)
    stage.call("GET", "/cgi-bin/nowhere")

    def paths(query: str) -> list[str]:
        return [call["path"] for call in stage.control("GET", f"/log?{query}")["calls"]]

    assert paths(f"path={STABLE}") == [STABLE, STABLE]
    assert paths(f"appid={SHOP}") == [STABLE]
    assert paths(f"since={NOON + 10}") == [STABLE, "/cgi-bin/nowhere"]
    assert stage.control("GET", "/log?since=noon", status=400)["error"]


def test_the_log_tells_files_by_size_and_bodies_that_are_no_json(stage: Stage) -> None:
    stage.upload(content=b"12345")
    stage.client.post(STABLE, data=b"{half")

    calls = stage.control("GET", "/log")["calls"]

    assert calls[1]["body"] == {"media": "picture.png", "bytes": 5}
    assert calls[2]["body"] == "5 bytes that are not JSON"


def test_the_log_can_be_cleared(stage: Stage) -> None:
    stage.token()

    stage.control("DELETE", "/log")

    assert stage.control("GET", "/log")["calls"] == []


def test_the_clock_can_be_shifted_moved_and_stopped(stage: Stage) -> None:
    def now(**wanted: float | None) -> Any:
        return stage.control("POST", "/clock", wanted)["now"]

    assert now(shift_s=60) == NOON + 60
    assert now(advance_s=5) == NOON + 65
    assert now(stopped_at=1_000) == 1_000
    assert now(advance_s=5) == 1_005
    stage.clock += 100
    assert stage.control("GET", "/clock") == {"now": 1_005, "shift_s": 65, "stopped_at": 1_005}
    assert now(stopped_at=None, shift_s=0) == NOON + 100


def test_settings_can_be_changed_one_by_one(stage: Stage) -> None:
    changed = stage.control("POST", "/settings", {"deliveries": 4})

    assert changed["deliveries"] == 4
    assert changed == stage.control("GET", "/settings")


@pytest.mark.parametrize("wrong", [{"deliverys": 4}, {"deliveries": "four"}, {"garbage_token_errcode": 1}])
def test_a_wrong_setting_is_refused(stage: Stage, wrong: dict[str, object]) -> None:
    assert stage.control("POST", "/settings", wrong, status=400)["error"]


def test_health_counts(stage: Stage) -> None:
    stage.make_user()

    assert stage.control("GET", "/health") == {"ok": True, "now": NOON, "accounts": 2, "users": 1, "waiting": 0}


def test_a_reset_forgets_everything(stage: Stage) -> None:
    stage.token()
    stage.change(deliveries=4)

    stage.control("POST", "/reset")

    assert stage.control("GET", "/health")["accounts"] == 0
    assert stage.control("GET", "/settings")["deliveries"] == 3
    assert stage.control("GET", "/log")["calls"] == []


def test_an_unknown_control_door_says_so(stage: Stage) -> None:
    assert "no control door" in stage.control("GET", "/nowhere", status=404)["error"]
