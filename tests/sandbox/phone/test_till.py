"""The shop's till: orders brought to the backend, what each way in brought, and the titles of posters."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sandbox.transport import Answer
from tests.sandbox.stage import HOUSE, SHOP, Stage

KEY = "ld_demo-abcdefgh_secret"
STATS = {"entries": [{"entry": "k3f9x2aq", "visits": 3}], "unattributed": {"entry": None, "visits": 0}}


@pytest.fixture
def shop(stage: Stage) -> Stage:
    stage.set_callback(SHOP, url="http://backend.test/wechat/demo.mini")
    stage.transport.hear = lambda request: Answer(202, b"{}", 0.02)
    return stage


def give_key(stage: Stage) -> None:
    stage.control("POST", "/phone/settings", {"backend_key": KEY})


def buy(stage: Stage, user: str, **changes: Any) -> Any:
    return stage.control("POST", "/phone/orders", {"user": user, "appid": SHOP, "item": "头皮护理", "fen": 12800, **changes})


def ways(stage: Stage) -> Any:
    return stage.client.get("/_sandbox/phone/ways", query_string={"appid": SHOP}).get_json()


def test_an_order_is_brought_as_a_record_of_the_openid_that_the_mini_program_knows(shop: Stage) -> None:
    give_key(shop)
    user = shop.make_user()
    openid = shop.openid(user, SHOP)

    bought = buy(shop, user)

    (request,) = shop.transport.requests
    (record,) = msgspec.json.decode(request.body)["records"]
    assert bought["record"] == "brought"
    assert (request.method, request.url) == ("POST", "http://backend.test/v1/records")
    assert request.headers == {"Authorization": f"Bearer {KEY}", "Idempotency-Key": bought["order"]["id"]}
    assert (record["id"], record["type"], record["who"]) == (bought["order"]["id"], "order", {"openid": {"demo.mini": openid}})
    assert record["data"] == {"state": "已支付", "total_fen": 12800}


def test_without_a_key_the_order_is_kept_and_the_backend_is_not_asked(shop: Stage) -> None:
    user = shop.make_user()

    bought = buy(shop, user)

    (sale,) = shop.client.get("/_sandbox/phone/feed").get_json()["stage"]["sales"]
    assert (bought["record"], ways(shop)) == ("no_key", {"told": "no_key", "stats": None})
    assert (sale["user"], sale["item"], sale["fen"]) == (user, "头皮护理", 12800)
    assert shop.transport.requests == []


@pytest.mark.parametrize(("status", "word"), [(401, "key_refused"), (403, "key_refused"), (404, "missing"), (400, "refused")])
def test_a_refusal_is_told_in_a_word(shop: Stage, status: int, word: str) -> None:
    give_key(shop)
    shop.transport.hear = lambda request: Answer(status, b'{"Code": "x"}', 0.01)

    assert buy(shop, shop.make_user())["record"] == word
    assert ways(shop) == {"told": word, "stats": None}


@pytest.mark.parametrize("changes", [{"fen": 0}, {"fen": 10_000_001}, {"item": ""}, {"item": "x" * 65}, {"other": 1}], ids=str)
def test_an_order_that_can_be_none_is_refused(shop: Stage, changes: dict[str, Any]) -> None:
    order = {"user": shop.make_user(), "appid": SHOP, "item": "头皮护理", "fen": 12800, **changes}

    assert shop.client.post("/_sandbox/phone/orders", json=order).status_code == 400


def test_what_each_way_in_brought_is_asked_with_the_shops_key(shop: Stage) -> None:
    give_key(shop)
    shop.transport.hear = lambda request: Answer(200, msgspec.json.encode(STATS), 0.01)

    told = ways(shop)

    (request,) = shop.transport.requests
    assert told == {"told": "fine", "stats": STATS}
    assert (request.url, request.headers) == ("http://backend.test/v1/entries/stats?touch=last", {"Authorization": f"Bearer {KEY}"})


def test_of_two_codes_of_one_poster_the_newer_hangs_with_the_title_that_was_printed_last(shop: Stage) -> None:
    code = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "e_k3f9x2aq"}}}
    made = [shop.client.post(f"/cgi-bin/qrcode/create?access_token={shop.token()}", json=code).get_json() for _ in range(2)]
    for title in ("海报", "门店海报"):
        shop.control("POST", "/phone/posters", {"appid": HOUSE, "scene": "e_k3f9x2aq", "title": title})

    (poster,) = shop.client.get("/_sandbox/phone/feed").get_json()["stage"]["posters"][HOUSE]

    assert poster == {"scene": "e_k3f9x2aq", "ticket": made[1]["ticket"], "title": "门店海报"}
