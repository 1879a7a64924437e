from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sandbox.state import State
from tests.sandbox.official.hands import follower, get, post, pushed
from tests.sandbox.stage import HOUSE, SHOP, Stage


def menu(stage: Stage, **button: Any) -> str:
    """A person who follows an account with a callback and a menu of this one item."""
    stage.set_callback()
    post(stage, "/cgi-bin/menu/create", {"button": [{"name": "Item", **button}]})
    return follower(stage)


def tapped(stage: Stage, user: str, **fields: Any) -> list[dict[str, Any]]:
    """What the account hears of a tap, without the head."""
    before = len(stage.transport.requests)
    stage.act(user, "tap", name="Item", **fields)
    head = ("ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId")
    return [{key: value for key, value in one.items() if key not in head} for one in pushed(stage)[before:]]


def menu_id(stage: Stage) -> str:
    made = stage.sandbox.official(HOUSE).menu
    assert made is not None
    return str(made.id)


def test_a_tap_on_a_key_is_a_click_and_allows_three_messages(stage: Stage) -> None:
    user = menu(stage, type="click", key="K")
    stage.clock += 120

    heard = tapped(stage, user)

    assert heard == [{"Event": "CLICK", "EventKey": "K"}]
    assert [stage.write_to(user)["errcode"] for _ in range(4)] == [0, 0, 0, 45047]


def test_a_tap_on_a_page_tells_the_menu_and_allows_nothing(stage: Stage) -> None:
    user = menu(stage, type="view", url="https://shop.example/")
    stage.clock += 120

    heard = tapped(stage, user)

    assert heard == [{"Event": "VIEW", "EventKey": "https://shop.example/", "MenuId": menu_id(stage)}]
    assert stage.write_to(user)["errcode"] == 45015


def test_a_tap_on_a_mini_program_tells_its_page(stage: Stage) -> None:
    user = menu(stage, type="miniprogram", url="https://shop.example/", appid=SHOP, pagepath="pages/a")

    assert tapped(stage, user) == [{"Event": "view_miniprogram", "EventKey": "pages/a", "MenuId": menu_id(stage)}]


@pytest.mark.parametrize("kind", ["scancode_push", "scancode_waitmsg"])
def test_a_tap_that_scans_tells_what_was_scanned(stage: Stage, kind: str) -> None:
    user = menu(stage, type=kind, key="K")

    heard = tapped(stage, user, scan_type="barcode", scan_result="EAN_13,69")

    assert heard == [{"Event": kind, "EventKey": "K", "ScanCodeInfo": {"ScanType": "barcode", "ScanResult": "EAN_13,69"}}]


@pytest.mark.parametrize("kind", ["pic_sysphoto", "pic_photo_or_album", "pic_weixin"])
def test_a_tap_for_pictures_is_followed_by_them(stage: Stage, kind: str) -> None:
    user = menu(stage, type=kind, key="K")

    heard = tapped(stage, user, pictures=2)

    assert (heard[0]["Event"], heard[0]["SendPicsInfo"]["Count"]) == (kind, "2")
    assert len(heard) == 3
    assert all("MediaId" in one for one in heard[1:])


def test_a_tap_for_a_place_is_followed_by_it(stage: Stage) -> None:
    user = menu(stage, type="location_select", key="K")

    event, message = tapped(stage, user, location_x=31.23, location_y=121.47, label="Huangpu")

    place = {"Location_X": "31.23", "Location_Y": "121.47", "Scale": "15", "Label": "Huangpu"}
    assert event["SendLocationInfo"] == {**place, "Poiname": ""}
    assert {key: message[key] for key in place} == place


def test_a_menu_of_the_console_is_seen_and_not_told_by_menu_get(stage: Stage) -> None:
    user = follower(stage)
    stage.control("POST", f"/accounts/{HOUSE}/console-menu", {"button": [{"type": "text", "name": "Hours", "value": "9 to 5"}]})

    seen = stage.control("GET", f"/users/{user}/menu?appid={HOUSE}")["menu"]["button"]

    assert seen == [{"type": "text", "name": "Hours", "value": "9 to 5"}]
    assert get(stage, "/cgi-bin/menu/get")["errcode"] == 46003
    assert get(stage, "/cgi-bin/get_current_selfmenu_info")["selfmenu_info"]["button"] == seen


def test_what_nobody_sees_cannot_be_tapped(stage: Stage) -> None:
    user, stranger = follower(stage), stage.make_user()

    stage.control("POST", f"/users/{user}/tap", {"appid": HOUSE, "name": "Item"}, status=409)
    stage.control("POST", f"/users/{stranger}/block", {"appid": HOUSE}, status=409)

    assert stage.control("GET", f"/users/{user}/menu?appid={HOUSE}") == {"menu": None}


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ("qualification_verify_success", "ExpiredTime"),
        ("qualification_verify_fail", "FailReason"),
        ("naming_verify_success", "ExpiredTime"),
        ("naming_verify_fail", "FailReason"),
        ("annual_renew", "ExpiredTime"),
        ("verify_expired", "ExpiredTime"),
    ],
)
def test_the_verification_of_an_account_is_told(stage: Stage, event: str, field: str) -> None:
    stage.set_callback()

    stage.control("POST", f"/accounts/{HOUSE}/verification", {"event": event, "reason": "name conflict"})

    told = pushed(stage)[-1]
    assert told["Event"] == event
    assert told[field]


def test_only_official_accounts_have_these_doors(stage: Stage) -> None:
    stage.control("POST", f"/accounts/{SHOP}/verification", {"event": "annual_renew"}, status=409)
    stage.control("POST", f"/accounts/{HOUSE}/migrate", {"from_appid": HOUSE}, status=400)


def test_the_current_person_can_be_nobody_again(stage: Stage) -> None:
    user = stage.make_user()

    told = [stage.control("POST", "/current", {"user": one}) for one in (user, None)]

    assert told == [{"user": user, "snapshot": False}, {"user": None, "snapshot": False}]
    assert stage.control("GET", "/current") == told[1]


def test_a_desk_has_people_only_after_they_are_taken(stage: Stage) -> None:
    user = follower(stage)

    stage.control("POST", f"/accounts/{HOUSE}/desk", {"user": user, "content": "hello"}, status=409)
    stage.control("POST", f"/accounts/{HOUSE}/desk", {"user": user, "do": "take", "kf_account": "nobody"}, status=409)


def test_the_state_of_an_account_is_kept_whole(stage: Stage) -> None:

    user = menu(stage, type="click", key="K")
    stage.act(user, "authorize", scope="snsapi_userinfo")

    kept = msgspec.json.encode(stage.sandbox.state)

    assert msgspec.json.encode(msgspec.json.decode(kept, type=State)) == kept
