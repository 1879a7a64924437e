from __future__ import annotations

import pytest

from sandbox.faults import AnswerLostError
from tests.sandbox.stage import Stage

USERS = "/cgi-bin/user/get"
STABLE = "/cgi-bin/stable_token"


def test_an_errcode_is_played_as_often_as_asked_and_has_no_effect(stage: Stage) -> None:
    stage.control("POST", "/faults", {"path": STABLE, "errcode": -1, "times": 2})

    codes = [stage.stable().get("errcode", 0) for _ in range(3)]

    assert codes == [-1, -1, 0]
    assert len(stage.sandbox.state.tokens) == 1


def test_a_status_is_played(stage: Stage) -> None:
    stage.control("POST", "/faults", {"path": "*", "status": 502})

    first, second = stage.call("GET", USERS), stage.call("GET", USERS)

    assert (first.status_code, second.status_code) == (502, 200)


def test_a_delay_comes_before_the_answer(stage: Stage) -> None:
    stage.control("POST", "/faults", {"path": STABLE, "delay_s": 6})

    answer = stage.stable()

    assert stage.slept == [6]
    assert "access_token" in answer


def test_an_answer_lost_after_the_effect_leaves_the_effect(stage: Stage) -> None:
    stage.control("POST", "/faults", {"path": STABLE, "drop_after_effect": True})

    with pytest.raises(AnswerLostError):
        stage.stable()

    assert len(stage.sandbox.state.tokens) == 1
    assert "dropped" in stage.control("GET", f"/log?path={STABLE}")["calls"][-1]["fault"]


def test_faults_of_other_paths_wait(stage: Stage) -> None:
    stage.control("POST", "/faults", {"path": USERS, "errcode": 45011})

    answer = stage.stable()

    assert "access_token" in answer
    assert len(stage.control("GET", "/faults")["faults"]) == 1


def test_faults_can_be_cleared(stage: Stage) -> None:
    stage.control("POST", "/faults", {"path": STABLE, "errcode": -1, "times": 100})

    stage.control("DELETE", "/faults")

    assert "access_token" in stage.stable()


@pytest.mark.parametrize(
    "fault",
    [
        {"path": "/cgi-bin/nowhere", "errcode": -1},
        {"path": STABLE},
        {"path": STABLE, "errcode": -1, "times": 0},
        {"path": STABLE, "errcode": "many"},
        {"path": STABLE, "error": -1},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(stage: Stage, fault: dict[str, object]) -> None:
    refused = stage.control("POST", "/faults", fault, status=400)

    assert refused["error"]


def test_a_connection_cut_before_the_effect_leaves_nothing(stage: Stage) -> None:
    stage.control("POST", "/faults", {"path": STABLE, "drop_before_effect": True, "delay_s": 6})

    with pytest.raises(AnswerLostError):
        stage.stable()

    assert stage.sandbox.state.tokens == {}
    assert stage.slept == [6]
    assert "before the effect" in stage.control("GET", f"/log?path={STABLE}")["calls"][-1]["fault"]
