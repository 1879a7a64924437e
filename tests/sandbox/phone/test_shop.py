from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sandbox.transport import Answer
from tests.sandbox.stage import SHOP, Stage

TEMPLATE = {"id": "TPL1", "title": "预约提醒", "content": {"thing1": "服务", "time2": "时间", "phrase3": "状态", "date4": "日期"}}
KEY = "ld_demo-abcdefgh_secret"


@pytest.fixture
def shop(stage: Stage) -> Stage:
    stage.control("POST", "/accounts", {"appid": SHOP, "templates": [TEMPLATE]})
    stage.set_callback(SHOP, url="http://backend.test/wechat/demo.mini")
    stage.transport.hear = lambda request: Answer(202, msgspec.json.encode({"id": "m1"}), 0.02)
    return stage


def book(stage: Stage, user: str, **fields: Any) -> Any:
    order = {"user": user, "appid": SHOP, "template_id": "TPL1", "service": "头皮护理", "slot": "11/21 15:00", "time": "2026-11-21 15:00"}
    return stage.control("POST", "/phone/shop", {**order, **fields})


def test_without_a_key_the_booking_is_kept_and_nobody_is_asked(shop: Stage) -> None:
    booked = book(shop, shop.make_user())

    assert booked["reminder"] == "no_key"
    assert [booking.slot for booking in shop.sandbox.state.phone.bookings] == ["11/21 15:00"]
    assert shop.transport.requests == []


def test_with_a_key_the_backend_is_asked_to_remind(shop: Stage) -> None:
    shop.control("POST", "/phone/settings", {"backend_key": KEY})
    user = shop.make_user()
    openid = shop.openid(user, SHOP)

    booked = book(shop, user, remind_after_s=60, page="pages/me/index")

    (request,) = shop.transport.requests
    body = msgspec.json.decode(request.body)
    assert (booked["reminder"], booked["booking"]["message"]) == ("planned", "m1")
    assert (request.method, request.url) == ("POST", "http://backend.test/v1/messages")
    assert request.headers == {"Authorization": f"Bearer {KEY}", "Idempotency-Key": booked["booking"]["id"]}
    assert body["to"] == {"type": "openid", "account": "demo.mini", "value": openid}
    assert body["channels"][0]["data"] == {"thing1": "头皮护理", "time2": "2026-11-21 15:00", "phrase3": "已预约", "date4": "2026-11-21"}
    assert body["not_before"] == "2027-01-15T08:01:00+00:00"


@pytest.mark.parametrize(("status", "reminder"), [(401, "key_refused"), (403, "key_refused"), (404, "refused"), (503, "refused")])
def test_a_refusal_is_told_in_a_word(shop: Stage, status: int, reminder: str) -> None:
    shop.control("POST", "/phone/settings", {"backend_key": KEY})
    shop.transport.hear = lambda request: Answer(status, b'{"Code": "x"}', 0.01)

    assert book(shop, shop.make_user())["reminder"] == reminder


def test_without_a_template_there_is_nothing_to_remind_with(shop: Stage) -> None:
    shop.control("POST", "/phone/settings", {"backend_key": KEY})

    assert book(shop, shop.make_user(), template_id="other")["reminder"] == "no_template"
    assert shop.transport.requests == []


def test_the_key_is_kept_but_never_told(shop: Stage) -> None:
    told = shop.control("POST", "/phone/settings", {"backend_key": KEY})
    book(shop, shop.make_user())

    assert told == {"backend_key": "ld_demo-abcdefgh_***"}
    assert shop.sandbox.state.phone.backend_key == KEY
    assert "secret" not in shop.client.get("/_sandbox/phone/feed").text
