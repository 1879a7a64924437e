from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.sandbox.stage import HOUSE, SHOP, Stage

SEND = "/cgi-bin/message/subscribe/send"
ONE_TIME, LONG_TERM = "TPL_ONE_TIME", "TPL_LONG_TERM"
GOOD = {"thing1": {"value": "Haircut"}, "time2": {"value": "2027-01-15 10:00"}}


@pytest.fixture
def user(stage: Stage) -> str:
    """A person, in a mini program with one template of each type."""
    content = {"thing1": "服务", "time2": "时间"}
    templates = [
        {"id": ONE_TIME, "title": "预约提醒", "type": 2, "content": content},
        {"id": LONG_TERM, "title": "长期提醒", "type": 3, "content": content},
    ]
    stage.control("POST", "/accounts", {"appid": SHOP, "templates": templates, "pages": ["pages/index", "pages/order"]})
    return stage.make_user()


def answer(stage: Stage, user: str, template_id: str = ONE_TIME, answer: str = "accept") -> Any:
    return stage.act(user, "subscribe", SHOP, template_id=template_id, answer=answer)


def send(stage: Stage, user: str, **changed: Any) -> Any:
    body = {"touser": stage.openid(user, SHOP), "template_id": ONE_TIME, "page": "pages/order?id=7", "data": GOOD, **changed}
    return stage.post(SEND, body, access_token=stage.token(SHOP))


def test_each_accept_allows_one_send(stage: Stage, user: str) -> None:
    answer(stage, user)
    answer(stage, user)

    codes = [send(stage, user)["errcode"] for _ in range(3)]

    assert codes == [0, 0, 43101]


def test_credits_do_not_go_stale(stage: Stage, user: str) -> None:
    answer(stage, user)
    stage.clock += 400 * 86_400

    assert send(stage, user)["errcode"] == 0


def test_without_an_accept_nothing_is_sent(stage: Stage, user: str) -> None:
    answer(stage, user, answer="reject")

    assert send(stage, user)["errcode"] == 43101
    assert stage.received(user) == []


def test_a_rejection_leaves_earlier_credits(stage: Stage, user: str) -> None:
    answer(stage, user)

    answer(stage, user, answer="reject")

    assert send(stage, user)["errcode"] == 0


def test_a_long_term_subscription_lasts_until_it_is_rejected(stage: Stage, user: str) -> None:
    answer(stage, user, LONG_TERM)
    before = [send(stage, user, template_id=LONG_TERM)["errcode"] for _ in range(3)]

    answer(stage, user, LONG_TERM, "reject")

    assert before == [0, 0, 0]
    assert send(stage, user, template_id=LONG_TERM)["errcode"] == 43101


def test_the_person_sees_title_names_and_values(stage: Stage, user: str) -> None:
    answer(stage, user)

    send(stage, user)

    shown = stage.received(user)[-1]
    assert shown["text"] == "预约提醒\n服务：Haircut\n时间：2027-01-15 10:00"
    assert (shown["via"], shown["content"]["page"]) == ("subscribe_message", "pages/order?id=7")


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"touser": "oNobody"}, 40003),
        ({"template_id": "TPL_GONE"}, 40037),
        ({"page": "pages/unpublished"}, 41030),
        ({"data": {"thing1": {"value": "Haircut"}}}, 47003),
        ({"data": {**GOOD, "time2": {"value": "soon"}}}, 47003),
        ({"data": {**GOOD, "thing1": {"value": "聚众赌博"}}}, 45168),
        ({"data": "text"}, 47001),
    ],
)
def test_a_wrong_message_has_its_code_and_costs_no_credit(stage: Stage, user: str, changed: dict[str, Any], errcode: int) -> None:
    answer(stage, user)

    refused = send(stage, user, **changed)

    assert refused["errcode"] == errcode
    assert send(stage, user)["errcode"] == 0


def test_a_refused_value_is_named(stage: Stage, user: str) -> None:
    answer(stage, user)

    refused = send(stage, user, data={**GOOD, "time2": {"value": "soon"}})

    assert refused["errmsg"].startswith("argument invalid! data.time2.value invalid rid: ")


def test_a_failed_send_can_cost_a_credit(stage: Stage, user: str) -> None:
    stage.change(failed_send_spends_credit=True)
    answer(stage, user)

    send(stage, user, data={})

    assert send(stage, user)["errcode"] == 43101


def test_more_keywords_than_the_template_has_are_ignored_or_refused_by_setting(stage: Stage, user: str) -> None:
    answer(stage, user)
    answer(stage, user)
    more = {**GOOD, "thing9": {"value": "extra"}}

    ignored = send(stage, user, data=more)
    stage.change(extra_keywords_refused=True)

    assert ignored["errcode"] == 0
    assert send(stage, user, data=more)["errcode"] == 47003


def test_the_message_id_in_the_answer_is_a_setting(stage: Stage, user: str) -> None:
    answer(stage, user)
    answer(stage, user)

    with_id = send(stage, user)
    stage.change(subscribe_send_returns_msgid=False)

    assert with_id["msgid"] > 0
    assert send(stage, user) == {"errcode": 0, "errmsg": "ok"}


def test_the_receipt_follows_with_the_id_of_the_send(stage: Stage, user: str) -> None:
    stage.set_callback(SHOP, format="json")
    answer(stage, user)
    msgid = send(stage, user)["msgid"]
    stage.clock += 1

    stage.control("POST", "/pushes/deliver", {})

    told = msgspec.json.decode(stage.transport.requests[-1].body)
    entry = {"TemplateId": ONE_TIME, "MsgID": str(msgid), "ErrorCode": "0", "ErrorStatus": "success"}
    assert told["Event"] == "subscribe_msg_sent_event"
    assert told["FromUserName"] == stage.openid(user, SHOP)
    assert told["List"] == entry
    assert isinstance(told["CreateTime"], str)


def test_the_answer_of_the_popup_is_pushed(stage: Stage, user: str) -> None:
    stage.set_callback(SHOP)

    answer(stage, user, answer="reject")

    body = stage.transport.requests[-1].body.decode()
    assert "<Event><![CDATA[subscribe_msg_popup_event]]></Event>" in body
    assert (
        "<SubscribeMsgPopupEvent><List><TemplateId><![CDATA[TPL_ONE_TIME]]></TemplateId>"
        "<SubscribeStatusString><![CDATA[reject]]></SubscribeStatusString><PopupScene>0</PopupScene></List></SubscribeMsgPopupEvent>"
    ) in body


def test_an_official_account_has_no_subscribe_send(stage: Stage) -> None:
    assert stage.post(SEND, {}, access_token=stage.token(HOUSE))["errcode"] == 48001
