from __future__ import annotations

from typing import Any

from tests.sandbox.stage import HOUSE, SHOP, Stage


def info(stage: Stage, openid: str) -> Any:
    return stage.get("/cgi-bin/user/info", access_token=stage.token(), openid=openid)


def followers(stage: Stage, after: str = "") -> Any:
    return stage.get("/cgi-bin/user/get", access_token=stage.token(), next_openid=after)


def test_a_follower_is_described_with_unionid_and_no_nickname(stage: Stage) -> None:
    user = stage.make_user(name="Ann")
    stage.act(user, "follow", scene_str="order_42")

    answer = info(stage, stage.openid(user))

    assert answer["subscribe"] == 1
    assert answer["subscribe_time"] == int(stage.clock)
    assert (answer["subscribe_scene"], answer["qr_scene"], answer["qr_scene_str"]) == ("ADD_SCENE_QR_CODE", 0, "order_42")
    assert answer["unionid"] == stage.sandbox.state.users[user].unionids["op1"]
    assert not {"nickname", "headimgurl", "sex"} & set(answer)


def test_a_scene_of_digits_is_a_scene_id(stage: Stage) -> None:
    user = stage.make_user()
    stage.act(user, "follow", scene_str="42")

    answer = info(stage, stage.openid(user))

    assert (answer["qr_scene"], answer["qr_scene_str"]) == (42, "")


def test_who_does_not_follow_is_told_with_subscribe_0_only(stage: Stage) -> None:
    user = stage.make_user()
    openid = stage.openid(user)

    assert info(stage, openid) == {"subscribe": 0, "openid": openid}


def test_the_unionid_of_who_does_not_follow_is_a_setting(stage: Stage) -> None:
    stage.change(unionid_of_non_followers=True)

    assert "unionid" in info(stage, stage.openid(stage.make_user()))


def test_an_account_bound_later_shows_the_unionid_later(stage: Stage) -> None:
    stage.control("POST", "/accounts", {"appid": HOUSE, "open_platform": None})
    user = stage.make_user()
    stage.act(user, "follow")

    before = info(stage, stage.openid(user))
    stage.control("POST", "/accounts", {"appid": HOUSE, "open_platform": "op1"})
    after = info(stage, stage.openid(user))

    assert "unionid" not in before
    assert after["unionid"]


def test_the_openid_of_another_account_is_40003(stage: Stage) -> None:
    assert info(stage, stage.openid(stage.make_user(), SHOP))["errcode"] == 40003


def test_batchget_takes_up_to_a_hundred(stage: Stage) -> None:
    openids = [stage.openid(stage.make_user()) for _ in range(2)]
    path, token = "/cgi-bin/user/info/batchget", stage.token()

    both = stage.post(path, {"user_list": [{"openid": openid} for openid in openids]}, access_token=token)
    none = stage.post(path, {"user_list": []}, access_token=token)
    many = stage.post(path, {"user_list": [{"openid": openids[0]}] * 101}, access_token=token)
    foreign = stage.post(path, {"user_list": [{"openid": "oNobody"}]}, access_token=token)

    assert [user["openid"] for user in both["user_info_list"]] == openids
    assert [none["errcode"], many["errcode"], foreign["errcode"]] == [40032, 40032, 40003]


def test_followers_come_in_pages_by_time_of_following_until_a_page_has_no_data(stage: Stage) -> None:
    stage.change(followers_per_page=2)
    users = [stage.make_user() for _ in range(4)]
    for user in users[:3]:
        stage.act(user, "follow")
        stage.clock += 1
    openids = [stage.openid(user) for user in users]

    first = followers(stage)
    second = followers(stage, first["next_openid"])
    third = followers(stage, second["next_openid"])

    assert first == {"total": 3, "count": 2, "data": {"openid": openids[:2]}, "next_openid": openids[1]}
    assert second == {"total": 3, "count": 1, "data": {"openid": openids[2:3]}, "next_openid": openids[2]}
    assert third == {"total": 3, "count": 0, "next_openid": ""}


def test_who_unfollows_leaves_the_list(stage: Stage) -> None:
    user = stage.make_user()
    stage.act(user, "follow")

    stage.act(user, "unfollow")

    assert followers(stage)["total"] == 0


def test_an_unknown_cursor_is_40003(stage: Stage) -> None:
    assert followers(stage, "oNobody")["errcode"] == 40003
