from __future__ import annotations

from tests.sandbox.official.hands import get
from tests.sandbox.stage import SHOP, Stage

PATH = "/cgi-bin/ticket/getticket"


def test_a_ticket_stays_the_same_while_it_lives(stage: Stage) -> None:
    first = get(stage, PATH, type="jsapi")
    stage.clock += 100
    again = get(stage, PATH, type="jsapi")
    stage.clock += 7_100
    new = get(stage, PATH, type="jsapi")

    assert first == {"errcode": 0, "errmsg": "ok", "ticket": first["ticket"], "expires_in": 7200}
    assert again == {**first, "expires_in": 7100}
    assert new["ticket"] != first["ticket"]


def test_cards_have_a_ticket_of_their_own(stage: Stage) -> None:
    assert get(stage, PATH, type="wx_card")["ticket"] != get(stage, PATH, type="jsapi")["ticket"]


def test_there_are_no_other_kinds_of_tickets_and_none_for_mini_programs(stage: Stage) -> None:
    assert get(stage, PATH, type="dance")["errcode"] == 40035
    assert stage.get(PATH, access_token=stage.token(SHOP), type="jsapi")["errcode"] == 48001
