"""The main job, from a scanned poster to a reminder, in one process."""

from __future__ import annotations

from datetime import timedelta

from tests.builders import MINI_APPID, OA_APPID, TEMPLATE_ID, log_in, make_accounts, make_brand, make_rules, make_user
from tests.house import House


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
