from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.official.hands import allow, codes, events, follower, post
from tests.sandbox.stage import HOUSE, SHOP, Stage

DATA = {"thing1": {"value": "Tea"}, "time2": {"value": "2027-01-15 10:00"}}


@pytest.fixture
def user(stage: Stage) -> str:
    """A follower of an account with a template and a callback."""
    allow(stage)
    stage.set_callback()
    return follower(stage)


def send(stage: Stage, user: str, **changed: Any) -> Any:
    body = {"touser": stage.openid(user), "template_id": "TM1", "url": "https://shop.example/o/1", "data": DATA, **changed}
    return post(stage, "/cgi-bin/message/template/send", body)


def results(stage: Stage) -> list[tuple[str, str]]:
    return [(one["MsgID"], one["Status"]) for one in events(stage, "TEMPLATESENDJOBFINISH")]


def test_a_follower_sees_it_and_the_result_carries_its_id(stage: Stage, user: str) -> None:
    answer = send(stage, user)

    shown = stage.received(user)[-1]
    assert answer == {"errcode": 0, "errmsg": "ok", "msgid": answer["msgid"]}
    assert isinstance(answer["msgid"], int)
    assert (shown["via"], shown["text"]) == ("template_message", "Order\nTea at 2027-01-15 10:00")
    assert results(stage) == [(str(answer["msgid"]), "success")]
    assert events(stage, "TEMPLATESENDJOBFINISH")[0]["FromUserName"] == stage.openid(user)


def test_who_blocks_sees_nothing_and_the_result_says_so(stage: Stage, user: str) -> None:
    stage.control("POST", f"/users/{user}/block", {"appid": HOUSE})

    answer = send(stage, user)

    assert answer["errcode"] == 0
    assert stage.received(user) == []
    assert results(stage) == [(str(answer["msgid"]), "failed:user block")]


def test_a_system_failure_can_be_played(stage: Stage, user: str) -> None:
    stage.change(template_outcome="failed: system failed")

    answer = send(stage, user)

    assert results(stage) == [(str(answer["msgid"]), "failed: system failed")]
    assert stage.received(user) == []


def test_the_same_client_msg_id_is_sent_once_in_ten_minutes(stage: Stage, user: str) -> None:
    first = send(stage, user, client_msg_id="m1")
    again = send(stage, user, client_msg_id="m1")
    other = send(stage, user, client_msg_id="m2")
    stage.clock += 600
    later = send(stage, user, client_msg_id="m1")

    assert again == first
    assert len({first["msgid"], other["msgid"], later["msgid"]}) == 3
    assert len(stage.received(user)) == 3


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"touser": "oNobody"}, 40003),
        ({"template_id": "gone"}, 40037),
        ({"template_id": "x" * 65}, 40036),
        ({"url": "https://shop.example/" + "x" * 1024}, 40039),
        ({"miniprogram": {"appid": "wxother", "pagepath": "p"}}, 40013),
        ({"data": {"thing1": {"value": "Tea"}}}, 47003),
        ({"data": {**DATA, "time2": {"value": "soon"}}}, 47003),
        ({"data": None}, 47003),
        ({"data": "x"}, 47001),
    ],
)
def test_a_wrong_message_has_its_code_and_no_result(stage: Stage, user: str, changed: dict[str, Any], errcode: int) -> None:
    assert send(stage, user, **changed)["errcode"] == errcode
    assert results(stage) == []


def test_a_wrong_keyword_is_named(stage: Stage, user: str) -> None:
    refused = send(stage, user, data={**DATA, "time2": {"value": "soon"}})

    assert refused["errmsg"].startswith("argument invalid! data.time2.value invalid rid: ")


def test_only_followers_who_do_not_refuse_are_written_to(stage: Stage, user: str) -> None:
    refusing, listed, stranger = follower(stage), follower(stage), stage.make_user()
    stage.control("POST", f"/users/{refusing}/refuse-template", {"appid": HOUSE, "template_id": "TM1"})
    post(stage, "/cgi-bin/tags/members/batchblacklist", {"openid_list": [stage.openid(listed)]})

    assert codes([send(stage, one) for one in (stranger, refusing, listed)]) == [43004, 43101, 43019]


def test_a_refusal_can_be_taken_back(stage: Stage, user: str) -> None:
    for refused in (True, False):
        stage.control("POST", f"/users/{user}/refuse-template", {"appid": HOUSE, "template_id": "TM1", "refused": refused})

    assert send(stage, user)["errcode"] == 0


def test_a_tap_opens_the_mini_program_before_the_page(stage: Stage, user: str) -> None:
    before = stage.act(user, "tap-message")["opens"]
    send(stage, user)
    page = stage.act(user, "tap-message")["opens"]
    send(stage, user, miniprogram={"appid": SHOP, "pagepath": "pages/order"})

    program = stage.act(user, "tap-message")["opens"]

    assert before is None
    assert page == {"url": "https://shop.example/o/1"}
    assert program == {"miniprogram": {"appid": SHOP, "pagepath": "pages/order"}}


def once(stage: Stage, user: str, **changed: Any) -> Any:
    body = {"touser": stage.openid(user), "template_id": "ONCE1", "scene": "7", "title": "Queue", "data": {"content": {"value": "Go"}}}
    return post(stage, "/cgi-bin/message/template/subscribe", {**body, **changed})


def test_one_yes_is_one_message_in_its_scene(stage: Stage, user: str) -> None:
    stage.act(user, "confirm-once", template_id="ONCE1", scene="7")

    assert codes([once(stage, user, scene="8"), once(stage, user), once(stage, user)]) == [43101, 0, 43101]


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"touser": "oNobody"}, 40003),
        ({"template_id": ""}, 40037),
        ({"title": "x" * 16}, 40062),
        ({"miniprogram": {"appid": "wxother"}}, 40013),
        ({"data": {"content": {"value": "x" * 201}}}, 47003),
        ({"data": {}}, 47003),
    ],
)
def test_a_wrong_one_time_message_costs_nothing(stage: Stage, user: str, changed: dict[str, Any], errcode: int) -> None:
    stage.act(user, "confirm-once", template_id="ONCE1", scene="7")

    assert codes([once(stage, user, **changed), once(stage, user)]) == [errcode, 0]
