from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.stage import SHOP, Stage

BASE = "/wxaapi/newtmpl"


def post(stage: Stage, name: str, **body: Any) -> Any:
    return stage.post(f"{BASE}/{name}", body, access_token=stage.token(SHOP))


def get(stage: Stage, name: str, **query: str) -> Any:
    return stage.get(f"{BASE}/{name}", access_token=stage.token(SHOP), **query)


def add(stage: Stage, **changed: Any) -> Any:
    return post(stage, "addtemplate", **{"tid": "1006", "kidList": [9, 10, 2], "sceneDesc": "就诊", **changed})


def test_a_template_is_taken_listed_and_dropped(stage: Stage) -> None:
    template_id = add(stage)["priTmplId"]

    listed = get(stage, "gettemplate")["data"]
    dropped = post(stage, "deltemplate", priTmplId=template_id)

    assert listed == [
        {
            "priTmplId": template_id,
            "title": "就诊提醒",
            "content": "姓名：{{name9.DATA}}\n就诊类型：{{enum10.DATA}}\n预约时间：{{time2.DATA}}\n",
            "example": "姓名：小林\n就诊类型：初诊\n预约时间：2026年8月1日 15:01\n",
            "type": 3,
            "keywordEnumValueList": [{"keywordCode": "enum10.DATA", "enumValueList": ["初诊", "复诊"]}],
        }
    ]
    assert dropped["errcode"] == 0
    assert get(stage, "gettemplate")["data"] == []


def test_a_taken_template_is_sent_like_any_other(stage: Stage, user: str) -> None:
    template_id = add(stage, tid="1005", kidList=[4, 11])["priTmplId"]
    stage.act(user, "subscribe", SHOP, template_id=template_id, answer="accept")

    data = {"character_string4": {"value": "A7"}, "number11": {"value": "17"}}
    message = {"touser": stage.openid(user, SHOP), "template_id": template_id, "data": data}
    sent = stage.post("/cgi-bin/message/subscribe/send", message, access_token=stage.token(SHOP))

    assert sent["errcode"] == 0


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"tid": "9"}, 200014),
        ({"kidList": [9]}, 200020),
        ({"kidList": [9, 9, 2]}, 200020),
        ({"kidList": [9, 77]}, 200020),
        ({"kidList": [1, 2, 3, 4, 5, 6]}, 200020),
        ({"sceneDesc": "长" * 16}, 200021),
    ],
)
def test_a_wrong_template_has_its_code(stage: Stage, changed: dict[str, Any], code: int) -> None:
    assert add(stage, **changed)["errcode"] == code


def test_a_template_is_taken_once_and_only_so_many(stage: Stage) -> None:
    add(stage)

    again = add(stage)
    stage.change(private_template_limit=1)

    assert again["errcode"] == 200022
    assert add(stage, kidList=[9, 2])["errcode"] == 200012
    assert post(stage, "deltemplate", priTmplId="nobody")["errcode"] == 200014
    assert post(stage, "deltemplate")["errcode"] == 200002


def test_the_library_is_cut_by_category(stage: Stage) -> None:
    stage.control("POST", "/accounts", {"appid": SHOP, "categories": [616]})

    categories = get(stage, "getcategory")["data"]
    titles = get(stage, "getpubtemplatetitles", ids="616,307", start="1", limit="2")

    assert categories == [{"id": 616, "name": "美容美发"}]
    assert titles["count"] == 4
    assert [one["tid"] for one in titles["data"]] == [1002, 1003]
    assert add(stage)["errcode"] == 200014


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"ids": "616", "start": "", "limit": "3"}, 200016),
        ({"ids": "616", "start": "0", "limit": "31"}, 200017),
        ({"ids": "", "start": "0", "limit": "3"}, 200018),
        ({"ids": "616,x", "start": "0", "limit": "3"}, 200019),
    ],
)
def test_wrong_pages_of_titles_have_their_codes(stage: Stage, query: dict[str, str], code: int) -> None:
    assert get(stage, "getpubtemplatetitles", **query)["errcode"] == code


def test_keywords_tell_their_rule(stage: Stage) -> None:
    told = get(stage, "getpubtemplatekeywords", tid="1004")

    assert told["count"] == 3
    assert told["data"][1] == {"kid": 5, "name": "金额", "example": "￥12.50", "rule": "amount"}
    assert get(stage, "getpubtemplatekeywords", tid="9")["errcode"] == 200014
