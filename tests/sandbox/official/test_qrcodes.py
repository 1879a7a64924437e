from __future__ import annotations

import struct
from typing import Any

import pytest

from tests.sandbox.official.hands import codes, events, follower, post
from tests.sandbox.stage import HOUSE, Stage


def create(stage: Stage, action: str = "QR_STR_SCENE", *, expire: int | None = None, **scene: Any) -> Any:
    body = {"action_name": action, "action_info": {"scene": scene or {"scene_str": "order_42"}}}
    return post(stage, "/cgi-bin/qrcode/create", body if expire is None else {**body, "expire_seconds": expire})


def test_a_temporary_code_tells_its_life_and_a_permanent_one_does_not(stage: Stage) -> None:
    temporary = create(stage, expire=604_800)
    permanent = create(stage, "QR_LIMIT_STR_SCENE")

    assert list(temporary) == ["ticket", "expire_seconds", "url"]
    assert temporary["ticket"].startswith("gQ")
    assert temporary["expire_seconds"] == 604_800
    assert temporary["url"].startswith("http://weixin.qq.com/q/02")
    assert list(permanent) == ["ticket", "url"]


def test_a_code_lives_thirty_seconds_by_itself_and_thirty_days_at_most(stage: Stage) -> None:
    assert create(stage)["expire_seconds"] == 30
    assert create(stage, expire=99_999_999)["expire_seconds"] == 2_592_000


def test_a_permanent_scene_has_one_ticket(stage: Stage) -> None:
    first, again = (create(stage, "QR_LIMIT_SCENE", scene_id=7) for _ in range(2))
    other = create(stage, "QR_LIMIT_SCENE", scene_id=8)

    assert first == again
    assert other["ticket"] != first["ticket"]


def test_permanent_codes_run_out(stage: Stage) -> None:
    stage.change(most_permanent_qr_codes=1)
    create(stage, "QR_LIMIT_SCENE", scene_id=7)

    assert codes([create(stage, "QR_LIMIT_SCENE", scene_id=7), create(stage, "QR_LIMIT_SCENE", scene_id=8)]) == [0, 45029]


@pytest.mark.parametrize(
    ("action", "scene", "errcode"),
    [
        ("QR_DANCE", {"scene_id": 1}, 40052),
        ("QR_SCENE", {"scene_str": "x"}, 40053),
        ("QR_STR_SCENE", {"scene_str": ""}, 40053),
        ("QR_LIMIT_SCENE", {"scene_id": 0}, 40053),
        ("QR_LIMIT_SCENE", {"scene_id": 100_001}, 40053),
        ("QR_LIMIT_SCENE", {"scene_id": 100_000}, 0),
        ("QR_LIMIT_STR_SCENE", {"scene_str": "x" * 65}, 40053),
        ("QR_LIMIT_STR_SCENE", {"scene_str": "x" * 64}, 0),
        ("QR_STR_SCENE", {"scene_str": "x" * 65}, 0),
        ("QR_SCENE", {"scene_id": 0}, 0),
    ],
)
def test_scenes_out_of_range(stage: Stage, action: str, scene: Any, errcode: int) -> None:
    assert codes([create(stage, action, **scene)]) == [errcode]


def test_a_temporary_number_out_of_range_becomes_the_largest_and_by_setting_an_error(stage: Stage) -> None:
    stage.set_callback()
    ticket = create(stage, "QR_SCENE", scene_id=2**40, expire=60)["ticket"]
    stage.act(stage.make_user(), "scan", ticket=ticket)

    stage.change(bad_temporary_scene_refused=True)

    assert events(stage, "subscribe")[-1]["EventKey"] == "qrscene_4294967295"
    assert create(stage, "QR_SCENE", scene_id=2**40)["errcode"] == 40053


def test_a_scan_by_ticket_or_address_carries_scene_and_ticket(stage: Stage) -> None:
    stage.set_callback()
    code, user = create(stage, expire=60), stage.make_user()

    stage.act(user, "scan", ticket=code["ticket"])
    stage.act(user, "scan", url=code["url"])
    stage.act(user, "scan", scene_str="order_42")

    openid = stage.openid(user)
    assert events(stage, "subscribe") == [{"FromUserName": openid, "EventKey": "qrscene_order_42", "Ticket": code["ticket"]}]
    assert events(stage, "SCAN") == [{"FromUserName": openid, "EventKey": "order_42", "Ticket": code["ticket"]}] * 2


def test_an_expired_code_cannot_be_scanned_or_shown(stage: Stage) -> None:
    code, user = create(stage, expire=60), follower(stage)
    stage.clock += 61

    stage.control("POST", f"/users/{user}/scan", {"appid": HOUSE, "ticket": code["ticket"]}, status=409)

    assert stage.call("GET", "/cgi-bin/showqrcode", ticket=code["ticket"]).status_code == 404


@pytest.mark.parametrize("path", ["/cgi-bin/showqrcode", "/mp.weixin.qq.com/cgi-bin/showqrcode"])
def test_the_image_is_a_square_png_that_needs_no_token(stage: Stage, path: str) -> None:
    response = stage.call("GET", path, ticket=create(stage, "QR_LIMIT_SCENE", scene_id=7)["ticket"])

    width, height = struct.unpack(">II", response.data[16:24])
    assert (response.status_code, response.content_type) == (200, "image/png")
    assert response.data.startswith(b"\x89PNG")
    assert width == height >= 290


def test_an_unknown_ticket_has_no_image(stage: Stage) -> None:
    assert stage.call("GET", "/cgi-bin/showqrcode", ticket="gQnothing").status_code == 404


def test_a_subscription_account_has_no_codes(stage: Stage) -> None:
    stage.control("POST", "/accounts", {"appid": HOUSE, "service": False})

    assert create(stage)["errcode"] == 48001


def test_a_long_text_hides_behind_a_short_key(stage: Stage) -> None:
    made = post(stage, "/cgi-bin/shorten/gen", {"long_data": "a long text", "expire_seconds": 86_400})
    stage.clock += 100

    told = post(stage, "/cgi-bin/shorten/fetch", {"short_key": made["short_key"]})
    stage.clock += 86_400

    assert (made["errcode"], len(made["short_key"])) == (0, 15)
    assert told == {
        "errcode": 0,
        "errmsg": "ok",
        "long_data": "a long text",
        "create_time": int(stage.clock) - 86_500,
        "expire_seconds": 86_300,
    }
    assert post(stage, "/cgi-bin/shorten/fetch", {"short_key": made["short_key"]})["errcode"] == 9410012


@pytest.mark.parametrize(
    ("body", "errcode"),
    [({}, 47003), ({"long_data": "x" * 4097}, 9410010), ({"long_data": "x", "expire_seconds": 2_592_001}, 9410011)],
)
def test_what_is_too_long_has_its_code(stage: Stage, body: Any, errcode: int) -> None:
    assert post(stage, "/cgi-bin/shorten/gen", body)["errcode"] == errcode
