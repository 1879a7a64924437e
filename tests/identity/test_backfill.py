"""Followers from before: every one asked about once, late unionids joined, nobody twice, whatever breaks on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from chalicelib.identity.flows import followers as asking
from chalicelib.identity.flows.jobs import work_jobs
from sandbox import people
from tests.builders import MINI_APPID, OA_APPID, log_in, make_accounts, make_brand, make_user
from tests.faults import Chaos, try_seeds
from tests.house import House, open_house

BACKFILL = "/v1/accounts/demo.oa/backfill"
PAGES, BATCHES = "/cgi-bin/user/get", "/cgi-bin/user/info/batchget"


class Account:
    """The official account of a brand that nobody has bound to an Open Platform account yet."""

    def __init__(self, house: House) -> None:
        self.house = house

    def open(self) -> None:
        self.house.empty()
        self.key = make_brand(self.house)
        make_accounts(self.house, self.key)
        self.bind(None)

    def bind(self, open_platform: str | None) -> None:
        accounts = self.house.sandbox.state.accounts
        accounts[OA_APPID] = msgspec.structs.replace(accounts[OA_APPID], open_platform=open_platform)

    def small_batches(self, *, batches: int = 10, page: int = 10_000) -> None:
        """So few batches a minute, and so few followers a page."""
        self.house.sandbox.state.settings = msgspec.structs.replace(self.house.sandbox.state.settings, followers_per_page=page)
        world = self.house.world
        self.house.enter(msgspec.structs.replace(world, settings=msgspec.structs.replace(world.settings, job_batches_per_minute=batches)))

    def followers(self, count: int) -> list[str]:
        """So many who follow, and we hear of it."""
        users = [make_user(self.house) for _ in range(count)]
        for user in users:
            self.house.play(f"/users/{user}/follow", {"appid": OA_APPID})
            self.house.clock.advance(seconds=1)
        self.house.work()
        return users

    def old_followers(self, count: int) -> list[str]:
        """So many who followed before we were there to hear of it."""
        sandbox, users = self.house.sandbox, [make_user(self.house) for _ in range(count)]
        for user in users:
            contact = people.meet(sandbox, sandbox.state.users[user], sandbox.state.accounts[OA_APPID])
            contact.followed_at = sandbox.now()
        self.house.clock.advance(seconds=1)
        return users

    def start(self) -> Any:
        status, job = self.house.call("POST", BACKFILL, key=self.key)
        assert status == 202, job
        return job

    def show(self) -> Any:
        return self.house.call("GET", BACKFILL, key=self.key)[1]

    def run(self) -> Any:
        """Minutes pass until it is over."""
        for _ in range(20):
            self.house.tick("work_jobs")
            if self.show()["state"] != "running":
                break
            self.house.clock.advance(minutes=1)
        self.house.work()
        return self.show()

    def forget_after_listing(self, place: int) -> None:
        """One of the followers WeChat lists is nobody by the time we ask about them."""
        wechat, contacts = self.house.world.wechat, self.house.sandbox.state.contacts[OA_APPID]

        class Behind:
            """WeChat, a moment late."""

            def __getattr__(self, name: str) -> Any:
                return getattr(wechat, name)

            def list_followers(self, token: str, after: str) -> tuple[str, ...]:
                openids = wechat.list_followers(token, after)
                if not after and len(openids) == 3:
                    del contacts[openids[place]]
                return openids

        self.house.enter(msgspec.structs.replace(self.house.world, wechat=Behind()))

    def person(self, user: str, appid: str = OA_APPID) -> Any:
        openid = self.house.play(f"/users/{user}?appid={appid}", method="GET")["openid"]
        account = "demo.oa" if appid == OA_APPID else "demo.mini"
        return self.house.call("POST", "/v1/people/lookup", {"type": "openid", "value": openid, "account": account}, key=self.key)[1]

    def asked(self, path: str) -> int:
        return len(self.house.wechat_calls(path))


@pytest.fixture(scope="module")
def standing() -> Iterator[House]:
    with open_house() as house:
        yield house


@pytest.fixture
def account(standing: House, monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setattr(asking, "BATCH", 4)  # the same hundreds of followers would take a small DynamoDB minutes
    made = Account(standing)
    made.open()
    return made


def test_a_unionid_that_comes_with_the_back_fill_makes_one_person_and_keeps_the_first_id(account: Account) -> None:
    (user,) = account.followers(1)
    follower = account.person(user)
    account.bind("op1")
    account.house.clock.advance(days=1)
    visitor = log_in(account.house, user)["person"]
    account.start()

    done = account.run()

    assert (done["state"], done["seen"], done["joined"], done["without_unionid"]) == ("done", 1, 1, 0)
    assert follower["id"] < visitor
    assert account.person(user)["id"] == account.person(user, MINI_APPID)["id"] == follower["id"]
    assert {each["type"] for each in account.person(user)["identifiers"]} == {"openid", "unionid"}
    assert account.house.call("GET", f"/v1/people/{visitor}", key=account.key)[1]["id"] == follower["id"]


def test_followers_of_an_unbound_account_are_known_without_a_unionid(account: Account) -> None:
    users = account.followers(2)
    account.house.new_container()
    account.start()

    done = account.run()

    assert (done["state"], done["seen"], done["joined"], done["without_unionid"]) == ("done", 2, 0, 2)
    assert len({account.person(user)["id"] for user in users}) == 2


def test_somebody_who_followed_before_we_were_there_is_known_and_may_be_written_to(account: Account) -> None:
    account.bind("op1")
    (user,) = account.old_followers(1)
    account.start()

    account.run()

    person = account.person(user)
    follow = [row for row in account.house.rows("identities") if row["sk"]["S"] == "F"]
    assert len(person["identifiers"]) == 2
    assert [row["follows"]["BOOL"] for row in follow] == [True]


def test_every_follower_is_asked_about_once_over_pages_batches_and_minutes(account: Account) -> None:
    account.bind("op1")
    account.small_batches(batches=2, page=6)
    account.old_followers(13)
    account.start()
    account.house.tick("work_jobs")
    halfway = account.show()

    done = account.run()

    assert (halfway["state"], halfway["seen"]) == ("running", 6)
    assert (done["state"], done["seen"], done["joined"]) == ("done", 13, 13)
    assert (account.asked(PAGES), account.asked(BATCHES)) == (4, 5)


def test_started_twice_it_is_one_job_and_later_another(account: Account) -> None:
    account.followers(1)

    first, again = account.start(), account.start()
    account.run()
    later = account.start()

    assert first == again
    assert first["id"] != later["id"]
    assert later["state"] == "running"


def test_a_new_container_goes_on_where_the_old_one_stopped(account: Account) -> None:
    account.bind("op1")
    account.small_batches(batches=1)
    account.old_followers(5)
    account.start()
    account.house.tick("work_jobs")
    account.house.new_container()

    done = account.run()

    assert (done["state"], done["seen"], done["joined"]) == ("done", 5, 5)


@pytest.mark.parametrize("place", [1, -1], ids=["amid the others", "the last one"])
def test_an_openid_nobody_has_any_more_holds_nobody_up(account: Account, place: int) -> None:
    account.bind("op1")
    account.old_followers(3)
    account.forget_after_listing(place)
    account.start()

    done = account.run()

    assert (done["state"], done["joined"], done["unknown"]) == ("done", 2, 1)


def test_a_busy_wechat_is_asked_again_and_says_so_meanwhile(account: Account) -> None:
    account.followers(1)
    account.house.play("/faults", {"path": BATCHES, "errcode": -1})
    account.start()
    account.house.tick("work_jobs")
    kept = account.show()

    done = account.run()

    assert (kept["state"], kept["seen"]) == ("running", 0)
    assert "errcode -1" in kept["trouble"]
    assert (done["state"], done["seen"], done["trouble"]) == ("done", 1, "")


def test_a_used_up_quota_is_waited_for(account: Account) -> None:
    account.followers(1)
    account.house.play("/faults", {"path": PAGES, "errcode": 45009})
    account.start()
    account.house.tick("work_jobs")
    account.house.clock.advance(minutes=59)
    account.house.tick("work_jobs")
    waiting, asked = account.show(), account.asked(PAGES)
    account.house.clock.advance(minutes=1)

    done = account.run()

    assert (waiting["state"], asked) == ("running", 1)
    assert done["state"] == "done"


def test_what_wechat_refuses_for_good_ends_it_with_the_reason(account: Account) -> None:
    account.followers(1)
    account.house.play("/faults", {"path": PAGES, "errcode": 48001})
    account.start()

    done = account.run()

    assert done["state"] == "failed"
    assert "errcode 48001" in done["trouble"]


def test_only_an_official_account_has_followers(account: Account) -> None:
    status, body = account.house.call("POST", "/v1/accounts/demo.mini/backfill", key=account.key)

    assert (status, body["Code"]) == (404, "account_missing")


def test_nothing_started_is_nothing_to_show(account: Account) -> None:
    status, body = account.house.call("GET", BACKFILL, key=account.key)

    assert (status, body["Code"]) == (404, "job_missing")


def test_the_row_of_a_job_names_no_openid(account: Account) -> None:
    account.small_batches(batches=1)
    account.followers(2)
    account.start()
    account.house.tick("work_jobs")

    (row,) = [row for row in account.house.rows("identities") if row["pk"]["S"] == "demo#J"]

    assert not [openid for openid in account.house.sandbox.state.contacts[OA_APPID] if openid in str(row)]


def test_crashes_and_two_workers_at_once_leave_each_follower_one_person(account: Account) -> None:
    def play(chaos: Chaos) -> None:
        account.open()
        users = account.followers(3)
        before = [account.person(user)["id"] for user in users]
        account.bind("op1")
        account.start()
        house = account.house

        def work() -> int:
            return work_jobs(world=house.world, now=house.clock())

        chaos.run(work, work)
        done = account.run()

        assert (done["state"], done["seen"]) == ("done", 3)
        assert [account.person(user)["id"] for user in users] == before
        assert all(len(account.person(user)["identifiers"]) == 2 for user in users)

    try_seeds(play, 5, chance=0.1)


def test_nobody_follows_nobody_is_seen(account: Account) -> None:
    account.start()

    done = account.run()

    assert (done["state"], done["seen"]) == ("done", 0)
