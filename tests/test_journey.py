"""The main jobs, from a scanned poster to a reminder and to an order, in one process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.attribution.ways import Ways, figures, line
from tests.builders import MINI_APPID, OA_APPID, TEMPLATE_ID, log_in, make_accounts, make_brand, make_rules, make_user
from tests.house import NOON, House, open_house


@pytest.fixture
def ways() -> Iterator[Ways]:
    with open_house() as house:
        yield Ways(house)


def test_a_visitor_follows_books_logs_in_and_is_reminded(house: House) -> None:
    key = make_brand(house)
    make_accounts(house, key)
    make_rules(house, key)
    user = make_user(house)

    followed = house.play(f"/users/{user}/follow", {"appid": OA_APPID, "scene_str": "poster-7"})
    house.work()
    asked = house.play(f"/users/{user}/send", {"appid": OA_APPID, "msgtype": "text", "content": "预约"})
    house.work()
    login = log_in(house, user)
    status, me = house.call("GET", "/v1/me", key=login["session_token"])
    house.play(f"/users/{user}/subscribe", {"appid": MINI_APPID, "template_id": TEMPLATE_ID, "answer": "accept"})
    due = house.clock() + timedelta(minutes=2)
    unionid = house.play(f"/users/{user}?appid={OA_APPID}", method="GET")["unionid"]
    planned_status, planned = house.call(
        "POST",
        "/v1/messages",
        {
            "to": {"type": "unionid", "value": unionid},
            "purpose": "service",
            "channels": [
                {
                    "channel": "subscribe_message",
                    "account": "demo.mini",
                    "template_id": TEMPLATE_ID,
                    "data": {"thing1": "美容护理", "time2": "15:00"},
                }
            ],
            "not_before": due.isoformat(),
        },
        key=key,
    )
    house.tick("send_due")
    house.work()
    early = house.wechat_calls("/cgi-bin/message/subscribe/send")
    house.clock.advance(minutes=2, seconds=1)
    house.tick("send_due")
    house.tick("send_due")
    house.work()
    _, message = house.call("GET", f"/v1/messages/{planned['id']}", key=key)

    assert "逛逛小店" in str(followed["push"])
    assert "点开卡片" in str(asked["push"])
    assert len(house.wechat_calls("/cgi-bin/message/custom/send")) == 1
    assert status == 200, me
    assert {(each["type"], each["account"]) for each in me["person"]["identifiers"]} == {
        ("openid", "demo.oa"),
        ("openid", "demo.mini"),
        ("unionid", None),
    }
    assert planned_status == 202, planned
    assert early == []
    assert message["state"] == "accepted", message
    assert len(house.wechat_calls("/cgi-bin/message/subscribe/send")) == 1


def test_a_poster_has_the_whole_way_from_the_scan_to_the_order_and_the_rest_is_a_line_of_its_own(ways: Ways) -> None:
    house, key, user = ways.house, ways.key, ways.user()
    make_rules(house, key)
    poster, scene = _print_poster(house, key)
    _publish_menu(house, key)
    stranger = {
        "type": "order",
        "id": "T-1",
        "at": NOON.isoformat(),
        "who": {"phone": "13900000001"},
        "data": {"state": 1, "total_fen": 3000},
    }

    scanned = house.play(f"/users/{user}/scan", {"appid": OA_APPID, "scene_str": scene})
    ways.work()
    house.clock.advance(minutes=3)
    opens = house.play(f"/users/{user}/tap", {"appid": OA_APPID, "name": "逛小店"})["opens"]
    page, _, query = opens["pagepath"].partition("?")
    entered = {"appid": opens["appid"], "path": page, "query": query, "scene": 1035, "referrer_appid": OA_APPID}
    launch = house.play(f"/users/{user}/launch", entered)["launch"]
    referrer = launch.pop("referrerInfo")["appId"]
    session = ways.log_in(user, **launch, referrer_appid=referrer)
    house.clock.advance(minutes=5)
    ways.log_in_to_app(user)
    house.clock.advance(minutes=5)
    order = ways.order(user)
    house.call("POST", "/v1/records", {"records": [stranger]}, key=key)
    ways.work()

    stats, mine = ways.stats(), house.call("GET", "/v1/me/orders", key=session["session_token"])[1]["records"]
    way = {"visits": 3, "people": 1, "new_people": 1, "follows": 1, "registrations": 1, "orders": 1, "money_fen": 12800}
    assert "逛逛小店" in str(scanned["push"])
    assert launch["query"] == {"from": "menu"}
    assert [each["id"] for each in mine] == [order]
    assert figures(line(stats, poster)) == way
    assert line(stats, poster).name == "门店海报"
    assert figures(stats.unattributed) == {"orders": 1, "money_fen": 3000}
    assert (ways.thanks(order)["first"]["kind"], ways.thanks(order)["last"]["entry"]) == ("qr_follow", poster)


def _print_poster(house: House, key: str) -> tuple[str, str]:
    """An entry that stands on a poster, and the scene of its code."""
    order = {"name": "门店海报", "placement": "qr_material", "target": {"end": "official_account", "account": "demo.oa"}}
    entry = house.call("POST", "/v1/entries", order, key=key)[1]["id"]
    status, code = house.call("POST", f"/v1/entries/{entry}/codes", {"kind": "follow"}, key=key)
    assert status == 201, code
    return entry, code["scene"]


def _publish_menu(house: House, key: str) -> None:
    page = {"mini_program": "demo.mini", "path": "pages/index/index?from=menu", "url": "https://shop.example.com/"}
    buttons = [{"name": "逛小店", "type": "miniprogram", **page}]
    status, draft = house.call("PUT", "/v1/menus/demo.oa/draft", {"buttons": buttons}, key=key)
    assert status == 200, draft
    published = house.call("POST", "/v1/menus/demo.oa/publish", {"revision": draft["revision"]}, key=key)[1]
    assert published["told"] == "live", published
