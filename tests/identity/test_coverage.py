"""How many people are known by more than an openid: exact for few, within its own margin for many, counted once a day."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
import pytest

from chalicelib.aws.clients import client
from chalicelib.identity.flows import coverage as counting
from chalicelib.identity.flows import jobs, linking
from chalicelib.identity.rules import coverage as rules
from chalicelib.identity.rules.persons import shape_of
from chalicelib.identity.tables import clusters
from chalicelib.identity.tables import coverage as tables
from chalicelib.identity.tables.identifiers import SHARDS
from chalicelib.identity.words import Cluster, Identifier, IdentifierType, Key, Newcomer, Rank, Shape
from chalicelib.identity.words.coverage import Mark, Measurement, Shard, Sums
from chalicelib.staff.words import Scope
from tests.builders import make_accounts, make_brand, make_key
from tests.faults import Chaos, try_seeds
from tests.house import NOON, House, open_house
from tests.identity.people import member_no, openid, phone, unionid
from tests.scene import watched

DOOR = "/v1/identity/coverage"
TODAY = date(2026, 11, 20)
OA = Key(IdentifierType.openid, "oa", "a1")
MINI = Key(IdentifierType.openid, "mini", "b1")
UNION = Key(IdentifierType.unionid, "", "c1")
PHONE = Key(IdentifierType.phone, "", "d1")


# -- what counts of one person ---------------------------------------------------------------------------------


def cluster_of(*keys: Key, parts: dict[Key, str] | None = None) -> Cluster:
    return Cluster(
        id="C1",
        version=1,
        into=None,
        seed=keys[0],
        shape=shape_of(keys, []),
        parts={str(key): person for key, person in (parts or {}).items()},
        absorbed=(),
        first_at=NOON,
    )


def test_of_a_plain_cluster_everything_is_the_persons() -> None:
    assert rules.mark_of(cluster_of(OA, MINI, UNION), OA) == Mark(openids=2, unionid=True, phone=False)


def test_of_a_contested_cluster_each_has_what_is_theirs() -> None:
    contested = cluster_of(OA, MINI, UNION, PHONE, parts={MINI: "P2", PHONE: "P2"})

    assert rules.mark_of(contested, OA) == Mark(openids=1, unionid=True, phone=False)
    assert rules.mark_of(contested, MINI) == Mark(openids=1, unionid=False, phone=True)


def test_an_openid_its_header_does_not_count_yet_is_one() -> None:
    behind = msgspec.structs.replace(cluster_of(OA), shape=Shape(counts={}))

    assert rules.mark_of(behind, OA).openids == 1


def test_a_day_begins_with_the_hours_ahead_of_utc() -> None:
    late = NOON.replace(hour=16)

    assert rules.day_of(late.replace(hour=15), utc_offset_h=8) == TODAY
    assert rules.day_of(late, utc_offset_h=8) == date(2026, 11, 21)
    assert rules.day_of(late, utc_offset_h=0) == TODAY


# -- estimates -------------------------------------------------------------------------------------------------


class Crowd:
    """Many people, some with openids at two accounts, counted as the flow counts them."""

    def __init__(self, dice: random.Random, people: int) -> None:
        self.marks: dict[str, dict[str, Mark]] = {"oa": {}, "mini": {}}
        self.people = people
        self.unified = 0
        for _ in range(people):
            ends = dice.choice((("oa",), ("mini",), ("oa", "mini"), ("oa", "mini")))
            known = dice.random() < (0.95 if len(ends) == 2 else 0.6)
            mark = Mark(openids=len(ends), unionid=known, phone=known and dice.random() < 0.2)
            self.unified += known
            for end in ends:
                self.marks[end][f"{dice.getrandbits(128):032x}"] = mark

    def count(self, account: str, *, sample: int) -> list[Shard]:
        ordered = sorted(self.marks[account])
        return [self._shard(account, [each for each in ordered if each[0] == digit], sample) for digit in SHARDS]

    def _shard(self, account: str, hashes: list[str], sample: int) -> Shard:
        size, exact = rules.estimate_size(hashes[: sample + 1], sample=sample)
        return rules.count_shard([self.marks[account][each] for each in hashes[:sample]], size=size, exact=exact)


def test_who_are_few_are_counted_one_by_one() -> None:
    crowd = Crowd(random.Random(1), 300)
    counted = [crowd.count(account, sample=300) for account in crowd.marks]

    overall, account = rules.overall_figure(counted), rules.figure_of(counted[0])

    assert (overall.people, overall.people_margin) == (300, 0)
    assert overall.unified is not None
    assert (overall.unified.share, overall.unified.margin) == (round(crowd.unified / 300, 4), 0)
    assert (account.people, account.sampled) == (len(crowd.marks["oa"]), len(crowd.marks["oa"]))


def test_of_many_the_truth_is_within_the_margin_in_nineteen_of_twenty_cases() -> None:
    people_right, unified_right = 0, 0

    for seed in range(40):
        crowd = Crowd(random.Random(seed), 8000)
        figure = rules.overall_figure([crowd.count(account, sample=60) for account in crowd.marks])
        assert figure.unified is not None
        people_right += abs(figure.people - crowd.people) <= figure.people_margin
        unified_right += abs(figure.unified.share - crowd.unified / crowd.people) <= figure.unified.margin
        assert figure.people_margin < 0.12 * crowd.people
        assert 0 < figure.unified.margin < 0.05

    assert people_right >= 36
    assert unified_right >= 36


def test_an_estimate_is_right_in_the_mean() -> None:
    dice = random.Random(3)

    estimates = [rules.estimate_size(sorted(f"0{dice.getrandbits(124):031x}" for _ in range(1000))[:51], sample=50)[0] for _ in range(300)]

    assert sum(estimates) / 300 == pytest.approx(1000, rel=0.03)


def test_what_nobody_of_a_sample_has_is_not_certain_to_be_had_by_nobody() -> None:
    shards = [rules.count_shard([Mark(1, True, False)] * 10, size=100.0, exact=False) for _ in SHARDS]

    figure = rules.figure_of(shards)

    assert figure.phone is not None
    assert figure.unionid is not None
    assert (figure.phone.share, figure.unionid.share) == (0, 1)
    assert figure.phone.margin == figure.unionid.margin == round(3 / 160, 4)


def test_of_nobody_there_is_no_share() -> None:
    nobody = [rules.count_shard([], size=0.0, exact=True) for _ in SHARDS]

    assert rules.overall_figure([nobody, nobody]).unified is None
    assert rules.overall_figure([]).people == 0


# -- the day's count -------------------------------------------------------------------------------------------


class Brand:
    """A brand whose people are known to the tests."""

    def __init__(self, house: House) -> None:
        self.house = house
        house.empty()
        self.key = make_brand(house)
        make_accounts(house, self.key)

    def link(self, a: Identifier, b: Identifier, rank: Rank = Rank.attested) -> None:
        linking.assert_link("demo", a, b, rank=rank, source="test", at=self.house.clock(), world=self.house.world, now=self.house.clock())

    def meet(self, each: Identifier) -> None:
        linking.meet("demo", each, world=self.house.world, now=self.house.clock())

    def set(self, **settings: Any) -> None:
        world = self.house.world
        self.house.enter(msgspec.structs.replace(world, settings=msgspec.structs.replace(world.settings, **settings)))

    def count(self, *, minutes: int = 4) -> None:
        for _ in range(minutes):
            self.house.tick("work_jobs")
            self.house.clock.advance(minutes=1)

    def show(self, query: str = "", key: str = "") -> Any:
        status, shown = self.house.call("GET", DOOR + query, key=key or self.key)
        assert status == 200, shown
        return shown

    def rows(self) -> list[dict[str, Any]]:
        return [row for row in self.house.rows("identities") if row["pk"]["S"].endswith("#D")]

    def figures(self) -> list[float]:
        found = client("cloudwatch").get_metric_data(
            MetricDataQueries=[
                {
                    "Id": "m",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": "Liandong",
                            "MetricName": "IdentityCoverage",
                            "Dimensions": [{"Name": "Stage", "Value": "local"}],
                        },
                        "Period": 86400,
                        "Stat": "SampleCount",
                    },
                }
            ],
            StartTime="2020-01-01T00:00:00Z",
            EndTime="2040-01-01T00:00:00Z",
        )
        return [float(each) for each in found["MetricDataResults"][0]["Values"]]


@pytest.fixture(scope="module")
def standing() -> Iterator[House]:
    with open_house() as house:
        yield house


@pytest.fixture
def brand(standing: House) -> Brand:
    return Brand(standing)


def three_people(brand: Brand) -> None:
    """One known on both ends by a unionid, one by a phone at the mini program, and a follower of whom nothing is known."""
    brand.link(openid("oa", "oOne"), unionid("uOne"))
    brand.link(openid("mini", "mOne"), unionid("uOne"))
    brand.link(openid("mini", "mTwo"), phone("13812345678"), Rank.verified)
    brand.meet(openid("oa", "oThree"))


def test_few_people_are_counted_exactly_and_once_though_they_are_on_several_ends(brand: Brand) -> None:
    three_people(brand)
    brand.count()

    shown = brand.show()

    (day,) = shown["days"]
    assert (shown["goal"], shown["cursor"], day["day"]) == (0.9, None, "2026-11-20")
    assert day["overall"] == {
        "people": 3,
        "people_margin": 0,
        "sampled": 4,
        "unified": {"share": 0.6667, "margin": 0.0},
        "unionid": {"share": 0.3333, "margin": 0.0},
        "phone": {"share": 0.3333, "margin": 0.0},
    }
    assert [(each["account"], each["people"], each["unified"]["share"], each["phone"]["share"]) for each in day["accounts"]] == [
        ("demo.mini", 2, 1.0, 0.5),
        ("demo.oa", 2, 0.5, 0.0),
    ]


def test_people_of_a_contested_cluster_and_of_a_joined_one_count_for_themselves(brand: Brand) -> None:
    brand.link(openid("mini", "mOne"), unionid("uOne"))
    brand.house.clock.advance(seconds=1)
    brand.link(openid("mini", "mOne"), unionid("uTwo"))
    brand.meet(openid("oa", "oThree"))
    brand.house.clock.advance(seconds=1)
    brand.link(openid("oa", "oFour"), unionid("uFour"))
    brand.link(openid("oa", "oFour"), openid("mini", "mFour"))
    brand.link(member_no("M-000001"), openid("oa", "oThree"), Rank.operator)
    brand.link(member_no("M-000001"), openid("mini", "mThree"), Rank.operator)
    brand.count()

    (day,) = brand.show()["days"]

    assert (day["overall"]["people"], day["overall"]["sampled"]) == (3, 5)
    assert day["overall"]["unionid"]["share"] == round(2 / 3, 4)


def test_a_person_joined_a_moment_ago_is_found_through_the_old_pointer(brand: Brand) -> None:
    brand.meet(openid("oa", "oOne"))
    brand.house.clock.advance(seconds=1)
    brand.link(openid("mini", "mOne"), unionid("uOne"))
    brand.link(openid("oa", "oOne"), unionid("uOne"))
    brand.count()

    (day,) = brand.show()["days"]

    assert (day["overall"]["people"], day["overall"]["unified"]["share"]) == (1, 1.0)


def test_of_more_than_the_sample_the_first_are_looked_at(brand: Brand) -> None:
    dice = random.Random(5)
    for number in range(30):
        key = Key(IdentifierType.openid, "oa", f"0{dice.getrandbits(124):031x}")
        clusters.begin_person("demo", f"person-{number}", [Newcomer(key, "s", "m")], None, shape_of([key], []), now=NOON)
    brand.set(coverage_sample=160)
    brand.count()

    (day,) = brand.show()["days"]

    assert day["overall"]["sampled"] == 10
    assert 10 < day["overall"]["people"] < 90
    assert day["overall"]["unified"] == {"share": 0.0, "margin": 0.3}


def test_a_day_is_counted_once_and_the_next_one_again(brand: Brand) -> None:
    three_people(brand)
    brand.count()
    first = brand.rows()
    brand.count()
    again = brand.rows()
    brand.house.clock.advance(days=1)
    brand.meet(openid("oa", "oFour"))
    brand.count()

    shown = brand.show()

    assert first == again
    assert len(first) == 2
    assert [(day["day"], day["overall"]["people"]) for day in shown["days"]] == [("2026-11-21", 4), ("2026-11-20", 3)]


def test_a_minute_counts_so_many_shards_and_no_more(brand: Brand) -> None:
    brand.set(job_batches_per_minute=3)
    brand.count(minutes=1)

    (row,) = brand.rows()

    assert (row["sk"]["S"], len(msgspec.json.decode(row["shards"]["S"])), row["version"]["N"]) == ("2026-11-20#mini", 3, "3")


def test_today_is_shown_when_every_account_is_counted_and_a_day_that_broke_off_as_far_as_it_came(brand: Brand) -> None:
    three_people(brand)
    brand.count(minutes=2)
    half_counted = brand.show()
    brand.house.clock.advance(days=1)

    shown = brand.show()

    assert half_counted["days"] == []
    assert [[each["account"] for each in day["accounts"]] for day in shown["days"]] == [["demo.mini"]]


def test_a_day_of_which_no_account_was_counted_is_not_shown(brand: Brand) -> None:
    brand.set(job_batches_per_minute=3)
    brand.count(minutes=1)
    brand.house.clock.advance(days=1)

    assert brand.show()["days"] == []


def test_a_day_without_anybody_has_no_shares_and_tells_no_figure(brand: Brand) -> None:
    told = brand.figures()
    brand.count()

    (day,) = brand.show()["days"]

    assert (day["overall"]["people"], day["overall"]["unified"], day["accounts"]) == (0, None, [])
    assert brand.figures() == told


def test_the_share_of_unified_people_is_told_to_cloudwatch_once_a_day(brand: Brand) -> None:
    three_people(brand)
    before = sum(brand.figures())
    brand.count(minutes=6)

    assert sum(brand.figures()) == before + 1


def test_each_brand_counts_its_own(brand: Brand) -> None:
    three_people(brand)
    other = make_brand(brand.house, "rival")
    make_accounts(brand.house, other, "rival")
    brand.count()

    shown = brand.show(key=other)

    assert [day["overall"]["people"] for day in shown["days"]] == [0]
    assert "demo" not in str(shown)
    assert brand.show()["days"][0]["overall"]["people"] == 3


def test_crashes_and_two_workers_at_once_count_everybody_once(brand: Brand) -> None:
    def play(chaos: Chaos) -> None:
        ground = Brand(brand.house)
        three_people(ground)
        house = ground.house

        def work() -> int:
            return jobs.work_jobs(world=house.world, now=house.clock())

        chaos.run(work, work)
        ground.count()

        (day,) = ground.show()["days"]
        assert (day["overall"]["people"], day["overall"]["sampled"]) == (3, 4)
        assert [len(each.shards) for each in tables.list_measurements("demo", TODAY).values()] == [16, 16]
        assert {each.version for each in tables.list_measurements("demo", TODAY).values()} == {16}

    try_seeds(play, 5, chance=0.1)


def test_who_counted_the_same_shard_later_counted_nothing(brand: Brand) -> None:
    now = brand.house.clock()
    due = counting.list_due("demo", world=brand.house.world, now=now)

    moved = counting.count_next(due, world=brand.house.world, now=now)
    late = counting.count_next(due, world=brand.house.world, now=now)
    later = counting.count_next(moved, world=brand.house.world, now=now)

    assert late == []
    assert counting.count_next(moved, world=brand.house.world, now=now) == []
    assert [len(each.shards) for each in later] == [2, 0]


def test_a_shard_costs_a_query_of_the_index_two_batches_of_reads_and_a_write(brand: Brand) -> None:
    three_people(brand)
    now = brand.house.clock()
    due = counting.list_due("demo", world=brand.house.world, now=now)
    calls: list[list[str]] = []

    while due:
        with watched() as made:
            due = counting.count_next(due, world=brand.house.world, now=now)
        calls.append(made)

    assert len(calls) == 32
    assert {tuple(each) for each in calls[:-1]} == {("Query", "PutItem"), ("Query", "BatchGetItem", "BatchGetItem", "PutItem")}
    assert calls[-1][-2:] == ["Query", "PutMetricData"]


# -- the door --------------------------------------------------------------------------------------------------


def test_days_come_newest_first_and_page_by_page(brand: Brand) -> None:
    shard = Shard(0, True, Sums(), Sums())
    for day in range(1, 8):
        measured = Measurement(brand="demo", account="oa", day=date(2026, 11, day), shards=(shard,) * 16, changed_at=NOON, version=1)
        assert tables.keep_measurement(measured, version=0)

    first = brand.show("?days=3")
    second = brand.show(f"?days=3&cursor={first['cursor']}")
    last = brand.show(f"?days=3&cursor={second['cursor']}")

    assert [[day["day"][-1] for day in page["days"]] for page in (first, second, last)] == [["7", "6", "5"], ["4", "3", "2"], ["1"]]
    assert last["cursor"] is None
    assert brand.show("?days=7")["cursor"] is None


@pytest.mark.parametrize("days", ["0", "101", "-1", "1.5", "three", "", "³"])
def test_only_a_number_of_days_is_taken(brand: Brand, days: str) -> None:
    status, refused = brand.house.call("GET", f"{DOOR}?days={days}", key=brand.key)

    assert (status, refused["Code"]) == (400, "field_invalid")


@pytest.mark.parametrize("cursor", ["", "nothing", "%20", "MjAyNi0xMy0wMQ"])
def test_only_a_cursor_of_ours_is_taken(brand: Brand, cursor: str) -> None:
    status, refused = brand.house.call("GET", f"{DOOR}?cursor={cursor}", key=brand.key)

    assert (status, refused["Code"]) == (400, "cursor_invalid")


def test_who_may_not_look_people_up_may_not_see_how_many_there_are(brand: Brand) -> None:
    status, refused = brand.house.call("GET", DOOR, key=make_key(brand.house, "demo", Scope.accounts_read))

    assert (status, refused["Code"]) == (403, "scope_missing")
