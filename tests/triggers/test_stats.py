"""What rules brought about, by day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.consent.words import Purpose
from chalicelib.messaging.words import Tally
from chalicelib.messaging.words.contents import Sms
from chalicelib.triggers.flows import counting, standing
from chalicelib.triggers.rules.standing import place_of
from chalicelib.triggers.rules.stats import page_of, sum_up
from chalicelib.triggers.words import Standing, Trigger
from chalicelib.triggers.words.figures import StatsAsked
from tests.faults import Chaos
from tests.small_world import small_world
from tests.triggers.ground import SHIPPED, Shop, unshipped

TEXT = Sms(account="demo.app", text="{{order}}")
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


def test_one_query_is_asked_for_each_rule_of_a_page_and_none_for_those_long_gone() -> None:
    with small_world() as small:
        rules = [Trigger(name=f"rule{number:02d}", type="order", purpose=Purpose.service, channels=(TEXT,)) for number in range(30)]
        for rule in rules:
            standing.turn("demo", place_of(rule), Standing.running, actor="us", world=small.world, now=EVENING)
        for day, gone in ((1, rules[:20]), (8, rules[20:22])):  # the first ones before the days that are asked about
            for rule in gone:
                standing.turn("demo", place_of(rule), Standing.gone, actor="us", world=small.world, now=EVENING + timedelta(days=day))
        chaos, pages = Chaos(turns=()), []

        def ask(after: str = "", name: str = "", most: int = 6) -> str | None:
            first = EVENING.date() + timedelta(days=7)
            asked = StatsAsked(first=first, until=first + timedelta(days=6), name=name, after=after, most=most)
            told, following = counting.tell("demo", asked, utc_offset_h=8, world=small.world)
            pages.append([each.rule for each in told])
            return following

        following = chaos.run(ask)[0]
        first_page = chaos.tape.count("0 Query")
        ask(following)
        ask(name="rule00")

    assert first_page == 1 + 6  # how rules stand, and each rule of the page
    assert pages == [["rule22", "rule23", "rule24", "rule25"], [f"rule{number}" for number in range(26, 30)], ["rule00"]]


@pytest.mark.parametrize(("days", "most", "rules"), [(7, 50, 50), (92, 50, 10), (92, 5, 5)])
def test_a_page_has_the_fewer_rules_the_more_days(days: int, most: int, rules: int) -> None:
    until = EVENING.date()

    assert page_of(StatsAsked(first=until - timedelta(days=days - 1), until=until, name="", after="", most=most)) == rules


def test_the_figures_of_one_rule_are_told_by_its_name_also_when_it_went_before(shop: Shop) -> None:
    shop.rules(unshipped(name="early"), unshipped(name="other"))
    shop.bring(shop.order(shop.scene.customer(), paid_at=shop.at()))
    shop.rules(unshipped(name="other"))
    day, later = (str((shop.house.clock() + timedelta(days=days)).date()) for days in (0, 1))
    shop.house.clock.advance(days=1)

    def ask(query: str) -> tuple[int, Any]:
        status, told = shop.house.call("GET", f"/v1/triggers/stats?to={later}&{query}", key=shop.key)
        return status, [each["rule"] for each in told["rules"]] if status == 200 else told["Code"]

    assert ask(f"from={day}&rule=early") == (200, ["early"])
    assert "early" in ask(f"from={day}")[1]
    assert "early" not in ask(f"from={later}")[1]
    assert ask("rule=never") == (404, "rule_missing")
    assert ask("cursor=%F0") == (400, "cursor_invalid")


@pytest.mark.parametrize(
    "query",
    ["from=2026-11-21&to=2026-11-20", "from=yesterday", "from=2020-01-01&to=2026-01-01", "to=0001-01-02", "from=9999-12-31&to=9999-12-31"],
)
def test_days_that_are_none_are_refused(shop: Shop, query: str) -> None:
    status, told = shop.house.call("GET", f"/v1/triggers/stats?{query}", key=shop.key)

    assert (status, told["Code"]) == (400, "field_invalid")


def test_figures_are_of_the_days_of_a_clock() -> None:
    tallies = [Tally(at=EVENING + timedelta(hours=hours), what="first", number=2) for hours in (0, 1)]

    told = sum_up("a.order.last", Standing.gone, tallies, utc_offset_h=8)

    assert [(str(each.day), each.matched) for each in told.days] == [("2026-11-20", 2), ("2026-11-21", 2)]
    assert (told.rule, told.type, told.last, told.planned) == ("a", "order", True, 4)
