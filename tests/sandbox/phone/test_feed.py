from __future__ import annotations

from typing import Any

from sandbox.phone.feed import mask_key
from tests.sandbox.stage import HOUSE, SHOP, Stage


def look(stage: Stage, after: int = 0, epoch: str = "", mark: str = "") -> Any:
    return stage.client.get("/_sandbox/phone/feed", query_string={"after": after, "epoch": epoch, "stage": mark}).json


def test_a_chat_is_told_in_the_order_it_happened(stage: Stage) -> None:
    stage.set_callback()
    user = stage.make_user(name="Ann")
    stage.act(user, "follow", scene_str="poster_7")
    stage.act(user, "send", msgtype="text", content="hello")
    stage.write_to(user)

    moments = look(stage)["moments"]

    assert [moment["what"] for moment in moments] == ["said", "push", "said", "push", "call", "shown", "call"]
    assert {moment["user"] for moment in moments if moment["what"] != "call"} == {user}
    assert moments[-1]["user"] == user
    assert [moment["number"] for moment in moments] == [1, 2, 3, 4, 5, 6, 7]


def test_only_what_is_new_is_told(stage: Stage) -> None:
    user = stage.make_user()
    stage.act(user, "follow")
    stage.act(user, "send", content="one")
    first = look(stage)
    stage.act(user, "send", content="two")

    second = look(stage, after=first["moments"][-1]["number"], epoch=first["epoch"], mark=first["mark"])

    assert [moment["thing"]["Content"] for moment in second["moments"]] == ["two"]
    assert "stage" not in second


def test_a_changed_stage_is_told_again(stage: Stage) -> None:
    mark = look(stage)["mark"]
    user = stage.make_user(name="Ann")

    told = look(stage, mark=mark)

    assert [one["name"] for one in told["stage"]["people"]] == ["Ann"]
    assert told["stage"]["people"][0]["user"] == user
    assert {one["appid"] for one in told["stage"]["accounts"]} == {HOUSE, SHOP}


def test_a_reset_begins_a_new_epoch(stage: Stage) -> None:
    user = stage.make_user()
    stage.act(user, "follow")
    stage.act(user, "send", content="one")
    before = look(stage)
    stage.control("POST", "/reset")

    after = look(stage, after=99, epoch=before["epoch"], mark=before["mark"])

    assert after["epoch"] != before["epoch"]
    assert after["moments"] == []
    assert after["stage"]["people"] == []


def test_chats_outlive_the_program(stage: Stage) -> None:
    user = stage.make_user()
    stage.act(user, "follow")
    stage.act(user, "send", content="do you remember?")
    stage.clock += 1
    stage.write_to(user)

    moments = look(Stage(stage.sandbox.state))["moments"]

    assert [moment["what"] for moment in moments] == ["said", "said", "shown"]
    assert moments[1]["thing"]["Content"] == "do you remember?"


def test_the_stage_tells_who_follows_and_which_menu_they_see(stage: Stage) -> None:
    stage.set_callback()
    button = {"type": "click", "name": "Help", "key": "HELP"}
    stage.post("/cgi-bin/menu/create", {"button": [button]}, access_token=stage.token())
    fan, stranger = stage.make_user(), stage.make_user()
    stage.act(fan, "follow")
    stage.openid(stranger)

    eyes = look(stage)["stage"]["eyes"]

    assert eyes[fan][HOUSE]["follows"]
    assert [item["name"] for item in eyes[fan][HOUSE]["menu"]] == ["Help"]
    assert eyes[stranger][HOUSE] == {"follows": False, "menu": [], "credits": {}}


def test_the_stage_knows_the_backend_of_each_account(stage: Stage) -> None:
    stage.set_callback(SHOP, url="http://127.0.0.1:8080/wechat/demo.mini")

    accounts = {one["appid"]: one for one in look(stage)["stage"]["accounts"]}

    assert (accounts[SHOP]["origin"], accounts[SHOP]["account"]) == ("http://127.0.0.1:8080", "demo.mini")
    assert accounts[HOUSE]["origin"] == ""


def test_no_secret_is_in_the_feed(stage: Stage) -> None:
    stage.set_callback()
    token = stage.token()
    stage.control("POST", "/phone/settings", {"backend_key": "ld_demo-abcdefgh_top_secret"})

    told = stage.client.get("/_sandbox/phone/feed").text

    assert "ld_demo-abcdefgh_***" in told
    for secret in (token, "top", "a-secret-of-the-stage", "CallbackToken"):
        assert secret not in told


def test_a_key_is_shown_by_its_public_half() -> None:
    assert mask_key("") == ""
    assert mask_key("whatever") == "***"
    assert mask_key("ld_demo-abcdefgh_se_cr_et") == "ld_demo-abcdefgh_***"
