"""However touches and orders are heard, late, twice, reordered, broken off: each is counted once, and figures are what the rows say."""

from __future__ import annotations

import random
from datetime import timedelta
from functools import partial

import pytest

from chalicelib.attribution.flows import hearing
from chalicelib.aws.facts import Fact
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Rank
from tests.attribution.ground import Did, Ground, Ordered, expect, open_ground
from tests.attribution.ways import NEWS, POSTER, VIDEO
from tests.faults import Chaos, Fate, try_every_fault, try_every_order, try_seeds

FOLLOW = Did(what="follow", person=0, end=0, minute=0, entry=POSTER, number=1)
DIRECT = Did(what="login", person=0, end=1, minute=5, number=2)
LINK = Did(what="link", person=0, end=0, minute=60, entry=VIDEO, visit="visit-0001", number=3)
TELLING = Did(what="login", person=0, end=1, minute=61, entry=VIDEO, visit="visit-0001", number=4)
BOUGHT = Ordered(number="A1", person=0, minute=90, versions=(9000, 4000))
CANCELLED = Ordered(number="A2", person=1, minute=30, versions=(5000, 0))
STORY = [FOLLOW, DIRECT, LINK, TELLING]


def check(ground: Ground, dids: list[Did], orders: list[Ordered]) -> None:
    assert ground.counted() == expect(dids, orders)
    assert ground.counted() == ground.recounted()


def hear_all(chaos: Chaos, ground: Ground, dids: list[Did], orders: list[Ordered]) -> None:
    works = [ground.hearing_of(did) for did in dids] + [work for order in orders for work in ground.hearings_of(order)]
    for work in chaos.deliveries(works):
        chaos.run(work)


def test_the_story_comes_to_what_it_is_in_its_own_order() -> None:
    with open_ground() as ground:
        for work in (*map(ground.hearing_of, STORY), *ground.hearings_of(BOUGHT), *ground.hearings_of(CANCELLED)):
            work()

        check(ground, STORY, [BOUGHT, CANCELLED])
        assert ground.counted()["2026-11-20#" + VIDEO]["money_fen_last"] == 4000
        assert ground.counted()["2026-11-20#" + POSTER]["money_fen_first"] == 4000


@pytest.mark.parametrize("fate", [Fate.crashes_before, Fate.crashes_after, Fate.conflicts], ids=lambda fate: fate.name)
@pytest.mark.parametrize("broken", [DIRECT, TELLING, LINK, FOLLOW, BOUGHT], ids=["direct", "telling", "link", "follow", "order"])
def test_a_fault_at_any_call_counts_nothing_twice_and_loses_nothing(broken: Did | Ordered, fate: Fate) -> None:
    """All else is heard before it, so that what is broken off comes late and has to be looked for."""

    with open_ground() as ground:
        for did in STORY:
            if did is not broken:
                ground.hearing_of(did)()
        first, second = ground.hearings_of(BOUGHT)
        first()
        before = dict(ground.small.dynamo.items)

        def play(chaos: Chaos) -> None:
            ground.small.dynamo.items = dict(before)
            chaos.run(second if isinstance(broken, Ordered) else ground.hearing_of(broken))
            if not isinstance(broken, Ordered):
                second()

            check(ground, STORY, [BOUGHT])

        assert try_every_fault(play, fates=[fate]) > 3


def test_in_any_order_twice_and_with_faults_it_comes_to_the_same() -> None:
    def play(chaos: Chaos) -> None:
        dids, orders = draw(chaos.random)
        with open_ground(chaos.seed) as ground:
            hear_all(chaos, ground, dids, orders)

            check(ground, dids, orders)

    try_seeds(play, 40, chance=0.02)


def test_heard_at_once_by_several_workers_it_comes_to_the_same() -> None:
    def play(chaos: Chaos) -> None:
        dids, orders = draw(chaos.random, most=4)
        with open_ground(chaos.seed) as ground:
            for order in orders:
                ground.store(order, len(order.versions))
            works = [ground.hearing_of(did) for did in dids] + [work for order in orders for work in ground.hearings_of(order)[-1:]]

            chaos.run(*chaos.deliveries(works))

            check(ground, dids, orders)

    try_seeds(play, 40, chance=0.01)


def test_a_touch_and_an_order_heard_at_the_same_moment_never_miss_each_other() -> None:
    """Whoever writes second sees the first, wherever one of them is interrupted by the other."""
    with open_ground() as ground:
        ground.store(BOUGHT, 2)
        before = dict(ground.small.dynamo.items)

        def play(chaos: Chaos) -> None:
            ground.small.dynamo.items = dict(before)
            chaos.run(ground.hearings_of(BOUGHT)[1], ground.hearing_of(FOLLOW))

            check(ground, [FOLLOW], [BOUGHT])

        assert try_every_order(play, switches=1) > 20


def test_versions_of_one_order_heard_at_once_count_the_last_one_alone() -> None:
    def play(chaos: Chaos) -> None:
        with open_ground(chaos.seed) as ground:
            ground.hearing_of(FOLLOW)()

            chaos.run(*chaos.deliveries([*ground.hearings_of(BOUGHT), *ground.hearings_of(BOUGHT)]))

            check(ground, [FOLLOW], [BOUGHT])

    try_seeds(play, 15, chance=0.05)


def test_a_touch_heard_an_hour_late_is_taken_and_one_later_is_not() -> None:
    late = Did(what="login", person=0, end=1, minute=80, entry=NEWS, number=9)
    for minutes, money in ((59, {NEWS: 4000}), (61, {POSTER: 4000})):
        with open_ground() as ground:
            ground.hearing_of(FOLLOW)()
            for work in ground.hearings_of(BOUGHT):
                work()
            ground.small.clock.advance(minutes=minutes)

            ground.hearing_of(late)()

            told = {entry: ground.counted().get(f"2026-11-20#{entry}", {}).get("money_fen_last", 0) for entry in (POSTER, NEWS)}
            assert {entry: fen for entry, fen in told.items() if fen} == money
            assert ground.counted() == ground.recounted()


def test_later_versions_of_an_order_change_its_money_and_never_what_it_has_to_thank() -> None:
    with open_ground() as ground:
        ground.hearing_of(FOLLOW)()
        first, second = ground.hearings_of(BOUGHT)
        first()
        ground.small.clock.advance(days=2)
        ground.hearing_of(Did(what="login", person=0, end=1, minute=80, entry=NEWS, number=9))()

        second()

        assert ground.counted()[f"2026-11-20#{POSTER}"]["money_fen_last"] == 4000
        assert ground.counted() == ground.recounted()


@pytest.mark.parametrize(("days", "entry"), [(30, POSTER), (31, "")])
def test_a_touch_thirty_days_before_an_order_is_the_last_that_counts(days: int, entry: str) -> None:
    bought = Ordered(number="A3", person=0, minute=int(timedelta(days=days).total_seconds() // 60), versions=(700,))
    with open_ground() as ground:
        ground.small.clock.advance(days=60)
        ground.hearing_of(FOLLOW)()

        ground.hearings_of(bought)[0]()

        day = (bought.at + timedelta(hours=8)).date()
        assert ground.counted()[f"{day}#{entry}"]["money_fen_last"] == 700


def test_a_join_within_the_hour_lets_the_order_thank_the_touch_of_the_other_identifier() -> None:
    with open_ground() as ground:
        world, now = ground.world, ground.small.clock()
        ground.hearing_of(FOLLOW)()
        ground.hearings_of(Ordered(number="A4", person=1, minute=90, versions=(800,)))[0]()
        before = ground.counted()["2026-11-20#"]["money_fen_last"]
        absorbed = identity.find_person_by_key("demo", ground.keys[1][0])
        survivor = identity.find_person_by_key("demo", ground.keys[0][0])
        link = partial(identity.reveal_identifier, "demo", world=world)
        identity.assert_link(
            "demo", link(ground.keys[0][0]), link(ground.keys[1][0]), rank=Rank.verified, source="t", at=now, world=world, now=now
        )

        joined = Fact(kind="person.joined", brand="demo", id="j", body={"person": survivor, "absorbed": absorbed})
        hearing.hear([joined], world=world, now=now)

        assert before == 800
        assert ground.counted()[f"2026-11-20#{POSTER}"]["money_fen_last"] == 800
        assert ground.counted() == ground.recounted()


def draw(chance: random.Random, *, most: int = 7) -> tuple[list[Did], list[Ordered]]:
    """Things done over two days; no two at one moment, so that nothing depends on how ids sort."""
    minutes = chance.sample(range(0, 2 * 1440, 7), most + 3)
    dids = []
    for number in range(chance.randrange(1, most)):
        what = chance.choice(("follow", "login", "login", "link"))
        entry = chance.choice((POSTER, VIDEO, NEWS)) if what == "link" else chance.choice((POSTER, VIDEO, "", ""))
        visit = f"visit-000{number}" if what == "link" else ""
        did = Did(
            what=what, person=chance.randrange(2), end=chance.randrange(2), minute=minutes[number], entry=entry, visit=visit, number=number
        )
        dids.append(did)
    links = [did for did in dids if did.what == "link"]
    if links and chance.random() < 0.7:
        told = chance.choice(links)
        dids.append(Did(what="login", person=chance.randrange(2), end=1, minute=minutes[-1], visit=told.visit, number=99))
    orders = [
        Ordered(
            number=f"A{place}",
            person=chance.randrange(2),
            minute=minutes[most + place],
            versions=tuple(chance.choice((0, 900, 4000)) for _ in range(chance.randrange(1, 4))),
            entry=chance.choice(("", "", NEWS)),
        )
        for place in range(chance.randrange(3))
    ]
    return dids, orders
