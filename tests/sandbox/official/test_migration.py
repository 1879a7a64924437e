from __future__ import annotations

from tests.sandbox.official.hands import codes, follower
from tests.sandbox.stage import HOUSE, SHOP, Stage

NEW = "wx00000000000000c1"


def test_followers_get_new_openids_that_the_old_ones_lead_to(stage: Stage) -> None:
    stage.make_account(NEW, "official_account", "gh_00000000c1")
    user, stranger = follower(stage), stage.make_user()
    old, unknown = stage.openid(user), stage.openid(stranger)
    body = {"from_appid": HOUSE, "openid_list": [old, unknown]}
    before = stage.post("/cgi-bin/changeopenid", body, access_token=stage.token(NEW))

    migrated = stage.control("POST", f"/accounts/{NEW}/migrate", {"from_appid": HOUSE})
    told = stage.post("/cgi-bin/changeopenid", body, access_token=stage.token(NEW))

    new = stage.openid(user, NEW)
    info = stage.get("/cgi-bin/user/info", access_token=stage.token(NEW), openid=new)
    assert (before["errcode"], migrated) == (40013, {"migrated": 1})
    assert told == {
        "errcode": 0,
        "errmsg": "ok",
        "result_list": [
            {"ori_openid": old, "new_openid": new, "err_msg": "ok"},
            {"ori_openid": unknown, "err_msg": "ori_openid error"},
        ],
    }
    assert (info["subscribe"], info["subscribe_scene"]) == (1, "ADD_SCENE_ACCOUNT_MIGRATION")


def test_a_hundred_openids_at_once_of_the_account_one_came_from(stage: Stage) -> None:
    stage.make_account(NEW, "official_account", "gh_00000000c1")
    stage.control("POST", f"/accounts/{NEW}/migrate", {"from_appid": HOUSE})
    bodies = [
        {"from_appid": SHOP, "openid_list": ["o"]},
        {"from_appid": HOUSE, "openid_list": []},
        {"from_appid": HOUSE, "openid_list": ["o"] * 101},
    ]

    answers = [stage.post("/cgi-bin/changeopenid", body, access_token=stage.token(NEW)) for body in bodies]

    assert codes(answers) == [40013, 40032, 40032]
