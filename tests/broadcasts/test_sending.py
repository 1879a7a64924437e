"""A broadcast writes to everybody once: whatever crashes, however often a part is brought, whoever turns out to be one person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from chalicelib.broadcasts.flows import previewing, sending, showing, steering
from chalicelib.broadcasts.tables import broadcasts
from chalicelib.broadcasts.tables.broadcasts import BroadcastRow, pk_of
from chalicelib.broadcasts.tables.parts import PeopleRow
from chalicelib.broadcasts.words import Broadcast, State
from chalicelib.errors import Conflict
from chalicelib.identity.words import Identifier
from tests.broadcasts.town import Town
from tests.faults import Chaos, Crash, try_every_fault, try_seeds
from tests.identity.people import BRAND, openid
from tests.messaging.ground import ground


@pytest.fixture
def town() -> Iterator[Town]:
    with ground() as house:
        yield Town(house)


def test_everybody_is_written_to_once_and_counted(town: Town) -> None:
    broadcast = town.start(town.people(120))

    worked = town.work()
    shown = town.shown(broadcast)

    assert (worked, sorted(set(town.reached)) == sorted(town.reached), len(town.reached)) == (2, True, 120)
    assert (shown.state, shown.people, shown.looked_at, town.outcomes(broadcast)) == ("done", 120, 120, {"accepted": 120})


def test_what_begins_in_half_a_year_is_kept_until_well_after_it(town: Town) -> None:
    begins = town.house.clock() + timedelta(days=180)

    broadcast = town.start(town.people(1), not_before=begins)

    key = pk_of(BRAND, broadcast)
    ends = [BroadcastRow.get(key, "@").gone_at, PeopleRow.get(key, "A#000000").gone_at]
    assert min(ends) > (begins + timedelta(days=80)).timestamp()


def test_those_who_may_not_be_written_to_are_counted_with_why(town: Town) -> None:
    reachable, spent = town.people(1), town.house.customer("spent", accepts=0)

    broadcast = town.start([*reachable, spent, Identifier(spent.type, "nobody", "mini")])
    town.work()

    assert town.outcomes(broadcast) == {"accepted": 1, "skipped_no_grant no_grant": 1, "skipped_no_endpoint no_person": 1}


def test_a_person_with_two_identifiers_gets_one(town: Town) -> None:
    who = town.house.customer("ann", follows=True)
    other = msgspec.structs.replace(who, value="a-ann", account="oa")

    broadcast = town.start([who, other])
    town.work()

    assert (len(town.reached), town.outcomes(broadcast)) == (1, {"accepted": 1, "skipped_duplicate": 1})


def test_two_who_turn_out_to_be_one_between_their_parts_get_one(town: Town) -> None:
    """The part of the one was sent when they are joined, that of the other was not."""
    people, late = town.people(100), openid("oa", "a-late")
    town.house.people.recognise(late, None)
    broadcast = town.start([*people, late])
    first, second = town.errands()

    sending.work(first, world=town.world, now=town.house.clock())
    for who in (people[0], late):
        town.house.people.recognise(who, "the same")
    sending.work(second, world=town.world, now=town.house.clock())

    assert (len(town.reached), town.outcomes(broadcast)) == (100, {"accepted": 100, "skipped_duplicate": 1})


def test_a_part_brought_twice_sends_and_counts_once(town: Town) -> None:
    broadcast = town.start(town.people(3))
    (errand,) = town.errands()

    for _ in range(2):
        sending.work(errand, world=town.world, now=town.house.clock())

    assert (len(town.reached), town.outcomes(broadcast)) == (3, {"accepted": 3})


def test_the_same_order_again_is_one_broadcast(town: Town) -> None:
    people = town.people(2)

    first, again = (town.start(people, id="B1") for _ in range(2))
    town.work()

    assert (first, again, len(town.reached)) == ("B1", "B1", 2)


def test_whatever_happens_while_it_is_started_it_stands_in_the_list_once() -> None:
    def play(chaos: Chaos) -> None:
        with ground() as house:
            town = Town(house)

            def start() -> None:
                house.clock.advance(seconds=1)
                town.start([], id="B1")

            chaos.run(start)

            listed, _ = showing.list_broadcasts(BRAND, before=None, most=10, world=town.world, now=house.clock())
            assert [each.id for each in listed] == ["B1"]

    assert try_every_fault(play) > 20


def test_the_people_of_an_order_that_got_no_answer_are_not_written_to_with_another_by_its_key(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    some, others = town.people(2), [town.house.customer("other")]

    def end(broadcast: Broadcast) -> bool:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(broadcasts, "begin", end)
        with pytest.raises(Crash):
            town.start(some, id="B1")
    with pytest.raises(Conflict):
        town.start(others, id="B1")
    again = town.start(some, id="B1")
    town.work()

    assert (again, sorted(town.reached)) == ("B1", sorted(each.value for each in some))


def test_the_same_order_without_a_rate_is_one_broadcast_whatever_the_settings_say_meanwhile(town: Town) -> None:
    wanted = town.wanted(town.people(1), id="B1", per_minute=None)
    steering.start(BRAND, wanted, actor="test", world=town.world, now=town.house.clock())
    quicker = msgspec.structs.replace(town.world, settings=msgspec.structs.replace(town.world.settings, broadcast_per_minute=7))

    again = steering.start_again(BRAND, wanted, actor="test", world=quicker, now=town.house.clock())

    assert again is not None
    assert (again.id, again.per_minute) == ("B1", town.world.settings.broadcast_per_minute)


def test_what_begins_between_two_seconds_is_foreseen_to_go_when_it_begins(town: Town) -> None:
    wanted = town.wanted(town.people(1))
    begins = town.house.clock() + timedelta(hours=1, milliseconds=300)

    told = previewing.preview(BRAND, wanted.content, wanted.entries, wanted.source, begins, world=town.world, now=town.house.clock())

    assert [(each.state, each.later) for each in told.foreseen] == [("planned", False)]


def test_no_more_go_in_a_minute_than_the_rate_allows(town: Town) -> None:
    broadcast = town.start(town.people(130), per_minute=60)

    went = [len(town.reached) for minutes in (0, 1, 1, 1) if town.tick(minutes=minutes) or True]

    assert went == [60, 120, 130, 130]
    assert (town.shown(broadcast).state, town.outcomes(broadcast)) == ("done", {"accepted": 130})


def test_while_it_runs_it_says_how_quickly_it_goes_and_when_it_ends(town: Town) -> None:
    broadcast = town.start(town.people(130), per_minute=60)
    town.tick(minutes=0)
    town.house.clock.advance(minutes=1)

    shown = town.shown(broadcast)

    assert (shown.state, shown.looked_at, shown.sent_last_minute) == ("running", 60, 60)
    assert shown.ends_at is not None
    assert (shown.ends_at - town.house.clock()).total_seconds() == pytest.approx(70)


def test_some_are_held_out_and_always_the_same(town: Town) -> None:
    broadcast = town.start(town.people(100), holdout=30)

    town.work()

    outcomes = town.outcomes(broadcast)
    assert outcomes["held_out"] + outcomes["accepted"] == 100
    assert 15 < outcomes["held_out"] < 45


def test_a_used_up_quota_makes_all_of_it_wait_until_calls_are_counted_anew(town: Town) -> None:
    broadcast = town.start(town.people(130))
    town.house.phone.fates = ["goes well"] * 5 + ["45009"]

    town.work()
    shown = town.shown(broadcast)

    assert (town.house.phone.asked, shown.state, shown.why, town.outcomes(broadcast)) == (
        6,
        "running",
        "channel_stopped",
        {"accepted": 5, "planned channel_stopped": 3},
    ), "those of the same moment wait by themselves, all others with the broadcast"
    assert shown.waits_until is not None
    town.house.clock.moment = shown.waits_until
    town.tick(seconds=1)
    for handover in town.house.sweep():
        town.house.work(handover)
    assert (len(town.reached), town.shown(broadcast).state, town.shown(broadcast).why) == (130, "done", "")


def test_each_fault_of_a_part_reaches_nobody_twice_and_counts_everybody_once() -> None:
    def play(chaos: Chaos) -> None:
        with ground() as house:
            town = Town(house)
            broadcast = town.start(town.people(1))
            (errand,) = town.errands()

            def work() -> None:
                house.clock.advance(minutes=6)
                sending.work(errand, world=town.world, now=house.clock())

            chaos.run(work)
            while town.tick(minutes=6):
                pass
            assert len(set(town.reached)) == len(town.reached)
            shown = town.shown(broadcast)
            assert (shown.state, shown.looked_at) == ("done", 1)

    assert try_every_fault(play) > 30


def test_two_workers_with_one_part_write_to_each_once_in_any_order() -> None:
    def play(chaos: Chaos) -> None:
        with ground() as house:
            town = Town(house)
            broadcast = town.start(town.people(1))
            (errand,) = town.errands()

            def work() -> None:
                sending.work(errand, world=town.world, now=house.clock())

            chaos.run(work, work)
            town.tick(minutes=1)
            assert len(town.reached) == 1
            assert (town.shown(broadcast).state, town.shown(broadcast).looked_at) == ("done", 1)

    try_seeds(play, 60, chance=0.0)


def test_a_worker_that_ends_around_the_call_leaves_what_is_not_known(town: Town) -> None:
    broadcast = town.start(town.people(3))
    (errand,) = town.errands()
    town.house.phone.fates = ["goes well", "crashes after"]

    with pytest.raises(Crash):
        sending.work(errand, world=town.world, now=town.house.clock())
    town.house.clock.advance(minutes=6)
    sending.work(errand, world=town.world, now=town.house.clock())

    assert len(set(town.reached)) == len(town.reached) == 3
    assert town.shown(broadcast).looked_at == 3


MANY = 50_000


@pytest.mark.long
def test_fifty_thousand_are_written_to_once_within_the_rate_seen_paused_and_stopped(town: Town) -> None:
    broadcast = town.start(town.people(MANY, accepts=1), per_minute=MANY // 10)
    seen = []
    for minute in range(5):
        town.tick(minutes=min(minute, 1))
        seen.append(town.shown(broadcast).looked_at)
    town.turn(broadcast, State.paused)
    town.tick(minutes=1)
    paused = town.shown(broadcast).looked_at
    town.turn(broadcast, State.running)
    for _ in range(3):
        town.tick(minutes=1)
    town.turn(broadcast, State.stopped)
    for _ in range(3):
        town.tick(minutes=1)

    shown = town.shown(broadcast)
    assert (seen, paused) == ([MANY // 10 * minute for minute in range(1, 6)], seen[-1])
    assert MANY * 8 // 10 <= shown.looked_at == len(town.reached) == len(set(town.reached)) < MANY
    assert (shown.state, town.outcomes(broadcast)) == ("stopped", {"accepted": shown.looked_at})
