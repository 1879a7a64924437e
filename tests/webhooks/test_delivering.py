"""What a receiver does not take is told again, under the same id, until it does or is given up; nobody waits for somebody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.errors import Busy
from chalicelib.providers.courier import Answer
from chalicelib.webhooks import rules
from chalicelib.webhooks.flows.delivering import Lane
from chalicelib.webhooks.tables import deliveries as tables
from chalicelib.webhooks.words import Handover
from tests.receivers import WELL, is_signed
from tests.webhooks.teller import Teller

HOST = "hooks.example.com"
FAILED = Answer(status=500, took_s=0.1)
SLOW = Answer(status=200, took_s=4.0)
NEVER = Answer(status=200, took_s=60.0)


def handover_of(teller: Teller, webhook: dict[str, Any], tries: int = 0) -> Handover:
    return Handover(teller.brand, webhook["id"], teller.delivery(webhook)["id"], tries)


def tries_of(delivery: dict[str, Any]) -> list[datetime]:
    return [datetime.fromisoformat(attempt["at"]) for attempt in delivery["attempts"]]


# -- again and again ---------------------------------------------------------------------------------------------------


def test_what_fails_is_tried_eight_times_over_twenty_eight_hours_under_one_id(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = FAILED

    teller.tell()
    while teller.delivery(webhook)["state"] == "waiting":
        teller.wait_for(webhook)

    delivery, brought = teller.delivery(webhook), teller.at(webhook)
    gaps = [later - earlier for earlier, later in zip(tries_of(delivery), tries_of(delivery)[1:], strict=False)]
    assert (delivery["state"], delivery["outcome"], len(brought)) == ("failed", "given_up", 8)
    assert {each.headers["webhook-id"] for each in brought} == {f"msg_{delivery['id']}"}
    assert len({each.body for each in brought}) == 1
    assert len({each.headers["webhook-timestamp"] for each in brought}) == 8
    assert all(is_signed(each, webhook["secret"]) for each in brought)
    for gap, delay in zip(gaps, rules.DELAYS, strict=True):
        assert delay * 0.9 - timedelta(seconds=1) <= gap <= delay * 1.1 + timedelta(seconds=2)
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500] * 8


def test_a_receiver_that_comes_back_is_told_and_no_more(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = Answer(trouble="not_reached", took_s=0.1)
    teller.tell()
    del teller.house.receivers.answers[HOST]

    teller.wait_for(webhook)
    teller.house.clock.advance(minutes=10)
    teller.sweep()

    delivery = teller.delivery(webhook)
    assert (delivery["state"], len(teller.at(webhook))) == ("delivered", 2)
    assert [(each.get("status"), each.get("code")) for each in delivery["attempts"]] == [(None, "not_reached"), (200, None)]
    assert "next_at" not in delivery or delivery["next_at"] is None


def test_nothing_is_tried_before_its_time(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = FAILED
    teller.tell()
    teller.wait_for(webhook)

    teller.house.clock.advance(minutes=4)
    teller.sweep()

    assert len(teller.at(webhook)) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_receiver_says_itself_how_long_to_wait(teller: Teller, status: int) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = Answer(status=status, took_s=0.1, retry_after="3600")

    teller.tell()

    assert datetime.fromisoformat(teller.delivery(webhook)["next_at"]) == teller.house.clock() + timedelta(hours=1)


@pytest.mark.parametrize("tries", [3, 1, 7, 999])
def test_a_try_that_was_had_or_is_not_yet_is_none(teller: Teller, tries: int) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = FAILED
    teller.tell()
    teller.wait_for(webhook)

    for _ in range(10):
        teller.deliver(handover_of(teller, webhook, tries=tries if tries != 1 else 0))

    assert len(teller.at(webhook)) == 2


def test_a_settled_delivery_is_told_no_more_however_often_it_is_handed_over(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.tell()

    for tries in range(3):
        for lane in Lane:
            teller.deliver(handover_of(teller, webhook, tries), lane)

    assert len(teller.at(webhook)) == 1


def test_a_delivery_somebody_writes_at_that_moment_comes_again(teller: Teller, monkeypatch: pytest.MonkeyPatch) -> None:
    webhook, fact = teller.webhook(), teller.fact()
    teller.house.receivers.answers[HOST] = FAILED
    teller.hear(fact)
    monkeypatch.setattr(tables, "settle", lambda *args, **more: False)

    with pytest.raises(Busy):
        teller.deliver(handover_of(teller, webhook))


def test_what_is_not_told_because_the_webhook_is_gone_is_forgotten(teller: Teller) -> None:
    webhook, fact = teller.webhook(), teller.fact()
    teller.hear(fact)
    assert teller.call("DELETE", f"/v1/webhooks/{webhook['id']}")[0] == 204

    teller.house.work()

    assert teller.house.receivers.brought == []
    assert sum(teller.house.queued(f"webhooks-{shard}") for shard in range(2)) == 0


# -- disabled ----------------------------------------------------------------------------------------------------------


def test_a_receiver_that_says_it_is_gone_is_told_nothing_more(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = Answer(status=410, took_s=0.1)

    teller.tell()
    teller.tell()

    shown = teller.show(webhook)
    assert (shown["state"], shown["why"]) == ("disabled", "gone")
    assert len(teller.at(webhook)) == 1
    assert [(each["state"], each["outcome"]) for each in teller.deliveries(webhook)].count(("failed", "disabled")) == 1


def test_a_receiver_that_fails_for_five_days_running_is_disabled_and_that_is_said(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = FAILED
    teller.tell()
    teller.house.clock.advance(days=5, seconds=-1)
    teller.tell()
    before, told = teller.show(webhook), figures("WebhooksDisabled")

    teller.house.clock.advance(seconds=1)
    teller.tell()

    after = teller.show(webhook)
    audit = [row for row in teller.house.rows("audit") if row["did"]["S"] == "webhook.disabled"]
    assert (before["state"], after["state"], after["why"]) == ("enabled", "disabled", "failing")
    assert datetime.fromisoformat(after["disabled_at"]) == teller.house.clock()
    assert [msgspec.json.decode(row["about"]["S"]) for row in audit] == [{"webhook": webhook["id"], "why": "failing"}]
    assert figures("WebhooksDisabled") == [*told, 1.0]


def test_one_success_in_five_days_is_enough(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = FAILED
    teller.tell()
    teller.house.clock.advance(days=4)
    teller.house.receivers.answers[HOST] = WELL
    teller.tell()
    between = teller.show(webhook).get("failing_since")
    teller.house.receivers.answers[HOST] = FAILED

    for _ in range(2):
        teller.house.clock.advance(days=4)
        teller.tell()
    teller.house.clock.advance(hours=-1)

    assert between is None
    assert teller.show(webhook)["state"] == "enabled"


def test_one_that_takes_something_while_it_fails_to_take_another_is_not_given_up(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = FAILED
    teller.tell()
    teller.house.clock.advance(days=5)

    def recover(brought: object) -> Answer:
        del teller.house.receivers.answers[HOST]
        teller.tell()
        return FAILED

    teller.house.receivers.answers[HOST] = recover
    teller.tell()

    shown = teller.show(webhook)
    assert (shown["state"], shown.get("failing_since")) == ("enabled", None)
    assert [row for row in teller.house.rows("audit") if row["did"]["S"] == "webhook.disabled"] == []


def test_an_enabled_one_has_five_days_again_and_what_waited_is_tried(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = Answer(status=410, took_s=0.1)
    teller.tell()

    status, shown = teller.call("POST", f"/v1/webhooks/{webhook['id']}/enable")
    del teller.house.receivers.answers[HOST]
    teller.tell()

    assert (status, shown["state"], shown.get("why"), shown.get("failing_since")) == (200, "enabled", None, None)
    assert len(teller.at(webhook)) == 2


@pytest.mark.parametrize("status", [410, 500])
def test_what_the_old_address_says_while_a_webhook_moves_is_not_said_of_the_new_one(teller: Teller, status: int) -> None:
    webhook = teller.webhook()

    def move(brought: object) -> Answer:
        order = {"url": "https://new.example.com/", "facts": ["person.joined"]}
        assert teller.call("PUT", f"/v1/webhooks/{webhook['id']}", order)[0] == 200
        return Answer(status=status, took_s=0.1)

    teller.house.receivers.answers[HOST] = move
    teller.tell()

    shown = teller.show(webhook)
    assert (shown["state"], shown.get("failing_since")) == ("enabled", None)


def figures(name: str) -> list[float]:
    from moto.cloudwatch.models import cloudwatch_backends
    from moto.core import DEFAULT_ACCOUNT_ID

    data: list[Any] = cloudwatch_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].metric_data
    return [float(each.value) for each in data if each.name == name]


# -- slow receivers ----------------------------------------------------------------------------------------------------


def same_shard(teller: Teller, count: int) -> list[dict[str, Any]]:
    """Webhooks that share one queue, each with a host of its own."""
    made: dict[str, list[dict[str, Any]]] = {}
    for number in range(20):
        webhook = teller.webhook(f"https://host{number}.example.com/")
        made.setdefault(teller.queue_of(webhook), []).append(webhook)
        if len(made[teller.queue_of(webhook)]) == count:
            return made[teller.queue_of(webhook)]
    raise AssertionError


def test_a_slow_receiver_delays_no_other_once_it_is_parked(teller: Teller) -> None:
    """Both share a queue. Forty facts: in one line the slow one would hold the quick one up by forty time-outs, here by three."""
    slow, quick = same_shard(teller, 2)
    teller.house.receivers.answers[slow["url"].split("/")[2]] = NEVER
    facts = [teller.fact() for _ in range(40)]
    for fact in facts:
        teller.hear(fact)
    began = teller.house.clock()

    while teller.house.work_off(teller.queue_of(slow)):
        pass

    lost = teller.house.clock() - began
    assert len(teller.at(quick)) == 40
    assert [each.limit_s for each in teller.at(slow)] == [5.0] * rules.PARKED_AT
    assert lost == timedelta(seconds=5 * rules.PARKED_AT)
    assert teller.house.queued("webhooks-slow") == 40 - rules.PARKED_AT
    assert (teller.show(slow)["parked"], teller.show(quick)["parked"]) == (True, False)


def test_a_parked_receiver_has_more_time_in_a_lane_of_its_own(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = Answer(status=200, took_s=8.0)
    for _ in range(rules.PARKED_AT):
        teller.tell()

    teller.tell()

    assert [each.limit_s for each in teller.at(webhook)] == [5.0] * rules.PARKED_AT + [10.0]
    assert teller.deliveries(webhook, "?limit=1")[0]["state"] == "delivered"


def test_facts_of_a_parked_receiver_go_to_its_lane_at_once(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = SLOW
    for _ in range(rules.PARKED_AT):
        teller.tell()
    teller.house.new_container()

    teller.hear(teller.fact())

    assert (teller.house.queued("webhooks-slow"), teller.house.queued(teller.queue_of(webhook))) == (1, 0)


def test_a_parked_receiver_comes_back_when_it_was_quick_as_often(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = SLOW
    for _ in range(rules.PARKED_AT):
        teller.tell()
    teller.house.receivers.answers[HOST] = WELL

    parked = []
    for _ in range(rules.PARKED_AT):
        parked.append(teller.show(webhook)["parked"])
        teller.tell()

    assert parked == [True] * rules.PARKED_AT
    assert teller.show(webhook)["parked"] is False


def test_a_healthy_receiver_costs_its_row_no_write(teller: Teller) -> None:
    webhook = teller.webhook()
    before = [row for row in teller.house.rows("webhooks") if row["sk"]["S"] == webhook["id"]]

    for _ in range(3):
        teller.tell()

    assert [row for row in teller.house.rows("webhooks") if row["sk"]["S"] == webhook["id"]] == before


# -- told again --------------------------------------------------------------------------------------------------------


def give_up(teller: Teller, webhook: dict[str, Any], facts: int) -> None:
    """So many facts that were told and failed for good."""
    teller.house.receivers.answers[HOST] = Answer(status=410, took_s=0.1)
    for _ in range(facts):
        teller.tell()
        teller.house.clock.advance(seconds=1)
    teller.house.receivers.answers[HOST] = WELL
    teller.call("POST", f"/v1/webhooks/{webhook['id']}/enable")


def redrive(teller: Teller, webhook: dict[str, Any], order: dict[str, Any]) -> tuple[int, Any]:
    answered = teller.call("POST", f"/v1/webhooks/{webhook['id']}/redrive", order)
    teller.house.work()
    return answered


def test_named_deliveries_are_told_again_under_their_ids(teller: Teller) -> None:
    webhook = teller.webhook()
    give_up(teller, webhook, 3)
    listed = teller.deliveries(webhook)

    status, answer = redrive(teller, webhook, {"deliveries": [listed[0]["id"], listed[2]["id"]]})

    assert (status, answer["redriven"]) == (202, 2)
    assert [each["state"] for each in teller.deliveries(webhook)] == ["delivered", "failed", "delivered"]
    brought = [each.headers["webhook-id"] for each in teller.at(webhook)[1:]]
    assert sorted(brought) == sorted(f"msg_{listed[place]['id']}" for place in (0, 2))


def test_what_was_delivered_is_told_again_when_it_is_named(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.tell()

    _, answer = redrive(teller, webhook, {"deliveries": [teller.delivery(webhook)["id"]]})

    assert answer["redriven"] == 1
    assert len(teller.at(webhook)) == 2


def test_what_failed_from_a_time_on_is_told_again_page_by_page(teller: Teller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.webhooks.flows.telling.LOOKED_AT", 2)
    webhook = teller.webhook()
    began = teller.house.clock()
    give_up(teller, webhook, 6)
    since = (began + timedelta(seconds=1)).isoformat()

    redriven, answer = 0, redrive(teller, webhook, {"since": since})[1]
    while answer.get("cursor"):
        redriven += answer["redriven"]
        answer = redrive(teller, webhook, {"cursor": answer["cursor"]})[1]

    assert redriven + answer["redriven"] == 5
    assert [each["state"] for each in teller.deliveries(webhook)] == ["delivered"] * 5 + ["failed"]


def test_a_round_of_tries_begins_anew(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = FAILED
    teller.tell()
    while teller.delivery(webhook)["state"] == "waiting":
        teller.wait_for(webhook)

    redrive(teller, webhook, {"deliveries": [teller.delivery(webhook)["id"]]})

    delivery = teller.delivery(webhook)
    assert (delivery["state"], len(delivery["attempts"])) == ("waiting", 9)
    assert datetime.fromisoformat(delivery["next_at"]) < teller.house.clock() + timedelta(seconds=7)


def test_what_waits_for_a_try_is_not_told_twice_by_a_redrive(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers[HOST] = FAILED
    teller.tell()

    _, answer = redrive(teller, webhook, {"deliveries": [teller.delivery(webhook)["id"]]})

    assert (answer["redriven"], len(teller.at(webhook))) == (0, 1)


def test_a_redrive_that_breaks_off_is_swept(teller: Teller, monkeypatch: pytest.MonkeyPatch) -> None:
    webhook = teller.webhook()
    give_up(teller, webhook, 1)

    def refuse(queue: str, bodies: list[str]) -> list[int]:
        return list(range(len(bodies)))

    with monkeypatch.context() as patch:
        patch.setattr(teller.house.world.queues, "send_all", refuse)
        redrive(teller, webhook, {"deliveries": [teller.delivery(webhook)["id"]]})
    waiting = teller.delivery(webhook)["state"]
    teller.house.clock.advance(minutes=1)
    teller.sweep()

    assert (waiting, teller.delivery(webhook)["state"]) == ("waiting", "delivered")
