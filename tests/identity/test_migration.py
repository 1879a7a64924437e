"""An account was migrated: its people have other openids and stay who they are."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.identity.flows import migration
from chalicelib.identity.flows.jobs import work_jobs
from tests.builders import OA_APPID, make_accounts, make_brand, make_user, official_account, tell_wechat
from tests.faults import Chaos, try_seeds
from tests.house import House

MIGRATE = "/v1/accounts/demo.new/migrate"
NEW_APPID = "wx00000000000000c3"


class Move:
    """A brand whose official account `demo.oa` has followers and is migrated to `demo.new`."""

    def __init__(self, house: House) -> None:
        self.house = house

    def open(self, *, followers: int) -> None:
        self.house.empty()
        self.key = make_brand(self.house)
        make_accounts(self.house, self.key, open_platform=None)
        order = official_account(name="new", appid=NEW_APPID, original_id="gh_000000000000")
        assert self.house.call("POST", "/v1/accounts", order, key=self.key)[0] == 201
        tell_wechat(self.house, order, mode="safe", format="xml", open_platform=None)
        self.users = [make_user(self.house) for _ in range(followers)]
        for user in self.users:
            self.house.play(f"/users/{user}/follow", {"appid": OA_APPID})
        self.house.work()
        self.before = [self.person(user, OA_APPID) for user in self.users]
        self.house.play(f"/accounts/{NEW_APPID}/migrate", {"from_appid": OA_APPID})

    def start(self, from_appid: str = OA_APPID) -> tuple[int, Any]:
        return self.house.call("POST", MIGRATE, {"from_appid": from_appid}, key=self.key)

    def run(self) -> Any:
        for _ in range(6):
            self.house.tick("work_jobs")
            self.house.clock.advance(minutes=1)
        self.house.work()
        return self.house.call("GET", MIGRATE, key=self.key)[1]

    def person(self, user: str, appid: str) -> str | None:
        openid = self.house.play(f"/users/{user}?appid={appid}", method="GET")["openid"]
        query = {"type": "openid", "value": openid, "account": "demo.oa" if appid == OA_APPID else "demo.new"}
        status, found = self.house.call("POST", "/v1/people/lookup", query, key=self.key)
        return str(found["id"]) if status == 200 else None

    def links(self, person: str) -> list[Any]:
        links: list[Any] = self.house.call("GET", f"/v1/people/{person}/links", key=self.key)[1]["links"]
        return links


@pytest.fixture
def move(house: House, monkeypatch: pytest.MonkeyPatch) -> Move:
    monkeypatch.setattr(migration, "BATCH", 1)
    return Move(house)


def test_everybody_is_found_by_the_new_openid_and_keeps_their_id(move: Move) -> None:
    move.open(followers=3)
    status, job = move.start()

    done = move.run()

    assert (status, job["state"]) == (202, "running")
    assert (done["state"], done["seen"], done["joined"], done["unknown"]) == ("done", 3, 3, 0)
    assert [move.person(user, NEW_APPID) for user in move.users] == move.before
    (link,) = move.links(str(move.before[0]))
    assert (link["rank"], link["source"]) == ("attested", "changeopenid")


def test_somebody_already_met_at_the_new_account_becomes_one_person(move: Move) -> None:
    move.open(followers=1)
    move.house.clock.advance(days=1)
    move.house.play(f"/users/{move.users[0]}/send", {"appid": NEW_APPID, "msgtype": "text", "content": "hi"})
    move.house.work()
    apart = move.person(move.users[0], NEW_APPID)
    move.start()

    move.run()

    assert apart != move.before[0]
    assert move.person(move.users[0], NEW_APPID) == move.before[0]


def test_who_did_not_come_along_is_counted_and_left_alone(move: Move) -> None:
    move.open(followers=2)
    kept = move.house.sandbox.official(NEW_APPID).migrated
    del kept[next(iter(kept))]
    move.start()

    done = move.run()

    assert (done["state"], done["seen"], done["joined"], done["unknown"]) == ("done", 2, 1, 1)


def test_an_account_that_was_not_migrated_is_told(move: Move) -> None:
    move.open(followers=1)
    move.house.sandbox.official(NEW_APPID).migrated_from = ""
    move.start()

    done = move.run()

    assert done["state"] == "failed"
    assert "errcode 40013" in done["trouble"]


def test_an_appid_of_nobody_and_the_account_itself_are_refused(move: Move) -> None:
    move.open(followers=0)

    unknown, itself = move.start("wx-unknown"), move.start(NEW_APPID)

    assert (unknown[0], unknown[1]["Code"]) == (404, "account_missing")
    assert (itself[0], itself[1]["Code"]) == (400, "field_invalid")


def test_crashes_and_two_workers_at_once_link_everybody_once(move: Move) -> None:
    def play(chaos: Chaos) -> None:
        move.open(followers=2)
        move.start()
        house = move.house

        def work() -> int:
            return work_jobs(world=house.world, now=house.clock())

        chaos.run(work, work)
        done = move.run()

        assert (done["state"], done["seen"], done["joined"]) == ("done", 2, 2)
        assert [move.person(user, NEW_APPID) for user in move.users] == move.before
        assert [len(move.links(str(person))) for person in move.before] == [1, 1]

    try_seeds(play, 3, chance=0.05)
