from __future__ import annotations

from typing import Any

import pytest

from sandbox.transport import Answer
from tests.sandbox.official.hands import codes, follower, post
from tests.sandbox.stage import HOUSE, Stage

DAY_S = 86_400
TODAY, TOMORROW = "2027-01-15", "2027-01-16"


def ask(stage: Stage, name: str, begin: str = TODAY, end: str | None = None) -> Any:
    return post(stage, f"/datacube/{name}", {"begin_date": begin, "end_date": end or begin})


def figures(stage: Stage, name: str, begin: str = TODAY, end: str | None = None) -> list[Any]:
    return list(ask(stage, name, begin, end)["list"])


def test_who_came_and_went_is_counted_by_day_and_source(stage: Stage) -> None:
    stage.act(stage.make_user(), "follow", scene_str="poster")
    users = [follower(stage) for _ in range(2)]
    stage.act(users[0], "unfollow")
    stage.clock += DAY_S
    follower(stage)
    stage.clock += DAY_S

    told = figures(stage, "getusersummary", TODAY, TOMORROW)
    total = figures(stage, "getusercumulate", TODAY, TOMORROW)

    assert told == [
        {"ref_date": TODAY, "user_source": 0, "new_user": 0, "cancel_user": 1},
        {"ref_date": TODAY, "user_source": 1, "new_user": 2, "cancel_user": 0},
        {"ref_date": TODAY, "user_source": 30, "new_user": 1, "cancel_user": 0},
        {"ref_date": TOMORROW, "user_source": 1, "new_user": 1, "cancel_user": 0},
    ]
    assert total == [{"ref_date": TODAY, "cumulate_user": 2}, {"ref_date": TOMORROW, "cumulate_user": 3}]


def test_what_people_wrote_is_counted_by_kind_hour_and_amount(stage: Stage) -> None:
    busy, quiet = follower(stage), follower(stage)
    for _ in range(6):
        stage.act(busy, "send", content="hello")
    stage.act(quiet, "send", msgtype="image")
    stage.clock += DAY_S

    assert figures(stage, "getupstreammsg") == [
        {"ref_date": TODAY, "msg_type": 1, "msg_user": 1, "msg_count": 6},
        {"ref_date": TODAY, "msg_type": 2, "msg_user": 1, "msg_count": 1},
    ]
    assert figures(stage, "getupstreammsghour")[0] == {"ref_date": TODAY, "ref_hour": 1600, "msg_type": 1, "msg_user": 1, "msg_count": 6}
    assert figures(stage, "getupstreammsgdist") == [
        {"ref_date": TODAY, "count_interval": 1, "msg_user": 1},
        {"ref_date": TODAY, "count_interval": 2, "msg_user": 1},
    ]


def test_weeks_begin_on_mondays_and_months_on_the_first(stage: Stage) -> None:
    user = follower(stage)
    stage.act(user, "send", content="hello")
    stage.clock += 20 * DAY_S
    monday, first = "2027-01-11", "2027-01-01"

    week, month = figures(stage, "getupstreammsgweek", monday), figures(stage, "getupstreammsgmonth", first)
    spread = [figures(stage, "getupstreammsgdistweek", monday), figures(stage, "getupstreammsgdistmonth", first)]

    assert week == [{"ref_date": monday, "msg_type": 1, "msg_user": 1, "msg_count": 1}]
    assert month == [{"ref_date": first, "msg_type": 1, "msg_user": 1, "msg_count": 1}]
    assert spread == [[{"ref_date": one, "count_interval": 1, "msg_user": 1}] for one in (monday, first)]
    assert codes([ask(stage, "getupstreammsgweek"), ask(stage, "getupstreammsgdistmonth")]) == [61501, 61501]


def test_deliveries_are_counted_with_their_times_and_failures(stage: Stage) -> None:
    stage.set_callback()
    user = follower(stage)
    stage.transport.hear = lambda request: Answer(500, b"", 0.5)
    stage.act(user, "send", content="hello")
    stage.clock += DAY_S

    day = figures(stage, "getinterfacesummary")
    hour = figures(stage, "getinterfacesummaryhour")

    expected = {"callback_count": 4, "fail_count": 3, "total_time_cost": 1_510, "max_time_cost": 500}
    assert day == [{"ref_date": TODAY, **expected}]
    assert hour == [{"ref_date": TODAY, "ref_hour": 1600, **expected}]


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("getusersummary", 7),
        ("getusercumulate", 7),
        ("getupstreammsg", 7),
        ("getupstreammsghour", 1),
        ("getupstreammsgdist", 15),
        ("getinterfacesummary", 30),
        ("getinterfacesummaryhour", 1),
        ("getbizsummary", 30),
        ("getuserread", 3),
        ("getusershare", 7),
        ("getarticleread", 1),
    ],
)
def test_every_figure_has_its_longest_span(stage: Stage, name: str, most: int) -> None:
    stage.clock += 60 * DAY_S
    last = ["2027-02-01", "2027-02-03", "2027-02-07", "2027-02-15", "2027-03-02"][[1, 3, 7, 15, 30].index(most)]
    beyond = ["2027-02-02", "2027-02-04", "2027-02-08", "2027-02-16", "2027-03-03"][[1, 3, 7, 15, 30].index(most)]

    assert codes([ask(stage, name, "2027-02-01", last), ask(stage, name, "2027-02-01", beyond)]) == [0, 61501]


@pytest.mark.parametrize(
    ("begin", "end", "errcode"),
    [
        ("20270114", "20270114", 61500),
        ("", "", 61500),
        ("2027-01-14", "2027-01-13", 61501),
        ("2027-01-15", "2027-01-15", 61501),
        ("2014-11-30", "2014-11-30", 61501),
        ("2027-01-14", "2027-01-14", 0),
    ],
)
def test_days_that_cannot_be_asked_for(stage: Stage, begin: str, end: str, errcode: int) -> None:
    assert codes([post(stage, "/datacube/getusersummary", {"begin_date": begin, "end_date": end})]) == [errcode]


def test_yesterdays_figures_are_there_from_eight_o_clock(stage: Stage) -> None:
    stage.clock += 15 * 3600 + 3599
    early = ask(stage, "getusersummary")
    stage.clock += 1

    assert codes([early, ask(stage, "getusersummary")]) == [61503, 0]


def test_an_unverified_account_has_no_figures(stage: Stage) -> None:
    stage.control("POST", "/accounts", {"appid": HOUSE, "verified": False})

    assert ask(stage, "getusersummary", "2027-01-14")["errcode"] == 48001
