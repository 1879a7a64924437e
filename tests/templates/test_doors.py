"""Templates had from WeChat, shown, previewed and kept fresh."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account
from chalicelib.errors import Invalid
from chalicelib.templates import flows
from chalicelib.templates.words import TemplateKind, TooLong
from tests.builders import MINI_APPID, OA_APPID, TEMPLATE_ID, make_accounts, make_brand, official_account
from tests.house import House

LISTED = "/wxaapi/newtmpl/gettemplate"
OF_MINI = "/v1/accounts/demo.mini/templates"


@pytest.fixture
def key(house: House) -> str:
    made = make_brand(house)
    make_accounts(house, made)
    return made


def mini(house: House) -> Account:
    return register.find_account("demo.mini", world=house.world, now=house.clock())


def check(house: House, data: dict[str, str], template: str = TEMPLATE_ID, **changes: Any) -> dict[str, str]:
    told = {"kind": TemplateKind.subscription, "place": "$.channels[0]", "world": house.world, "now": house.clock()}
    return flows.check(mini(house), template, data, TooLong.refuse, **{**told, **changes})


def test_templates_are_had_from_wechat_once_and_shown_with_their_keywords(house: House, key: str) -> None:
    _, shown = house.call("GET", OF_MINI, key=key)
    house.call("GET", OF_MINI, key=key)

    assert [(each["key"], each["kind"], each["name"]) for each in shown["templates"][0]["fields"]] == [
        ("thing1", "thing", "服务"),
        ("time2", "time", "时间"),
    ]
    assert len(house.wechat_calls(LISTED)) == 1


def test_templates_of_template_messages_stand_beside_those_of_notices(house: House, key: str) -> None:
    token = house.call("GET", "/v1/tokens/demo.oa", key=key)[1]["access_token"]
    with house.wechat_app.test_client() as wechat:
        order = {"template_id_short": "TM00015", "keyword_name_list": ["商品", "金额"]}
        template_id = wechat.post(f"/cgi-bin/template/api_add_template?access_token={token}", json=order).get_json()["template_id"]

    _, shown = house.call("GET", "/v1/accounts/demo.oa/templates", key=key)

    assert [(each["id"], each["kind"]) for each in shown["templates"]] == [(template_id, "template_message")]


def test_keywords_of_templates_from_before_there_were_kinds_are_previewed_too(house: House, key: str) -> None:
    status, shown = house.call("POST", f"{OF_MINI}/{TEMPLATE_ID}/preview", {"data": {"orderProductPrice": "12", "keyword1": "x"}}, key=key)

    assert status == 200
    assert {wrong["key"] for wrong in shown["wrong"]} == {"orderProductPrice", "keyword1", "thing1", "time2"}


def test_a_new_template_is_there_after_a_sync(house: House, key: str) -> None:
    house.call("GET", OF_MINI, key=key)
    account = house.sandbox.state.accounts[MINI_APPID]
    account.templates.clear()

    status, shown = house.call("POST", f"{OF_MINI}/sync", key=key)

    assert (status, shown["templates"]) == (200, [])


def test_the_schedule_has_them_anew_after_six_hours_and_an_account_in_trouble_delays_no_other(house: House, key: str) -> None:
    house.tick("sync_templates")
    house.tick("sync_templates")
    at_once = len(house.wechat_calls(LISTED))
    house.clock.moment += timedelta(hours=6)
    del house.sandbox.state.accounts[OA_APPID]

    house.tick("sync_templates")

    assert at_once == 2  # one of each account
    assert house.call("GET", OF_MINI, key=key)[1]["synced_at"] == "2026-11-20T10:00:00Z"


def test_a_preview_reads_as_the_message_would_and_tells_every_fault_at_once(house: House, key: str) -> None:
    data = {"thing1": "一个超过二十个字的服务名称，写得实在太长了一些", "time2": "明天"}

    _, shown = house.call("POST", f"{OF_MINI}/{TEMPLATE_ID}/preview", {"data": data, "too_long": "cut"}, key=key)

    assert shown["cut"] == ["thing1"]
    assert [wrong["key"] for wrong in shown["wrong"]] == ["time2"]
    assert shown["text"].startswith("服务：一个超过二十个字")
    assert house.wechat_calls("/cgi-bin/message/subscribe/send") == []


def test_an_unknown_template_is_refused_and_one_of_an_account_never_synced_is_left_to_wechat(house: House, key: str) -> None:
    assert check(house, {"anything": "goes"}) == {"anything": "goes"}

    house.call("POST", f"{OF_MINI}/sync", key=key)

    assert check(house, {"thing1": "肩颈护理", "time2": "15:01"}) == {"thing1": "肩颈护理", "time2": "15:01"}
    with pytest.raises(Invalid, match=r"another channel - at `\$\.channels\[0\]\.template_id`"):
        check(house, {"thing1": "肩颈护理", "time2": "15:01"}, kind=TemplateKind.template_message)
    with pytest.raises(Invalid, match="no such template"):
        check(house, {"thing1": "x"}, template="TPL_NONE")
    with pytest.raises(Invalid, match=r"at `\$\.channels\[0\]\.data\.time2`"):
        check(house, {"thing1": "x", "time2": "明天"})
    with pytest.raises(Invalid, match=r"no such keyword - at `\$\.channels\[0\]\.data\.thing9`"):
        check(house, {"thing1": "x", "time2": "15:01", "thing9": "x"})
    assert house.call("POST", f"{OF_MINI}/TPL_NONE/preview", {"data": {}}, key=key)[1]["Code"] == "template_missing"


def test_accounts_without_templates_have_no_such_door(house: House, key: str) -> None:
    order = official_account(name="shop", kind="app", appid="wx00000000000000f6")
    for each in ("callback_token", "aes_key", "original_id"):
        order.pop(each)
    house.call("POST", "/v1/accounts", {**order, "callback_mode": "plain"}, key=key)

    assert house.call("GET", "/v1/accounts/demo.shop/templates", key=key)[1]["Code"] == "account_missing"


def test_how_many_a_template_reaches_is_asked_of_a_template_that_is_there(house: House, key: str) -> None:
    house.call("POST", f"{OF_MINI}/sync", key=key)

    mistyped = house.call("GET", "/v1/grants/demo.mini/TPL_NONE", key=key)
    meant = house.call("GET", f"/v1/grants/demo.mini/{TEMPLATE_ID}", key=key)

    assert (mistyped[0], mistyped[1]["Code"]) == (404, "template_missing")
    assert (meant[0], meant[1]["reached"]) == (200, 0)
