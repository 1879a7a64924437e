"""Orders that come together are attributed together: fewer requests, and the same figures however that goes."""

from __future__ import annotations

from functools import partial

import pytest

from chalicelib.attribution.flows import hearing
from chalicelib.attribution.flows.keeping import keep_touch
from chalicelib.attribution.tables import counting
from chalicelib.attribution.words import Touch, TouchKind
from chalicelib.aws.facts import Fact
from chalicelib.errors import Busy
from chalicelib.hub.flows.handing import open_records as look_at
from tests.attribution.ground import BRAND, Did, Ground, Ordered, Work, expect, open_ground
from tests.attribution.ways import NEWS, POSTER, VIDEO
from tests.faults import Chaos, Fate, try_every_fault, try_every_order, try_seeds

FOLLOW = Did(what="follow", person=0, end=0, minute=0, entry=POSTER, number=1)
LOGIN = Did(what="login", person=0, end=1, minute=40, entry=VIDEO, number=2)
ORDERS = [
    Ordered(number="A1", person=0, minute=30, versions=(100,)),
    Ordered(number="A2", person=0, minute=90, versions=(200, 150)),
    Ordered(number="A3", person=1, minute=91, versions=(400,)),
    Ordered(number="A4", person=1, minute=92, versions=(800, 0), entry=NEWS),
]


def store(ground: Ground, orders: list[Ordered]) -> None:
    for order in orders:
        ground.store(order, len(order.versions))


def hear(ground: Ground, orders: list[Ordered]) -> None:
    hearing.hear_orders(BRAND, [order.number for order in orders], world=ground.world, now=ground.small.clock())


def hearing_of(ground: Ground, orders: list[Ordered]) -> Work:
    return partial(hear, ground, orders)


def check(ground: Ground, dids: list[Did], orders: list[Ordered]) -> None:
    assert ground.counted() == expect(dids, orders)
    assert ground.counted() == ground.recounted()


def told(order: Ordered) -> Fact:
    return Fact(kind="record.stored", brand=BRAND, id=order.number, body={"type": "order", "key": order.number})


def test_orders_heard_together_come_to_what_each_alone_comes_to() -> None:
    with open_ground() as ground:
        ground.hearing_of(FOLLOW)()
        ground.hearing_of(LOGIN)()
        store(ground, ORDERS)

        hear(ground, ORDERS)

        check(ground, [FOLLOW, LOGIN], ORDERS)


@pytest.mark.parametrize("fate", [Fate.crashes_before, Fate.crashes_after, Fate.conflicts, Fate.answer_lost], ids=lambda fate: fate.name)
def test_a_fault_at_any_call_counts_none_of_them_twice_and_loses_none(fate: Fate) -> None:
    with open_ground() as ground:
        ground.hearing_of(FOLLOW)()
        store(ground, ORDERS)
        hear(ground, ORDERS[:1])
        before = dict(ground.small.dynamo.items)

        def play(chaos: Chaos) -> None:
            ground.small.dynamo.items = dict(before)
            chaos.run(hearing_of(ground, ORDERS))

            check(ground, [FOLLOW], ORDERS)

        assert try_every_fault(play, fates=[fate]) > 8


def test_messages_with_some_of_the_same_orders_twice_reordered_and_at_once_come_to_the_same() -> None:
    def play(chaos: Chaos) -> None:
        with open_ground(chaos.seed) as ground:
            store(ground, ORDERS)
            messages = [chaos.random.sample(ORDERS, chaos.random.randrange(1, 5)) for _ in range(2)]
            works = [hearing_of(ground, orders) for orders in (*messages, ORDERS)] + [ground.hearing_of(did) for did in (FOLLOW, LOGIN)]

            chaos.run(*chaos.deliveries(works))

            check(ground, [FOLLOW, LOGIN], ORDERS)

    try_seeds(play, 30, chance=0.02)


def test_a_touch_heard_at_the_same_moment_is_missed_by_none_of_them() -> None:
    with open_ground() as ground:
        store(ground, ORDERS[:2])
        before = dict(ground.small.dynamo.items)

        def play(chaos: Chaos) -> None:
            ground.small.dynamo.items = dict(before)
            chaos.run(hearing_of(ground, ORDERS[:2]), ground.hearing_of(FOLLOW))

            check(ground, [FOLLOW], ORDERS[:2])

        assert try_every_order(play, switches=1) > 15


def test_twenty_orders_together_cost_few_requests_whoever_has_no_touches() -> None:
    orders = [Ordered(number=f"B{number}", person=1, minute=number, versions=(100,)) for number in range(20)]
    with open_ground() as ground:
        store(ground, orders)
        chaos = Chaos(turns=())

        chaos.run(hearing_of(ground, orders))

        asked = sorted(each.split(" ")[1] for each in chaos.tape)
        assert asked == [*["BatchGetItem"] * 6, "BatchWriteItem", "Query", "TransactWriteItems"]
        check(ground, [], orders)


def test_as_many_orders_as_there_are_days_and_entries_stay_within_one_transaction() -> None:
    """Each moves four counters: from what nobody knew the way of to the entries of a first and a last touch that came late."""
    orders = [Ordered(number=f"C{number}", person=1, minute=number * 1440, versions=(100,)) for number in range(45)]
    with open_ground() as ground:
        ground.small.clock.advance(days=60)
        store(ground, orders)
        hear(ground, orders)
        entries = ((POSTER, 0), (NEWS, 1))
        for number, (entry, minute) in enumerate(entries):
            touch = Touch(id=f"{number:032}", kind=TouchKind.order, at=Did(what="", person=1, end=0, minute=-minute).at, entry=entry)
            keep_touch(BRAND, ground.keys[1][0], touch, world=ground.world, now=ground.small.clock())

        hear(ground, orders)

        assert ground.counted() == ground.recounted()
        assert sum(line.get("money_fen_first", 0) for name, line in ground.counted().items() if name.endswith(NEWS)) == 3000


def test_an_order_in_the_way_of_all_keeps_none_of_the_others_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_ground() as ground:
        store(ground, ORDERS)

        def open_records(brand: str, kind: str, keys: list[str], *, world: object) -> object:
            if "A2" in list(keys):
                raise Busy
            return look_at(brand, kind, keys, world=ground.world)

        monkeypatch.setattr(f"{hearing.__name__}.open_records", open_records)

        with pytest.raises(Busy):
            hearing.hear_alone([told(order) for order in ORDERS], world=ground.world, now=ground.small.clock())

        check(ground, [], [order for order in ORDERS if order.number != "A2"])


def test_where_somebody_else_is_at_one_of_them_all_the_time_it_alone_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_ground() as ground:
        store(ground, ORDERS)
        keep = counting.keep_outcomes
        monkeypatch.setattr(
            counting,
            "keep_outcomes",
            lambda brand, outcomes, changes: "A1" not in {each.id for each in outcomes} and keep(brand, outcomes, changes),
        )

        with pytest.raises(Busy):
            hear(ground, ORDERS)

        check(ground, [], ORDERS[1:])
