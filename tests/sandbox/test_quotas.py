from __future__ import annotations

from tests.sandbox.stage import HOUSE, SHOP, Stage

USERS = "/cgi-bin/user/get"


def test_the_day_quota_ends_at_midnight_in_beijing(stage: Stage) -> None:
    stage.change(daily_limits={USERS: 2})
    stage.get(USERS, access_token=stage.token())
    stage.get(USERS, access_token=stage.token())

    third = stage.get(USERS, access_token=stage.token())
    stage.clock += 86_400 - (stage.clock + 8 * 3600) % 86_400
    next_day = stage.get(USERS, access_token=stage.token())

    assert third["errcode"] == 45009
    assert "total" in next_day


def test_the_minute_quota_is_free_again_in_the_next_minute(stage: Stage) -> None:
    stage.change(minute_limits={USERS: 1})
    stage.get(USERS, access_token=stage.token())

    second = stage.get(USERS, access_token=stage.token())
    stage.clock += 60
    later = stage.get(USERS, access_token=stage.token())

    assert second["errcode"] == 45011
    assert "total" in later


def test_quota_get_tells_limit_use_and_rest(stage: Stage) -> None:
    stage.get(USERS, access_token=stage.token())

    answer = stage.post("/cgi-bin/openapi/quota/get", {"cgi_path": USERS}, access_token=stage.token())

    assert answer == {"errcode": 0, "errmsg": "ok", "quota": {"daily_limit": 500, "used": 1, "remain": 499}}


def test_quota_get_tells_the_rate_limit_where_there_is_one(stage: Stage) -> None:
    answer = stage.post("/cgi-bin/openapi/quota/get", {"cgi_path": "/cgi-bin/stable_token"}, access_token=stage.token())

    assert answer["rate_limit"] == {"call_count": 10_000, "refresh_second": 60}


def test_quota_get_refuses_unknown_paths_and_sns(stage: Stage) -> None:
    unknown = stage.post("/cgi-bin/openapi/quota/get", {"cgi_path": "cgi-bin/user/get"}, access_token=stage.token())
    sns = stage.post("/cgi-bin/openapi/quota/get", {"cgi_path": "/sns/jscode2session"}, access_token=stage.token())

    assert unknown["errcode"] == 76021
    assert sns["errcode"] == 76022


def test_clear_quota_gives_the_calls_back(stage: Stage) -> None:
    stage.change(daily_limits={USERS: 1})
    stage.get(USERS, access_token=stage.token())

    cleared = stage.post("/cgi-bin/clear_quota", {"appid": HOUSE}, access_token=stage.token())

    assert cleared == {"errcode": 0, "errmsg": "ok"}
    assert "total" in stage.get(USERS, access_token=stage.token())


def test_clear_quota_works_ten_times_a_month(stage: Stage) -> None:
    codes = [stage.post("/cgi-bin/clear_quota", {"appid": HOUSE}, access_token=stage.token())["errcode"] for _ in range(11)]
    stage.clock += 31 * 86_400

    assert codes == [0] * 10 + [48006]
    assert stage.post("/cgi-bin/clear_quota", {"appid": HOUSE}, access_token=stage.token())["errcode"] == 0


def test_clear_quota_is_for_the_own_account(stage: Stage) -> None:
    foreign = stage.post("/cgi-bin/clear_quota", {"appid": SHOP}, access_token=stage.token())
    missing = stage.post("/cgi-bin/clear_quota", {}, access_token=stage.token())

    assert foreign["errcode"] == 40013
    assert missing["errcode"] == 41002
