from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.stage import SHOP, Stage


def ask(stage: Stage, user: str, **query: str) -> Any:
    return stage.get("/wxa/getpaidunionid", access_token=stage.token(SHOP), openid=stage.openid(user, SHOP), **query)


def test_a_payment_tells_the_unionid_for_five_minutes(stage: Stage, user: str) -> None:
    payment = stage.act(user, "pay", SHOP, amount_fen=1250, out_trade_no="T1")["payment"]

    by_wechat = ask(stage, user, transaction_id=payment["transaction_id"])
    by_merchant = ask(stage, user, mch_id=payment["mch_id"], out_trade_no="T1")
    stage.clock += 300

    assert by_wechat["unionid"] == by_merchant["unionid"] == stage.control("GET", f"/users/{user}?appid={SHOP}")["unionid"]
    assert ask(stage, user, transaction_id=payment["transaction_id"])["errcode"] == 89300


def test_only_the_payers_payment_counts(stage: Stage, user: str) -> None:
    payment = stage.act(user, "pay", SHOP, amount_fen=1)["payment"]
    other = stage.make_user()

    assert ask(stage, other, transaction_id=payment["transaction_id"])["errcode"] == 89300
    assert ask(stage, user, transaction_id="4200")["errcode"] == 89300
    stage.control("POST", "/accounts", {"appid": SHOP, "open_platform": None})
    assert ask(stage, user, transaction_id=payment["transaction_id"])["errcode"] == 89002


def test_an_order_number_is_paid_once(stage: Stage, user: str) -> None:
    stage.act(user, "pay", SHOP, amount_fen=1, out_trade_no="T1")

    stage.control("POST", f"/users/{user}/pay", {"appid": SHOP, "amount_fen": 1, "out_trade_no": "T1"}, status=409)
    stage.control("POST", f"/users/{user}/pay", {"appid": SHOP, "amount_fen": 0}, status=409)


@pytest.mark.parametrize(("way", "fen"), [("quick", 3), ("realtime", 4)])
def test_phone_prompts_cost_after_a_thousand(stage: Stage, user: str, way: str, fen: int) -> None:
    stage.sandbox.mini_book(SHOP).phone_prompts["quick"] = 999

    given = [stage.act(user, "give-phone", SHOP, way=way)["detail"] for _ in range(2)]

    assert all(len(one["code"]) == 64 for one in given)
    assert stage.control("GET", f"/mini-programs/{SHOP}")["phone_prompts"]["cost_fen"] == fen


def test_without_quota_there_is_no_phone_code(stage: Stage, user: str) -> None:
    stage.change(phone_prompt_limit=0)

    assert stage.act(user, "give-phone", SHOP)["detail"]["errno"] == 1400001


def test_a_high_risk_person_has_the_highest_rank_while_active(stage: Stage, user: str) -> None:
    stage.control("POST", "/users", {"user": user, "high_risk": True})
    body = {"appid": SHOP, "openid": stage.openid(user, SHOP), "scene": 1, "client_ip": "203.0.113.9"}

    def rank(**changed: Any) -> Any:
        return stage.post("/wxa/getuserriskrank", {**body, **changed}, access_token=stage.token(SHOP))

    told = rank()

    assert told["risk_rank"] == 4
    assert isinstance(told["unoin_id"], int)
    assert rank(appid="wxother")["errcode"] == 40013
    assert rank(scene=3)["errcode"] == 40097
    assert rank(openid="oNobody")["errcode"] == 40003
    stage.clock += 7200
    assert rank()["errcode"] == 61010


def test_a_plugin_code_gives_the_same_openpid_each_time_and_works_once(stage: Stage, user: str) -> None:
    def redeem(code: str) -> Any:
        return stage.post("/wxa/getpluginopenpid", {"code": code}, access_token=stage.token(SHOP))

    first, second = (stage.act(user, "plugin-login", SHOP)["code"] for _ in range(2))
    openpids = [redeem(first)["openpid"], redeem(second)["openpid"]]

    assert openpids[0] == openpids[1]
    assert redeem(first)["errcode"] == 1007
    assert redeem("")["errcode"] == 1001
