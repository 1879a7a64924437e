"""Why an openid has no unionid: told in plain words with the person's links."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from chalicelib.accounts.words import Kind
from chalicelib.identity.rules.missing import SAYS, why_without_unionid
from chalicelib.identity.words.orders import MissingReason
from tests.builders import MINI_APPID, OA_APPID, log_in, make_accounts, make_brand, make_user
from tests.house import House, open_house


class Ends:
    """A brand whose accounts may or may not be bound to an Open Platform account."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.empty()
        self.key = make_brand(house)
        make_accounts(house, self.key, open_platform=None)

    def bind(self) -> None:
        accounts = self.house.sandbox.state.accounts
        for appid in (OA_APPID, MINI_APPID):
            accounts[appid] = msgspec.structs.replace(accounts[appid], open_platform="op1")

    def act(self, user: str, what: str, **more: str) -> None:
        self.house.play(f"/users/{user}/{what}", {"appid": OA_APPID, **more})
        self.house.work()

    def missing(self, user: str, appid: str = OA_APPID) -> list[Any]:
        openid = self.house.play(f"/users/{user}?appid={appid}", method="GET")["openid"]
        query = {"type": "openid", "value": openid, "account": "demo.oa" if appid == OA_APPID else "demo.mini"}
        person = self.house.call("POST", "/v1/people/lookup", query, key=self.key)[1]["id"]
        missing: list[Any] = self.house.call("GET", f"/v1/people/{person}/links", key=self.key)[1]["missing_unionids"]
        return missing

    def reasons(self, user: str, appid: str = OA_APPID) -> list[str]:
        return [each["reason"] for each in self.missing(user, appid)]


@pytest.fixture(scope="module")
def standing() -> Iterator[House]:
    with open_house() as house:
        yield house


@pytest.fixture
def ends(standing: House) -> Ends:
    return Ends(standing)


def test_an_account_none_of_whose_openids_has_one_seems_not_to_be_bound(ends: Ends) -> None:
    user = make_user(ends.house)
    ends.act(user, "follow")

    (missing,) = ends.missing(user)

    assert (missing["account"], missing["reason"], missing["says"]) == ("demo.oa", "not_bound", SAYS[MissingReason.not_bound])
    assert "*" in missing["masked"]


def test_each_reason_is_told_where_the_account_is_bound(ends: Ends) -> None:
    follower, former, other = (make_user(ends.house) for _ in range(3))
    ends.act(follower, "follow")
    ends.act(former, "follow")
    ends.act(former, "unfollow")
    ends.bind()
    ends.act(other, "follow")

    told = {user: ends.reasons(user) for user in (follower, former, other)}

    assert told == {follower: ["not_asked"], former: ["unfollowed"], other: []}


def test_a_visitor_from_before_is_told_of_until_the_next_login(ends: Ends) -> None:
    before, after = make_user(ends.house), make_user(ends.house)
    log_in(ends.house, before)
    ends.bind()
    log_in(ends.house, after)

    first = ends.reasons(before, MINI_APPID)
    log_in(ends.house, before)

    assert first == ["first_visit"]
    assert ends.reasons(before, MINI_APPID) == []


@pytest.mark.parametrize(
    ("kind", "follows", "bound", "reason"),
    [
        (Kind.official_account, True, False, MissingReason.not_bound),
        (Kind.official_account, None, True, MissingReason.base_scope),
        (Kind.official_account, False, True, MissingReason.unfollowed),
        (Kind.official_account, True, True, MissingReason.not_asked),
        (Kind.mini_program, None, True, MissingReason.first_visit),
        (Kind.app, None, True, MissingReason.first_visit),
        (None, None, True, MissingReason.first_visit),
    ],
)
def test_the_reason_follows_from_account_and_follow_state(
    kind: Kind | None, follows: bool | None, bound: bool, reason: MissingReason
) -> None:
    assert why_without_unionid(kind, follows=follows, bound=bound) is reason


def test_every_reason_has_its_words() -> None:
    assert set(SAYS) == set(MissingReason)
