"""Jumps from one end to another: who is logged in there, who only gets what the ticket carries, and what a ticket is good for once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.sessions import tables
from tests.builders import MINI_APPID
from tests.house import open_house
from tests.sessions.jumps import JumpShop
from tests.sessions.phones import new_number

CARRIED = {"order_id": "A-1001"}


@pytest.fixture(scope="module")
def shop() -> Iterator[JumpShop]:
    with open_house() as house:
        yield JumpShop(house)


def both_ends(shop: JumpShop) -> tuple[str, str]:
    """Somebody known by the mini program and by the app, and who that is."""
    user = shop.customer()
    shop.log_in(user)
    person: str = shop.log_in_to_app(user)["person"]
    return user, person


def said(answer: tuple[int, Any]) -> tuple[int, Any]:
    """Status, and the code of a refusal or the reason nobody was logged in."""
    status, body = answer
    return status, body.get("Code") or body.get("login_refusal")


# -- ends ---------------------------------------------------------------------------------------------------------


def test_a_jump_from_the_mini_program_to_the_app_logs_in_and_carries_its_payload(shop: JumpShop) -> None:
    user, person = both_ends(shop)
    _, made = shop.make_own(shop.log_in(user), payload=CARRIED)
    before = shop.links()

    status, arrival = shop.arrive(made["ticket"], user, purpose="order")

    assert status == 201
    assert (arrival["person"], arrival["purpose"], arrival["payload"]) == (person, "order", CARRIED)
    assert "login_refusal" not in arrival
    assert shop.me(arrival["session_token"])[1]["account"] == "demo.app"
    assert shop.refresh(arrival["refresh_token"])[0] == 200
    assert shop.links() == before


def test_a_jump_to_the_mini_program_is_proved_by_its_login_code_and_keeps_the_session_key(shop: JumpShop) -> None:
    user, person = both_ends(shop)
    made = shop.make(user, audience=["demo.mini"])

    status, arrival = shop.show(made["ticket"], "demo.mini", shop.code(user))

    assert (status, arrival["person"]) == (201, person)
    session = shop.session(arrival["session_token"])
    assert session.key.startswith("openid#mini#")
    assert tables.read_session_key(session) is not None


def test_a_jump_to_a_page_is_proved_by_its_web_login_whose_ticket_becomes_the_session(shop: JumpShop) -> None:
    user, person = both_ends(shop)
    made = shop.make(user, audience=["demo.oa"])
    ticket = shop.web_login(user)["ticket"][0]

    status, arrival = shop.show(made["ticket"], "demo.oa", ticket)
    again = shop.show(ticket, None)

    assert (status, arrival["person"]) == (201, person)
    assert shop.me(arrival["session_token"])[1]["account"] == "demo.oa"
    assert shop.claims(again[1]["session_token"]).session == shop.claims(arrival["session_token"]).session


def test_a_page_that_is_not_logged_in_by_a_jump_still_logs_in_by_its_own_ticket(shop: JumpShop) -> None:
    user, person = both_ends(shop)
    made = shop.make(audience=["demo.oa"], payload=CARRIED)
    ticket = shop.web_login(user)["ticket"][0]

    carried = shop.show(made["ticket"], "demo.oa", ticket)
    login = shop.show(ticket, None)

    assert said(carried) == (200, "ticket_for_nobody")
    assert (login[0], login[1]["person"]) == (201, person)


@pytest.mark.parametrize("account", ["demo.app", "demo.web"])
def test_a_jump_to_an_app_or_website_may_be_proved_by_a_texted_code(shop: JumpShop, account: str) -> None:
    number = new_number()
    user = shop.owner(number)
    person = shop.log_in_by_phone(user, number)["person"]
    code = shop.texted_at(user, number, account)
    status, made = shop.try_to_make(who={"type": "phone", "value": number}, audience=[account])
    assert status == 201, made

    status, arrival = shop.show(made["ticket"], account, code, phone=number)

    assert (status, arrival["person"]) == (201, person)
    assert shop.me(arrival["session_token"])[1]["account"] == account


def test_a_jump_goes_on_from_end_to_end(shop: JumpShop) -> None:
    user, person = both_ends(shop)
    page = shop.show(shop.web_login(user)["ticket"][0], None)[1]

    _, first = shop.make_own(page, audience=["demo.mini"])
    mini = shop.show(first["ticket"], "demo.mini", shop.code(user))[1]
    _, second = shop.make_own(mini, audience=["demo.app"])
    app = shop.arrive(second["ticket"], user)[1]

    assert page["person"] == mini["person"] == app["person"] == person


# -- who ----------------------------------------------------------------------------------------------------------


def test_somebody_else_gets_what_is_carried_and_no_login_and_is_linked_with_nobody(shop: JumpShop) -> None:
    user, other = shop.customer(), shop.customer()
    shop.log_in(user)
    shop.log_in_to_app(other)
    made = shop.make(user, payload=CARRIED)
    before, sessions = shop.links(), count_sessions(shop)

    status, arrival = shop.arrive(made["ticket"], other)

    assert (status, arrival) == (200, {"purpose": "order", "payload": CARRIED, "login_refusal": "ticket_not_yours"})
    assert shop.links() == before
    assert count_sessions(shop) == sessions


def test_a_stranger_becomes_somebody_of_their_own_and_not_the_one_it_was_made_for(shop: JumpShop) -> None:
    user, stranger = shop.customer(), shop.customer()
    person = shop.log_in(user)["person"]

    answer = shop.arrive(shop.make(user)["ticket"], stranger)

    assert said(answer) == (200, "ticket_not_yours")
    assert shop.log_in_to_app(stranger)["person"] != person


def test_a_ticket_made_for_nobody_logs_nobody_in(shop: JumpShop) -> None:
    user, _ = both_ends(shop)
    made = shop.make(payload=CARRIED)

    assert made["logs_in_until"] is None
    assert said(shop.arrive(made["ticket"], user)) == (200, "ticket_for_nobody")


def test_who_was_told_apart_between_making_and_use_is_not_logged_in(shop: JumpShop) -> None:
    user, _ = both_ends(shop)
    made = shop.make(user, once=False)
    at_first = shop.arrive(made["ticket"], user)
    tell_apart(shop, user)

    after = shop.arrive(made["ticket"], user)

    assert at_first[0] == 201
    assert said(after) == (200, "ticket_not_yours")


def test_who_became_one_person_between_making_and_use_is_logged_in(shop: JumpShop) -> None:
    number = new_number()
    user = shop.owner(number)
    person = shop.log_in(user)["person"]
    made = shop.make(user, audience=["demo.web"], once=False)
    before = shop.show(made["ticket"], "demo.web", shop.texted_at(user, number, "demo.web"), phone=number)
    link(shop, {"type": "openid", "value": shop.openid(user), "account": "demo.mini"}, {"type": "phone", "value": number})

    after = shop.show(made["ticket"], "demo.web", shop.texted_at(user, number, "demo.web"), phone=number)

    assert said(before) == (200, "ticket_not_yours")
    assert (after[0], after[1]["person"]) == (201, person)


def count_sessions(shop: JumpShop) -> int:
    return sum(row["sk"]["S"].startswith("S#") for row in shop.house.rows("identities"))


def link(shop: JumpShop, a: dict[str, Any], b: dict[str, Any]) -> None:
    status, body = shop.house.call("POST", "/v1/links", {"links": [{"a": a, "b": b, "rank": "operator"}]}, key=shop.key)
    assert (status, body["links"][0]["verdict"]) == (200, "followed"), body


def tell_apart(shop: JumpShop, user: str) -> None:
    ends = ({"type": "openid", "value": shop.openid(user, appid), "account": account} for appid, account in ENDS)
    a, b = ends
    status, body = shop.house.call("POST", "/v1/splits", {"a": a, "b": b, "reason": "two people"}, key=shop.key)
    assert status == 201, body
    assert body["person_a"] != body["person_b"]


ENDS = ((MINI_APPID, "demo.mini"), ("wx00000000000000e5", "demo.app"))
