from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any

import pytest

from tests.sandbox.stage import HOUSE, SECRET, SHOP, Stage

SESSION = "/sns/jscode2session"
PHONE = "/wxa/business/getuserphonenumber"


def exchange(stage: Stage, code: str, **changed: str) -> Any:
    return stage.get(SESSION, **{"appid": SHOP, "secret": SECRET, "js_code": code, "grant_type": "authorization_code", **changed})


def login(stage: Stage, user: str, appid: str = SHOP) -> str:
    return str(stage.act(user, "login", appid)["code"])


def phone_code(stage: Stage, user: str) -> str:
    return str(stage.act(user, "phone-code", SHOP)["code"])


def redeem(stage: Stage, code: str, **fields: str) -> Any:
    return stage.post(PHONE, {"code": code, **fields}, access_token=stage.token(SHOP))


def check_session(stage: Stage, openid: str, key: str, **changed: str) -> Any:
    signature = hmac.new(key.encode(), b"", hashlib.sha256).hexdigest()
    query = {"access_token": stage.token(SHOP), "openid": openid, "signature": signature, "sig_method": "hmac_sha256", **changed}
    return stage.get("/wxa/checksession", **query)


def test_a_login_code_gives_openid_session_key_and_unionid(stage: Stage) -> None:
    user = stage.make_user()
    code = login(stage, user)

    answer = exchange(stage, code)

    assert re.fullmatch(r"0[0-9a-zA-Z]{31}", code)
    assert re.fullmatch(r"o[\w-]{27}", answer["openid"])
    assert answer["openid"] == stage.openid(user, SHOP)
    assert set(answer) == {"openid", "session_key", "unionid"}


def test_a_person_has_one_unionid_and_an_openid_per_account(stage: Stage) -> None:
    user, other = stage.make_user(), stage.make_user()

    in_shop = exchange(stage, login(stage, user))
    in_house = stage.control("GET", f"/users/{user}?appid={HOUSE}")
    of_other = exchange(stage, login(stage, other))

    assert in_shop["unionid"] == in_house["unionid"]
    assert in_shop["openid"] != in_house["openid"]
    assert of_other["unionid"] != in_shop["unionid"]


def test_without_an_open_platform_account_there_is_no_unionid(stage: Stage) -> None:
    stage.control("POST", "/accounts", {"appid": SHOP, "open_platform": None})

    answer = exchange(stage, login(stage, stage.make_user()))

    assert set(answer) == {"openid", "session_key"}


def test_a_login_code_works_once(stage: Stage) -> None:
    code = login(stage, stage.make_user())
    exchange(stage, code)

    assert exchange(stage, code)["errcode"] == 40163


def test_a_used_login_code_can_be_40029(stage: Stage) -> None:
    stage.change(used_login_code_errcode=40029)
    code = login(stage, stage.make_user())
    exchange(stage, code)

    assert exchange(stage, code)["errcode"] == 40029


def test_a_login_code_lives_five_minutes(stage: Stage) -> None:
    user = stage.make_user()
    young, old = login(stage, user), login(stage, user)

    stage.clock += 299
    in_time = exchange(stage, young)
    stage.clock += 1

    assert "openid" in in_time
    assert exchange(stage, old)["errcode"] == 40029


def test_a_login_code_of_another_mini_program_is_invalid_and_stays_good_there(stage: Stage) -> None:
    stage.make_account("wxother", "mini_program", "gh_other")
    code = login(stage, stage.make_user(), "wxother")

    foreign = exchange(stage, code)
    own = exchange(stage, code, appid="wxother")

    assert foreign["errcode"] == 40029
    assert "openid" in own


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"appid": ""}, 41002),
        ({"appid": "wxnobody"}, 40013),
        ({"secret": ""}, 41004),
        ({"secret": "wrong"}, 40125),
        ({"js_code": ""}, 41008),
        ({"js_code": "made-up"}, 40029),
        ({"grant_type": "client_credential"}, 40002),
    ],
)
def test_a_wrong_login_request_has_its_code(stage: Stage, changed: dict[str, str], errcode: int) -> None:
    code = login(stage, stage.make_user())

    assert exchange(stage, code, **changed)["errcode"] == errcode


def test_a_high_risk_person_is_refused_and_the_code_is_used_up(stage: Stage) -> None:
    user = stage.make_user(high_risk=True)
    code = login(stage, user)

    refused = exchange(stage, code)

    assert refused["errcode"] == 40226
    assert exchange(stage, code)["errcode"] == 40163


def test_the_session_key_of_the_last_login_checks(stage: Stage) -> None:
    answer = exchange(stage, login(stage, stage.make_user()))

    assert check_session(stage, answer["openid"], answer["session_key"]) == {"errcode": 0, "errmsg": "ok"}


def test_a_login_on_the_phone_ends_the_session_key_before_the_server_hears_of_it(stage: Stage) -> None:
    user = stage.make_user()
    answer = exchange(stage, login(stage, user))

    login(stage, user)

    assert check_session(stage, answer["openid"], answer["session_key"])["errcode"] == 87009


def test_session_keys_can_stay(stage: Stage) -> None:
    stage.change(session_key_rotation=0)
    user = stage.make_user()

    first, second = exchange(stage, login(stage, user)), exchange(stage, login(stage, user))

    assert first["session_key"] == second["session_key"]


def test_a_session_key_ends_when_nobody_uses_it(stage: Stage) -> None:
    answer = exchange(stage, login(stage, stage.make_user()))
    stage.clock += 259_200

    assert check_session(stage, answer["openid"], answer["session_key"])["errcode"] == 87009


def test_a_session_check_names_what_is_wrong(stage: Stage) -> None:
    answer = exchange(stage, login(stage, stage.make_user()))

    assert check_session(stage, "", answer["session_key"])["errcode"] == 41009
    assert check_session(stage, "oNobody", answer["session_key"])["errcode"] == 40003
    assert check_session(stage, answer["openid"], answer["session_key"], sig_method="sha1")["errcode"] == 87008
    assert check_session(stage, answer["openid"], "another key")["errcode"] == 87009


def test_a_phone_code_gives_the_number_once(stage: Stage) -> None:
    user = stage.make_user(phone="13800138000")
    code = phone_code(stage, user)

    answer, again = redeem(stage, code), redeem(stage, code)

    assert re.fullmatch(r"[0-9a-f]{64}", code)
    assert answer["phone_info"]["phoneNumber"] == answer["phone_info"]["purePhoneNumber"] == "13800138000"
    assert answer["phone_info"]["countryCode"] == "86"
    assert answer["phone_info"]["watermark"] == {"timestamp": int(stage.clock), "appid": SHOP}
    assert again["errcode"] == 40029


def test_a_foreign_number_carries_its_country(stage: Stage) -> None:
    user = stage.make_user(phone="51234567", country_code="852")

    phone = redeem(stage, phone_code(stage, user))["phone_info"]

    assert phone["phoneNumber"] == "+85251234567"
    assert phone["purePhoneNumber"] == "51234567"


def test_phone_codes_and_login_codes_are_not_interchangeable(stage: Stage) -> None:
    user = stage.make_user()

    phone_at_login = exchange(stage, phone_code(stage, user))
    login_at_phone = redeem(stage, login(stage, user))

    assert phone_at_login["errcode"] == 40029
    assert login_at_phone["errcode"] == 40029


def test_a_phone_code_with_a_strangers_openid_is_refused_and_stays_good(stage: Stage) -> None:
    user, stranger = stage.make_user(), stage.make_user()
    code = phone_code(stage, user)

    refused = redeem(stage, code, openid=stage.openid(stranger, SHOP))
    taken = redeem(stage, code, openid=stage.openid(user, SHOP))

    assert refused["errcode"] == 40029
    assert taken["errcode"] == 0


def test_a_phone_code_lives_five_minutes(stage: Stage) -> None:
    code = phone_code(stage, stage.make_user())
    stage.clock += 300

    assert redeem(stage, code)["errcode"] == 40029


def test_an_unverified_mini_program_gets_no_phone_numbers(stage: Stage) -> None:
    stage.control("POST", "/accounts", {"appid": SHOP, "verified": False})

    assert redeem(stage, phone_code(stage, stage.make_user()))["errcode"] == 48001


def test_an_official_account_gives_no_login_codes(stage: Stage) -> None:
    user = stage.make_user()

    refused = stage.control("POST", f"/users/{user}/login", {"appid": HOUSE}, status=409)

    assert "not a mini program" in refused["error"]
