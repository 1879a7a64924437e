from __future__ import annotations

from tests.sandbox.stage import HOUSE, SHOP, Stage


def test_only_some_scenes_tell_who_sent_the_person(stage: Stage, user: str) -> None:
    from_menu = stage.act(user, "launch", SHOP, scene=1035, referrer_appid=HOUSE, path="pages/index/index?a=1")["launch"]
    from_program = stage.act(user, "launch", SHOP, scene=1037, referrer_appid="wxother", extra_data={"k": 1})["launch"]
    from_article = stage.act(user, "launch", SHOP, scene=1058, referrer_appid=HOUSE)["launch"]

    assert from_menu == {"path": "pages/index/index", "query": {"a": "1"}, "scene": 1035, "referrerInfo": {"appId": HOUSE}}
    assert from_program["referrerInfo"] == {"appId": "wxother", "extraData": {"k": 1}}
    assert from_article["referrerInfo"] == {}


def test_a_visit_remembers_its_pages(stage: Stage, user: str) -> None:
    stage.act(user, "launch", SHOP, stay_s=3)

    stage.act(user, "browse", SHOP, path="pages/goods/detail?id=7", stay_s=5, shared=True)

    visit = stage.control("GET", f"/mini-programs/{SHOP}")["visits"][0]
    assert [(page["path"], page["stay_s"], page["shared"]) for page in visit["pages"]] == [
        ("pages/index/index", 3.0, 0),
        ("pages/goods/detail", 5.0, 1),
    ]


def test_what_a_phone_cannot_do_is_a_conflict(stage: Stage, user: str) -> None:
    stage.control("POST", f"/users/{user}/browse", {"appid": SHOP, "path": "pages/index/index"}, status=409)
    stage.control("POST", f"/users/{user}/launch", {"appid": SHOP, "path": "pages/nowhere"}, status=409)
    stage.control("POST", f"/users/{user}/launch", {"appid": SHOP, "scene": 1035}, status=409)
    stage.control("POST", f"/users/{user}/launch", {"appid": HOUSE}, status=409)
