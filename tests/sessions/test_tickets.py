"""Jump tickets made: by business systems and by people for themselves; what one may hold, and what nobody may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from chalice.test import Client

from chalicelib.errors import Busy, TooMany
from chalicelib.sessions.flows import tickets
from chalicelib.sessions.words import Claims, Jump, MyTicketOrder
from chalicelib.staff.words import Scope
from tests.builders import make_key
from tests.faults import Chaos
from tests.house import open_house
from tests.sessions.jumps import PAGE, JumpShop
from tests.sessions.phones import new_number


@pytest.fixture(scope="module")
def shop() -> Iterator[JumpShop]:
    with open_house() as house:
        yield JumpShop(house)


def inside(shop: JumpShop, ticket: str) -> Jump:
    return tickets.open_ticket(ticket, world=shop.house.world, now=shop.house.clock())[1]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_ticket_says_when_it_ends_and_until_when_it_logs_in(shop: JumpShop) -> None:
    user, now = shop.customer(), shop.house.clock()
    shop.log_in(user)

    usual, long, short, for_nobody = (shop.make(user), shop.make(user, lives_s=3600), shop.make(user, lives_s=60), shop.make(lives_s=3600))

    ends = [
        (at(each["ends_at"]) - now, each["logs_in_until"] and at(each["logs_in_until"]) - now) for each in (usual, long, short, for_nobody)
    ]
    five, hour, minute = timedelta(minutes=5), timedelta(hours=1), timedelta(minutes=1)
    assert ends == [(five, five), (hour, five), (minute, minute), (hour, None)]
    assert usual["link"] is None


def test_a_ticket_holds_a_key_and_never_the_value_of_whom_it_is_for(shop: JumpShop) -> None:
    user = shop.customer()
    shop.log_in(user)
    made = shop.make(user, audience=["demo.app", "demo.mini", "demo.app"], payload={"order_id": "A-1"}, to="https://app.example.com/")

    jump = inside(shop, made["ticket"])

    assert jump.audience == ("app", "mini")
    assert (jump.purpose, jump.payload, jump.once, jump.to) == ("order", {"order_id": "A-1"}, True, "https://app.example.com/")
    assert jump.subject.startswith("openid#mini#")
    assert shop.openid(user) not in str(jump)


def test_a_ticket_with_a_page_has_a_link_of_ours(shop: JumpShop) -> None:
    made = shop.make(audience=["demo.oa"], to=PAGE)

    assert made["link"] == f"https://api.example.com/j/{made['ticket']}"


def test_a_ticket_fits_into_an_address_however_much_it_carries(shop: JumpShop) -> None:
    user = shop.customer()
    shop.log_in(user)
    names = ["app", "mini", "oa", "web", "sub"]
    carried = {f"k{number}{'x' * 28}": "v" * 80 for number in range(4)}

    made = shop.make(user, audience=[f"demo.{name}" for name in names], payload=carried, to=PAGE + "&x=" + "y" * 150)

    assert len(made["link"]) < 2048


def test_each_ticket_is_another(shop: JumpShop) -> None:
    made = [shop.make() for _ in range(2)]

    assert made[0]["ticket"] != made[1]["ticket"]
    assert len({inside(shop, each["ticket"]).id for each in made}) == 2


def test_making_a_ticket_is_written_down_without_whom_it_is_for_and_what_it_carries(shop: JumpShop) -> None:
    user = shop.customer()
    shop.log_in(user)

    made = shop.make(user, payload={"note": "canary-carried"}, audience=["demo.oa"])

    (entry,) = [row for row in shop.house.rows("audit") if inside(shop, made["ticket"]).id in str(row)]
    assert entry["did"]["S"] == "ticket.made"
    assert "order" in str(entry)
    assert "demo.oa" in str(entry)
    assert [secret for secret in (made["ticket"], "canary-carried", shop.openid(user), "openid#") if secret in str(entry)] == []


def test_no_answer_with_a_ticket_is_kept_on_the_way(shop: JumpShop) -> None:
    login = shop.log_in(shop.customer())
    order = msgspec.json.encode({"purpose": "order", "audience": ["demo.app"]})
    with Client(shop.house.app.app) as client:
        answers = [
            client.http.post(path, headers={"Content-Type": "application/json", "Authorization": f"Bearer {key}"}, body=order)
            for path, key in (("/v1/tickets", shop.key), ("/v1/me/tickets", login["session_token"]))
        ]

    assert [(each.status_code, each.headers["Cache-Control"]) for each in answers] == [(201, "no-store")] * 2


def test_a_key_needs_the_scope(shop: JumpShop) -> None:
    reader, maker = make_key(shop.house, "demo", Scope.people_read), make_key(shop.house, "demo", Scope.tickets_write)
    order = {"purpose": "order", "audience": ["demo.app"]}

    answers = [shop.house.call("POST", "/v1/tickets", order, key=key) for key in (reader, maker)]

    assert [(status, body.get("Code")) for status, body in answers] == [(403, "scope_missing"), (201, None)]


# -- for whom -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["phone", "unionid", "openid"])
def test_a_ticket_for_somebody_nobody_knows_is_not_made(shop: JumpShop, kind: str) -> None:
    value = new_number() if kind == "phone" else "oNobody0000000000000000000000"
    who = {"type": kind, "value": value, **({"account": "demo.oa"} if kind == "openid" else {})}

    status, body = shop.try_to_make(who=who)

    assert (status, body["Code"]) == (404, "person_missing")


@pytest.mark.parametrize("kind", ["device", "push_token", "anonymous_id"])
def test_what_only_points_to_somebody_is_nobody_to_make_a_ticket_for(shop: JumpShop, kind: str) -> None:
    status, body = shop.try_to_make(who={"type": kind, "value": "d-1", **({"account": "demo.mini"} if kind == "push_token" else {})})

    assert (status, body["Code"], "$.who.type" in body["Message"]) == (400, "field_invalid", True)


def test_a_ticket_of_ones_own_is_for_the_identifier_of_the_session(shop: JumpShop) -> None:
    login = shop.log_in(shop.customer())

    status, made = shop.make_own(login)

    assert status == 201
    assert inside(shop, made["ticket"]).subject == shop.session(login["session_token"]).key


@pytest.mark.parametrize("order", [{"who": None}, {"who": {"type": "phone", "value": "13812345678"}}])
def test_nobody_asks_for_a_ticket_in_anothers_name(shop: JumpShop, order: dict[str, Any]) -> None:
    status, body = shop.make_own(shop.log_in(shop.customer()), **order)

    assert (status, body["Code"]) == (400, "field_invalid")


def test_a_person_asks_for_so_many_tickets_an_hour(shop: JumpShop) -> None:
    user, other = shop.customer(), shop.customer()
    login, stranger = shop.log_in(user), shop.log_in(other)
    allow(shop, 3)
    made = [shop.make_own(login) for _ in range(4)]
    unharmed = shop.make_own(stranger)
    shop.house.clock.advance(hours=1)
    later = shop.make_own(shop.log_in(user))
    allow(shop, shop.house.settings.tickets_per_person_hour)

    assert [status for status, _ in made] == [201, 201, 201, 429]
    assert made[3][1]["Code"] == "too_many_tickets"
    assert (unharmed[0], later[0], shop.house.settings.tickets_per_person_hour) == (201, 201, 60)


def allow(shop: JumpShop, tickets_per_person_hour: int) -> None:
    settings = msgspec.structs.replace(shop.house.settings, tickets_per_person_hour=tickets_per_person_hour)
    shop.house.enter(msgspec.structs.replace(shop.house.world, settings=settings))


def test_an_order_that_is_refused_is_not_counted(shop: JumpShop) -> None:
    login = shop.log_in(shop.customer())
    before = count_limits(shop)

    status, _ = shop.make_own(login, audience=["demo.nobody"])

    assert (status, count_limits(shop)) == (404, before)


def count_limits(shop: JumpShop) -> int:
    return sum(row["sk"]["S"] == "L#tickets" for row in shop.house.rows("identities"))


@pytest.mark.parametrize("key", ["", "session"])
def test_a_ticket_of_ones_own_takes_a_session(shop: JumpShop, key: str) -> None:
    status, body = shop.house.call("POST", "/v1/me/tickets", {"purpose": "order", "audience": ["demo.app"]}, key=key)

    assert (status, body["Code"]) == (401, "session_refused")


# -- what in it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"purpose": "Order"}, "$.purpose"),
        ({"purpose": "order\n"}, "$.purpose"),
        ({"purpose": "o" * 33}, "$.purpose"),
        ({"purpose": ""}, "$.purpose"),
        ({"audience": []}, "$.audience"),
        ({"audience": ["demo.app"] * 11}, "$.audience"),
        ({"payload": {"Order": "1"}}, "$.payload"),
        ({"payload": {"order": 1}}, "$.payload"),
        ({"payload": {"order": "x" * 257}}, "$.payload"),
        ({"payload": {f"k{number}": "x" * 200 for number in range(3)}}, "$.payload"),
        ({"payload": {"note": "订" * 170}}, "$.payload"),
        ({"lives_s": 0}, "$.lives_s"),
        ({"lives_s": 86_401}, "$.lives_s"),
        ({"lives_s": 1.5}, "$.lives_s"),
        ({"once": 1}, "$.once"),
        ({"to": ""}, "$.to"),
        ({"to": "https://evil.example.com/"}, "$.to"),
        ({"to": "https://shop.example.com/"}, "$.to"),
        ({"to": "https://app.example.com@evil.example.com/"}, "$.to"),
        ({"to": "https://app.example.com/" + "x" * 1000}, "$.to"),
        ({"to": "https://app.example.com/" + "x" * 900, "payload": {"a": "x" * 240, "b": "x" * 240}}, "$.to"),
    ],
)
def test_an_order_that_makes_no_good_ticket_is_refused_by_its_field(shop: JumpShop, changes: dict[str, Any], place: str) -> None:
    before = len(shop.house.rows("audit"))

    status, body = shop.try_to_make(**changes)

    assert (status, body["Code"]) == (400, "field_invalid")
    assert place in body["Message"]
    assert len(shop.house.rows("audit")) == before


@pytest.mark.parametrize("account", ["demo.nobody", "rival.app", "demo", "", "demo.store"])
def test_an_audience_that_cannot_open_a_ticket_is_missing(shop: JumpShop, account: str) -> None:
    shop.house.call("POST", "/v1/accounts", {"name": "store", "kind": "channels_shop", "appid": "wx-a-store"}, key=shop.key)

    status, body = shop.try_to_make(audience=["demo.app", account])

    assert (status, body["Code"]) == ((404, "account_missing") if account else (400, "field_invalid"))


def test_a_key_service_that_is_away_makes_no_ticket(shop: JumpShop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.house.new_container()
    monkeypatch.setattr("chalicelib.aws.keyring.Keyring._unwrap", _is_away)

    status, body = shop.try_to_make()
    monkeypatch.undo()

    assert (status, body["Code"]) == (503, "busy")
    assert shop.try_to_make()[0] == 201


def _is_away(*_: object) -> bytes:
    raise Busy


def test_of_two_orders_at_once_for_the_last_place_of_the_hour_one_is_made(shop: JumpShop) -> None:
    allow(shop, 1)
    world, order = shop.house.world, MyTicketOrder(purpose="order", audience=("demo.app",))
    for seed in range(4):
        claims = shop.claims(shop.log_in(shop.customer())["session_token"])

        def ask(claims: Claims = claims) -> bool:
            try:
                tickets.make_own_ticket(order, claims, home="https://api.example.com", world=world, now=shop.house.clock())
            except TooMany:
                return False
            return True

        assert sorted(Chaos(seed).run(ask, ask)) == [False, True], f"seed {seed}"
    allow(shop, shop.house.settings.tickets_per_person_hour)
