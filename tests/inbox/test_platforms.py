"""What WeChat pushes to a third-party platform: kept and acknowledged like every callback, with one effect each."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.accounts.words.platforms import Authorize, KeepTicket, Withdraw
from chalicelib.aws import clients
from sandbox import push
from sandbox.platform import tickets
from tests.accounts.agency import Agency
from tests.builders import MINI_APPID, PLATFORM_APPID
from tests.house import House, open_house
from tests.scene import away


@pytest.fixture(scope="module")
def standing() -> Any:
    with open_house() as house:
        yield house


@pytest.fixture
def agency(standing: House) -> Any:
    yield Agency(standing)
    standing.empty()


def errands(agency: Agency) -> list[Any]:
    """What the keeper is asked from now on; it does it."""
    world, asked = agency.house.world, list[Any]()

    def keep(errand: msgspec.Struct) -> None:
        asked.append(errand)
        world.keep(errand)

    agency.house.enter(msgspec.structs.replace(world, keep=keep))
    return asked


def push_ticket(agency: Agency) -> Any:
    return agency.house.play(f"/platforms/{PLATFORM_APPID}/push-ticket")["push"]


def test_a_push_without_a_recipient_is_verified_kept_and_answered(agency: Agency) -> None:
    pushed = push_ticket(agency)

    queued = agency.house.queued("inbox")
    agency.house.work()

    (row,) = agency.house.rows("inbox")
    assert [(each["status"], each["body"]) for each in pushed["deliveries"]] == [(200, "success")]
    assert queued == 1
    assert (row["kind"]["S"], row["state"]["S"]) == ("platform.component_verify_ticket", "applied")
    assert "ticket@@@" not in str(row)


@pytest.mark.parametrize("forge", ["signature", "aes_key", "appid"])
def test_a_forged_push_reaches_nobody(agency: Agency, forge: str) -> None:
    fields = {"AppId": PLATFORM_APPID, "CreateTime": 1, "InfoType": "component_verify_ticket", "ComponentVerifyTicket": "ticket@@@forged"}

    agency.house.play("/push", {"appid": PLATFORM_APPID, "fields": fields, "forge": forge})

    assert agency.house.queued("inbox") == 0


def test_each_notice_is_one_errand_however_often_it_is_delivered(agency: Agency) -> None:
    asked = errands(agency)
    push_ticket(agency)
    agency.authorize(MINI_APPID, hear=False)
    agency.withdraw(MINI_APPID, hear=False)
    bodies = [body for body in take(agency) for _ in range(3)]

    for number, body in enumerate(bodies):
        agency.house.deliver("apply_callbacks", [(str(number), body)])

    assert [type(each) for each in asked] == [KeepTicket, Authorize, Withdraw]
    assert "@@@" not in str(asked)


def test_notices_in_the_wrong_order_end_as_in_the_right_one(agency: Agency) -> None:
    push_ticket(agency)
    agency.house.work()
    agency.authorize(hear=False)
    agency.house.clock.advance(seconds=1)
    agency.withdraw(hear=False)
    agency.house.clock.advance(seconds=1)
    agency.authorize(hear=False)
    first, second, third = take(agency)

    for number, body in enumerate((third, second, first)):
        agency.house.deliver("apply_callbacks", [(str(number), body)])

    assert agency.lives()
    assert agency.call_as_platform()


def test_a_notice_whose_keeper_is_away_waits_for_a_redrive(agency: Agency) -> None:
    push_ticket(agency)
    (body,) = take(agency)
    world = agency.house.world

    def fail(errand: msgspec.Struct) -> None:
        raise RuntimeError("away")

    agency.house.enter(msgspec.structs.replace(world, keep=fail))
    answer = agency.house.deliver("apply_callbacks", [("a", body)])
    agency.house.enter(world)
    agency.house.deliver("apply_callbacks", [("b", body)])

    assert len(answer["batchItemFailures"]) == 1
    assert agency.fetch()


def test_a_notice_that_the_queue_refuses_is_kept_by_the_door(agency: Agency) -> None:
    agency.house.call("GET", "/v1/accounts", key=agency.key)
    with away("sqs"):
        pushed = push_ticket(agency)
    agency.house.clock.advance(minutes=1)

    agency.house.tick("sweep_inbox")
    agency.house.work()

    assert [each["status"] for each in pushed["deliveries"]] == [200]
    assert agency.fetch()


def test_a_kind_of_notice_nobody_has_written_down_is_kept_and_has_no_effect(agency: Agency) -> None:
    asked = errands(agency)
    notice = tickets.compose(agency.house.sandbox, PLATFORM_APPID, "notify_third_fasteregister", status=0)

    push.deliver(agency.house.sandbox, notice)
    agency.house.work()

    assert asked == []
    assert [row["state"]["S"] for row in agency.house.rows("inbox")] == ["applied"]


def take(agency: Agency) -> list[str]:
    """Everything on the inbox queue, oldest first, taken off it."""
    sqs, url, bodies = clients.client("sqs"), agency.house.urls["inbox"], list[str]()
    while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for each in got:
            bodies.append(each["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return bodies
