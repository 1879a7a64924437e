"""Jumps to an official account without web login, where a ticket is all that somebody has to show."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.client import BaseClient

from chalicelib.accounts.flows import register
from chalicelib.errors import Invalid, Unauthenticated
from chalicelib.identity.words import Key
from chalicelib.sessions.flows import arrivals, tickets
from chalicelib.sessions.words import TicketLogin
from tests.faults import Chaos, Fate
from tests.house import open_house
from tests.sessions.jumps import JumpShop

NEWS = "https://news.example.com/a"
HOME = "https://api.example.com"
OWN_PAGE = f"{HOME}/pages/demo.sub/phone"


@pytest.fixture(scope="module")
def shop() -> Iterator[JumpShop]:
    with open_house() as house:
        yield JumpShop(house)


def reader(shop: JumpShop) -> Key:
    """A new reader of demo.sub, who has written to it once."""
    return shop.meet(f"oReader{shop.house.world.new_id()}", "sub")


def seal(shop: JumpShop, key: Key, to: str = NEWS) -> str:
    account = register.find_account("demo.sub", world=shop.house.world, now=shop.house.clock())
    return tickets.seal_login(account, key, to, home=HOME, world=shop.house.world, now=shop.house.clock())


def order(openid: str, **changes: Any) -> dict[str, Any]:
    who = {"type": "openid", "value": openid, "account": "demo.sub"}
    return {"who": who, "audience": ["demo.sub"], **changes}


def said(answer: tuple[int, Any]) -> tuple[int, Any]:
    status, body = answer
    return status, body.get("Code")


def test_the_ticket_of_a_reply_logs_in_its_reader_once(shop: JumpShop) -> None:
    key = reader(shop)
    ticket = seal(shop, key)

    first, second = shop.show(ticket, "demo.sub"), shop.show(ticket, "demo.sub")

    assert first[0] == 201
    assert first[1]["purpose"] == "login"
    assert shop.session(first[1]["session_token"]).key == str(key)
    assert said(second) == (401, "ticket_used")


def test_the_ticket_of_a_reply_leads_to_a_page_of_the_account_or_ours(shop: JumpShop) -> None:
    key = reader(shop)

    led = [shop.follow_link(tickets.link_to(seal(shop, key, to), HOME)) for to in (NEWS, OWN_PAGE)]

    assert [headers["Location"].split("?jump=")[0] for _, headers, _ in led] == [NEWS, OWN_PAGE]
    with pytest.raises(Invalid):
        seal(shop, key, "https://evil.example.com/")


def test_sealing_a_login_asks_aws_for_nothing_once_the_key_is_there(shop: JumpShop, monkeypatch: pytest.MonkeyPatch) -> None:
    key = reader(shop)
    seal(shop, key)
    asked: list[str] = []
    monkeypatch.setattr(BaseClient, "_make_api_call", lambda client, name, given: asked.append(name))

    seal(shop, key)

    assert asked == []


def test_the_same_ticket_asked_again_at_once_is_refused_too(shop: JumpShop) -> None:
    """Nobody can tell its reader, whose answer was lost, from somebody who was forwarded it."""
    ticket = seal(shop, reader(shop))
    for seed in range(4):
        ticket = seal(shop, reader(shop))

        outcomes = Chaos(seed).run(*(showing(shop, ticket) for _ in range(2)))

        assert sorted(outcomes) == ["logged in", "ticket_used"], f"seed {seed}"


def test_a_write_that_is_asked_twice_by_the_client_is_one_use(shop: JumpShop) -> None:
    key = reader(shop)
    for step in range(1, 12):
        chaos = Chaos(turns=(), at={step: Fate.asked_twice})

        assert chaos.run(showing(shop, seal(shop, key))) == ["logged in"], f"step {step}"


def test_one_that_broke_off_behind_the_use_has_no_session(shop: JumpShop) -> None:
    key, outcomes = reader(shop), set()
    for step in range(1, 12):
        before = sessions_of(shop, key)
        (outcome,) = Chaos(turns=(), at={step: Fate.crashes_after}).run(showing(shop, seal(shop, key)))
        outcomes.add((outcome, sessions_of(shop, key) - before))

    assert outcomes == {
        ("logged in", 1),
        ("ticket_used", 0),
        ("ticket_used", 1),
    }  # the last one: its answer was lost, nobody has its tokens


def showing(shop: JumpShop, ticket: str) -> Any:
    def show() -> str:
        shown = TicketLogin(ticket=ticket, account="demo.sub")
        try:
            arrivals.arrive(shown, world=shop.house.world, now=shop.house.clock())
        except Unauthenticated as refused:
            return refused.code
        return "logged in"

    return show


def sessions_of(shop: JumpShop, key: Key) -> int:
    return sum(row["sk"]["S"].startswith("S#") and str(key) in row["pk"]["S"] for row in shop.house.rows("identities"))


def test_an_older_ticket_gives_nothing_not_even_what_it_carries(shop: JumpShop) -> None:
    openid = f"oReader{shop.house.world.new_id()}"
    shop.meet(openid, "sub")
    made = shop.make(**order(openid, lives_s=3600, payload={"note": "canary-carried"}))
    shop.house.clock.advance(minutes=5, seconds=1)

    refused = shop.show(made["ticket"], "demo.sub")

    assert said(refused) == (401, "ticket_refused")
    assert "canary" not in str(refused)


def test_a_business_may_make_such_a_ticket_and_it_carries(shop: JumpShop) -> None:
    openid = f"oReader{shop.house.world.new_id()}"
    key = shop.meet(openid, "sub")
    made = shop.make(**order(openid, lives_s=3600, payload={"order_id": "A-1"}))
    shop.house.clock.advance(minutes=5)

    status, arrival = shop.show(made["ticket"], "demo.sub", purpose="order")

    assert (status, arrival["payload"]) == (201, {"order_id": "A-1"})
    assert shop.session(arrival["session_token"]).key == str(key)


def test_it_has_to_be_good_once(shop: JumpShop) -> None:
    openid = f"oReader{shop.house.world.new_id()}"
    shop.meet(openid, "sub")

    refused = shop.try_to_make(**order(openid, once=False, audience=["demo.app", "demo.sub"]))
    elsewhere = shop.try_to_make(**order(openid, once=False, audience=["demo.app"]))

    assert said(refused) == (400, "field_invalid")
    assert "$.once" in refused[1]["Message"]
    assert elsewhere[0] == 201


def test_one_good_for_many_made_before_web_login_was_taken_back_opens_nothing(shop: JumpShop) -> None:
    openid = f"oReader{shop.house.world.new_id()}"
    shop.meet(openid, "sub")
    shop.say_pages("demo.sub", "https://news.example.com")
    made = shop.make(**order(openid, once=False))
    shop.say_pages("demo.sub", "https://news.example.com", web_login=False)

    assert said(shop.show(made["ticket"], "demo.sub")) == (401, "ticket_refused")


@pytest.mark.parametrize("whom", ["nobody", "the mini program's openid", "a phone"])
def test_a_ticket_for_anything_but_its_own_openid_opens_nothing_there(shop: JumpShop, whom: str) -> None:
    user = shop.customer()
    shop.log_in(user)
    shop.house.call(
        "POST", "/v1/attributes", {"identifier": {"type": "phone", "value": "13712345678"}, "attributes": {"a": "b"}}, key=shop.key
    )
    phone = {"type": "phone", "value": "13712345678"}
    asked: dict[str, dict[str, Any]] = {"nobody": {}, "a phone": {"who": phone}}
    made = shop.make(user if whom not in asked else None, **{"audience": ["demo.sub"], **asked.get(whom, {})})

    refused = shop.show(made["ticket"], "demo.sub")

    assert said(refused) == (401, "ticket_refused")


def test_an_openid_of_another_account_is_never_proof_by_itself(shop: JumpShop) -> None:
    key = shop.meet(f"oOther{shop.house.world.new_id()}", "oa")
    shop.say_pages("demo.oa", "https://shop.example.com", web_login=False)
    ticket = seal(shop, key)
    shop.say_pages("demo.oa", "https://shop.example.com")

    assert said(shop.show(ticket, "demo.sub")) == (401, "ticket_refused")


def test_an_account_with_web_login_takes_no_ticket_without_its_code(shop: JumpShop) -> None:
    ticket = seal(shop, reader(shop))
    shop.say_pages("demo.sub", "https://news.example.com")

    refused = shop.show(ticket, "demo.sub")
    shop.say_pages("demo.sub", "https://news.example.com", web_login=False)
    accepted = shop.show(ticket, "demo.sub")

    assert said(refused) == (400, "field_invalid")
    assert accepted[0] == 201


def test_a_code_is_not_asked_for_where_there_is_none(shop: JumpShop) -> None:
    ticket = seal(shop, reader(shop))

    refused = [shop.show(ticket, "demo.sub", "071b"), shop.show(ticket, "demo.sub", phone="13812345678")]

    assert [said(each) for each in refused] == [(400, "field_invalid")] * 2
    assert shop.show(ticket, "demo.sub")[0] == 201


def test_who_has_written_just_now_and_is_not_entered_yet_may_ask_again(shop: JumpShop) -> None:
    key = Key(reader(shop).type, "sub", "0" * 32)
    ticket = seal(shop, key)

    early = shop.show(ticket, "demo.sub")

    assert said(early) == (503, "busy")
    assert spent(shop, ticket) is False


def spent(shop: JumpShop, ticket: str) -> bool:
    jump = tickets.open_ticket(ticket, world=shop.house.world, now=shop.house.clock())[1]
    return any(row["pk"]["S"] == f"demo#TICKET#{jump.id}" for row in shop.house.rows("identities"))


def test_it_does_not_outlive_the_row_that_says_it_was_used(shop: JumpShop) -> None:
    ticket = seal(shop, reader(shop))
    jump = tickets.open_ticket(ticket, world=shop.house.world, now=shop.house.clock())[1]
    shop.show(ticket, "demo.sub")

    (row,) = [each for each in shop.house.rows("identities") if each["pk"]["S"] == f"demo#TICKET#{jump.id}"]

    assert int(row["gone_at"]["N"]) >= jump.ends_at + timedelta(minutes=30).total_seconds()
