from __future__ import annotations

import struct
from typing import Any

import pytest
from werkzeug.test import TestResponse

from sandbox.mini import codes
from tests.sandbox.stage import SHOP, Stage

COUNTED = "/wxa/getwxacode"
UNLIMITED = "/wxa/getwxacodeunlimit"
SQUARE = "/cgi-bin/wxaapp/createwxaqrcode"


def make(stage: Stage, endpoint: str, **body: Any) -> TestResponse:
    return stage.call("POST", endpoint, body, access_token=stage.token(SHOP))


def errcode(stage: Stage, endpoint: str, **body: Any) -> int:
    return int(make(stage, endpoint, **body).get_json(force=True)["errcode"])


def width(response: TestResponse) -> int:
    return int(struct.unpack(">I", response.data[16:20])[0])


def test_a_code_is_a_picture_that_counts_itself(stage: Stage) -> None:
    first = make(stage, COUNTED, path="pages/index/index?id=7")
    second = make(stage, SQUARE, path="pages/index/index")

    assert first.content_type == "image/png"
    assert first.data.startswith(b"\x89PNG")
    assert (first.headers["Num-Used"], second.headers["Num-Used"]) == ("1", "2")


def test_codes_end_after_a_hundred_thousand_but_not_the_unlimited_ones(stage: Stage) -> None:
    stage.sandbox.mini_book(SHOP).codes_used = 100_000

    assert errcode(stage, COUNTED, path="pages/index/index") == 45029
    assert errcode(stage, SQUARE, path="pages/index/index") == 45029
    assert "Num-Used" not in make(stage, UNLIMITED, scene="a=1", page="pages/index/index").headers


@pytest.mark.parametrize(("wanted", "least", "most"), [(1, 200, 280), (430, 380, 430), (5000, 1200, 1280)])
def test_the_width_keeps_within_its_limits(stage: Stage, wanted: int, least: int, most: int) -> None:
    assert least <= width(make(stage, COUNTED, path="pages/index/index", width=wanted)) <= most


@pytest.mark.parametrize(
    ("endpoint", "body", "code"),
    [
        (COUNTED, {}, 40159),
        (COUNTED, {"path": "p" * 1025}, 40159),
        (COUNTED, {"path": "p?scancode_time=1"}, 85096),
        (COUNTED, {"path": "p", "env_version": "beta"}, 40097),
        (COUNTED, {"path": 7}, 47001),
        (SQUARE, {"path": "页" * 43}, 40159),
        (UNLIMITED, {"scene": ""}, 40129),
        (UNLIMITED, {"scene": "a%20b"}, 40129),
        (UNLIMITED, {"scene": "门店"}, 40129),
        (UNLIMITED, {"scene": "s" * 33}, 40169),
        (UNLIMITED, {"scene": "scancode_time"}, 85096),
        (UNLIMITED, {"scene": "a", "env_version": "beta"}, 40097),
        (UNLIMITED, {"scene": "a", "page": "/pages/index/index"}, 41030),
        (UNLIMITED, {"scene": "a", "page": "pages/index/index?x=1"}, 41030),
        (UNLIMITED, {"scene": "a", "page": "pages/nowhere"}, 41030),
    ],
)
def test_a_wrong_request_has_its_code(stage: Stage, endpoint: str, body: dict[str, Any], code: int) -> None:
    assert errcode(stage, endpoint, **body) == code


def test_an_unchecked_page_need_not_be_released(stage: Stage) -> None:
    stage.control("POST", "/accounts", {"appid": SHOP, "released": False})

    assert errcode(stage, UNLIMITED, scene="a", page="pages/index/index") == 41030
    assert make(stage, UNLIMITED, scene="a", page="pages/new", check_path=False).status_code == 200
    assert stage.sandbox.mini_book(SHOP).unchecked_pages == ["pages/new"]


def test_unlimited_codes_are_limited_by_the_minute(stage: Stage) -> None:
    stage.change(minute_limits={UNLIMITED: 1})
    make(stage, UNLIMITED, scene="a", page="pages/index/index")

    assert errcode(stage, UNLIMITED, scene="a", page="pages/index/index") == 45011


def test_a_scan_leads_where_the_code_says(stage: Stage, user: str) -> None:
    round_code = codes.write(codes.Target(SHOP, "pages/index/index", "scene=t%3D7", "release", "round"))
    square_code = codes.write(codes.Target(SHOP, "pages/goods/detail", "id=7", "release", "square"))

    scanned = stage.control("POST", f"/users/{user}/scan-code", {"code": round_code})["launch"]
    pressed = stage.control("POST", f"/users/{user}/scan-code", {"code": square_code, "way": "longpress"})["launch"]

    assert (scanned["scene"], scanned["path"], scanned["query"]) == (1047, "pages/index/index", {"scene": "t=7"})
    assert (pressed["scene"], pressed["query"]) == (1012, {"id": "7"})
    stage.control("POST", f"/users/{user}/scan-code", {"code": "https://example.com"}, status=400)
