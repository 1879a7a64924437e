from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.official.hands import codes, events
from tests.sandbox.stage import HOUSE, SECRET, SHOP, Stage

SITE = "wx00000000000000d1"


def agree(stage: Stage, user: str, appid: str = HOUSE, **fields: Any) -> str:
    return str(stage.act(user, "authorize", appid, **fields)["code"])


def exchange(stage: Stage, code: str, appid: str = HOUSE, **fields: str) -> Any:
    query = {"appid": appid, "secret": SECRET, "code": code, "grant_type": "authorization_code", **fields}
    return stage.get("/sns/oauth2/access_token", **query)


def refresh(stage: Stage, refresh_token: str, **fields: str) -> Any:
    query = {"appid": HOUSE, "grant_type": "refresh_token", "refresh_token": refresh_token, **fields}
    return stage.get("/sns/oauth2/refresh_token", **query)


def person(stage: Stage, token: str, openid: str) -> Any:
    return stage.get("/sns/userinfo", access_token=token, openid=openid, lang="zh_CN")


def log_in(stage: Stage, user: str, scope: str = "snsapi_userinfo") -> Any:
    return exchange(stage, agree(stage, user, scope=scope))


def test_a_silent_login_tells_the_openid_alone(stage: Stage) -> None:
    user = stage.make_user()

    told = log_in(stage, user, "snsapi_base")

    assert told == {
        "access_token": told["access_token"],
        "expires_in": 7200,
        "refresh_token": told["refresh_token"],
        "openid": stage.openid(user),
        "scope": "snsapi_base",
    }
    assert person(stage, told["access_token"], told["openid"])["errcode"] == 48001


def test_a_login_with_consent_tells_unionid_name_and_picture(stage: Stage) -> None:
    user = stage.make_user(name="Ann")

    told = log_in(stage, user)
    shown = person(stage, told["access_token"], told["openid"])

    unionid = stage.sandbox.state.users[user].unionids["op1"]
    assert told["unionid"] == unionid
    assert shown == {
        "openid": told["openid"],
        "nickname": "Ann",
        "sex": 0,
        "language": "",
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": f"https://thirdwx.qlogo.cn/mmopen/vi_32/{user}/132",
        "privilege": [],
        "unionid": unionid,
    }


def test_a_snapshot_visitor_is_nobody(stage: Stage) -> None:
    user = stage.make_user(name="Ann")

    told = exchange(stage, agree(stage, user, scope="snsapi_userinfo", snapshot=True))
    shown = person(stage, told["access_token"], told["openid"])

    assert told["is_snapshotuser"] == 1
    assert told["openid"] != stage.openid(user)
    assert "unionid" not in told
    assert (shown["nickname"], "unionid" in shown) == ("微信用户", False)


def test_a_code_works_once_and_for_five_minutes(stage: Stage) -> None:
    user = stage.make_user()
    used, old = agree(stage, user), agree(stage, user)
    stage.clock += 299
    first = exchange(stage, used)
    again = exchange(stage, used)
    stage.clock += 1

    late = exchange(stage, old)
    stage.change(expired_web_code_errcode=42003)

    assert codes([first, again, late, exchange(stage, old)]) == [0, 40163, 40029, 42003]


@pytest.mark.parametrize(
    ("fields", "errcode"),
    [
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"appid": "wxnobody"}, 40013),
        ({"secret": "x"}, 40125),
        ({"code": ""}, 41008),
        ({"grant_type": "x"}, 40002),
        ({"code": "x"}, 40029),
    ],
)
def test_a_wrong_exchange_has_its_code(stage: Stage, fields: dict[str, str], errcode: int) -> None:
    query = {"appid": HOUSE, "secret": SECRET, "code": agree(stage, stage.make_user()), "grant_type": "authorization_code", **fields}

    assert stage.get("/sns/oauth2/access_token", **query)["errcode"] == errcode


def test_a_living_token_lives_on_and_a_dead_one_is_replaced(stage: Stage) -> None:
    told = log_in(stage, stage.make_user())
    stage.clock += 7_000
    longer = refresh(stage, told["refresh_token"])
    stage.clock += 7_000
    still = person(stage, told["access_token"], told["openid"])
    stage.clock += 300
    dead = person(stage, told["access_token"], told["openid"])

    new = refresh(stage, told["refresh_token"])

    assert longer == {name: told[name] for name in ("access_token", "expires_in", "refresh_token", "openid", "scope")}
    assert codes([still, dead]) == [0, 42001]
    assert new["access_token"] != told["access_token"]
    assert person(stage, told["access_token"], told["openid"])["errcode"] == 40001


def test_a_refresh_token_ends_after_thirty_days(stage: Stage) -> None:
    told = log_in(stage, stage.make_user())
    stage.clock += 30 * 86_400

    answers = [refresh(stage, told["refresh_token"]), refresh(stage, "x"), refresh(stage, ""), refresh(stage, "x", appid="wxnobody")]

    assert codes(answers) == [42002, 40030, 41003, 40013]


def test_a_token_is_good_for_its_person_only(stage: Stage) -> None:
    first, second = (log_in(stage, stage.make_user()) for _ in range(2))
    asked = [(first["access_token"], first["openid"]), (first["access_token"], second["openid"]), ("x", first["openid"]), ("", "o")]

    answers = [stage.get("/sns/auth", access_token=token, openid=openid) for token, openid in asked]

    assert codes(answers) == [0, 40003, 40001, 41001]


def test_tokens_of_people_and_of_accounts_are_no_good_for_each_other(stage: Stage) -> None:
    told = log_in(stage, stage.make_user())

    assert stage.get("/cgi-bin/menu/get", access_token=told["access_token"])["errcode"] == 40001
    assert person(stage, stage.token(), told["openid"])["errcode"] == 40001


def test_websites_and_apps_are_accounts_of_their_own(stage: Stage) -> None:
    stage.make_account(SITE, "website_app", "gh_site")
    stage.make_account("wxapp", "mobile_app", "gh_app")
    user = stage.make_user()

    site = exchange(stage, agree(stage, user, SITE, scope="snsapi_login"), SITE)
    app = exchange(stage, agree(stage, user, "wxapp", scope="snsapi_userinfo"), "wxapp")

    assert len({site["openid"], app["openid"], stage.openid(user)}) == 3
    assert site["unionid"] == app["unionid"]
    assert exchange(stage, agree(stage, user, SITE, scope="snsapi_login"))["errcode"] == 40029


@pytest.mark.parametrize(("appid", "scope"), [(SHOP, "snsapi_base"), (HOUSE, "snsapi_login"), (HOUSE, "x")])
def test_not_every_account_may_ask_for_everything(stage: Stage, appid: str, scope: str) -> None:
    stage.control("POST", f"/users/{stage.make_user()}/authorize", {"appid": appid, "scope": scope}, status=409)


def test_what_is_taken_back_ends_the_tokens_and_is_told(stage: Stage) -> None:
    stage.set_callback()
    user = stage.make_user()
    told = log_in(stage, user)

    stage.act(user, "revoke-authorization", kind="205")

    assert person(stage, told["access_token"], told["openid"])["errcode"] == 40001
    assert events(stage, "user_authorization_revoke") == [
        {
            "FromUserName": "gh_platform",
            "OpenID": told["openid"],
            "UnionID": told["unionid"],
            "AppID": HOUSE,
            "RevokeInfo": "205",
        }
    ]


def test_a_new_name_is_told_to_accounts_that_were_granted_it_lately(stage: Stage) -> None:
    stage.set_callback()
    lately, silently, long_ago = stage.make_user(), stage.make_user(), stage.make_user()
    log_in(stage, long_ago)
    stage.clock += 31 * 86_400
    log_in(stage, lately)
    log_in(stage, silently, "snsapi_base")

    for user in (lately, silently, long_ago):
        stage.control("POST", f"/users/{user}/change-profile", {"name": "New"})

    assert [one["OpenID"] for one in events(stage, "user_info_modified")] == [stage.openid(lately)]
    assert stage.sandbox.state.users[lately].name == "New"


def test_the_end_of_a_person_is_told_to_every_account(stage: Stage) -> None:
    stage.set_callback()
    stage.set_callback(SHOP)
    user = stage.make_user()
    openids = {stage.openid(user), stage.openid(user, SHOP)}
    told = log_in(stage, user)

    stage.control("POST", f"/users/{user}/close-account", {})

    assert {one["OpenID"] for one in events(stage, "user_authorization_cancellation")} == openids
    assert person(stage, told["access_token"], told["openid"])["errcode"] == 40001
