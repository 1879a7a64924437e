"""The fault kit itself: it does what it says, and the same again for the same seed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import comb

import pytest

from chalicelib.aws.tables import TableError, keep_wrapped_key, read_wrapped_key
from chalicelib.identity.tables import identifiers as tables
from chalicelib.identity.words import IdentifierType, Key
from tests import faults
from tests.faults import FAULTS, Chaos, Fate, try_every_fault, try_every_order, try_seeds
from tests.house import NOON
from tests.small_dynamo import SmallDynamo, in_place_of_dynamodb

KEY = Key(IdentifierType.openid, "oa", "11")


class Writer:
    """Keeps a key three times, and notes how far each delivery came."""

    def __init__(self) -> None:
        self.came_to: list[int] = []

    def __call__(self) -> str:
        self.came_to.append(0)
        for month in ("2026-01", "2026-02", "2026-03"):
            keep_wrapped_key("demo", month, "wrapped", now=NOON)
            self.came_to[-1] += 1
        return "done"


def reader() -> str | None:
    for _ in range(3):
        read_wrapped_key("demo", "2026-01")
    return read_wrapped_key("demo", "2026-03")


def on_small_ground(play: Callable[[Chaos, SmallDynamo], None]) -> Callable[[Chaos], None]:
    def played(chaos: Chaos) -> None:
        with in_place_of_dynamodb(SmallDynamo()) as dynamo:
            play(chaos, dynamo)

    return played


@pytest.mark.parametrize(("fate", "came_to", "kept"), [(Fate.crashes_before, 1, 1), (Fate.crashes_after, 1, 2)])
def test_a_crash_ends_a_flow_where_it_stands_and_it_is_delivered_again(fate: Fate, came_to: int, kept: int) -> None:
    writer = Writer()
    with in_place_of_dynamodb(SmallDynamo()) as dynamo:
        rows_at_delivery: list[int] = []

        def work() -> str:
            rows_at_delivery.append(len(dynamo.rows()))
            return writer()

        results = Chaos(turns=(), at={2: fate}).run(work)

    assert results == ["done"]
    assert writer.came_to == [came_to, 3]
    assert rows_at_delivery == [0, kept]


@pytest.mark.parametrize(("fate", "written"), [(Fate.throttled, 0), (Fate.conflicts, 0), (Fate.answer_lost, 1)])
def test_a_refused_call_has_no_effect_and_one_whose_answer_is_lost_has(fate: Fate, written: int) -> None:
    seen: list[int] = []
    with in_place_of_dynamodb(SmallDynamo()) as dynamo:

        def work() -> None:
            try:
                keep_wrapped_key("demo", "2026-01", "wrapped", now=NOON)
            except TableError:
                seen.append(len(dynamo.rows()))
                raise

        Chaos(turns=(), at={1: fate}).run(work)

    assert seen == [written]


def test_botocore_asking_twice_meets_its_own_write() -> None:
    with in_place_of_dynamodb(SmallDynamo()):
        kept = Chaos(turns=(), at={1: Fate.asked_twice}).run(lambda: tables.keep_follow("demo", KEY, follows=True, at=NOON))

    assert kept == [False]


def test_every_order_is_played_once() -> None:
    orders: set[tuple[int, ...]] = set()

    def play(chaos: Chaos, dynamo: SmallDynamo) -> None:
        chaos.run(Writer(), reader)
        orders.add(tuple(int(step[0]) for step in chaos.tape))

    number = try_every_order(on_small_ground(play))

    assert number == len(orders) == comb(7, 3)


def test_orders_of_few_switches_are_fewer() -> None:
    def play(chaos: Chaos, dynamo: SmallDynamo) -> None:
        chaos.run(Writer(), reader)

    number = try_every_order(on_small_ground(play), switches=1)

    assert number == 2 + 2 + 3  # one after the other, or left once in the middle


def test_every_fault_is_played_at_every_call() -> None:
    met: set[str] = set()

    def play(chaos: Chaos, dynamo: SmallDynamo) -> None:
        chaos.run(Writer())
        met.update(chaos.tape)
        assert len(dynamo.rows()) == 3

    calls = try_every_fault(on_small_ground(play))

    assert calls == len(FAULTS) * 3
    assert {f"0 PutItem: {fate.value}" for fate in FAULTS} <= met


def test_a_fault_is_played_only_where_it_can_be_met() -> None:
    met: list[str] = []

    def play(chaos: Chaos, dynamo: SmallDynamo) -> None:
        chaos.run(reader)
        met.append(" ".join(step for step in chaos.tape if ":" in step))

    try_every_fault(on_small_ground(play))

    fates = (Fate.crashes_before, Fate.answer_lost, Fate.throttled)
    assert sorted(met) == sorted([*(f"0 GetItem: {fate.value}" for fate in fates for _ in range(4)), *([""] * len(FAULTS))])


def test_a_seed_plays_the_same_again() -> None:
    tapes: list[list[str]] = []

    def play(chaos: Chaos, dynamo: SmallDynamo) -> None:
        chaos.run(*chaos.deliveries([Writer(), reader, Writer()]))
        tapes.append(chaos.tape)

    for _ in range(2):
        try_seeds(on_small_ground(play), 5, chance=0.3)

    assert tapes[:5] == tapes[5:]
    assert len({tuple(tape) for tape in tapes}) == 5


def test_one_seed_can_be_played_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []
    monkeypatch.setenv("FAULT_SEED", "41")

    try_seeds(lambda chaos: seeds.append(chaos.seed), 100)

    assert seeds == [41]


def test_a_failure_names_its_seed_and_what_happened() -> None:
    def play(chaos: Chaos, dynamo: SmallDynamo) -> None:
        chaos.run(reader)
        assert chaos.seed != 3

    with pytest.raises(AssertionError) as failed:
        try_seeds(on_small_ground(play), 10, chance=0)

    assert "FAULT_SEED=3" in failed.value.__notes__[0]
    assert failed.value.__notes__[1] == "\n".join(["0 GetItem"] * 4)


def test_a_mistake_in_a_flow_is_no_fault_and_ends_the_other_flows() -> None:
    def mistaken() -> None:
        read_wrapped_key("demo", "2026-01")
        raise KeyError("a mistake")

    writer = Writer()
    with in_place_of_dynamodb(SmallDynamo()), pytest.raises(KeyError, match="a mistake"):
        Chaos(turns=(1, 1, 1, 0, 1)).run(mistaken, writer)

    assert writer.came_to[0] < 3


def test_a_flow_that_waits_for_what_another_holds_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "PATIENCE_S", 0.05)
    lock = threading.Lock()

    def careless() -> None:
        with lock:
            read_wrapped_key("demo", "2026-01")

    with in_place_of_dynamodb(SmallDynamo()), pytest.raises(AssertionError, match="a flow hangs: "):
        Chaos(turns=()).run(careless, careless)


def test_deliveries_hold_every_work_once_or_twice() -> None:
    works = [lambda number=number: number for number in range(20)]

    delivered = Chaos(5).deliveries(works)

    assert {delivered.count(work) for work in works} == {1, 2}
    assert [work for work in delivered if delivered.count(work) == 1] != [work for work in works if delivered.count(work) == 1]
