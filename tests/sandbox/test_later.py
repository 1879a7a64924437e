from __future__ import annotations

import threading

import pytest

from sandbox import later
from sandbox.transport import Answer, Request
from tests.sandbox.stage import HOUSE, Stage


def test_an_action_nobody_waits_for_goes_into_the_queue(stage: Stage, user: str) -> None:
    pushed = stage.act(user, "send", content="hello", wait=False)["push"]

    assert pushed == {"deliveries": [], "seen": None, "waiting": True}
    assert stage.transport.requests == []
    assert [waiting["fields"]["Content"] for waiting in stage.control("GET", "/pushes")["waiting"]] == ["hello"]


def test_what_is_due_is_delivered_in_order_and_what_is_not_waits(stage: Stage, user: str) -> None:
    account = stage.sandbox.state.accounts[HOUSE]
    later.add_receipt(stage.sandbox, account, stage.openid(user), {"Event": "late"})
    stage.act(user, "send", content="one", wait=False)
    stage.act(user, "send", content="two", wait=False)

    now = stage.control("POST", "/pushes/deliver", {})["delivered"]
    rest = stage.control("POST", "/pushes/deliver", {"all": True})["delivered"]

    assert [record["fields"]["Content"] for record in now] == ["one", "two"]
    assert [record["fields"]["Event"] for record in rest] == ["late"]


def test_delivered_pushes_are_remembered_by_account(stage: Stage, user: str) -> None:
    stage.act(user, "send", content="hello")

    done = stage.control("GET", f"/pushes?appid={HOUSE}")["done"]

    assert [record["deliveries"][0]["outcome"] for record in done] == ["acknowledged"]
    assert stage.control("GET", "/pushes?appid=wxnobody")["done"] == []


def test_an_account_without_a_callback_queues_no_receipts(stage: Stage) -> None:
    later.add_receipt(stage.sandbox, stage.sandbox.state.accounts[HOUSE], "oAnybody", {"Event": "e"})

    assert stage.sandbox.state.waiting == []


def test_the_workers_deliver_by_themselves(stage: Stage, user: str) -> None:
    arrived = threading.Event()

    def hear(request: Request) -> Answer:
        arrived.set()
        return Answer(200, b"success", 0.01)

    stage.transport.hear = hear
    later.start(stage.sandbox)

    stage.act(user, "send", content="hello", wait=False)

    assert arrived.wait(10)


def test_held_pushes_go_out_late_in_any_order_and_as_often_as_asked(stage: Stage, user: str) -> None:
    for content in ("one", "two", "three"):
        stage.act(user, "send", content=content, wait=False)
    stage.clock += 600

    told = stage.control("POST", "/pushes/deliver", {"order": [2, 0, 2]})["delivered"]

    assert [record["fields"]["Content"] for record in told] == ["three", "one", "three"]
    assert {record["fields"]["CreateTime"] for record in told} == {int(stage.clock) - 600}
    assert [waiting["fields"]["Content"] for waiting in stage.control("GET", "/pushes")["waiting"]] == ["two"]


@pytest.mark.parametrize("order", [[1], [-1], [0] * 101])
def test_an_order_of_pushes_that_are_not_there_is_refused(stage: Stage, user: str, order: list[int]) -> None:
    stage.act(user, "send", content="one", wait=False)

    refused = stage.control("POST", "/pushes/deliver", {"order": order}, status=400)

    assert "among the 1 pushes that wait" in refused["error"]


def test_the_workers_leave_held_pushes_alone(stage: Stage, user: str) -> None:
    stage.change(hold_pushes=True)
    stage.act(user, "send", content="hello", wait=False)

    worked = later.work_once(stage.sandbox)

    assert worked is False
    assert stage.transport.requests == []
