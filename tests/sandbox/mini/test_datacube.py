from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from sandbox.beijing import day_of
from tests.sandbox.stage import HOUSE, SHOP, Stage

DAY_S = 86_400
FAMILY = ("dailysummarytrend", "dailyvisittrend", "dailyretaininfo", "visitdistribution", "visitpage")


def ask(stage: Stage, name: str, begin: date | str, end: date | str = "") -> Any:
    first, last = (one if isinstance(one, str) else one.strftime("%Y%m%d") for one in (begin, end or begin))
    body = {"begin_date": first, "end_date": last}
    return stage.post(f"/datacube/getweanalysisappid{name}", body, access_token=stage.token(SHOP))


def today(stage: Stage) -> date:
    return day_of(stage.clock)


@pytest.fixture
def played(stage: Stage) -> date:
    """Two people on one day: one looks at two pages and shares, the other comes twice; the next day one comes back."""
    ann, bob = stage.make_user(), stage.make_user()
    stage.act(ann, "launch", SHOP, scene=1035, referrer_appid=HOUSE, stay_s=4)
    stage.act(ann, "browse", SHOP, path="pages/goods/detail?id=7", stay_s=8, shared=True)
    stage.act(bob, "launch", SHOP, scene=1007, stay_s=2)
    stage.act(bob, "launch", SHOP, scene=1175, stay_s=200)
    day = today(stage)
    stage.clock += DAY_S
    stage.act(ann, "launch", SHOP)
    stage.clock += DAY_S
    return day


def test_the_day_is_summed_up(stage: Stage, played: date) -> None:
    summary, trend = ask(stage, "dailysummarytrend", played)["list"], ask(stage, "dailyvisittrend", played)["list"]

    assert summary == [{"ref_date": played.strftime("%Y%m%d"), "visit_total": 2, "share_pv": 1, "share_uv": 1}]
    assert trend == [
        {
            "ref_date": played.strftime("%Y%m%d"),
            "session_cnt": 3,
            "visit_pv": 4,
            "visit_uv": 2,
            "visit_uv_new": 2,
            "stay_time_uv": 107.0,
            "stay_time_session": 71.3333,
            "visit_depth": 1.3333,
        }
    ]


def test_the_next_day_has_no_new_people(stage: Stage, played: date) -> None:
    trend = ask(stage, "dailyvisittrend", played + timedelta(days=1))["list"][0]

    assert (trend["visit_uv"], trend["visit_uv_new"]) == (1, 0)


def test_visits_may_come_late_into_the_figures(stage: Stage, played: date) -> None:
    stage.change(visits_ready_hour=24)
    yesterday = today(stage) - timedelta(days=1)

    late, early = ask(stage, "dailyvisittrend", yesterday)["list"], ask(stage, "dailyvisittrend", played)["list"]

    assert (late, len(early)) == ([], 1)


def test_who_comes_back_is_retained(stage: Stage, played: date) -> None:
    told = ask(stage, "dailyretaininfo", played)

    assert told["visit_uv_new"] == [{"key": 0, "value": 2}, {"key": 1, "value": 1}]
    assert told["visit_uv"] == told["visit_uv_new"]


def test_visits_are_distributed_by_source_stay_and_depth(stage: Stage, played: date) -> None:
    told = {one["index"]: one["item_list"] for one in ask(stage, "visitdistribution", played)["list"]}

    assert told["access_source_session_cnt"] == [{"key": 3, "value": 1}, {"key": 10, "value": 1}, {"key": 13, "value": 1}]
    assert told["access_staytime_info"] == [{"key": 1, "value": 1}, {"key": 4, "value": 1}, {"key": 8, "value": 1}]
    assert told["access_depth_info"] == [{"key": 1, "value": 2}, {"key": 2, "value": 1}]


def test_pages_have_entries_and_exits(stage: Stage, played: date) -> None:
    home, goods = ask(stage, "visitpage", played)["list"]

    assert (home["page_path"], home["page_visit_pv"], home["page_visit_uv"], home["entrypage_pv"], home["exitpage_pv"]) == (
        "pages/index/index",
        3,
        2,
        3,
        2,
    )
    assert (goods["page_staytime_pv"], goods["page_share_pv"], goods["page_share_uv"], goods["exitpage_pv"]) == (8.0, 1, 1, 1)


def test_weeks_and_months_are_whole_and_over(stage: Stage, played: date) -> None:
    monday = played - timedelta(days=played.weekday())
    stage.clock += 62 * DAY_S
    first = played.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    week = ask(stage, "weeklyvisittrend", monday, monday + timedelta(days=6))["list"][0]
    month = ask(stage, "monthlyvisittrend", first, last)["list"][0]
    back = ask(stage, "monthlyretaininfo", first, last)

    assert week["ref_date"] == f"{monday:%Y%m%d}-{monday + timedelta(days=6):%Y%m%d}"
    assert (month["ref_date"], month["visit_uv"]) == (first.strftime("%Y%m"), 2)
    assert [one["key"] for one in back["visit_uv"]] == [0, 1]
    assert [one["key"] for one in ask(stage, "weeklyretaininfo", monday, monday + timedelta(days=6))["visit_uv"]] == [0, 1, 2, 3, 4]
    assert ask(stage, "weeklyvisittrend", monday, monday + timedelta(days=5))["errcode"] == 61504
    assert ask(stage, "monthlyvisittrend", first, last - timedelta(days=1))["errcode"] == 61504


@pytest.mark.parametrize("name", FAMILY)
def test_only_one_day_that_is_over_is_told(stage: Stage, name: str) -> None:
    yesterday = today(stage) - timedelta(days=1)

    assert "errcode" not in ask(stage, name, yesterday)
    assert ask(stage, name, today(stage))["errcode"] == 61504
    assert ask(stage, name, yesterday - timedelta(days=1), yesterday)["errcode"] == 61504
    assert ask(stage, name, "2026-07-01")["errcode"] == 61504


def test_an_empty_day_is_an_empty_list(stage: Stage) -> None:
    yesterday = today(stage) - timedelta(days=1)

    assert ask(stage, "dailyvisittrend", yesterday) == {"list": []}
    assert ask(stage, "visitpage", yesterday)["list"] == []


def test_the_code_of_a_wrong_date_can_be_another(stage: Stage) -> None:
    stage.change(wrong_date_errcode=61500)

    assert ask(stage, "visitpage", "yesterday")["errcode"] == 61500


def test_a_portrait_ends_yesterday(stage: Stage, played: date) -> None:
    yesterday = today(stage) - timedelta(days=1)

    week = ask(stage, "userportrait", yesterday - timedelta(days=6), yesterday)

    assert sum(one["value"] for one in week["visit_uv"]["platforms"]) == 2
    assert set(week["visit_uv_new"]) == {"province", "city", "genders", "platforms", "devices", "ages"}
    assert ask(stage, "userportrait", yesterday - timedelta(days=5), yesterday)["errcode"] == 61504
    assert ask(stage, "userportrait", played, played)["errcode"] == 61504


def test_starts_are_averaged_by_day(stage: Stage, user: str) -> None:
    for cost in (100, 300):
        stage.act(user, "report-performance", SHOP, cost_ms={"1": cost})
    now = int(stage.clock)

    def boot(**changed: Any) -> Any:
        body = {"cost_time_type": 1, "default_start_time": now - 60, "default_end_time": now, **changed}
        return stage.post("/wxa/business/performance/boot", body, access_token=stage.token(SHOP))

    assert json.loads(boot()["default_time_data"])["list"][0]["cost_time"] == 200
    assert json.loads(boot(device="2")["default_time_data"])["list"] == []
    assert boot(default_start_time=now - 31 * DAY_S)["errcode"] == 40097
    assert boot(cost_time_type=4)["errcode"] == 40097
