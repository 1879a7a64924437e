from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import booleans, sampled_from

from tests.sandbox.stage import SHOP, Stage

ONCE, ALSO, ALWAYS = "TPL_ONCE", "TPL_ALSO", "TPL_LONG"
TEMPLATES = [
    {"id": ONCE, "title": "预约提醒", "content": {"thing1": "服务"}},
    {"id": ALSO, "title": "取餐提醒", "content": {"thing1": "菜"}},
    {"id": ALWAYS, "title": "就诊提醒", "content": {"thing1": "科室"}, "type": 3},
]


@pytest.fixture
def asked(stage: Stage) -> Stage:
    stage.control("POST", "/accounts", {"appid": SHOP, "templates": TEMPLATES})
    return stage


def ask(stage: Stage, user: str, answers: dict[str, str], **fields: Any) -> Any:
    return stage.act(user, "request-subscribe", SHOP, answers=answers, **fields)["result"]


def settle(stage: Stage, user: str, **fields: Any) -> Any:
    return stage.act(user, "subscription-settings", SHOP, **fields)["pushes"]


def send(stage: Stage, user: str, template_id: str = ONCE) -> int:
    body = {"touser": stage.openid(user, SHOP), "template_id": template_id, "data": {"thing1": {"value": "剪发"}}}
    return int(stage.post("/cgi-bin/message/subscribe/send", body, access_token=stage.token(SHOP))["errcode"])


def heard(stage: Stage) -> Any:
    return json.loads(stage.transport.requests[-1].body or b"")


def test_a_kept_choice_shows_no_popup_and_still_gives_a_credit_per_call(asked: Stage, user: str) -> None:
    first = ask(asked, user, {ONCE: "accept"}, keep=True)
    second = ask(asked, user, {ONCE: "reject"})

    assert (first["popup"], second["popup"]) == (True, False)
    assert second[ONCE] == "accept"
    assert [send(asked, user) for _ in range(3)] == [0, 0, 43101]


def test_several_templates_are_answered_in_one_event(asked: Stage, user: str) -> None:
    asked.set_callback(SHOP, format="json")

    result = ask(asked, user, {ONCE: "accept", ALSO: "reject"})

    assert (result[ONCE], result[ALSO]) == ("accept", "reject")
    assert {one["TemplateId"]: one["SubscribeStatusString"] for one in heard(asked)["List"]} == {ONCE: "accept", ALSO: "reject"}


def test_whether_a_kept_choice_is_told_is_a_setting(asked: Stage, user: str) -> None:
    asked.set_callback(SHOP, format="json")
    ask(asked, user, {ONCE: "accept"}, keep=True)
    asked.change(kept_choice_pushes_event=False)

    ask(asked, user, {ONCE: "accept"})

    assert len(asked.transport.requests) == 1


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({}, 10001),
        ({"TPL_NOBODY": "accept"}, 20001),
        ({ONCE: "accept", ALWAYS: "accept"}, 20002),
        ({f"T{number}": "accept" for number in range(6)}, 20003),
    ],
)
def test_the_client_is_refused_with_its_code(asked: Stage, user: str, answers: dict[str, str], code: int) -> None:
    assert ask(asked, user, answers)["errCode"] == code


def test_the_main_switch_stops_asking_and_sending(asked: Stage, user: str) -> None:
    ask(asked, user, {ONCE: "accept"})

    settle(asked, user, main_switch=False)

    assert ask(asked, user, {ONCE: "accept"})["errCode"] == 20004
    assert send(asked, user) == 43101
    settle(asked, user, main_switch=True)
    assert send(asked, user) == 0


def test_only_a_rejection_in_the_settings_is_told(asked: Stage, user: str) -> None:
    asked.set_callback(SHOP, format="json")
    ask(asked, user, {ALWAYS: "accept"})

    accepted, rejected = settle(asked, user, template_id=ALWAYS, answer="accept"), settle(asked, user, template_id=ALWAYS, answer="reject")

    assert accepted == []
    assert [one["event"] for one in rejected] == ["subscribe_msg_change_event"]
    assert heard(asked)["List"] == {"TemplateId": ALWAYS, "SubscribeStatusString": "reject"}
    assert send(asked, user, ALWAYS) == 43101


def test_the_shapes_of_events_are_settings(asked: Stage, user: str) -> None:
    asked.set_callback(SHOP, format="json")
    asked.change(json_event_numbers_as_strings=False, json_events_keep_wrapper=True, change_event_wrapper="SubscribeMsgPopupEvent")

    ask(asked, user, {ONCE: "accept"})
    popup = heard(asked)
    settle(asked, user, template_id=ONCE, answer="reject")
    change = heard(asked)

    assert popup["SubscribeMsgPopupEvent"]["List"]["PopupScene"] == 0
    assert isinstance(popup["CreateTime"], int)
    assert "List" not in popup
    assert change["SubscribeMsgPopupEvent"]["List"]["SubscribeStatusString"] == "reject"


class Credits(RuleBasedStateMachine):
    """However asking, sending and settings follow each other, a message needs its own credit, and credits are never below zero."""

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage()
        self.stage.control("POST", "/accounts", {"appid": SHOP, "templates": TEMPLATES})
        self.person = self.stage.make_user()
        self.stage.act(self.person, "login", SHOP)
        self.credits, self.on, self.kept = 0, True, ""

    @rule(answer=sampled_from(["accept", "reject"]), keep=booleans())
    def ask(self, answer: str, keep: bool) -> None:
        ask(self.stage, self.person, {ONCE: answer}, keep=keep)
        if not self.on:
            return
        given = self.kept or answer
        self.kept = given if keep else self.kept
        self.credits += given == "accept"

    @rule()
    def send(self) -> None:
        expected = 0 if self.on and self.credits else 43101
        assert send(self.stage, self.person) == expected
        self.credits -= expected == 0

    @rule(on=booleans())
    def switch(self, on: bool) -> None:
        settle(self.stage, self.person, main_switch=on)
        self.on = on

    @rule()
    def reject(self) -> None:
        settle(self.stage, self.person, template_id=ONCE, answer="reject")
        self.credits, self.kept = 0, "reject"

    @invariant()
    def never_below_zero(self) -> None:
        assert self.stage.contact(self.person, SHOP).credits.get(ONCE, 0) == self.credits >= 0


TestCredits = Credits.TestCase
TestCredits.settings = settings(max_examples=12, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck))
