from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.official.hands import draft, follower, post
from tests.sandbox.stage import Stage

DAY_S = 86_400
TODAY, TOMORROW = "2027-01-15", "2027-01-16"


def figures(stage: Stage, name: str, begin: str = TODAY, end: str | None = None) -> list[Any]:
    told = post(stage, f"/datacube/{name}", {"begin_date": begin, "end_date": end or begin})
    return list(told["list"])


@pytest.fixture
def msgid(stage: Stage) -> str:
    """An article sent to two followers: one reads it twice and shares it, one reads it a day later."""
    first, second = follower(stage), follower(stage)
    post(stage, "/cgi-bin/message/mass/sendall", {"filter": {"is_to_all": True}, "msgtype": "mpnews", "mpnews": {"media_id": draft(stage)}})
    told = stage.act(first, "read", scene=0, share=1)
    stage.act(first, "read", scene=2)
    stage.clock += DAY_S
    stage.act(second, "read", scene=0)
    stage.clock += DAY_S
    return str(told["msgid"])


def old(read_user: int, read_count: int, share_user: int = 0, share_count: int = 0) -> dict[str, int]:
    """The eight old figures."""
    none = dict.fromkeys(("ori_page_read_user", "ori_page_read_count", "add_to_fav_user", "add_to_fav_count"), 0)
    reads = {"int_page_read_user": read_user, "int_page_read_count": read_count}
    return {**none, **reads, "share_user": share_user, "share_count": share_count}


def test_a_days_reads_by_article(stage: Stage, msgid: str) -> None:
    told = figures(stage, "getarticlesummary")

    assert told == [{"ref_date": TODAY, "user_source": 0, "msgid": msgid, "title": "News", **old(1, 2, 1, 1)}]


def test_an_articles_figures_grow_from_day_to_day(stage: Stage, msgid: str) -> None:
    told = figures(stage, "getarticletotal")[0]

    days = told["details"]
    assert (told["msgid"], told["title"]) == (msgid, "News")
    assert [day["stat_date"] for day in days] == [TODAY, TOMORROW]
    assert [day["target_user"] for day in days] == [2, 2]
    assert [day["int_page_read_user"] for day in days] == [1, 2]
    assert [day["int_page_read_count"] for day in days] == [2, 3]
    assert [day["int_page_from_session_read_user"] for day in days] == [1, 2]
    assert [day["int_page_from_feed_read_count"] for day in days] == [1, 1]
    assert [day["feed_share_from_session_cnt"] for day in days] == [1, 1]


def test_reads_and_shares_by_source_and_hour(stage: Stage, msgid: str) -> None:
    by_day = figures(stage, "getuserread", TODAY, TOMORROW)
    by_hour = figures(stage, "getuserreadhour")
    shares = figures(stage, "getusershare", TODAY, TOMORROW)

    assert by_day == [
        {"ref_date": TODAY, "user_source": 0, **old(1, 1)},
        {"ref_date": TODAY, "user_source": 2, **old(1, 1)},
        {"ref_date": TODAY, "user_source": 99_999_999, **old(1, 2)},
        {"ref_date": TOMORROW, "user_source": 0, **old(1, 1)},
        {"ref_date": TOMORROW, "user_source": 99_999_999, **old(1, 1)},
    ]
    assert {line["ref_hour"] for line in by_hour} == {1600}
    assert shares == [{"ref_date": TODAY, "share_scene": 1, "share_count": 1, "share_user": 1}]
    assert figures(stage, "getusersharehour")[0]["ref_hour"] == 1600


def test_the_new_figures_of_articles(stage: Stage, msgid: str) -> None:
    read = post(stage, "/datacube/getarticleread", {"begin_date": TODAY, "end_date": TODAY})
    shared = post(stage, "/datacube/getarticleshare", {"begin_date": TODAY, "end_date": TODAY})

    sources = [{"user_count": 1, "scene_desc": "公众号消息"}, {"user_count": 1, "scene_desc": "朋友圈"}]
    assert read == {
        "list": [{"ref_date": TODAY, "msgid": msgid, "detail": {"read_user": 1, "read_user_source": sources}}],
        "is_delay": False,
    }
    assert shared == {"list": [{"ref_date": TODAY, "msgid": msgid, "detail": {"share_user": 1}}], "is_delay": False}


def test_the_new_figures_of_the_account(stage: Stage, msgid: str) -> None:
    told = figures(stage, "getbizsummary", TODAY, TOMORROW)

    details = [line["detail"] for line in told]
    assert [line["ref_date"] for line in told] == [TODAY, TOMORROW]
    assert [(one["read_user"], one["share_user"], one["send_page_count"]) for one in details] == [(1, 1, 1), (1, 0, 0)]


def test_the_new_figures_grow_for_thirty_days(stage: Stage, msgid: str) -> None:
    stage.clock += 40 * DAY_S

    told = figures(stage, "getarticletotaldetail")[0]

    days = told["detail_list"]
    assert (told["msgid"], told["publish_type"], told["title"]) == (msgid, 0, "News")
    assert told["content_url"].startswith("http://mp.weixin.qq.com/s?")
    assert len(days) == 30
    assert [day["read_user"] for day in days[:3]] == [1, 2, 2]


def test_there_are_no_new_figures_from_before_they_began(stage: Stage) -> None:
    answer = post(stage, "/datacube/getarticleread", {"begin_date": "2025-10-31", "end_date": "2025-10-31"})

    assert answer["errcode"] == 61501


def test_the_old_endpoints_can_be_gone(stage: Stage) -> None:
    stage.change(old_article_figures=False)

    assert post(stage, "/datacube/getuserread", {"begin_date": "2027-01-14", "end_date": "2027-01-14"})["errcode"] == 48001


def test_figures_of_articles_may_say_that_they_are_late(stage: Stage, msgid: str) -> None:
    stage.change(article_figures_delayed=True)

    asked = {"begin_date": TODAY, "end_date": TODAY}
    told = [post(stage, f"/datacube/{name}", asked) for name in ("getarticleread", "getarticleshare", "getbizsummary")]

    assert [answer["is_delay"] for answer in told] == [True] * 3
