from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.stage import HOUSE, NOON, SECRET, SHOP, Stage

USERS = "/cgi-bin/user/get"


def classic(stage: Stage, **changed: str) -> Any:
    return stage.get("/cgi-bin/token", **{"grant_type": "client_credential", "appid": HOUSE, "secret": SECRET, **changed})


def errcode_with(stage: Stage, token: str) -> int:
    return int(stage.get(USERS, access_token=token).get("errcode", 0))


def test_the_stable_token_stays_the_same_while_it_is_valid(stage: Stage) -> None:
    first = stage.stable()
    stage.clock += 6_000

    second = stage.stable()

    assert second == {"access_token": first["access_token"], "expires_in": 1_200}


def test_in_its_last_five_minutes_the_stable_token_is_renewed_and_both_work(stage: Stage) -> None:
    old = stage.token()
    stage.clock += 6_900

    new = stage.stable()

    assert new["access_token"] != old
    assert new["expires_in"] == 7_200
    assert errcode_with(stage, old) == 0
    assert errcode_with(stage, new["access_token"]) == 0


def test_a_renewed_token_ends_at_its_own_time(stage: Stage) -> None:
    old = stage.token()
    stage.clock += 6_950
    new = stage.token()

    stage.clock = NOON + 7_200

    assert errcode_with(stage, old) == 42001
    assert errcode_with(stage, new) == 0


def test_a_forced_refresh_kills_the_old_token_at_once(stage: Stage) -> None:
    old = stage.token()

    new = stage.stable(force_refresh=True)["access_token"]

    assert errcode_with(stage, old) == 40001
    assert errcode_with(stage, new) == 0


def test_a_second_forced_refresh_within_thirty_seconds_gives_the_same_token(stage: Stage) -> None:
    first = stage.stable(force_refresh=True)["access_token"]
    stage.clock += 29

    second = stage.stable(force_refresh=True)["access_token"]
    stage.clock += 1
    third = stage.stable(force_refresh=True)["access_token"]

    assert second == first
    assert third != first


def test_the_twenty_first_forced_refresh_of_a_day_is_not_done(stage: Stage) -> None:
    tokens = []
    for _ in range(21):
        tokens.append(stage.stable(force_refresh=True)["access_token"])
        stage.clock += 30

    assert len(set(tokens)) == 20
    assert tokens[20] == tokens[19]


def test_a_refused_forced_refresh_can_be_an_error(stage: Stage) -> None:
    stage.change(refused_force_refresh_errcode=45009)
    stage.stable(force_refresh=True)

    refused = stage.stable(force_refresh=True)

    assert refused["errcode"] == 45009


def test_the_two_token_endpoints_know_nothing_of_each_other(stage: Stage) -> None:
    stable, first = stage.token(), classic(stage)["access_token"]

    stage.stable(force_refresh=True)

    assert stable != first
    assert errcode_with(stage, first) == 0


def test_a_new_classic_token_leaves_the_old_one_five_minutes(stage: Stage) -> None:
    old = classic(stage)["access_token"]
    new = classic(stage)["access_token"]

    stage.clock += 299
    during = errcode_with(stage, old)
    stage.clock += 1

    assert new != old
    assert during == 0
    assert errcode_with(stage, old) == 40001
    assert errcode_with(stage, new) == 0


@pytest.mark.parametrize(
    ("changed", "errcode"),
    [
        ({"appid": ""}, 41002),
        ({"secret": ""}, 41004),
        ({"appid": "wxnobody"}, 40013),
        ({"secret": "wrong"}, 40125),
        ({"grant_type": "authorization_code"}, 40002),
    ],
)
def test_bad_credentials_have_their_codes_at_both_endpoints(stage: Stage, changed: dict[str, str], errcode: int) -> None:
    assert stage.stable(**changed)["errcode"] == errcode
    assert classic(stage, **changed)["errcode"] == errcode


def test_the_stable_token_wants_a_post_with_a_json_body(stage: Stage) -> None:
    assert stage.get("/cgi-bin/stable_token")["errcode"] == 43002
    assert stage.call("POST", "/cgi-bin/stable_token").get_json(force=True)["errcode"] == 44002
    assert stage.client.post("/cgi-bin/stable_token", data=b"{").get_json(force=True)["errcode"] == 47001
    assert stage.client.post("/cgi-bin/stable_token", data=b"[]").get_json(force=True)["errcode"] == 47001


def test_only_addresses_of_the_whitelist_get_tokens(stage: Stage) -> None:
    token = stage.token()
    stage.control("POST", "/accounts", {"appid": HOUSE, "whitelist": ["203.0.113.9"]})

    refused = stage.stable()

    assert refused["errcode"] == 40164
    assert "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: " in refused["errmsg"]
    assert errcode_with(stage, token) == 0


def test_a_whitelist_may_name_a_network(stage: Stage) -> None:
    stage.control("POST", "/accounts", {"appid": HOUSE, "whitelist": ["203.0.113.9", "127.0.0.0/8"]})

    assert "access_token" in stage.stable()


def test_a_missing_an_unknown_and_an_expired_token_have_their_codes(stage: Stage) -> None:
    token = stage.token()
    stage.clock += 7_200

    assert stage.get(USERS)["errcode"] == 41001
    assert errcode_with(stage, "garbage") == 40001
    assert errcode_with(stage, token) == 42001


def test_an_unknown_token_can_be_40014(stage: Stage) -> None:
    stage.change(garbage_token_errcode=40014)

    assert errcode_with(stage, "garbage") == 40014


def test_revoked_tokens_are_40001_and_the_next_one_is_new(stage: Stage) -> None:
    old, other = stage.token(), stage.token(SHOP)

    answer = stage.control("POST", "/tokens/revoke", {"appid": HOUSE})

    assert answer == {"revoked": 1}
    assert errcode_with(stage, old) == 40001
    assert stage.token() != old
    assert stage.token(SHOP) == other


def test_expired_tokens_are_42001_and_the_next_one_is_new(stage: Stage) -> None:
    old = stage.token()

    answer = stage.control("POST", "/tokens/expire", {"appid": HOUSE})

    assert answer == {"expired": 1}
    assert errcode_with(stage, old) == 42001
    assert stage.token() != old
