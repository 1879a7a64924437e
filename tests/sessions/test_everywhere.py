"""Logging out everywhere: every end, every identifier, nobody else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.sessions import tables
from tests.faults import Chaos, try_every_fault
from tests.house import open_house
from tests.sessions.phones import PhoneShop, new_number


@pytest.fixture(scope="module")
def shop() -> Iterator[PhoneShop]:
    with open_house() as house:
        yield PhoneShop(house)


def log_out(shop: PhoneShop, session_token: str) -> int:
    return shop.house.call("DELETE", "/v1/sessions", key=session_token)[0]


def test_every_session_of_the_person_is_over_on_every_end(shop: PhoneShop) -> None:
    number = new_number()
    user = shop.owner(number)
    in_app = shop.log_in_by_phone(user, number)
    logins = [shop.log_in(user), shop.log_in(user), in_app]
    order = {"code": shop.code(user, "phone-code")}
    assert shop.house.call("POST", "/v1/me/phone", order, key=logins[0]["session_token"])[0] == 200

    status = log_out(shop, logins[0]["session_token"])

    assert status == 204
    assert [shop.me(login["session_token"])[1]["Code"] for login in logins] == ["session_ended"] * 3
    assert [shop.refresh(login["refresh_token"])[1]["Code"] for login in logins] == ["session_ended"] * 3


def test_nobody_else_is_logged_out(shop: PhoneShop) -> None:
    mine, theirs = shop.log_in(shop.customer()), shop.log_in(shop.customer())

    log_out(shop, mine["session_token"])

    assert shop.me(theirs["session_token"])[0] == 200


def test_who_is_logged_out_may_log_in_again(shop: PhoneShop) -> None:
    user = shop.customer()
    before = shop.log_in(user)
    log_out(shop, before["session_token"])

    after = shop.log_in(user)

    assert shop.me(after["session_token"])[1]["person"]["id"] == before["person"]


def test_a_session_that_is_over_logs_nobody_out(shop: PhoneShop) -> None:
    user = shop.customer()
    over, on = shop.log_in(user), shop.log_in(user)
    shop.log_out(over["session_token"])

    assert log_out(shop, over["session_token"]) == 401
    assert shop.me(on["session_token"])[0] == 200


def test_a_log_out_that_broke_off_may_be_asked_again(shop: PhoneShop) -> None:
    def play(chaos: Chaos) -> None:
        tokens = [shop.begin_session() for _ in range(2)]
        claims = [shop.claims(each.session_token) for each in tokens]
        keys = [each.key for each in claims]

        chaos.run(lambda: tables.end_sessions("demo", keys))

        assert [tables.read_session("demo", each.key, each.session) for each in claims] == [None, None]

    assert try_every_fault(play) > 1
