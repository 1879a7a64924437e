"""Jumps from one end to another: who is logged in there, who only gets what the ticket carries, and what a ticket is good for once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from botocore.client import BaseClient

from chalicelib.errors import Unauthenticated
from chalicelib.sessions import tables
from chalicelib.sessions.flows import arrivals
from chalicelib.sessions.words import Jump, TicketLogin
from tests.builders import MINI_APPID
from tests.faults import Chaos, try_every_fault
from tests.house import open_house
from tests.old_reads import old_reads
from tests.sessions.jumps import PAGE, JumpShop
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


# -- how often ----------------------------------------------------------------------------------------------------


def test_a_ticket_that_is_good_once_is_used_up_by_whoever_comes_first(shop: JumpShop) -> None:
    user, _ = both_ends(shop)
    other = shop.customer()
    made = shop.make(user, payload=CARRIED)

    first, second = shop.arrive(made["ticket"], other), shop.arrive(made["ticket"], user)

    assert said(first) == (200, "ticket_not_yours")
    assert said(second) == (401, "ticket_used")
    assert "A-1001" not in str(second)


def test_a_ticket_that_is_good_for_many_is_opened_by_all_and_logs_in_one(shop: JumpShop) -> None:
    user, person = both_ends(shop)
    made = shop.make(user, once=False, payload=CARRIED)

    answers = [shop.arrive(made["ticket"], each) for each in (shop.customer(), user, shop.customer(), user)]

    assert [status for status, _ in answers] == [200, 201, 200, 201]
    assert [body["payload"] for _, body in answers] == [CARRIED] * 4
    assert {body.get("person") for _, body in answers} == {None, person}


def test_the_same_receiver_is_answered_again_for_a_minute_with_another_code(shop: JumpShop) -> None:
    user, person = both_ends(shop)
    made = shop.make(user)
    first = shop.arrive(made["ticket"], user)
    shop.house.clock.advance(seconds=60)
    again = shop.arrive(made["ticket"], user)
    shop.house.clock.advance(seconds=1)

    late = shop.arrive(made["ticket"], user)

    assert (first[1]["person"], again[1]["person"]) == (person, person)
    assert said(late) == (401, "ticket_used")


def test_a_repeat_at_once_is_answered_however_old_the_tables_reads_are(shop: JumpShop) -> None:
    user, person = both_ends(shop)
    made = shop.make(user)

    with old_reads():
        answers = [shop.arrive(made["ticket"], user) for _ in range(2)]

    assert [(status, body.get("person")) for status, body in answers] == [(201, person)] * 2


def test_the_same_person_at_another_end_is_another_receiver(shop: JumpShop) -> None:
    user, _ = both_ends(shop)
    made = shop.make(user, audience=["demo.app", "demo.mini"])
    shop.arrive(made["ticket"], user)

    elsewhere = shop.show(made["ticket"], "demo.mini", shop.code(user))

    assert said(elsewhere) == (401, "ticket_used")


def test_a_repeat_counts_as_the_first_use_did_which_was_in_time(shop: JumpShop) -> None:
    user, person = both_ends(shop)
    made = shop.make(user, lives_s=3600)
    shop.house.clock.advance(minutes=4, seconds=50)
    shop.arrive(made["ticket"], user)
    shop.house.clock.advance(seconds=30)

    again = shop.arrive(made["ticket"], user)

    assert (again[0], again[1]["person"]) == (201, person)


@pytest.mark.parametrize("code", ["used", "unknown"])
def test_a_code_that_proves_nobody_uses_no_ticket_up(shop: JumpShop, code: str) -> None:
    user, person = both_ends(shop)
    made = shop.make(user)
    used = shop.app_code(user)
    shop.house.call("POST", "/v1/sessions/app", {"account": "demo.app", "code": used})

    refused = shop.show(made["ticket"], "demo.app", used if code == "used" else "071nobody")
    accepted = shop.arrive(made["ticket"], user)

    assert said(refused) == (400, "login_code_used" if code == "used" else "login_code_expired")
    assert (accepted[0], accepted[1]["person"]) == (201, person)


def test_of_two_receivers_at_the_same_instant_one_is_logged_in(shop: JumpShop) -> None:
    user, person = both_ends(shop)
    other = shop.customer()
    shop.log_in_to_app(other)

    for seed in range(8):
        ticket = shop.make(user)["ticket"]
        outcomes = Chaos(seed).run(*(arriving(shop, ticket, each) for each in (user, other)))

        assert outcomes in ([person, "ticket_used"], ["ticket_used", "ticket_not_yours"]), f"seed {seed}"


def test_the_same_receiver_twice_at_the_same_instant_is_answered_twice(shop: JumpShop) -> None:
    user, person = both_ends(shop)

    for seed in range(4):
        ticket = shop.make(user)["ticket"]
        outcomes = Chaos(seed).run(*(arriving(shop, ticket, user) for _ in range(2)))

        assert outcomes == [person, person], f"seed {seed}"


def test_whatever_breaks_off_can_be_asked_again(shop: JumpShop) -> None:
    user, person = both_ends(shop)

    def play(chaos: Chaos) -> None:
        ticket = shop.make(user)["ticket"]
        assert chaos.run(arriving(shop, ticket, user)) == [person]

    assert try_every_fault(play) > 20


def test_a_session_begins_only_after_the_ticket_is_used_up(shop: JumpShop, monkeypatch: pytest.MonkeyPatch) -> None:
    user, _ = both_ends(shop)
    made = shop.make(user)
    written = listen(monkeypatch)

    shop.arrive(made["ticket"], user)

    assert [kind for kind in written if kind in ("T", "S")] == ["T", "S"]


def arriving(shop: JumpShop, ticket: str, user: str) -> Callable[[], str]:
    """Somebody shows a ticket in the app, each time with a code of its own: who is logged in, or why nobody is."""

    def arrive() -> str:
        shown = TicketLogin(ticket=ticket, account="demo.app", code=shop.app_code(user))
        try:
            arrival = arrivals.arrive(shown, world=shop.house.world, now=shop.house.clock())
        except Unauthenticated as refused:
            return refused.code
        return str(arrival.person or arrival.login_refusal)

    return arrive


def listen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first letters of the rows that are put from now on."""
    real, written = BaseClient._make_api_call, []

    def call(client: Any, operation: str, asked: dict[str, Any]) -> Any:
        if operation == "PutItem":
            written.append(asked["Item"]["sk"]["S"].split("#")[0])
        return real(client, operation, asked)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)
    return written


# -- how long -----------------------------------------------------------------------------------------------------


def test_a_ticket_logs_in_for_five_minutes_and_carries_as_long_as_it_lives(shop: JumpShop) -> None:
    user, person = both_ends(shop)
    made = shop.make(user, lives_s=3600, once=False, payload=CARRIED)
    shop.house.clock.advance(minutes=5)
    in_time = shop.arrive(made["ticket"], user)
    shop.house.clock.advance(seconds=1)
    too_late = shop.arrive(made["ticket"], user)
    shop.house.clock.advance(minutes=54, seconds=58)
    last = shop.arrive(made["ticket"], user)
    shop.house.clock.advance(seconds=1)

    over = shop.arrive(made["ticket"], user)

    assert (in_time[0], in_time[1]["person"]) == (201, person)
    assert too_late == last == (200, {"purpose": "order", "payload": CARRIED, "login_refusal": "ticket_too_old"})
    assert said(over) == (401, "ticket_refused")


def test_whatever_a_ticket_says_of_its_end_a_day_is_the_end_of_it(shop: JumpShop) -> None:
    house, user = shop.house, shop.customer()
    made_at = int(house.clock().timestamp())
    jump = Jump(
        id="01J", made_at=made_at, ends_at=made_at + 864_000, subject="", purpose="order", audience=("app",), payload={}, once=False, to=""
    )
    ticket = "demo." + house.world.keyring.seal("demo", msgspec.json.encode(jump).decode(), use="ticket", now=house.clock())
    house.clock.advance(hours=23, minutes=59, seconds=59)
    last = shop.arrive(ticket, user)
    house.clock.advance(seconds=1)

    over = shop.arrive(ticket, user)

    assert said(last) == (200, "ticket_for_nobody")
    assert said(over) == (401, "ticket_refused")


# -- where and what for -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shown",
    [
        {"account": "demo.mini"},
        {"account": "demo.nobody"},
        {"account": "rival.app"},
        {"account": None},
        {"purpose": "login"},
    ],
)
def test_a_ticket_for_another_end_or_purpose_is_refused_before_anybody_is_asked(shop: JumpShop, shown: dict[str, Any]) -> None:
    user, person = both_ends(shop)
    made = shop.make(user)
    code, before = shop.app_code(user), len(shop.house.wechat_calls("/sns/oauth2/access_token"))

    refused = shop.show(made["ticket"], **{"account": "demo.app", "code": code, **shown})
    asked = len(shop.house.wechat_calls("/sns/oauth2/access_token")) - before
    accepted = shop.show(made["ticket"], "demo.app", code, purpose="order")

    assert said(refused) == (401, "ticket_refused")
    assert asked == 0
    assert (accepted[0], accepted[1]["person"]) == (201, person)


@pytest.mark.parametrize(
    ("account", "shown"),
    [
        ("demo.app", {}),
        ("demo.mini", {}),
        ("demo.oa", {}),
        ("demo.mini", {"code": "071b", "phone": "13812345678"}),
        ("demo.web", {"code": "071b"}),
        ("demo.web", {"phone": "13812345678"}),
    ],
)
def test_an_end_that_does_not_send_its_own_code_is_told_so(shop: JumpShop, account: str, shown: dict[str, Any]) -> None:
    made = shop.make(audience=[account])

    status, body = shop.show(made["ticket"], account, **shown)

    assert (status, body["Code"]) == (400, "field_invalid")
    assert "$.code" in body["Message"]


def test_the_web_login_of_another_account_proves_nothing_here(shop: JumpShop) -> None:
    user, _ = both_ends(shop)
    shop.say_pages("demo.sub", "https://news.example.com")
    made = shop.make(user, audience=["demo.sub"])
    ticket = shop.web_login(user)["ticket"][0]

    refused = shop.show(made["ticket"], "demo.sub", ticket)
    shop.say_pages("demo.sub", "https://news.example.com", web_login=False)

    assert said(refused) == (401, "ticket_refused")
    assert shop.show(ticket, None)[0] == 201


def test_a_web_logins_ticket_that_was_used_a_minute_ago_proves_nobody_any_more(shop: JumpShop) -> None:
    made = shop.make(audience=["demo.oa"], once=False, payload=CARRIED)
    ticket = shop.web_login(shop.customer())["ticket"][0]
    shop.show(ticket, None)
    at_once = shop.show(made["ticket"], "demo.oa", ticket)
    shop.house.clock.advance(seconds=61)

    late = shop.show(made["ticket"], "demo.oa", ticket)

    assert said(at_once) == (200, "ticket_for_nobody")
    assert said(late) == (401, "ticket_refused")
    assert "A-1001" not in str(late)


def test_a_web_logins_ticket_is_shown_alone(shop: JumpShop) -> None:
    ticket = shop.web_login(shop.customer())["ticket"][0]

    answers = [shop.show(ticket, None, **more) for more in ({"code": "x"}, {"phone": "13812345678"}, {"purpose": "login"})]

    assert {said(answer) for answer in [*answers, shop.show(ticket, "demo.oa")]} == {(401, "ticket_refused")}
    assert shop.show(ticket, None)[0] == 201


# -- what is left behind ------------------------------------------------------------------------------------------


def test_neither_ticket_nor_what_it_carries_nor_a_code_is_kept_or_logged(shop: JumpShop, caplog: pytest.LogCaptureFixture) -> None:
    user, _ = both_ends(shop)
    made = shop.make(user, payload={"note": "canary-carried"}, audience=["demo.app", "demo.oa"], to=PAGE)
    code, wrong = shop.app_code(user), f"{made['ticket'][:-8]}{'A' * 8}"

    with caplog.at_level(logging.DEBUG):
        shop.follow_link(made["link"])
        refusals = [shop.show(ticket, "demo.app", code) for ticket in (wrong, f"{made['ticket']}x")]
        shop.show(made["ticket"], "demo.app", code)
        refusals.append(shop.arrive(made["ticket"], shop.customer()))
        refusals.append(shop.show(made["ticket"], "demo.app", code))

    kept = str([shop.house.rows(table) for table in ("identities", "audit", "messages")])
    places = {"rows": kept, "log": caplog.text, "refusals": str(refusals)}
    secrets = (made["ticket"], made["ticket"].split(".")[2], wrong, code, "canary-carried")
    assert [(place, secret) for place, text in places.items() for secret in secrets if secret in text] == []
    assert [status for status, _ in refusals] == [401, 401, 401, 400]


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
