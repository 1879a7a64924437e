"""The meter of WeChat's daily quotas, in the house and on a small DynamoDB with everything going wrong."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from chalicelib.accounts.flows import quotas, register
from chalicelib.accounts.tables import quotas as tables
from chalicelib.accounts.words import Account, Kind
from chalicelib.accounts.words.quotas import Api, Metered, Priority
from chalicelib.cache import Cache
from chalicelib.world import World
from sandbox.beijing import number_of_day
from sandbox.state import Count
from tests.builders import OA_APPID, make_accounts, make_brand
from tests.clock import NOON
from tests.faults import Chaos, Crash, try_seeds
from tests.house import House
from tests.small_world import small_world

TEMPLATES = Api.template_message
QUOTAS = "/v1/accounts/demo.oa/quotas"


@pytest.fixture
def key(house: House) -> str:
    made = make_brand(house)
    make_accounts(house, made)
    return made


def official(house: House) -> Account:
    return register.find_account("demo.oa", world=house.world, now=house.clock())


def take(house: House, *, priority: Priority = Priority.service, calls: int = 1, world: World | None = None) -> None:
    for _ in range(calls):
        quotas.take(official(house), TEMPLATES, priority=priority, world=world or house.world, now=house.clock())


def standing(house: House, key: str, api: Api = TEMPLATES) -> dict[str, object]:
    _, shown = house.call("GET", QUOTAS, key=key)
    return next(each for each in shown["quotas"] if each["api"] == api.value)


def test_a_hundred_calls_are_leased_by_one_write_and_shown(house: House, key: str) -> None:
    take(house, calls=100)
    rows = [row for row in house.rows("counters") if "#quota#" in row["pk"]["S"]]

    assert [row["leased"]["N"] for row in rows] == ["100"]
    assert standing(house, key) == {
        "api": "/cgi-bin/message/template/send",
        "most": 100_000,
        "leased": 100,
        "used": None,
        "told_at": None,
        "left_for_marketing": 89_900,
        "left_for_service": 97_900,
        "stopped_until": None,
    }


def test_who_finds_a_block_being_leased_waits_for_it_and_not_for_ever(house: House, key: str) -> None:
    world = msgspec.structs.replace(house.world, cache=Cache())
    block = world.cache.remember(("quota", "demo.oa", TEMPLATES.value, str(NOON.date()), "service"), 60, quotas.Block, now=house.clock())
    assert block.begin_lease()
    take(house, world=msgspec.structs.replace(world, pause=lambda s: block.add(1)))
    assert standing(house, key)["leased"] == 0

    assert block.begin_lease()
    take(house, world=msgspec.structs.replace(world, pause=lambda s: None))

    assert standing(house, key)["leased"] == 100


def test_marketing_stops_first_then_service_and_what_is_urgent_last(house: House, key: str) -> None:
    metered = Metered("demo", "oa", TEMPLATES, NOON.date())
    tables.keep_told(metered, most=100, used=0, correction=0, stopped=False, now=NOON)

    for priority, calls in zip(Priority, (90, 8, 2), strict=True):
        take(house, priority=priority, calls=calls)
        with pytest.raises(quotas.QuotaSpent) as spent:
            take(house, priority=priority)

        assert spent.value.until == NOON + timedelta(hours=12)  # midnight in Beijing
        assert spent.value.errcode == 45009


def test_the_next_day_begins_anew(house: House, key: str) -> None:
    tables.stop(Metered("demo", "oa", TEMPLATES, NOON.date()), NOON + timedelta(hours=12), now=NOON)
    with pytest.raises(quotas.QuotaSpent):
        take(house)

    house.clock.moment += timedelta(hours=12)
    take(house)

    assert standing(house, key)["stopped_until"] is None


def test_what_wechat_stops_is_stopped_for_every_priority_and_shown(house: House, key: str) -> None:
    take(house)

    until = quotas.stop(official(house), TEMPLATES, world=house.world, now=house.clock())

    for priority in Priority:
        with pytest.raises(quotas.QuotaSpent):
            take(house, priority=priority)
    shown = standing(house, key)
    assert (shown["stopped_until"], shown["left_for_service"]) == (until.isoformat().replace("+00:00", "Z"), 0)


def test_a_comparison_gives_back_what_was_leased_and_never_used(house: House, key: str) -> None:
    take(house)
    metered = Metered("demo", "oa", TEMPLATES, NOON.date())
    for _ in range(50):  # containers that ended with their blocks
        assert tables.lease(metered, 100, ceiling=None, now=NOON)

    house.tick("compare_quotas")

    assert standing(house, key)["leased"] == 2_000  # what twenty senders may hold
    assert standing(house, key)["used"] == 0


def test_a_comparison_counts_what_other_systems_used_and_takes_wechats_limit(house: House, key: str) -> None:
    house.sandbox.state.settings.daily_limits = {TEMPLATES.value: 5_000}
    counted = Count(day=number_of_day(house.clock().timestamp()), used=4_600)
    house.sandbox.book(OA_APPID).counts[TEMPLATES.value] = counted
    take(house)

    house.tick("compare_quotas")
    shown = standing(house, key)

    assert {name: shown[name] for name in ("most", "leased", "used", "left_for_marketing")} == {
        "most": 5_000,
        "leased": 4_600,
        "used": 4_600,
        "left_for_marketing": 0,
    }


def test_a_stop_is_lifted_once_wechat_says_that_there_is_room(house: House, key: str) -> None:
    take(house)
    quotas.stop(official(house), TEMPLATES, world=house.world, now=house.clock())

    house.tick("compare_quotas")

    take(house)
    assert standing(house, key)["stopped_until"] is None


def test_clearing_has_wechat_begin_anew_with_a_reason_that_is_kept(house: House, key: str) -> None:
    take(house)
    quotas.stop(official(house), TEMPLATES, world=house.world, now=house.clock())

    status, shown = house.call("POST", f"{QUOTAS}/clear", {"reason": "the campaign was planned twice"}, key=key)

    assert status == 200
    assert next(each for each in shown["quotas"] if each["api"] == TEMPLATES.value)["leased"] == 0
    assert len(house.wechat_calls("/cgi-bin/clear_quota")) == 1
    assert "the campaign was planned twice" in str(house.rows("audit"))
    take(house)


def test_what_wechat_does_not_clear_stays_as_it_was(house: House, key: str) -> None:
    take(house)
    quotas.stop(official(house), TEMPLATES, world=house.world, now=house.clock())
    for _ in range(10):
        house.call("POST", f"{QUOTAS}/clear", {"reason": "once too often"}, key=key)
    quotas.stop(official(house), TEMPLATES, world=house.world, now=house.clock())

    status, refused = house.call("POST", f"{QUOTAS}/clear", {"reason": "once too often"}, key=key)

    assert (status, refused["Code"]) == (422, "wechat_declined")
    assert standing(house, key)["stopped_until"] is not None


def test_a_reason_is_needed_and_a_foreign_account_is_none(house: House, key: str) -> None:
    assert house.call("POST", f"{QUOTAS}/clear", {"reason": "why"}, key=key)[0] == 400
    other = make_brand(house, "other")
    assert house.call("GET", QUOTAS, key=other)[1]["Code"] == "account_missing"
    assert house.call("POST", f"{QUOTAS}/clear", {"reason": "not mine at all"}, key=other)[1]["Code"] == "account_missing"


def test_whatever_goes_wrong_a_quota_is_never_overspent() -> None:
    account = Account(id="demo.oa", brand="demo", name="oa", kind=Kind.official_account, appid="wx1", created_at=NOON)

    def play(chaos: Chaos) -> None:
        with small_world(chaos.seed) as small:
            tables.keep_told(Metered("demo", "oa", TEMPLATES, NOON.date()), most=40, used=0, correction=0, stopped=False, now=NOON)
            made: list[Priority] = []

            def send(priority: Priority) -> None:
                container = msgspec.structs.replace(small.world, cache=Cache())
                for _ in range(15):
                    try:
                        quotas.take(account, TEMPLATES, priority=priority, world=container, now=NOON)
                    except (quotas.QuotaSpent, Crash):
                        return
                    made.append(priority)

            chaos.run(
                *[lambda each=each: send(each) for each in (Priority.marketing, Priority.marketing, Priority.service, Priority.urgent)]
            )

            assert len(made) <= 40
            assert made.count(Priority.marketing) <= 36

    try_seeds(play, 40)
