from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.official.hands import OK, codes, get, post
from tests.sandbox.stage import HOUSE, Stage

NAMES = ["商品", "下单时间", "金额"]


def add(stage: Stage, short: str = "47123", names: list[str] | None = None) -> Any:
    return post(stage, "/cgi-bin/template/api_add_template", {"template_id_short": short, "keyword_name_list": names or []})


def set_industry(stage: Stage, first: str = "1", second: str = "10") -> Any:
    return post(stage, "/cgi-bin/template/api_set_industry", {"industry_id1": first, "industry_id2": second})


def list_all(stage: Stage) -> list[Any]:
    return list(get(stage, "/cgi-bin/template/get_all_private_template")["template_list"])


def test_the_industry_is_told_in_words(stage: Stage) -> None:
    before = get(stage, "/cgi-bin/template/get_industry")

    assert set_industry(stage) == OK

    assert before["errcode"] == 40035
    assert get(stage, "/cgi-bin/template/get_industry") == {
        "primary_industry": {"first_class": "IT科技", "second_class": "互联网|电子商务"},
        "secondary_industry": {"first_class": "餐饮", "second_class": "餐饮"},
    }


def test_the_industry_changes_once_a_month_and_takes_its_templates_along(stage: Stage) -> None:
    set_industry(stage)
    add(stage, "TM00015")
    add(stage, "47123", NAMES)
    soon = set_industry(stage, "41", "41")
    stage.clock += 31 * 86_400

    later = set_industry(stage, "41", "41")

    assert codes([soon, later]) == [43100, 0]
    assert [one["title"] for one in list_all(stage)] == ["模板47123"]


@pytest.mark.parametrize("wrong", ["0", "42", "x", ""])
def test_there_are_forty_one_industries(stage: Stage, wrong: str) -> None:
    assert set_industry(stage, wrong)["errcode"] == 40035


def test_a_category_template_gets_its_keywords_from_their_names(stage: Stage) -> None:
    made = add(stage, "47123", NAMES)

    assert made == {**OK, "template_id": made["template_id"]}
    assert list_all(stage) == [
        {
            "template_id": made["template_id"],
            "title": "模板47123",
            "content": "商品：{{thing1.DATA}}\n下单时间：{{time2.DATA}}\n金额：{{amount3.DATA}}",
            "example": "",
            "primary_industry": "",
            "deputy_industry": "",
        }
    ]


def test_templates_that_cannot_be_have_their_codes(stage: Stage) -> None:
    assert codes([add(stage, "x"), add(stage, "47123"), add(stage, "47123", ["k"] * 6)]) == [40037, 40246, 40246]


def test_twenty_five_templates_are_enough_until_one_goes(stage: Stage) -> None:
    made = [add(stage, str(number), NAMES) for number in range(25)]
    full = add(stage, "99", NAMES)

    gone = post(stage, "/cgi-bin/template/del_private_template", {"template_id": made[0]["template_id"]})
    again = post(stage, "/cgi-bin/template/del_private_template", {"template_id": made[0]["template_id"]})

    assert codes([full, gone, again, add(stage, "99", NAMES)]) == [45026, 0, 40037, 0]


def test_no_template_message_is_intercepted(stage: Stage) -> None:
    template_id = add(stage, "47123", NAMES)["template_id"]

    answers = [post(stage, "/wxa/sec/queryblocktmplmsg", {"tmpl_msg_id": one, "largest_id": 0, "limit": 10}) for one in (template_id, "x")]

    assert answers[0] == {**OK, "msginfo": []}
    assert codes(answers) == [0, 40037]


def test_a_subscription_account_has_no_templates(stage: Stage) -> None:
    stage.control("POST", "/accounts", {"appid": HOUSE, "service": False})

    assert add(stage)["errcode"] == 48001
