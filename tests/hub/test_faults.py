"""Whatever goes wrong between a batch and its records: nothing is lost, nothing is there twice, money is never doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from chalicelib.errors import Busy
from chalicelib.hub.flows import releasing, taking
from chalicelib.hub.tables import quarantine as tables
from chalicelib.hub.words.quarantine import Replay
from chalicelib.hub.words.records import Verdict
from tests.faults import FAULTS, Chaos, try_every_fault, try_seeds
from tests.hub.ground import BRAND, Ground, check_sum, count_all, open_ground, order

FIRST = order("A", 1, "待支付", 1250, who={"phone": "13912345678", "member_no": "M1"})
HELD = order("B", 1, "部分发货", 700)
DONE, BACK = order("C", 1, "已完成", 900), order("C", 2, "待支付", 950)
PAID, AGAIN = order("D", 1, "已支付", 100), order("D", 2, "待支付", 120)
EVERYTHING: list[Any] = [FIRST, FIRST, HELD, BACK, DONE, PAID, AGAIN, "nonsense"]
"""The last part of it comes first, so what goes back comes before what it goes back from."""
COUNT = [FIRST, BACK, DONE, PAID, AGAIN]
"""What of it may count."""
KEPT = Counter({("A", 1): 1, ("C", 1): 1, ("C", 2): 1, ("D", 1): 1, ("D", 2): 1})
IN_QUARANTINE = Counter({("B", 1): 1, ("C", 2): 1, ("D", 2): 1})


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch of eight records is three messages."""
    monkeypatch.setattr(taking, "PART_RECORDS", 3)


def on_ground(play: Callable[[Chaos, Ground], None]) -> Callable[[Chaos], None]:
    def played(chaos: Chaos) -> None:
        with open_ground(chaos.seed) as ground:
            play(chaos, ground)

    return played


def check_everything(ground: Ground) -> None:
    """Each record is where it belongs, once; the orders stand as if all of them had come in one go."""
    assert ground.totals() == count_all(COUNT)
    assert ground.kept() == KEPT
    assert ground.archived() == set(KEPT)
    assert ground.held() == IN_QUARANTINE


@pytest.mark.parametrize("fate", FAULTS, ids=lambda fate: fate.name)
def test_a_fault_at_any_call_while_a_batch_is_taken_and_kept_loses_and_doubles_nothing(fate: Any) -> None:
    def play(chaos: Chaos, ground: Ground) -> None:
        (taken,) = chaos.run(lambda: ground.bring(EVERYTHING, key="k"))
        chaos.run(*[partial(ground.work, part) for part in ground.queue.take()])

        shown = ground.batch(taken.id)
        check_sum(shown)
        assert (shown.received, shown.rejected, shown.duplicate) == (8, 1, 1)
        assert shown.quarantined in (1, 2)  # told after a crash, a version may have been overtaken meanwhile by one of its own part
        check_everything(ground)

    assert try_every_fault(on_ground(play), fates=[fate]) > 40


def test_a_caller_without_a_key_sends_again_and_the_batch_that_was_answered_tells_all() -> None:
    def play(chaos: Chaos, ground: Ground) -> None:
        (taken,) = chaos.run(lambda: ground.bring(EVERYTHING, key=None))
        ground.work_all()

        check_sum(ground.batch(taken.id))
        assert ground.totals() == count_all(COUNT)
        assert ground.kept() == KEPT
        assert ground.archived() == set(KEPT)

    assert try_every_fault(on_ground(play)) > 20


def test_parts_that_come_ten_times_in_any_order_have_one_effect() -> None:
    def play(chaos: Chaos, ground: Ground) -> None:
        taken = ground.bring(EVERYTHING, key="k")
        works = [partial(ground.work, part) for part in ground.queue.take() * 10]
        chaos.random.shuffle(works)
        for work in works:
            work()

        check_sum(ground.batch(taken.id))
        check_everything(ground)

    try_seeds(on_ground(play), 20, chance=0.0)


def test_the_same_orders_from_two_sides_at_once_with_faults_and_in_any_order_count_once() -> None:
    """Two systems bring versions of the same orders in batches of their own; both are delivered twice, mixed and interrupted."""

    def play(chaos: Chaos, ground: Ground) -> None:
        ours = [order("A", 1, "待支付", 1000), order("A", 3, "已发货", 1200), order("B", 1, "已支付", 500), order("B", 2, "已完成", 500)]
        theirs = [order("A", 2, "已支付", 1100), order("A", 3, "已发货", 1200), order("B", 3, "待支付", 1), order("B", 1, "已支付", 500)]
        taken = chaos.run(lambda: ground.bring(ours, key="ours"), lambda: ground.bring(theirs, key="theirs"))
        works = [partial(ground.work, part) for part in ground.queue.take()]
        chaos.run(*chaos.deliveries(works))

        batches = [ground.batch(each.id) for each in taken]
        for shown in batches:
            check_sum(shown)
        assert ground.totals() == count_all([*ours, *theirs]) == {"A": (3, 1200), "B": (2, 500)}
        assert ground.kept() == Counter({("A", 1): 1, ("A", 2): 1, ("A", 3): 1, ("B", 1): 1, ("B", 2): 1, ("B", 3): 1})
        assert ground.held() == Counter({("B", 3): 1})
        assert sum(each.duplicate for each in batches) == 2

    try_seeds(on_ground(play), 40, chance=0.02)


@pytest.mark.parametrize("refusals", [1, 2, 3])
def test_messages_the_queue_does_not_take_go_with_the_next_try_of_the_same_key(refusals: int) -> None:
    with open_ground() as ground:
        ground.queue.refusals = refusals
        with pytest.raises(Busy):
            ground.bring(EVERYTHING, key="k")
        ground.work_all()

        taken = ground.bring(EVERYTHING, key="k")
        ground.work_all()

        check_sum(ground.batch(taken.id))
        check_everything(ground)


def test_a_fault_at_any_call_of_a_replay_leaves_each_held_record_stored_once() -> None:
    def play(chaos: Chaos, ground: Ground) -> None:
        ground.bring([HELD, order("E", 1, "部分发货", 300)], key="k")
        ground.work_all()
        group = ground.group("held")
        ground.learn(部分发货=2)
        chaos.run(lambda: ground.work(Replay(brand=BRAND, group=group)))

        assert ground.totals() == {"B": (1, 700), "E": (1, 300)}
        assert ground.held() == Counter()

    assert try_every_fault(on_ground(play)) > 60


def test_a_held_record_that_is_given_up_is_gone_whatever_goes_wrong() -> None:
    def play(chaos: Chaos, ground: Ground) -> None:
        ground.bring([HELD], key="k")
        ground.work_all()
        group = ground.group("held")
        (held,) = tables.list_held(BRAND, group, after=None, most=9)
        world, now = ground.world, ground.small.clock()
        chaos.run(lambda: releasing.drop(BRAND, group, held.id, actor="test", world=world, now=now))

        assert ground.held() == Counter()

    assert try_every_fault(on_ground(play)) > 12


def test_a_replay_beside_a_redelivery_of_the_part_ends_with_the_record_stored_once() -> None:
    """The part's message comes again while the record it held is judged anew: at most the record is held once more."""

    def play(chaos: Chaos, ground: Ground) -> None:
        taken = ground.bring([HELD], key="k")
        (part,) = ground.queue.take()
        ground.work(part)
        group = ground.group("held")
        ground.learn(部分发货=2)
        replay = Replay(brand=BRAND, group=group)
        chaos.run(lambda: ground.work(part), lambda: ground.work(replay), lambda: ground.work(replay))
        ground.work(replay)

        shown = ground.batch(taken.id)
        check_sum(shown)
        assert [each.verdict for each in shown.records] == [Verdict.quarantined]
        assert ground.totals() == {"B": (1, 700)}
        assert ground.kept() == Counter({("B", 1): 1})
        assert ground.held() == Counter()

    try_seeds(on_ground(play), 30, chance=0.05)
