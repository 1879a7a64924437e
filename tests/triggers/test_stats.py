"""What rules brought about, by day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.messaging.words import Tally
from chalicelib.triggers.rules.stats import sum_up
from chalicelib.triggers.words import Standing
from tests.triggers.ground import SHIPPED, Shop, unshipped

EVENING = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # eleven at night in Shanghai


def figures(told: dict[str, Any]) -> dict[str, Any]:
    outcomes = {f"{each['state']} {each['why']}".strip(): each["messages"] for each in told["outcomes"]}
    return {name: told[name] for name in ("matched", "planned", "taken_back", "refused")} | {"outcomes": outcomes}


def test_stats_tell_of_each_rule_what_it_planned_took_back_and_what_came_of_it(shop: Shop) -> None:
    shop.rules(unshipped())
    user, without_leave = shop.scene.customer(), shop.scene.customer(accepts=0)
    paid = shop.house.clock()
    quick, late, unlucky = (shop.order(each, paid_at=shop.at()) for each in (user, user, without_leave))
    shop.bring(quick, late, unlucky)
    shop.house.clock.advance(hours=1)
    shop.bring(shop.changed(quick, state=SHIPPED), shop.changed(late, paid_at=(paid + timedelta(minutes=5)).isoformat()))

    shop.pass_to(paid + timedelta(hours=48, minutes=6))
    shop.house.work()
    status, told = shop.house.call("GET", "/v1/triggers/stats", key=shop.key)

    assert status == 200
    (rule,) = told["rules"]
    assert (rule["rule"], rule["type"], rule["last"], rule["standing"]) == ("unshipped", "order", False, "running")
    outcomes = {"accepted": 1, "skipped_no_grant no_grant": 1}
    assert figures(rule) == {"matched": 3, "planned": 4, "taken_back": 2, "refused": 0, "outcomes": outcomes}
    assert [(each["day"], each["planned"], figures(each)["outcomes"]) for each in rule["days"]] == [
        ("2026-11-20", 4, {}),
        ("2026-11-22", 0, outcomes),
    ]


@pytest.mark.parametrize("query", ["from=2026-11-21&to=2026-11-20", "from=yesterday", "from=2020-01-01&to=2026-01-01"])
def test_days_that_are_none_are_refused(shop: Shop, query: str) -> None:
    status, told = shop.house.call("GET", f"/v1/triggers/stats?{query}", key=shop.key)

    assert (status, told["Code"]) == (400, "field_invalid")


def test_figures_are_of_the_days_of_a_clock() -> None:
    tallies = [Tally(at=EVENING + timedelta(hours=hours), what="first", number=2) for hours in (0, 1)]

    told = sum_up("a.order.last", Standing.gone, tallies, utc_offset_h=8)

    assert [(str(each.day), each.matched) for each in told.days] == [("2026-11-20", 2), ("2026-11-21", 2)]
    assert (told.rule, told.type, told.last, told.planned) == ("a", "order", True, 4)
