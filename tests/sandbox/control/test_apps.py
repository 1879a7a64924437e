from __future__ import annotations

import pytest

from tests.sandbox.stage import SECRET, SHOP, Stage

APP = "wx00000000000000f1"


@pytest.fixture
def user(stage: Stage) -> str:
    stage.make_account(APP, "mobile_app", "gh_00000000f1")
    return stage.make_user()


def test_an_app_login_gives_the_unionid_of_every_other_end(stage: Stage, user: str) -> None:
    response = stage.act(user, "app-login", APP, state="s1")["response"]

    query = {"appid": APP, "secret": SECRET, "code": response["code"], "grant_type": "authorization_code"}
    answer = stage.get("/sns/oauth2/access_token", **query)
    again = stage.get("/sns/oauth2/access_token", **query)

    assert (response["ErrCode"], response["state"]) == (0, "s1")
    assert answer["openid"] == stage.openid(user, APP) != stage.openid(user, SHOP)
    assert answer["unionid"] == stage.control("GET", f"/users/{user}?appid={SHOP}")["unionid"]
    assert again["errcode"] == 40163


@pytest.mark.parametrize(("seconds", "errcode"), [(599, 0), (600, 40029)])
def test_the_code_of_an_app_lives_ten_minutes(stage: Stage, user: str, seconds: int, errcode: int) -> None:
    code = stage.act(user, "app-login", APP)["response"]["code"]
    stage.clock += seconds

    answer = stage.get("/sns/oauth2/access_token", appid=APP, secret=SECRET, code=code, grant_type="authorization_code")

    assert answer.get("errcode", 0) == errcode


@pytest.mark.parametrize(("life_days", "errcode"), [(30, 42002), (180, 0)])
def test_how_long_an_app_may_refresh_is_a_setting(stage: Stage, user: str, life_days: int, errcode: int) -> None:
    stage.change(app_refresh_token_life_s=life_days * 86_400)
    code = stage.act(user, "app-login", APP)["response"]["code"]
    proof = {"appid": APP, "secret": SECRET, "grant_type": "authorization_code"}
    token = stage.get("/sns/oauth2/access_token", code=code, **proof)["refresh_token"]
    stage.clock += 30 * 86_400

    answer = stage.get("/sns/oauth2/refresh_token", appid=APP, grant_type="refresh_token", refresh_token=token)

    assert answer.get("errcode", 0) == errcode


@pytest.mark.parametrize(("answer", "code"), [("cancel", -2), ("deny", -4)])
def test_without_a_yes_there_is_no_code(stage: Stage, user: str, answer: str, code: int) -> None:
    response = stage.act(user, "app-login", APP, answer=answer)["response"]

    assert response["ErrCode"] == code
    assert "code" not in response


def test_an_app_launches_a_mini_program_and_is_named(stage: Stage, user: str) -> None:
    launched = stage.act(user, "launch-from-app", APP, mini_program=SHOP, path="pages/goods?id=7")["launch"]

    assert launched["scene"] == 1069
    assert launched["referrerInfo"] == {"appId": APP}
    assert launched["query"] == {"id": "7"}


def test_only_apps_log_in_like_apps(stage: Stage, user: str) -> None:
    stage.control("POST", f"/users/{user}/app-login", {"appid": SHOP}, status=409)
