from __future__ import annotations

import pytest

from tests.sandbox.stage import Stage

NUMBER = "13800001111"


@pytest.fixture
def ann(stage: Stage) -> str:
    return stage.make_user(name="Ann", phone=NUMBER)


@pytest.mark.parametrize("number", [NUMBER, f"86{NUMBER}", f"+86{NUMBER}"])
def test_a_text_reaches_whoever_has_the_number(stage: Stage, ann: str, number: str) -> None:
    stage.make_user(name="Ben")

    stage.control("POST", "/phone/sms", {"phone": number, "text": "123456"})

    assert [(shown["via"], shown["text"]) for shown in stage.received(ann)] == [("sms", "123456")]
    last = stage.client.get("/_sandbox/phone/feed").get_json()["moments"][-1]
    assert (last["what"], last["user"]) == ("shown", ann)


def test_a_number_that_nobody_has_is_refused_without_being_repeated(stage: Stage, ann: str) -> None:
    told = stage.control("POST", "/phone/sms", {"phone": "13900002222", "text": "123456"}, status=404)

    assert "139" not in told["error"]
    assert stage.received(ann) == []


@pytest.mark.parametrize("body", [{}, {"phone": NUMBER}, {"phone": NUMBER, "text": ""}, {"phone": NUMBER, "text": "x" * 501}])
def test_a_text_has_a_number_and_words(stage: Stage, ann: str, body: dict[str, str]) -> None:
    stage.control("POST", "/phone/sms", body, status=400)

    assert stage.received(ann) == []
