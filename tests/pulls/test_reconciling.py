"""Follows as WeChat counts them beside those its callbacks told us."""

from __future__ import annotations

import pytest

from chalicelib.pulls.flows import reconciling
from tests.builders import OA_APPID
from tests.pulls.source import Brand, Told

TODAY = "2026-11-21"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    figures = Told()
    monkeypatch.setattr(reconciling, "put_metric", figures)
    return figures


@pytest.fixture
def heard(brand: Brand, told: Told) -> Brand:
    """It is the day after the account was added, the first whole one."""
    brand.at(f"{TODAY}T12:00")
    return brand


def next_morning(brand: Brand) -> None:
    brand.at("2026-11-22T12:00")
    brand.run()


def test_what_was_all_heard_differs_by_nothing(heard: Brand, told: Told) -> None:
    for _ in range(3):
        heard.follow()

    next_morning(heard)

    day = heard.reconciled()[TODAY]
    assert (day["told"], day["heard"]) == ({"followed": 3, "unfollowed": 0},) * 2
    assert (day["followed_off"], day["is_over"]) == (0, False)
    assert told.values[-1] == ("FollowsUnheard", 0)


def test_a_callback_that_was_lost_is_missed_and_the_figure_raises_the_alarm(heard: Brand, told: Told) -> None:
    for number in range(3):
        heard.follow(lost=number == 0)

    next_morning(heard)

    day = heard.reconciled()[TODAY]
    assert (day["told"]["followed"], day["heard"]["followed"]) == (3, 2)
    assert (day["followed_off"], day["is_over"]) == (333.3, True)
    ((name, value),) = told.values[-1:]
    assert (name, round(value)) == ("FollowsUnheard", 333)


def test_a_follow_heard_ten_times_counts_once(heard: Brand) -> None:
    user = heard.follow()
    openid = heard.house.play(f"/users/{user}?appid={OA_APPID}", method="GET")["openid"]
    fields = {"Event": "subscribe", "FromUserName": openid, "CreateTime": int(heard.house.clock().timestamp()), "EventKey": ""}

    heard.house.play("/push", {"appid": OA_APPID, "fields": fields, "times": 10})
    heard.house.work()
    next_morning(heard)

    assert heard.reconciled()[TODAY]["heard"]["followed"] == 1


def test_who_comes_goes_and_comes_again_counts_each_time(heard: Brand) -> None:
    user = heard.follow()
    heard.later(minutes=1)
    heard.house.play(f"/users/{user}/unfollow", {"appid": OA_APPID})
    heard.later(minutes=1)
    heard.follow(user=user)

    next_morning(heard)

    day = heard.reconciled()[TODAY]
    assert day["told"] == day["heard"] == {"followed": 2, "unfollowed": 1}


def test_followers_the_back_fill_finds_hide_no_callback_that_was_lost(heard: Brand) -> None:
    heard.follow(lost=True)
    heard.run("followers")
    heard.house.tick("work_jobs")

    next_morning(heard)

    assert heard.reconciled()[TODAY]["heard"]["followed"] == 0


def test_a_callback_that_comes_days_late_still_counts_for_its_day(heard: Brand) -> None:
    user = heard.follow(lost=True)
    openid = heard.house.play(f"/users/{user}?appid={OA_APPID}", method="GET")["openid"]
    followed_at = int(heard.house.clock().timestamp())
    next_morning(heard)
    before = heard.reconciled()[TODAY]["is_over"]

    fields = {"Event": "subscribe", "FromUserName": openid, "CreateTime": followed_at, "EventKey": ""}
    heard.house.play("/push", {"appid": OA_APPID, "fields": fields})
    heard.house.work()
    heard.at("2026-11-23T12:00")
    heard.run()

    assert (before, heard.reconciled()[TODAY]["is_over"]) == (True, False)
    assert heard.reconciled()[TODAY]["heard"]["followed"] == 1


def test_a_follow_late_at_night_counts_for_the_day_it_is_in_beijing(heard: Brand) -> None:
    heard.at(f"{TODAY}T23:59")
    heard.follow()
    heard.at("2026-11-22T00:01")
    heard.follow()

    next_morning(heard)

    assert (heard.reconciled()[TODAY]["told"]["followed"], heard.reconciled()[TODAY]["heard"]["followed"]) == (1, 1)


def test_days_before_the_account_was_whole_here_are_not_compared(brand: Brand, told: Told) -> None:
    brand.follow()
    brand.at(f"{TODAY}T12:00")
    brand.run()

    assert brand.figures("follower_changes")["2026-11-20"][0]["new_user"] == 1
    assert brand.reconciled() == {}
    assert told.values == []


def test_rows_of_follows_name_nobody(heard: Brand) -> None:
    user = heard.follow()
    openid = heard.house.play(f"/users/{user}?appid={OA_APPID}", method="GET")["openid"]

    rows = heard.house.rows("counters")

    assert rows
    assert openid not in str(rows)
