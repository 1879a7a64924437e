from __future__ import annotations

from typing import Any

import pytest

from sandbox import wire
from sandbox.state import Format
from tests.sandbox.stage import HOUSE, SHOP, Stage


def last_fields(stage: Stage) -> dict[str, Any]:
    return wire.read(stage.transport.requests[-1].body.decode(), Format.XML)


def test_people_are_counted_and_keep_their_ids(stage: Stage) -> None:
    first, second = stage.make_user(name="Ann", phone="13800000001"), stage.make_user()

    openids = [stage.openid(first), stage.openid(first), stage.openid(second)]

    assert (first, second) == ("u1", "u2")
    assert openids[0] == openids[1] != openids[2]
    assert stage.control("GET", "/users")["users"][0]["phone"] == "13800000001"


def test_a_person_can_be_changed(stage: Stage) -> None:
    user = stage.make_user(name="Ann")

    changed = stage.control("POST", "/users", {"user": user, "high_risk": True})

    assert (changed["name"], changed["high_risk"]) == ("Ann", True)
    assert len(stage.sandbox.state.users) == 1


def test_a_follow_by_qr_code_tells_the_scene(stage: Stage) -> None:
    stage.set_callback()
    user = stage.make_user()

    followed = stage.act(user, "follow", scene_str="order_42")

    fields = last_fields(stage)
    assert (fields["Event"], fields["EventKey"]) == ("subscribe", "qrscene_order_42")
    assert fields["Ticket"].startswith("gQ")
    assert followed["openid"] == fields["FromUserName"]


def test_a_plain_follow_has_no_scene_and_no_message_id(stage: Stage) -> None:
    stage.set_callback()

    stage.act(stage.make_user(), "follow")

    fields = last_fields(stage)
    assert fields["EventKey"] == ""
    assert not {"Ticket", "MsgId"} & set(fields)


def test_a_scan_is_a_follow_for_who_does_not_follow_and_a_scan_for_who_does(stage: Stage) -> None:
    stage.set_callback()
    user = stage.make_user()

    stage.act(user, "scan", scene_str="s")
    first = last_fields(stage)
    stage.act(user, "scan", scene_str="s")
    second = last_fields(stage)

    assert (first["Event"], first["EventKey"]) == ("subscribe", "qrscene_s")
    assert (second["Event"], second["EventKey"]) == ("SCAN", "s")


@pytest.mark.parametrize(
    ("action", "body", "event", "key"),
    [
        ("click", {"key": "HELP"}, "CLICK", "HELP"),
        ("view", {"url": "https://brand.test/"}, "VIEW", "https://brand.test/"),
        ("unfollow", {}, "unsubscribe", ""),
    ],
)
def test_taps_are_pushed_as_events(stage: Stage, user: str, action: str, body: dict[str, str], event: str, key: str) -> None:
    stage.act(user, action, **body)

    fields = last_fields(stage)
    assert (fields["MsgType"], fields["Event"], fields["EventKey"]) == ("event", event, key)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"msgtype": "text", "content": "hi", "menu_item": "101"}, {"Content": "hi", "bizmsgmenuid": "101"}),
        (
            {"msgtype": "location", "label": "Square"},
            {"Location_X": "31.230416", "Location_Y": "121.473701", "Scale": "16", "Label": "Square"},
        ),
        ({"msgtype": "link", "title": "t", "description": "d", "url": "u"}, {"Title": "t", "Description": "d", "Url": "u"}),
        ({"msgtype": "voice", "media_id": "m"}, {"MediaId": "m", "Format": "amr"}),
        ({"msgtype": "video", "media_id": "m", "thumb_media_id": "n"}, {"MediaId": "m", "ThumbMediaId": "n"}),
        ({"msgtype": "shortvideo", "media_id": "m", "thumb_media_id": "n"}, {"MediaId": "m", "ThumbMediaId": "n"}),
        ({"msgtype": "image", "media_id": "m", "pic_url": "p"}, {"MediaId": "m", "PicUrl": "p"}),
    ],
)
def test_every_kind_of_message_has_its_fields_and_an_id(stage: Stage, user: str, words: dict[str, str], expected: dict[str, str]) -> None:
    stage.act(user, "send", **words)

    fields = last_fields(stage)
    assert {name: fields[name] for name in expected} == expected
    assert fields["MsgType"] == words["msgtype"]
    assert fields["MsgId"].isdecimal()


def test_a_message_without_a_file_gets_a_sample_that_can_be_fetched(stage: Stage, user: str) -> None:
    stage.act(user, "send", msgtype="image")

    response = stage.call("GET", "/cgi-bin/media/get", access_token=stage.token(), media_id=last_fields(stage)["MediaId"])
    assert response.content_type == "image/jpeg"


def test_message_ids_grow(stage: Stage, user: str) -> None:
    ids = []
    for _ in range(2):
        stage.act(user, "send", content="hi")
        ids.append(int(last_fields(stage)["MsgId"]))

    assert ids[0] < ids[1]


def test_a_mini_program_hears_pages_and_opened_sessions(stage: Stage) -> None:
    stage.set_callback(SHOP)
    user = stage.make_user()

    stage.act(user, "enter", SHOP, session_from="help")
    entered = last_fields(stage)
    stage.act(user, "send", SHOP, msgtype="miniprogrampage", title="Order", page_path="pages/order")
    page = last_fields(stage)

    assert (entered["Event"], entered["SessionFrom"]) == ("user_enter_tempsession", "help")
    assert (page["Title"], page["AppId"], page["PagePath"]) == ("Order", SHOP, "pages/order")


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("follow", {"appid": SHOP}),
        ("unfollow", {"appid": HOUSE}),
        ("click", {"appid": HOUSE, "key": "HELP"}),
        ("send", {"appid": HOUSE, "content": "hi"}),
        ("enter", {"appid": HOUSE}),
        ("send", {"appid": SHOP, "msgtype": "location"}),
        ("phone-code", {"appid": HOUSE}),
    ],
)
def test_what_a_phone_cannot_do_is_a_conflict(stage: Stage, action: str, body: dict[str, str]) -> None:
    user = stage.make_user()

    assert stage.control("POST", f"/users/{user}/{action}", body, status=409)["error"]


def test_following_twice_is_a_conflict(stage: Stage, user: str) -> None:
    assert "already" in stage.control("POST", f"/users/{user}/follow", {"appid": HOUSE}, status=409)["error"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/users/u9/follow", {"appid": HOUSE}, 404),
        ("/users/u1/follow", {"appid": "wxnobody"}, 404),
        ("/users/u1/follow", {}, 400),
        ("/users/u1/click", {"appid": HOUSE}, 400),
        ("/users/u1/subscribe", {"appid": SHOP, "template_id": "T", "answer": "accept"}, 404),
        ("/users/u1/dance", {"appid": HOUSE}, 404),
        ("/users", {"user": "u9"}, 404),
    ],
)
def test_a_wrong_call_is_refused_with_a_sentence(stage: Stage, path: str, body: dict[str, str], status: int) -> None:
    stage.make_user()

    assert stage.control("POST", path, body, status=status)["error"]


def test_an_answer_to_a_popup_is_yes_or_no(stage: Stage) -> None:
    stage.control("POST", "/accounts", {"appid": SHOP, "templates": [{"id": "T", "title": "t", "content": {}}]})
    stage.make_user()

    refused = stage.control("POST", "/users/u1/subscribe", {"appid": SHOP, "template_id": "T", "answer": "maybe"}, status=400)

    assert "accept or reject" in refused["error"]


def test_the_screen_can_be_asked_for_by_account(stage: Stage, user: str) -> None:
    stage.act(user, "send", content="hi")
    stage.write_to(user)

    assert len(stage.control("GET", f"/users/{user}/received?appid={HOUSE}")["received"]) == 1
    assert stage.control("GET", f"/users/{user}/received?appid={SHOP}")["received"] == []
