from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.stage import HOUSE, SHOP, Stage

HELP = {"type": "click", "name": "Help", "key": "MENU_HELP"}
SITE = {"type": "view", "name": "Site", "url": "https://example.com"}
STORE = {"type": "miniprogram", "name": "Shop", "url": "https://example.com", "appid": SHOP, "pagepath": "pages/index"}
MORE = {"name": "More", "sub_button": [SITE, STORE]}


def make(stage: Stage, *buttons: Any, path: str = "create", **fields: Any) -> Any:
    body = json.dumps({"button": list(buttons), **fields}, ensure_ascii=False).encode()
    query = {"access_token": stage.token()}
    return stage.client.post(f"/cgi-bin/menu/{path}", query_string=query, data=body).get_json(force=True)


def show(stage: Stage) -> Any:
    return stage.get("/cgi-bin/menu/get", access_token=stage.token())


def match(stage: Stage, user_id: str) -> Any:
    return stage.post("/cgi-bin/menu/trymatch", {"user_id": user_id}, access_token=stage.token())


def make_tag(stage: Stage, name: str) -> int:
    return int(stage.post("/cgi-bin/tags/create", {"tag": {"name": name}}, access_token=stage.token())["tag"]["id"])


def tag(stage: Stage, tag_id: int, user: str) -> None:
    body = {"tagid": tag_id, "openid_list": [stage.openid(user)]}
    stage.post("/cgi-bin/tags/members/batchtagging", body, access_token=stage.token())


def test_a_menu_is_told_as_it_was_made_with_a_list_of_subs_in_every_button(stage: Stage) -> None:
    made = make(stage, HELP, MORE)

    told = show(stage)

    assert made == {"errcode": 0, "errmsg": "ok"}
    subs = [{**SITE, "sub_button": []}, {**STORE, "sub_button": []}]
    assert told == {"menu": {"button": [{**HELP, "sub_button": []}, {"name": "More", "sub_button": subs}]}}


def test_without_a_menu_it_is_46003(stage: Stage) -> None:
    assert show(stage)["errcode"] == 46003


def test_the_menu_of_the_console_nests_its_subs_in_a_list(stage: Stage) -> None:
    make(stage, HELP, MORE)

    told = stage.get("/cgi-bin/get_current_selfmenu_info", access_token=stage.token())

    assert told == {"is_menu_open": 1, "selfmenu_info": {"button": [HELP, {"name": "More", "sub_button": {"list": [SITE, STORE]}}]}}


def test_a_body_with_escapes_is_40033(stage: Stage) -> None:
    escaped = json.dumps({"button": [{**HELP, "name": "帮助"}]}).encode()

    answer = stage.client.post("/cgi-bin/menu/create", query_string={"access_token": stage.token()}, data=escaped)

    assert answer.get_json(force=True)["errcode"] == 40033


@pytest.mark.parametrize(
    ("buttons", "errcode"),
    [
        ([], 40016),
        ([HELP] * 4, 40016),
        ([{**HELP, "type": "dance"}], 40015),
        ([{"name": "Help"}], 40017),
        ([{**HELP, "name": "一二三四五六"}], 40018),
        ([{**HELP, "name": ""}], 40018),
        ([{**HELP, "key": "k" * 129}], 40019),
        ([{**HELP, "key": ""}], 40019),
        ([{**SITE, "url": "https://example.com/" + "x" * 1024}], 40020),
        ([{**SITE, "url": "ftp://example.com"}], 40055),
        ([{**STORE, "appid": "wxother"}], 45064),
        ([{**STORE, "pagepath": ""}], 40035),
        ([{"type": "media_id", "name": "Pic", "media_id": "gone"}], 40007),
        ([{"type": "article_id", "name": "Text", "article_id": "gone"}], 53600),
        ([{"name": "More", "sub_button": [SITE] * 6}], 40023),
        ([{"name": "More", "sub_button": [MORE]}], 40022),
        ([{"name": "More", "sub_button": [{"name": "x"}]}], 40024),
        ([{"name": "More", "sub_button": [{**HELP, "name": "x" * 61}]}], 40025),
        ([{"name": "More", "sub_button": [{**HELP, "key": ""}]}], 40026),
        ([{"name": "More", "sub_button": [{**SITE, "url": ""}]}], 40027),
        ([{"name": "More", "sub_button": [{**SITE, "url": "example"}]}], 40054),
    ],
)
def test_what_a_menu_may_not_be_has_its_code(stage: Stage, buttons: list[Any], errcode: int) -> None:
    assert make(stage, *buttons)["errcode"] == errcode
    assert show(stage)["errcode"] == 46003


def test_longest_names_and_most_buttons_are_taken(stage: Stage) -> None:
    full = {"name": "一二三四五", "sub_button": [{**HELP, "name": "x" * 60, "key": "k" * 128}] * 5}

    assert make(stage, full, full, full)["errcode"] == 0


def test_a_menu_for_a_tag_is_seen_by_those_who_have_it_and_the_newest_rule_wins(stage: Stage) -> None:
    make(stage, HELP)
    vip, user = make_tag(stage, "vip"), stage.make_user()
    stage.act(user, "follow")
    tag(stage, vip, user)
    first = make(stage, SITE, path="addconditional", matchrule={"tag_id": str(vip)})
    second = make(stage, STORE, path="addconditional", matchrule={"tag_id": vip, "client_platform_type": "1"})

    seen = match(stage, stage.openid(user))
    others = match(stage, stranger := stage.make_user())
    told = show(stage)

    assert seen == {"button": [{**STORE, "sub_button": []}]}
    assert others["errcode"] == 65302, stranger
    assert isinstance(first["menuid"], str)
    assert [menu["menuid"] for menu in told["conditionalmenu"]] == [int(second["menuid"]), int(first["menuid"])]
    assert told["conditionalmenu"][1]["matchrule"] == {"tag_id": str(vip)}
    assert isinstance(told["menu"]["menuid"], int)


def test_of_several_tags_the_newest_counts(stage: Stage) -> None:
    make(stage, HELP)
    vip, staff, user = make_tag(stage, "vip"), make_tag(stage, "staff"), stage.make_user()
    stage.act(user, "follow")
    make(stage, SITE, path="addconditional", matchrule={"tag_id": vip})
    tag(stage, vip, user)
    before = match(stage, user)

    tag(stage, staff, user)

    assert before["button"][0]["name"] == "Site"
    assert match(stage, user)["button"][0]["name"] == "Help"


def test_a_conditional_menu_goes_alone_and_all_go_with_the_default_one(stage: Stage) -> None:
    make(stage, HELP)
    rule = {"client_platform_type": "2"}
    first, _ = (make(stage, SITE, path="addconditional", matchrule=rule) for _ in range(2))

    gone = stage.post("/cgi-bin/menu/delconditional", {"menuid": first["menuid"]}, access_token=stage.token())
    again = stage.post("/cgi-bin/menu/delconditional", {"menuid": first["menuid"]}, access_token=stage.token())
    left = len(show(stage)["conditionalmenu"])
    stage.get("/cgi-bin/menu/delete", access_token=stage.token())

    assert (gone["errcode"], again["errcode"], left) == (0, 65301, 1)
    assert show(stage)["errcode"] == 46003


@pytest.mark.parametrize(
    ("button", "rule", "errcode"),
    [
        (SITE, {}, 65304),
        (SITE, {"tag_id": ""}, 65304),
        (SITE, {"sex": "1"}, 65320),
        (SITE, {"client_platform_type": "9"}, 40035),
        (SITE, {"tag_id": "999"}, 45159),
        ({}, {"client_platform_type": "1"}, 65307),
    ],
)
def test_a_rule_that_cannot_be_has_its_code(stage: Stage, button: Any, rule: Any, errcode: int) -> None:
    make(stage, HELP)

    assert make(stage, *([button] if button else []), path="addconditional", matchrule=rule)["errcode"] == errcode


def test_a_conditional_menu_needs_a_default_one(stage: Stage) -> None:
    assert make(stage, SITE, path="addconditional", matchrule={"client_platform_type": "1"})["errcode"] == 65303


def test_conditional_menus_lead_to_three_domains_at_most(stage: Stage) -> None:
    make(stage, HELP)

    codes = [
        make(stage, {**SITE, "url": f"https://{number}.example.com"}, path="addconditional", matchrule={"client_platform_type": "1"})
        for number in range(4)
    ]

    assert [code.get("errcode", 0) for code in codes] == [0, 0, 0, 65316]


def test_an_unverified_account_has_no_menu(stage: Stage) -> None:
    stage.control("POST", "/accounts", {"appid": HOUSE, "verified": False})

    assert make(stage, HELP)["errcode"] == 48001
