"""Sessions after the login: refreshed, looked at, ended, forged, and across keys and containers."""

from __future__ import annotations

from contextlib import suppress

import msgspec
import pytest

from chalicelib.errors import Unauthenticated
from chalicelib.sessions import tables
from chalicelib.sessions.flows import current
from chalicelib.sessions.words import Tokens
from tests.builders import make_brand
from tests.faults import Chaos, try_every_fault, try_every_order
from tests.scene import away, watched
from tests.sessions.shop import Answer, Shop
from tests.sessions.test_rules import GARBAGE

REFUSED = (401, "session_refused")
ENDED = (401, "session_ended")


def told(answer: Answer) -> tuple[int, str]:
    status, body = answer
    return status, body["Code"] if isinstance(body, dict) and "Code" in body else ""


def everywhere(shop: Shop, token: str) -> set[tuple[int, str]]:
    """What the three doors that take a token say to it."""
    return {told(shop.me(token)), told(shop.log_out(token)), told(shop.refresh(token))}


@pytest.fixture
def login(shop: Shop) -> dict[str, str]:
    """Somebody new, just logged in."""
    return shop.log_in(shop.customer())


# -- refreshing ------------------------------------------------------------------------------------------------


def test_a_refresh_gives_new_tokens_of_the_same_session(shop: Shop, login: dict[str, str]) -> None:
    shop.house.clock.advance(minutes=20)

    expired = shop.me(login["session_token"])
    status, tokens = shop.refresh(login["refresh_token"])

    assert told(expired) == REFUSED
    assert status == 200
    assert shop.me(tokens["session_token"])[0] == 200
    assert shop.claims(tokens["session_token"]).session == shop.claims(login["session_token"]).session
    assert tokens["refresh_token"] != login["refresh_token"]


def test_a_session_lives_thirty_days_from_its_last_refresh(shop: Shop, login: dict[str, str]) -> None:
    shop.house.clock.advance(days=29)
    _, tokens = shop.refresh(login["refresh_token"])
    shop.house.clock.advance(days=29)
    status, tokens = shop.refresh(tokens["refresh_token"])
    shop.house.clock.advance(days=30)

    assert status == 200
    assert told(shop.refresh(tokens["refresh_token"])) == REFUSED


def test_a_refresh_repeated_within_a_minute_gives_the_same_session(shop: Shop, login: dict[str, str]) -> None:
    _, first = shop.refresh(login["refresh_token"])
    shop.house.clock.advance(seconds=60)

    status, again = shop.refresh(login["refresh_token"])

    assert status == 200
    assert shop.claims(again["refresh_token"]).generation == shop.claims(first["refresh_token"]).generation == 2
    assert shop.refresh(first["refresh_token"])[0] == 200


def test_a_refresh_token_used_again_later_ends_the_session_for_everybody(shop: Shop, login: dict[str, str]) -> None:
    _, tokens = shop.refresh(login["refresh_token"])
    shop.house.clock.advance(seconds=61)

    reused = shop.refresh(login["refresh_token"])

    assert told(reused) == ENDED
    assert told(shop.refresh(tokens["refresh_token"])) == ENDED
    assert told(shop.me(tokens["session_token"])) == ENDED


def test_a_refresh_token_of_two_refreshes_ago_ends_the_session_even_within_the_minute(shop: Shop, login: dict[str, str]) -> None:
    _, second = shop.refresh(login["refresh_token"])
    shop.refresh(second["refresh_token"])

    reused = shop.refresh(login["refresh_token"])

    assert told(reused) == ENDED
    assert told(shop.me(second["session_token"])) == ENDED


def test_the_other_sessions_of_a_person_go_on(shop: Shop) -> None:
    user = shop.customer()
    phone, tablet = shop.log_in(user), shop.log_in(user)

    shop.log_out(phone["session_token"])

    assert told(shop.me(phone["session_token"])) == ENDED
    assert shop.me(tablet["session_token"])[0] == 200
    assert shop.refresh(tablet["refresh_token"])[0] == 200


def test_two_refreshes_at_once_give_one_session_in_every_order(shop: Shop) -> None:
    def play(chaos: Chaos) -> None:
        old = shop.begin_session().refresh_token

        both = chaos.run(lambda: refresh(shop, old), lambda: refresh(shop, old))

        claims = [shop.claims(tokens.refresh_token) for tokens in both]
        assert claims[0] == claims[1]
        assert claims[0].generation == shop.session(old).generation == 2
        assert refresh(shop, both[0].refresh_token)

    assert try_every_order(play) > 3


def test_a_refresh_that_is_crashed_throttled_or_never_answered_can_be_repeated(shop: Shop) -> None:
    def play(chaos: Chaos) -> None:
        old = shop.begin_session().refresh_token

        (tokens,) = chaos.run(lambda: refresh(shop, old))

        assert shop.session(old).generation == shop.claims(tokens.refresh_token).generation == 2

    assert try_every_fault(play) > 10


def test_a_slow_refresh_never_takes_a_session_back(shop: Shop) -> None:
    def play(chaos: Chaos) -> None:
        old = shop.begin_session().refresh_token

        def twice() -> str:
            return refresh(shop, refresh(shop, old).refresh_token).refresh_token

        newest, _ = chaos.run(twice, lambda: refresh_or_not(shop, old))

        if session_is_on(shop, newest):
            assert shop.session(newest).generation == shop.claims(newest).generation == 3

    assert try_every_order(play, switches=3) > 5


def test_a_log_out_during_a_refresh_is_final_in_every_order(shop: Shop) -> None:
    def play(chaos: Chaos) -> None:
        tokens = shop.begin_session()

        chaos.run(lambda: refresh_or_not(shop, tokens.refresh_token), lambda: log_out(shop, tokens.session_token))

        assert not session_is_on(shop, tokens.session_token)

    assert try_every_order(play) > 2


# -- logging out -----------------------------------------------------------------------------------------------


def test_logging_out_ends_both_tokens_at_once_and_twice_is_no_mistake(shop: Shop, login: dict[str, str]) -> None:
    first, second = shop.log_out(login["session_token"]), shop.log_out(login["session_token"])

    assert first == second == (204, None)
    assert told(shop.me(login["session_token"])) == ENDED
    assert told(shop.refresh(login["refresh_token"])) == ENDED


def test_after_a_log_out_no_row_of_the_session_is_left(shop: Shop, login: dict[str, str]) -> None:
    session = shop.claims(login["session_token"]).session

    shop.log_out(login["session_token"])

    assert [row for row in shop.house.rows("identities") if row["sk"]["S"] == f"S#{session}"] == []


# -- tokens that are not what they say -------------------------------------------------------------------------


def test_neither_token_passes_for_the_other(shop: Shop, login: dict[str, str]) -> None:
    assert told(shop.me(login["refresh_token"])) == REFUSED
    assert told(shop.log_out(login["refresh_token"])) == REFUSED
    assert told(shop.refresh(login["session_token"])) == REFUSED
    assert shop.me(login["session_token"])[0] == 200


def test_a_tampered_token_is_refused(shop: Shop, login: dict[str, str]) -> None:
    payload, _, signature = login["session_token"].rpartition(".")
    other = shop.log_in(shop.customer())["session_token"].rpartition(".")[0]

    for tampered in (f"{other}.{signature}", f"{payload}.{signature[::-1]}", payload, f"{payload}.", f"{payload}.{signature}.x"):
        assert everywhere(shop, tampered) == {REFUSED}


def test_the_key_of_one_brand_opens_no_session_of_another(shop: Shop, login: dict[str, str]) -> None:
    make_brand(shop.house, "rival")
    claims = shop.claims(login["session_token"])

    for forged in (shop.sign(claims, "rival"), shop.sign(msgspec.structs.replace(claims, brand="rival"), "demo")):
        assert told(shop.me(forged)) == REFUSED
    assert told(shop.me(shop.sign(msgspec.structs.replace(claims, brand="rival"), "rival"))) == ENDED


@pytest.mark.parametrize("text", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_refused_at_every_door_and_asks_the_secret_store_nothing(shop: Shop, text: str) -> None:
    with watched() as calls:
        answers = everywhere(shop, text)

    assert answers == {REFUSED}
    assert "GetParameter" not in calls


def test_a_brand_that_does_not_exist_costs_the_secret_store_no_call(shop: Shop, login: dict[str, str]) -> None:
    token = shop.sign(msgspec.structs.replace(shop.claims(login["session_token"]), brand="nobody"))

    with watched() as calls:
        answers = everywhere(shop, token)

    assert answers == {REFUSED}
    assert calls == ["GetItem"]


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer a b"])
def test_a_header_without_a_token_is_refused(shop: Shop, header: str) -> None:
    status, body = shop.house.call("GET", "/v1/me", headers={"Authorization": header})

    assert (status, body["Code"]) == REFUSED


def test_a_brand_without_signing_keys_in_reach_is_busy_not_refused(shop: Shop, login: dict[str, str]) -> None:
    kept, token = shop.house.world, login["session_token"]
    shop.house.new_container()
    try:
        with away("ssm"):
            answer = shop.me(token)
    finally:
        shop.house.enter(kept)

    assert told(answer) == (503, "busy")


# -- the same without HTTP -------------------------------------------------------------------------------------


def refresh(shop: Shop, token: str) -> Tokens:
    return current.refresh(token, world=shop.house.world, now=shop.house.clock())


def refresh_or_not(shop: Shop, token: str) -> None:
    """A refresh that may come too late."""
    with suppress(Unauthenticated):
        refresh(shop, token)


def log_out(shop: Shop, token: str) -> None:
    current.log_out(token, world=shop.house.world, now=shop.house.clock())


def session_is_on(shop: Shop, token: str) -> bool:
    claims = shop.claims(token)
    return tables.read_session(claims.brand, claims.key, claims.session) is not None
