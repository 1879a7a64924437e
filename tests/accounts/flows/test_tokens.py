"""Access tokens: one call to WeChat for a herd, at most one retry, and no way to overwrite what is newer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from botocore.client import BaseClient
from chalice.test import Client

from chalicelib.accounts import tables as accounts
from chalicelib.accounts.flows import keeper, register, tokens
from chalicelib.accounts.tables import tokens as tables
from chalicelib.accounts.words import Account, Slot, Token
from chalicelib.aws.clients import client
from chalicelib.aws.secrets import Secrets
from chalicelib.cache import Cache
from chalicelib.errors import Busy, Declined, LiandongError, Missing, Unknown
from chalicelib.wechat.gateway import Gateway, TokenRejected
from chalicelib.wechat.platforms import StableToken
from chalicelib.world import World
from tests.builders import APP_SECRET, MINI_SECRET, OA_APPID, make_accounts, make_brand, official_account
from tests.house import NOON, House

LIFE_S = 7200
THREADS = 50
PATIENCE_S = 60
SLOT = Slot("demo", OA_APPID)
STABLE_TOKEN = "/cgi-bin/stable_token"


class Minting(Gateway):
    """WeChat's side of a token: the same until its last five minutes, then a new one; it counts who asks."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__("", timeout_s=1)
        self._clock = clock
        self._lock = threading.Lock()
        self._made = 0
        self.expires_at = NOON
        self.asked = 0
        self.trouble: BaseException | None = None
        self.meanwhile: Callable[[], object] = lambda: None

    @property
    def value(self) -> str:
        return f"canary-token-{self._made}"

    def renew(self) -> None:
        """The token is another one from now on."""
        self._made += 1
        self.expires_at = self._clock() + timedelta(seconds=LIFE_S)

    def fetch_stable_token(self, appid: str, app_secret: str) -> StableToken:
        with self._lock:
            self.asked += 1
            if self.expires_at - self._clock() <= timedelta(minutes=5):
                self.renew()
            given = StableToken(self.value, int((self.expires_at - self._clock()).total_seconds()))
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        if self.trouble is not None:
            raise self.trouble
        return given


class Stand(msgspec.Struct):
    """One account, WeChat behind it, and as many containers as wanted."""

    house: House
    wechat: Minting
    account: Account

    def container(self, **changes: Any) -> World:
        """The world of another Lambda container, with caches of its own."""
        cache = Cache()
        secrets = Secrets(stage="local", kms_key_arn=self.house.settings.kms_key_arn, cache=cache)

        def mint(account: str, *, rejected_version: int | None, platform: str = "") -> None:
            keeper.mint_token(account, rejected_version=rejected_version, platform=platform, world=made, now=made.now())

        made: World = msgspec.structs.replace(
            self.house.world, **{"cache": cache, "secrets": secrets, "wechat": self.wechat, "mint": mint, **changes}
        )
        return made

    def fetch(self, world: World | None = None) -> Token:
        return tokens.fetch_token(self.account, world=world or self.container(), now=self.house.clock())

    def mint(self, world: World | None = None, *, rejected_version: int | None = None) -> None:
        keeper.mint_token(self.account.id, rejected_version=rejected_version, world=world or self.container(), now=self.house.clock())

    def call(self, call: Callable[[str], str], world: World | None = None) -> str:
        return tokens.with_token(self.account, call, world=world or self.container(), now=self.house.clock())

    def row(self) -> dict[str, Any]:
        [row] = self.house.rows("credentials")
        return {name: next(iter(value.values())) for name, value in row.items()}

    def kept(self) -> Token | None:
        return tables.read_token(SLOT).token


@pytest.fixture
def stand(house: House) -> Stand:
    key = make_brand(house)
    status, body = house.call("POST", "/v1/accounts", official_account(), key=key)
    assert status == 201, body
    account = register.find_account("demo.oa", world=house.world, now=house.clock())
    return Stand(house, Minting(house.clock), account)


@pytest.fixture
def shared_ground() -> Iterator[None]:
    """One request to AWS at a time, as DynamoDB changes a row by one request at a time and moto does not."""
    real, lock = BaseClient._make_api_call, threading.Lock()

    def ask(asking: Any, name: str, params: Any) -> Any:
        with lock:
            return real(asking, name, params)

    BaseClient._make_api_call = ask
    yield
    BaseClient._make_api_call = real


def together(work: Callable[[], Any], count: int = THREADS) -> list[Any]:
    """What `count` threads that begin at the same moment get, errors included."""
    barrier, got = threading.Barrier(count), []

    def run() -> None:
        barrier.wait(PATIENCE_S)
        try:
            got.append(work())
        except LiandongError as error:
            got.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert len(got) == count
    return got


def everything_about(error: BaseException) -> str:
    """All that somebody could print of an error, its causes and contexts included."""
    told: list[str] = []
    seen: list[BaseException | None] = [error]
    while seen:
        each = seen.pop()
        if each is not None:
            told += [str(each), repr(each), repr(each.args), repr(vars(each))]
            seen += [each.__cause__, each.__context__]
    return "\n".join(told)


# -- a herd -------------------------------------------------------------------------------------------------------


def test_a_herd_of_containers_with_an_expired_token_asks_wechat_once(stand: Stand, shared_ground: None) -> None:
    old = stand.fetch()
    stand.house.clock.advance(seconds=LIFE_S)
    waiting, minted = threading.Semaphore(0), threading.Event()

    def wait(_: float) -> None:
        waiting.release()
        minted.wait(PATIENCE_S)

    def fetch() -> Token:
        world = stand.container(pause=wait)

        def mint(account: str, *, rejected_version: int | None, platform: str = "") -> None:
            world.mint(account, rejected_version=rejected_version, platform=platform)
            minted.set()

        return stand.fetch(msgspec.structs.replace(world, mint=mint))

    stand.wechat.meanwhile = lambda: [waiting.acquire(timeout=PATIENCE_S) for _ in range(THREADS - 1)]
    got = together(fetch)

    assert stand.wechat.asked == 2  # once before, once for the herd
    assert {token.version for token in got} == {old.version + 1}
    assert {token.value for token in got} == {stand.wechat.value}


def test_a_herd_of_minters_asks_wechat_once(stand: Stand, shared_ground: None) -> None:
    stand.fetch()
    stand.house.clock.advance(seconds=LIFE_S)
    refused = threading.Semaphore(0)

    def mint() -> None:
        stand.mint()
        refused.release()

    stand.wechat.meanwhile = lambda: [refused.acquire(timeout=PATIENCE_S) for _ in range(THREADS - 1)]
    together(mint)

    assert stand.wechat.asked == 2
    assert stand.kept() == Token(value=stand.wechat.value, version=2, expires_at=stand.wechat.expires_at)


def test_a_storm_of_rejections_asks_wechat_once_and_calls_each_twice_at_most(stand: Stand, shared_ground: None) -> None:
    old = stand.fetch().value
    stand.wechat.renew()
    rejected, minted = threading.Barrier(THREADS), threading.Event()
    called: list[str] = []

    def call(token: str) -> str:
        called.append(token)
        if token == old:
            rejected.wait(PATIENCE_S)
            raise TokenRejected(errcode=40001)
        return token

    def call_with_token() -> str:
        world = stand.container(pause=lambda _: minted.wait(PATIENCE_S))

        def mint(account: str, *, rejected_version: int | None, platform: str = "") -> None:
            world.mint(account, rejected_version=rejected_version, platform=platform)
            minted.set()

        return stand.call(call, msgspec.structs.replace(world, mint=mint))

    got = together(call_with_token)

    assert stand.wechat.asked == 2
    assert set(got) == {stand.wechat.value}
    assert sorted(called) == sorted([old] * THREADS + [stand.wechat.value] * THREADS)


def test_when_wechat_insists_a_storm_of_rejections_asks_once_and_ends(stand: Stand, shared_ground: None) -> None:
    old = stand.fetch().value
    rejected, minted = threading.Barrier(THREADS), threading.Event()
    called: list[str] = []

    def call(token: str) -> str:
        called.append(token)
        rejected.wait(PATIENCE_S)
        raise TokenRejected(errcode=40001)

    def call_with_token() -> str:
        world = stand.container(pause=lambda _: minted.wait(PATIENCE_S))

        def mint(account: str, *, rejected_version: int | None, platform: str = "") -> None:
            world.mint(account, rejected_version=rejected_version, platform=platform)
            minted.set()

        return stand.call(call, msgspec.structs.replace(world, mint=mint))

    got = together(call_with_token)

    assert stand.wechat.asked == 2
    assert {(type(error), error.code) for error in got} == {(Declined, "token_rejected")}
    assert called == [old] * THREADS


# -- a rejected token ---------------------------------------------------------------------------------------------


def reject(*wrong: str) -> tuple[list[str], Callable[[str], str]]:
    """A call that WeChat rejects with certain tokens, or with any; and what it was called with."""
    called: list[str] = []

    def call(token: str) -> str:
        called.append(token)
        if token in wrong or not wrong:
            raise TokenRejected(errcode=42001)
        return "done"

    return called, call


def test_a_newer_token_in_the_row_is_taken_without_minting(stand: Stand) -> None:
    slow, quick = stand.container(mint=never_mint), stand.container()
    old = stand.fetch(quick).value
    tokens.fetch_token(stand.account, world=slow, now=stand.house.clock())
    stand.wechat.renew()
    stand.mint(quick, rejected_version=1)
    called, call = reject(old)

    done = stand.call(call, slow)

    assert done == "done"
    assert called == [old, stand.wechat.value]
    assert stand.wechat.asked == 2


def never_mint(account: str, *, rejected_version: int | None, platform: str = "") -> None:
    raise AssertionError("nobody may mint here")


def test_a_container_does_not_go_on_with_a_token_that_was_rejected(stand: Stand) -> None:
    world = stand.container()
    old = stand.fetch(world).value
    stand.wechat.renew()
    called, call = reject(old)

    for _ in range(2):
        stand.call(call, world)

    assert called == [old, stand.wechat.value, stand.wechat.value]


def test_a_token_that_is_always_rejected_costs_two_calls_and_no_third(stand: Stand) -> None:
    old = stand.fetch().value
    stand.wechat.renew()
    called, call = reject()

    with pytest.raises(TokenRejected):
        stand.call(call)

    assert called == [old, stand.wechat.value]
    assert stand.wechat.asked == 2


def test_only_a_rejected_token_is_replaced(stand: Stand) -> None:
    stand.fetch()
    called: list[str] = []

    def call(token: str) -> str:
        called.append(token)
        raise Declined(errcode=43101)

    with pytest.raises(Declined):
        stand.call(call)

    assert len(called) == 1
    assert stand.wechat.asked == 1


def test_while_wechat_insists_nobody_asks_again_for_a_minute(stand: Stand) -> None:
    stand.fetch()
    asked = []

    for _ in range(3):
        _, call = reject()
        with pytest.raises(Declined) as caught:
            stand.call(call)
        asked.append((caught.value.code, stand.wechat.asked))
        stand.house.clock.advance(seconds=29.5)

    assert asked == [("token_rejected", 2)] * 3
    stand.house.clock.advance(seconds=2)
    with pytest.raises(Declined):
        stand.call(reject()[1])
    assert stand.wechat.asked == 3


def test_wechats_insistence_on_one_token_says_nothing_of_the_next(stand: Stand) -> None:
    stand.fetch()
    stand.house.clock.advance(seconds=LIFE_S - 320)
    with pytest.raises(Declined):
        stand.call(reject()[1])
    stand.house.clock.advance(seconds=30)
    stand.mint()
    second = stand.wechat.value
    stand.wechat.renew()

    done = stand.call(reject(second)[1])

    assert done == "done"
    assert stand.kept() == Token(value="canary-token-3", version=3, expires_at=stand.wechat.expires_at)


def test_a_rejection_right_after_a_renewal_that_gave_the_same_token_is_looked_into(stand: Stand) -> None:
    old = stand.fetch().value
    stand.wechat.expires_at += timedelta(minutes=10)  # by WeChat's clock the token is younger
    stand.house.clock.advance(seconds=LIFE_S - 200)
    stand.mint()
    prolonged = stand.kept()
    stand.wechat.renew()

    done = stand.call(reject(old)[1])

    assert prolonged == Token(value=old, version=1, expires_at=NOON + timedelta(seconds=LIFE_S + 600))
    assert done == "done"
    assert stand.wechat.asked == 3


# -- who may ask --------------------------------------------------------------------------------------------------


def test_a_minter_that_saw_an_old_row_does_not_ask_after_another_has(stand: Stand) -> None:
    stand.fetch()
    stand.house.clock.advance(seconds=LIFE_S)

    stand.mint(stand.container(new_id=after(stand, stand.mint)))

    assert stand.wechat.asked == 2
    assert stand.row()["version"] == "2"
    assert "lease" not in stand.row()


def test_a_minter_that_saw_no_row_does_not_ask_after_another_has(stand: Stand) -> None:
    stand.mint(stand.container(new_id=after(stand, stand.mint)))

    assert stand.wechat.asked == 1
    assert stand.row()["version"] == "1"


def test_a_minter_that_saw_no_insistence_does_not_ask_after_another_has(stand: Stand) -> None:
    stand.fetch()

    stand.mint(stand.container(new_id=after(stand, lambda: stand.mint(rejected_version=1))), rejected_version=1)

    assert stand.wechat.asked == 2


def test_a_minter_that_saw_an_old_insistence_does_not_ask_after_another_has(stand: Stand) -> None:
    stand.fetch()
    stand.mint(rejected_version=1)
    stand.house.clock.advance(seconds=61)

    stand.mint(stand.container(new_id=after(stand, lambda: stand.mint(rejected_version=1))), rejected_version=1)

    assert stand.wechat.asked == 3


def after(stand: Stand, first: Callable[[], object]) -> Callable[[], str]:
    """Ids that come after something else has happened: between a minter's look at the row and its lease."""

    def new_id() -> str:
        first()
        return stand.house.world.new_id()

    return new_id


def test_while_one_asks_wechat_another_does_not(stand: Stand) -> None:
    stand.wechat.meanwhile = stand.mint

    stand.mint()

    assert stand.wechat.asked == 1


def test_a_rejected_version_that_is_not_the_rows_is_no_reason_to_ask(stand: Stand) -> None:
    stand.fetch()

    stand.mint(rejected_version=7)

    assert stand.wechat.asked == 1


def test_a_minter_that_died_holds_the_others_up_no_longer_than_its_lease(stand: Stand) -> None:
    stand.wechat.trouble = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        stand.mint()
    stand.wechat.trouble = None

    asked = []
    for passed_s in (0, keeper.LEASE_S, 1):
        stand.house.clock.advance(seconds=passed_s)
        stand.mint()
        asked.append(stand.wechat.asked)

    assert asked == [1, 1, 2]
    assert stand.kept() is not None


def test_an_asker_that_died_holds_the_others_up_no_longer_than_its_time(stand: Stand) -> None:
    tables.become_asker(SLOT, "dead", now=stand.house.clock(), for_s=tokens.ASKER_S)
    stand.house.clock.advance(seconds=tokens.ASKER_S)

    with pytest.raises(Busy) as caught:
        stand.fetch()
    waited_s = sum(stand.house.pauses)
    stand.house.clock.advance(seconds=1)
    token = stand.fetch()

    assert caught.value.code == "wechat_busy"
    assert waited_s == pytest.approx(6.0)
    assert token.version == 1
    assert stand.wechat.asked == 1


def test_an_asker_that_comes_back_late_leaves_the_next_one_alone(stand: Stand) -> None:
    tables.become_asker(SLOT, "late", now=stand.house.clock(), for_s=tokens.ASKER_S)
    stand.house.clock.advance(seconds=tokens.ASKER_S + 1)
    tables.become_asker(SLOT, "next", now=stand.house.clock(), for_s=tokens.ASKER_S)

    tables.stop_asking(SLOT, "late")

    assert stand.row()["asker"] == "next"


@pytest.mark.parametrize("rejected_version", [None, 1])
def test_a_slow_minter_whose_lease_was_taken_over_cannot_overwrite_what_is_newer(stand: Stand, rejected_version: int | None) -> None:
    stand.fetch()
    stand.house.clock.advance(seconds=LIFE_S - 100)

    def overtake() -> None:
        stand.house.clock.advance(seconds=keeper.LEASE_S + 1)
        stand.wechat.renew()
        stand.mint(rejected_version=rejected_version)

    stand.wechat.meanwhile = overtake
    stand.mint(rejected_version=rejected_version)

    assert stand.kept() == Token(value="canary-token-3", version=2, expires_at=stand.wechat.expires_at)


@pytest.mark.parametrize("end", ["new token", "same token", "insists", "fails"])
def test_a_slow_minter_leaves_the_lease_of_whoever_took_over_alone(stand: Stand, end: str) -> None:
    stand.fetch()
    stand.house.clock.advance(seconds=LIFE_S - 100)
    if end != "new token":
        stand.wechat.expires_at += timedelta(hours=1)
    stand.wechat.trouble = Busy() if end == "fails" else None

    def overtake() -> None:
        stand.house.clock.advance(seconds=keeper.LEASE_S + 1)
        seen = tables.read_token(SLOT)
        assert tables.take_lease(SLOT, "other", seen, now=stand.house.clock(), for_s=keeper.LEASE_S)

    stand.wechat.meanwhile = overtake
    try:
        stand.mint(rejected_version=1 if end == "insists" else None)
    except Busy:
        assert end == "fails"

    row = stand.row()
    assert (row["lease"], row["version"], row["token"]) == ("other", "1", "canary-token-1")
    assert "confirmed_at" not in row


def test_the_row_is_read_as_it_is_now_and_never_as_it_was(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = BaseClient._make_api_call, []

    def listen(asking: Any, name: str, params: Any) -> Any:
        if name == "GetItem" and params["TableName"].endswith("-credentials"):
            asked.append(params.get("ConsistentRead"))
        return real(asking, name, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", listen)
    stand.call(reject("canary-token-0")[1])

    assert set(asked) == {True}


def test_a_container_reads_the_row_once_in_twenty_seconds(stand: Stand) -> None:
    reader = stand.container(mint=never_mint)
    stand.fetch()
    old = stand.fetch(reader)
    stand.wechat.renew()
    stand.mint(rejected_version=1)

    stand.house.clock.advance(seconds=tokens.CACHED_S - 1)
    early = stand.fetch(reader)
    stand.house.clock.advance(seconds=1)
    late = stand.fetch(reader)

    assert (old.version, early.version, late.version) == (1, 1, 2)


def test_a_container_that_found_no_token_goes_on_with_the_one_that_was_made(stand: Stand) -> None:
    world = stand.container()
    made = stand.fetch(world)

    assert stand.fetch(msgspec.structs.replace(world, mint=never_mint)) == made


# -- the last five minutes ----------------------------------------------------------------------------------------


def test_the_schedule_renews_in_the_last_five_minutes_and_no_earlier(stand: Stand) -> None:
    stand.fetch()
    lives = []

    for left_s, world in ((LIFE_S, stand.container(mint=never_mint)), (301, stand.container(mint=never_mint)), (300, stand.container())):
        stand.house.clock.moment = NOON + timedelta(seconds=LIFE_S - left_s)
        lives.append((tokens.refresh_tokens(world=world, now=stand.house.clock()), stand.wechat.asked))

    assert lives == [(7200, 1), (301, 1), (7200, 2)]


def test_the_schedule_leaves_accounts_alone_whose_token_nobody_has_needed(stand: Stand) -> None:
    life_s = tokens.refresh_tokens(world=stand.container(mint=never_mint), now=stand.house.clock())

    assert life_s == 7200
    assert stand.house.rows("credentials") == []


def test_the_old_token_is_used_while_another_is_being_minted(stand: Stand) -> None:
    old = stand.fetch()
    stand.house.clock.advance(seconds=LIFE_S - 200)
    used: list[Token] = []
    stand.wechat.meanwhile = lambda: used.append(stand.fetch(stand.container(mint=never_mint)))

    stand.mint()

    assert used == [old]
    assert stand.house.pauses == []
    assert stand.fetch().version == 2


def test_one_accounts_trouble_does_not_keep_the_others_from_being_renewed(house: House, caplog: pytest.LogCaptureFixture) -> None:
    for brand in ("aa", "bb"):
        make_accounts(house, make_brand(house, brand), brand)
    now = house.clock()
    every = [account for brand in ("aa", "bb") for account in accounts.list_accounts(brand)]
    for account in every:
        tokens.fetch_token(account, world=house.world, now=now)
    client("ssm").delete_parameter(Name="/liandong/local/aa/accounts/mini")
    client("ssm").put_parameter(
        Name="/liandong/local/bb/accounts/mini", Value='{"app_secret": "wrong"}', Type="SecureString", Overwrite=True
    )
    house.new_container()
    house.clock.advance(seconds=LIFE_S - 60)

    house.tick("refresh_tokens")

    versions = {account.id: tables.read_token(Slot(account.brand, account.appid)).version for account in every}
    assert versions == {"aa.mini": 1, "aa.oa": 2, "bb.mini": 1, "bb.oa": 2}
    assert [record.getMessage().partition(":")[0] for record in caplog.records if record.name == "liandong.tokens"] == [
        "the token of aa.mini could not be renewed",
        "the token of bb.mini could not be renewed",
    ]
    assert "errcode 40125" in caplog.text
    [metric] = client("cloudwatch").list_metrics(Namespace="Liandong")["Metrics"]
    assert metric["MetricName"] == "TokenSecondsLeft"


def test_the_alarm_hears_of_the_smallest_life_left(stand: Stand) -> None:
    stand.fetch()
    stand.house.clock.advance(seconds=LIFE_S - 60)
    stand.wechat.trouble = Declined(errcode=40164)

    life_s = tokens.refresh_tokens(world=stand.container(), now=stand.house.clock())

    assert life_s == 60


# -- WeChat in trouble --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ({"errcode": -1}, Busy, "wechat_busy"),
        ({"errcode": 45011}, Busy, "wechat_busy"),
        ({"status": 500}, Busy, "wechat_busy"),
        ({"drop_after_effect": True}, Busy, "wechat_busy"),
        ({"errcode": 40001}, Declined, "wechat_declined"),
        ({"errcode": 40125}, Declined, "wechat_declined"),
        ({"errcode": 40164}, Declined, "wechat_declined"),
        ({"errcode": 45009}, Declined, "wechat_declined"),
    ],
    ids=str,
)
def test_a_token_that_could_not_be_had_is_told_apart_tells_no_secret_and_blocks_nobody(
    house: House, fault: dict[str, Any], kind: type[LiandongError], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    make_accounts(house, make_brand(house))
    account = register.find_account("demo.oa", world=house.world, now=house.clock())
    house.play("/faults", {"path": STABLE_TOKEN, **fault})

    with pytest.raises(LiandongError) as caught:
        tokens.fetch_token(account, world=house.world, now=house.clock())
    token = tokens.fetch_token(account, world=house.world, now=house.clock())

    assert isinstance(caught.value, kind)
    assert caught.value.code == code
    assert not isinstance(caught.value, Unknown)
    told = everything_about(caught.value) + caplog.text
    assert not [secret for secret in (APP_SECRET, MINI_SECRET, token.value) if secret in told]
    assert len(house.wechat_calls(STABLE_TOKEN)) == 2


def test_the_minter_tells_a_refusal_instead_of_failing_so_that_its_caller_can_tell_it_on(house: House) -> None:
    make_accounts(house, make_brand(house))
    house.play("/faults", {"path": STABLE_TOKEN, "errcode": 40164})
    event = {"account": "demo.oa", "rejected_version": None}

    with Client(house.app.app) as functions:
        answers = [functions.lambda_.invoke("mint_token", event).payload for _ in range(2)]

    told = {"Code": "wechat_declined", "Message": "WeChat declined /cgi-bin/stable_token: errcode 40164.", "errcode": 40164}
    assert answers == [told, None]
    assert tables.read_token(SLOT).version == 1


def test_an_account_without_its_secret_is_missing_and_blocks_nobody(stand: Stand) -> None:
    client("ssm").delete_parameter(Name="/liandong/local/demo/accounts/oa")

    with pytest.raises(Missing):
        stand.mint()

    assert stand.wechat.asked == 0
    assert "lease" not in stand.row()


def test_a_token_that_wechat_revoked_is_replaced_without_being_forced(house: House) -> None:
    make_accounts(house, make_brand(house))
    account = register.find_account("demo.oa", world=house.world, now=house.clock())
    tokens.fetch_token(account, world=house.world, now=house.clock())
    house.play("/tokens/revoke", {"appid": OA_APPID})

    with pytest.raises(Declined) as caught:
        tokens.with_token(account, lambda token: house.world.wechat.fetch_follower(token, "nobody"), world=house.world, now=house.clock())

    asked = [call["body"] for call in house.wechat_calls(STABLE_TOKEN)]
    assert caught.value.errcode == 40003
    assert [call["errcode"] for call in house.wechat_calls("/cgi-bin/user/info")] == [40001, 40003]
    assert [set(body) for body in asked] == [{"grant_type", "appid", "secret"}] * 2
