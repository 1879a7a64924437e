"""Rules stopped, resumed and published away: what they have planned is not said, and says why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.consent.words import Purpose
from chalicelib.messaging.flows import gates
from chalicelib.messaging.words import Gate
from chalicelib.messaging.words.contents import Sms
from chalicelib.triggers.flows import standing
from chalicelib.triggers.rules.standing import find_admitted, find_unsettled, gate_of, place_of
from chalicelib.triggers.words import Standing, Stands, Trigger, TriggersOrder
from tests.builders import MINI_APPID
from tests.small_world import small_world
from tests.triggers.ground import Shop, rule, said, unshipped

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
RUNNING, STOPPED, GONE = (Stands(standing=each, at=NOW, by="somebody") for each in Standing)


def named(name: str, **changes: Any) -> Trigger:
    step = Sms(account="demo.app", text="{{order}}")
    return Trigger(**{"name": name, "type": "order", "purpose": Purpose.service, "channels": (step,), **changes})


def order(*rules: Trigger) -> TriggersOrder:
    return TriggersOrder(rules=rules)


def turned(shop: Shop, what: str, name: str = "unshipped") -> tuple[int, Any]:
    status, told = shop.house.call("POST", f"/v1/triggers/{name}/{what}", {}, key=shop.key)
    return status, told


def outcomes(shop: Shop, user: str) -> list[tuple[str, str, str]]:
    """State, reason and plain sentence of every message to somebody, the earliest due first."""
    who = {"type": "openid", "account": "demo.mini", "value": shop.scene.openid(user, MINI_APPID)}
    person = shop.house.call("POST", "/v1/people/lookup", who, key=shop.key)[1]["id"]
    listed = shop.house.call("GET", f"/v1/people/{person}/messages", key=shop.key)[1]["messages"]
    return [(each["state"], each["outcome"], each["says"]["en"]) for each in reversed(listed)]


def test_what_comes_due_while_its_rule_is_stopped_is_cancelled_and_what_is_due_later_goes(shop: Shop) -> None:
    shop.rules(unshipped())
    user = shop.scene.customer(accepts=3)
    paid = shop.house.clock()
    shop.bring(shop.order(user, paid_at=shop.at()))
    shop.house.clock.advance(hours=3)
    shop.bring(shop.order(user, paid_at=shop.at()))

    stopped = turned(shop, "stop")
    shown = shop.house.call("GET", "/v1/triggers", key=shop.key)[1]["stopped"]
    shop.pass_to(paid + timedelta(hours=48, minutes=1))
    while_stopped = shop.sent(user)
    resumed = turned(shop, "resume")
    shop.pass_to(paid + timedelta(hours=51, minutes=1))

    assert (stopped, resumed) == ((200, {"rule": "unshipped", "standing": "stopped"}), (200, {"rule": "unshipped", "standing": "running"}))
    assert [each["rule"] for each in shown] == ["unshipped"]
    assert while_stopped == []
    assert len(shop.sent(user)) == 1
    assert outcomes(shop, user)[0] == ("cancelled", "stopped", "The broadcast or rule it comes from was stopped before it was sent.")


def test_a_stopped_rule_stays_stopped_when_its_words_change(shop: Shop) -> None:
    shop.rules(unshipped(name="reworded"))
    user = shop.scene.customer()
    turned(shop, "stop", "reworded")

    shop.rules(unshipped(name="reworded", channels=[said("待发货", "{{record.data.paid_at}}")]))
    paid = shop.house.clock()
    shop.bring(shop.order(user, paid_at=shop.at()))
    shop.pass_to(paid + timedelta(hours=48, minutes=1))

    assert shop.sent(user) == []


def test_what_a_rule_has_planned_is_not_said_once_the_rule_is_published_away(shop: Shop) -> None:
    shop.rules(unshipped())
    user = shop.scene.customer()
    paid = shop.house.clock()
    shop.bring(shop.order(user, paid_at=shop.at()))

    shop.rules(rule())
    shop.pass_to(paid + timedelta(hours=48, minutes=1))

    assert shop.sent(user) == []
    assert [each[0] for each in outcomes(shop, user)] == ["cancelled"]


def test_a_rule_that_comes_back_before_its_messages_are_due_says_them(shop: Shop) -> None:
    first = shop.rules(unshipped())["version"]
    user = shop.scene.customer()
    paid = shop.house.clock()
    shop.bring(shop.order(user, paid_at=shop.at()))
    shop.rules()

    shop.house.call("POST", "/v1/triggers/rollback", {"version": first}, key=shop.key)
    shop.pass_to(paid + timedelta(hours=48, minutes=1))

    assert len(shop.sent(user)) == 1


def test_a_rule_that_is_not_in_force_cannot_be_stopped(shop: Shop) -> None:
    shop.rules(rule())

    status, told = turned(shop, "stop")

    assert (status, told["Code"]) == (404, "rule_missing")


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ({}, {"a.order": Standing.running}),
        ({"a.order": RUNNING}, {}),
        ({"a.order": STOPPED}, {}),
        ({"a.order": GONE}, {"a.order": Standing.running}),
        ({"a.reservation": STOPPED}, {"a.order": Standing.stopped}),
        ({"a.reservation": GONE}, {"a.order": Standing.running}),
    ],
)
def test_rules_that_come_may_speak_unless_their_name_is_stopped(known: dict[str, Stands], found: dict[str, Standing]) -> None:
    assert find_admitted(known, order(named("a"))) == found


def test_rules_that_are_not_in_force_are_gone_and_those_for_other_records_are_others() -> None:
    known = {"a.order": RUNNING, "b.order": STOPPED, "c.order": GONE}

    found = find_unsettled(known, order(named("a", last=True)))

    assert found == {"a.order.last": Standing.running, "a.order": Standing.gone, "b.order": Standing.gone}


def test_a_rule_that_somebody_publishes_while_we_settle_without_it_may_speak() -> None:
    mine = named("a")
    with small_world() as small:
        versions = iter([order(), order(mine), order(mine)])
        standing.admit("demo", order(mine), actor="they", world=small.world, now=NOW)

        standing.settle("demo", lambda: next(versions), actor="us", world=small.world, now=NOW)

        assert gates.find_gate("demo", gate_of(place_of(mine)), world=small.world, now=NOW) is Gate.open
