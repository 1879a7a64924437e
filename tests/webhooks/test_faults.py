"""Whatever breaks off between a fact and its receiver: it is told at least once, under one id, and never forgotten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib import due
from chalicelib.providers.courier import Answer
from chalicelib.webhooks.flows import delivering, telling
from chalicelib.webhooks.flows.delivering import Lane
from chalicelib.webhooks.tables.deliveries import DUE
from chalicelib.webhooks.words import Handover
from tests.faults import Chaos, Fate, try_every_fault, try_seeds
from tests.receivers import WELL, Brought
from tests.webhooks.teller import Teller

HOST = "hooks.example.com"


def test_a_crash_anywhere_while_a_fact_is_heard_leaves_one_delivery_that_is_told(teller: Teller) -> None:
    def play(chaos: Chaos) -> None:
        fresh = teller.begin_anew()
        webhook, fact = fresh.webhook(), fresh.fact()

        chaos.run(lambda: telling.hear(fact, world=fresh.house.world, now=fresh.house.clock()))
        fresh.house.work()

        assert fresh.delivery(webhook)["state"] == "delivered"
        assert len(fresh.at(webhook)) == 1

    assert try_every_fault(play, fates=(Fate.crashes_before, Fate.crashes_after, Fate.answer_lost)) > 6


def test_a_crash_anywhere_while_it_is_told_tells_it_again_under_the_same_id(teller: Teller) -> None:
    def play(chaos: Chaos) -> None:
        fresh = teller.begin_anew()
        webhook = fresh.webhook()
        fresh.hear(fresh.fact())
        handover = Handover("demo", webhook["id"], fresh.delivery(webhook)["id"], 0)

        chaos.run(lambda: delivering.deliver(handover, Lane.fast, world=fresh.house.world, now=fresh.house.clock()))

        assert fresh.delivery(webhook)["state"] == "delivered"
        assert 1 <= len(fresh.at(webhook)) <= 2
        assert {each.headers["webhook-id"] for each in fresh.at(webhook)} == {f"msg_{handover.delivery}"}

    assert try_every_fault(play) > 10


def test_a_crash_anywhere_after_a_failure_leaves_the_next_try_planned(teller: Teller) -> None:
    """Its delivery and its due row are written together, what it says about its receiver after them."""

    def play(chaos: Chaos) -> None:
        fresh = teller.begin_anew()
        webhook = fresh.webhook()
        fresh.house.receivers.answers[HOST] = Answer(status=500, took_s=0.5)
        fresh.hear(fresh.fact())
        handover = Handover("demo", webhook["id"], fresh.delivery(webhook)["id"], 0)

        chaos.run(lambda: delivering.deliver(handover, Lane.fast, world=fresh.house.world, now=fresh.house.clock()))

        waiting = fresh.delivery(webhook)
        fresh.house.receivers.answers[HOST] = WELL
        fresh.wait_for(webhook)
        assert (waiting["state"], len(waiting["attempts"])) == ("waiting", 1)
        assert fresh.delivery(webhook)["state"] == "delivered"

    assert try_every_fault(play, fates=(Fate.crashes_before, Fate.crashes_after, Fate.conflicts)) > 10


def test_a_crash_anywhere_in_a_sweep_hands_every_try_over(teller: Teller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "SHARDS", 1)

    def play(chaos: Chaos) -> None:
        fresh = teller.begin_anew()
        webhook = fresh.webhook()
        fresh.house.receivers.answers[HOST] = Answer(status=500, took_s=0.1)
        fresh.tell()
        fresh.house.receivers.answers[HOST] = WELL
        fresh.house.clock.advance(seconds=10)
        DUE.move_watermark(fresh.house.clock() - timedelta(minutes=1))

        chaos.run(lambda: delivering.send_due(world=fresh.house.world, now=fresh.house.clock()))
        fresh.house.work()

        assert fresh.delivery(webhook)["state"] == "delivered"
        assert len(fresh.at(webhook)) == 2

    assert try_every_fault(play, fates=(Fate.crashes_before, Fate.crashes_after)) > 6


def test_a_crash_anywhere_while_it_is_disabled_has_the_next_failure_disable_it(teller: Teller) -> None:
    def play(chaos: Chaos) -> None:
        fresh = teller.begin_anew()
        webhook = fresh.webhook()
        fresh.house.receivers.answers[HOST] = Answer(status=410, took_s=0.1)
        fresh.hear(fresh.fact())
        handover = Handover("demo", webhook["id"], fresh.delivery(webhook)["id"], 0)

        chaos.run(lambda: delivering.deliver(handover, Lane.fast, world=fresh.house.world, now=fresh.house.clock()))
        fresh.tell()

        assert fresh.show(webhook)["state"] == "disabled"
        assert {each["state"] for each in fresh.deliveries(webhook)} == {"failed"}

    assert try_every_fault(play, fates=(Fate.crashes_after, Fate.throttled)) > 10


def test_the_same_try_handed_to_two_workers_at_once_is_settled_once(teller: Teller) -> None:
    """Both may tell it; the id is the same, and only one of them writes how it stands."""

    def play(chaos: Chaos) -> None:
        fresh = teller.begin_anew()
        webhook = fresh.webhook()
        fresh.house.receivers.answers[HOST] = answer_once_then_fail()
        fresh.hear(fresh.fact())
        handover = Handover("demo", webhook["id"], fresh.delivery(webhook)["id"], 0)

        def work() -> None:
            delivering.deliver(handover, Lane.fast, world=fresh.house.world, now=fresh.house.clock())

        chaos.run(*chaos.deliveries([work, work]))

        delivery = fresh.delivery(webhook)
        assert len(delivery["attempts"]) == 1
        assert delivery["state"] in ("delivered", "waiting")
        due = [row for row in fresh.house.rows("webhooks") if row["pk"]["S"].startswith("DUE#2")]
        assert len(due) == (delivery["state"] == "waiting")

    try_seeds(play, 12, chance=0.1)


def answer_once_then_fail() -> Callable[[Brought], Answer]:
    answers = iter([WELL])

    def answer(brought: Brought) -> Answer:
        return next(answers, Answer(status=500, took_s=0.1))

    return answer
