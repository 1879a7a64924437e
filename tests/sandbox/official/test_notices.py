from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.official.hands import OK, codes, events, post
from tests.sandbox.stage import HOUSE, SHOP, Stage

DATA = {"thing1": {"value": "Tea"}}


@pytest.fixture
def user(stage: Stage) -> str:
    """A person who does not even follow an account with a notice of each type."""
    templates = [{"id": f"N{kind}", "title": "Notice", "type": kind, "content": {"thing1": "What"}} for kind in (2, 3)]
    stage.control("POST", "/accounts", {"appid": HOUSE, "templates": templates})
    stage.set_callback()
    return stage.make_user()


def answer(stage: Stage, user: str, template_id: str = "N2", answer: str = "accept") -> None:
    stage.act(user, "subscribe", template_id=template_id, answer=answer)


def send(stage: Stage, user: str, **changed: Any) -> Any:
    body = {"touser": stage.openid(user), "template_id": "N2", "page": "https://shop.example/", "data": DATA, **changed}
    return post(stage, "/cgi-bin/message/subscribe/bizsend", body)


def test_each_yes_is_one_notice_with_a_receipt(stage: Stage, user: str) -> None:
    answer(stage, user)

    first, second = send(stage, user), send(stage, user)

    receipt = events(stage, "subscribe_msg_sent_event")[0]["SubscribeMsgSentEvent"]["List"]
    assert first == OK
    assert second["errcode"] == 43101
    assert stage.received(user)[-1]["text"] == "Notice\nWhat：Tea"
    assert (receipt["TemplateId"], receipt["ErrorCode"], receipt["ErrorStatus"]) == ("N2", "0", "success")


def test_the_popup_is_told_with_the_scene_of_a_page(stage: Stage, user: str) -> None:
    answer(stage, user)

    told = events(stage, "subscribe_msg_popup_event")[0]["SubscribeMsgPopupEvent"]["List"]

    assert told == {"TemplateId": "N2", "SubscribeStatusString": "accept", "PopupScene": "1"}


def test_a_long_term_subscription_lasts_until_it_is_turned_off(stage: Stage, user: str) -> None:
    answer(stage, user, "N3")
    before = [send(stage, user, template_id="N3") for _ in range(3)]

    stage.act(user, "turn-off-subscription", template_id="N3")

    told = events(stage, "subscribe_msg_change_event")[0]["SubscribeMsgChangeEvent"]["List"]
    assert codes([*before, send(stage, user, template_id="N3")]) == [0, 0, 0, 43101]
    assert told == {"TemplateId": "N3", "SubscribeStatusString": "reject"}


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"touser": "oNobody"}, 40003),
        ({"template_id": "gone"}, 40037),
        ({"data": {}}, 47003),
        ({"miniprogram": {"appid": "wxother"}}, 40013),
    ],
)
def test_a_wrong_notice_costs_no_credit(stage: Stage, user: str, changed: dict[str, Any], errcode: int) -> None:
    answer(stage, user)

    assert codes([send(stage, user, **changed), send(stage, user)]) == [errcode, 0]


def test_who_blocks_keeps_the_credit_and_gets_nothing(stage: Stage, user: str) -> None:
    stage.act(user, "follow")
    answer(stage, user)
    stage.control("POST", f"/users/{user}/block", {"appid": HOUSE})
    blocked = send(stage, user)

    stage.control("POST", f"/users/{user}/block", {"appid": HOUSE, "blocks": False})

    assert codes([blocked, send(stage, user)]) == [43101, 0]


def test_mini_programs_have_another_path(stage: Stage) -> None:
    assert stage.post("/cgi-bin/message/subscribe/bizsend", {}, access_token=stage.token(SHOP))["errcode"] == 48001
