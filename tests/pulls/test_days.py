"""Figures day by day: each once it is there, none left out, whatever comes in between."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.edge import encode_cursor
from tests.house import House
from tests.pulls.source import Brand

CHANGES = "getusersummary"


def test_the_first_run_begins_so_many_days_back_and_ends_yesterday(brand: Brand) -> None:
    before = brand.pull("follower_changes")

    brand.run()

    assert (before["state"], before["watermark"], before["last_run_at"]) == ("due", None, None)
    assert brand.asked(CHANGES) == ["2026-11-18", "2026-11-19"]
    assert brand.figures("follower_changes") == {"2026-11-18": [], "2026-11-19": []}
    after = brand.pull("follower_changes")
    assert (after["state"], after["watermark"], after["trouble"]) == ("up_to_date", "2026-11-19", "")
    assert after["next_run_at"] == "2026-11-21T00:00:00Z"


def test_every_report_of_both_kinds_of_accounts_is_fetched(brand: Brand) -> None:
    brand.follow()
    brand.visit()
    brand.at("2026-11-21T12:00")

    brand.run_all()

    for account in ("demo.oa", "demo.mini"):
        pulls = brand.call("GET", "pulls", account)[1]["pulls"]
        assert {(each["kind"], each["state"], each["trouble"]) for each in pulls if each["state"] != "up_to_date"} == set()
    (changed,), (total,) = (brand.figures(kind)["2026-11-20"] for kind in ("follower_changes", "follower_totals"))
    (visits,), sources = (brand.figures(kind, "demo.mini")["2026-11-20"] for kind in ("visits", "visit_sources"))
    assert (changed["new_user"], total["cumulate_user"]) == (1, 1)
    assert (visits["visit_uv"], len(sources)) == (1, 3)
    assert brand.figures("callbacks")["2026-11-20"][0]["callback_count"] == 1


def test_figures_that_go_on_growing_are_fetched_once_they_are_done(brand: Brand) -> None:
    brand.run("article_totals", "visit_retention")

    assert brand.asked("getarticletotaldetail") == ["2026-10-19", "2026-10-20"]
    assert brand.asked("getweanalysisappiddailyretaininfo") == ["20261019", "20261020"]


def test_weeks_and_months_are_fetched_once_they_are_over(brand: Brand) -> None:
    brand.visit()
    brand.run("visits_by_week", "visits_by_month")
    before = brand.asked("getweanalysisappidweeklyvisittrend")
    brand.at("2026-11-22T23:00")
    brand.run("visits_by_week")
    early = brand.figures("visits_by_week", "demo.mini")

    brand.at("2026-12-01T12:00")
    brand.run("visits_by_week", "visits_by_month")

    weeks, months = (brand.figures(f"visits_by_{each}", "demo.mini") for each in ("week", "month"))
    assert before == []
    assert early == {}
    assert {day: len(lines) for day, lines in weeks.items()} == {"2026-11-16": 1, "2026-11-23": 0}
    assert {day: lines[0]["ref_date"] for day, lines in months.items()} == {"2026-11-01": "202611"}
    assert brand.pull("visits_by_week", "demo.mini")["watermark"] == "2026-11-29"
    assert brand.pull("visits_by_month", "demo.mini")["next_run_at"] == "2027-01-01T00:00:00Z"


def test_a_day_is_asked_for_only_once_its_figures_are_there(brand: Brand) -> None:
    brand.run()

    brand.at("2026-11-21T07:59")
    brand.run()
    before = len(brand.asked(CHANGES))
    brand.at("2026-11-21T08:00")
    brand.run()

    assert (before, brand.asked(CHANGES)[2:]) == (2, ["2026-11-20"])


def test_a_day_wechat_has_not_ready_is_asked_for_again_and_is_no_trouble(brand: Brand) -> None:
    brand.run()
    brand.follow()
    brand.house.play("/settings", {"datacube_ready_hour": 10})
    brand.at("2026-11-21T08:00")

    brand.run()
    waiting = brand.pull("follower_changes")
    brand.later(minutes=30)
    brand.run()
    asked = len(brand.asked(CHANGES))
    brand.at("2026-11-21T10:00")
    brand.run()

    assert (waiting["state"], waiting["watermark"]) == ("waiting", "2026-11-19")
    assert "2026-11-20" in waiting["trouble"]
    assert asked == 3
    assert (brand.pull("follower_changes")["watermark"], brand.pull("follower_changes")["trouble"]) == ("2026-11-20", "")


def test_figures_that_say_themselves_that_they_are_late_are_not_kept(brand: Brand) -> None:
    brand.run("article_reads", "tags")
    brand.house.play("/settings", {"article_figures_delayed": True})
    brand.at("2026-11-21T13:00")

    brand.run("article_reads", "tags")

    assert brand.pull("article_reads")["state"] == "waiting"
    assert "2026-11-20" not in brand.figures("article_reads")
    assert brand.pull("tags")["state"] == "up_to_date"


def test_an_empty_answer_of_the_morning_is_not_believed(brand: Brand) -> None:
    brand.run("visits")
    brand.visit()
    brand.house.play("/settings", {"visits_ready_hour": 11})

    brand.at("2026-11-21T09:00")
    brand.run("visits")
    early = brand.pull("visits", "demo.mini")
    brand.at("2026-11-21T11:00")
    brand.run("visits")

    assert (early["state"], early["watermark"]) == ("waiting", "2026-11-19")
    assert brand.figures("visits", "demo.mini")["2026-11-20"][0]["visit_uv"] == 1


def test_an_empty_answer_of_noon_is_a_quiet_day(brand: Brand) -> None:
    brand.run("visits")

    brand.at("2026-11-21T12:00")
    brand.run("visits")

    assert brand.figures("visits", "demo.mini")["2026-11-20"] == []


def test_who_is_not_entitled_is_told_in_plain_words_and_not_asked_again_every_run(brand: Brand) -> None:
    brand.fault(f"/datacube/{CHANGES}", 48001)
    brand.run("follower_changes", "tags")

    refused = brand.pull("follower_changes")
    for _ in range(3):
        brand.later(hours=5)
        brand.run("follower_changes", "tags")

    assert (refused["state"], brand.asked(CHANGES)) == ("not_entitled", ["2026-11-18"])
    assert "48001" in refused["trouble"]
    assert "认证" in refused["trouble"]
    assert brand.pull("tags")["state"] == "up_to_date"


def test_who_has_been_refused_may_be_asked_again_by_hand(brand: Brand) -> None:
    brand.fault(f"/datacube/{CHANGES}", 48001)
    brand.run()

    status, shown = brand.call("POST", "pulls/follower_changes")
    brand.house.work()

    assert (status, shown["state"]) == (202, "not_entitled")
    assert brand.pull("follower_changes")["state"] == "up_to_date"
    assert brand.asked(CHANGES) == ["2026-11-18", "2026-11-18", "2026-11-19"]


def test_what_is_refused_for_now_is_told_and_tried_again(brand: Brand) -> None:
    brand.fault(f"/datacube/{CHANGES}", -1)
    brand.fault("/datacube/getusercumulate", 61501)
    brand.run("follower_changes", "follower_totals")

    busy, declined = brand.pull("follower_changes"), brand.pull("follower_totals")
    brand.later(minutes=10)
    brand.run("follower_changes", "follower_totals")
    brand.later(minutes=50)
    brand.run("follower_changes", "follower_totals")

    assert {each["state"] for each in (busy, declined)} == {"in_trouble"}
    assert "busy" in busy["trouble"]
    assert "61501" in declined["trouble"]
    assert set(brand.figures("follower_changes")) == set(brand.figures("follower_totals")) == {"2026-11-18", "2026-11-19"}


def test_a_quota_that_is_used_up_waits_for_midnight_in_beijing(brand: Brand) -> None:
    brand.house.play("/settings", {"daily_limits": {f"/datacube/{CHANGES}": 1}})
    brand.run()

    stopped = brand.pull("follower_changes")
    brand.at("2026-11-20T23:50")
    brand.run()
    asked = len(brand.asked(CHANGES))
    brand.at("2026-11-21T00:10")
    brand.run()

    assert (stopped["state"], stopped["watermark"]) == ("in_trouble", "2026-11-18")
    assert "quota" in stopped["trouble"]
    assert stopped["next_run_at"] == "2026-11-20T16:10:00Z"
    assert asked == len(["the first day", "the second, refused"])
    assert brand.pull("follower_changes")["watermark"] == "2026-11-19"


def test_no_day_is_skipped_however_long_wechat_is_away(brand: Brand) -> None:
    brand.house.play("/faults", {"path": f"/datacube/{CHANGES}", "status": 502, "times": 1000})
    for _ in range(4):
        brand.run()
        brand.later(days=1)
    brand.house.play("/faults", method="DELETE")

    brand.run()

    days = [f"2026-11-{day}" for day in range(18, 24)]
    assert list(dict.fromkeys(brand.asked(CHANGES))) == days
    assert list(brand.figures("follower_changes")) == days


def test_a_run_takes_so_many_calls_and_the_next_goes_on(standing: House) -> None:
    standing.empty()
    brand = Brand(standing, pull_history_days=5, pull_calls_per_run=2)

    asked = []
    for _ in range(3):
        brand.run()
        asked.append(len(brand.asked(CHANGES)))
        brand.later(minutes=10)

    assert asked == [2, 4, 5]
    assert len(brand.figures("follower_changes")) == 5


def test_a_message_that_comes_ten_times_is_one_step(brand: Brand) -> None:
    body = msgspec.json.encode({"account": "demo.oa", "kind": "follower_changes", "version": 0, "calls_left": 1}).decode()

    answers = [brand.house.deliver("pull_from_wechat", [("1", body)]) for _ in range(10)]

    assert answers == [{"batchItemFailures": []}] * 10
    assert brand.asked(CHANGES) == ["2026-11-18"]
    assert brand.pull("follower_changes")["watermark"] == "2026-11-18"


def test_a_message_about_an_account_that_is_gone_is_done(brand: Brand) -> None:
    body = msgspec.json.encode({"account": "demo.gone", "kind": "tags", "version": 0, "calls_left": 1}).decode()

    assert brand.house.deliver("pull_from_wechat", [("1", body)]) == {"batchItemFailures": []}


def test_tags_are_kept_as_they_were_on_each_day(brand: Brand) -> None:
    brand.run("tags")
    brand.at("2026-11-21T09:00")
    brand.run("tags")

    assert list(brand.figures("tags")) == ["2026-11-20", "2026-11-21"]
    assert brand.figures("tags")["2026-11-20"][0]["count"] == 0


def test_followers_are_asked_about_by_the_back_fill_once_a_week(brand: Brand) -> None:
    users = [brand.follow() for _ in range(2)]
    brand.run("followers")
    running = brand.pull("followers")
    brand.house.tick("work_jobs")
    brand.house.tick("work_jobs")
    brand.later(minutes=10)

    brand.run("followers")

    job = brand.call("GET", "backfill")[1]
    assert running["watermark"] == "2026-11-17"
    assert (job["state"], job["seen"]) == ("done", len(users))
    assert brand.figures("followers") == {"2026-11-20": [{"seen": 2, "joined": 0, "without_unionid": 0, "unknown": 0}]}
    assert brand.pull("followers")["next_run_at"] == "2026-11-26T16:00:00Z"


def test_a_back_fill_that_failed_is_told_and_begun_again(brand: Brand) -> None:
    brand.run("followers")
    brand.fault("/cgi-bin/user/get", 48001)
    brand.house.tick("work_jobs")
    brand.later(minutes=10)

    brand.run("followers")
    failed = brand.pull("followers")
    brand.later(hours=1)
    brand.run("followers")

    assert failed["state"] == "in_trouble"
    assert "48001" in failed["trouble"]
    assert brand.call("GET", "backfill")[1]["state"] == "running"


def test_an_account_that_may_not_list_its_followers_gets_no_job(brand: Brand) -> None:
    brand.fault("/cgi-bin/user/get", 48001)

    brand.run("followers")

    assert brand.pull("followers")["state"] == "not_entitled"
    assert brand.call("GET", "backfill")[0] == 404


def test_long_lists_of_days_come_in_pages(standing: House) -> None:
    standing.empty()
    brand = Brand(standing, pull_history_days=5)
    brand.run("messages")

    _, first = brand.call("GET", "figures", kind="messages", limit=3)
    _, second = brand.call("GET", "figures", kind="messages", limit=3, cursor=first["cursor"])

    assert [each["day"] for each in first["days"]] == ["2026-11-15", "2026-11-16", "2026-11-17"]
    assert ([each["day"] for each in second["days"]], second["cursor"]) == (["2026-11-18", "2026-11-19"], None)


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ({}, (404, "pull_missing")),
        ({"kind": "visits"}, (404, "pull_missing")),
        ({"kind": "tags", "from": "yesterday"}, (400, "field_invalid")),
        ({"kind": "tags", "to": "0001-01-01"}, (400, "field_invalid")),
        ({"kind": "tags", "from": "2026-11-20", "to": "2026-11-19"}, (400, "field_invalid")),
        ({"kind": "tags", "from": "2024-11-20", "to": "2026-11-19"}, (400, "field_invalid")),
        ({"kind": "tags", "cursor": "x"}, (400, "cursor_invalid")),
        ({"kind": "tags", "to": "2026-11-19", "cursor": encode_cursor("2026-11-20")}, (400, "cursor_invalid")),
    ],
)
def test_what_cannot_be_meant_is_refused(brand: Brand, query: dict[str, Any], refusal: tuple[int, str]) -> None:
    status, answer = brand.call("GET", "figures", **query)

    assert (status, answer["Code"]) == refusal


def test_a_kind_that_is_not_of_this_account_cannot_be_run(brand: Brand) -> None:
    status, answer = brand.call("POST", "pulls/visits")

    assert (status, answer["Code"]) == (404, "pull_missing")
