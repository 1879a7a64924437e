"""A mass send is counted in the month or day in which it goes, also when that begins while it is worked on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chalicelib.broadcasts.flows.masses import counting
from chalicelib.broadcasts.tables import mass_quotas, parts
from chalicelib.broadcasts.words.masses import Per
from tests.broadcasts.mass_desk import Desk, opened, people
from tests.faults import Chaos, Fate, try_every_fault, try_every_order
from tests.identity.people import BRAND

MIDNIGHT = datetime(2026, 11, 30, 16, tzinfo=UTC)
"""In Beijing, where December begins."""
PERIODS = {Per.month: ("2026-11", "2026-12"), Per.day: ("2026-11-30", "2026-12-01")}


@pytest.fixture
def desk() -> Iterator[Desk]:
    with opened() as desk:
        yield desk


def just_before_midnight(desk: Desk, per: Per = Per.month) -> None:
    desk.clock.moment = MIDNIGHT - timedelta(seconds=20)
    parts.DUE.move_watermark(desk.clock())
    mass_quotas.keep_per(BRAND, "oa", per)


def used(per: Per = Per.month) -> tuple[dict[str, int], dict[str, int]]:
    before, after = (mass_quotas.read_used(BRAND, "oa", period).counts for period in PERIODS[per])
    return before, after


@pytest.mark.parametrize("per", [Per.month, Per.day])
def test_what_was_due_just_before_a_period_ended_is_counted_where_it_goes(desk: Desk, per: Per) -> None:
    just_before_midnight(desk, per)
    desk.belt.away = True
    desk.plan()
    desk.belt.away = False

    desk.tick(seconds=50)

    assert (used(per), desk.outcome()[0]) == (({"all": 0}, {"all": 1}), "accepted")


@pytest.mark.parametrize("per", [Per.month, Per.day])
def test_where_the_next_period_has_none_left_it_is_not_sent(desk: Desk, per: Per) -> None:
    just_before_midnight(desk, per)
    desk.plan(id="m1")
    for number in range(counting.most_per(per, world=desk.world)):
        desk.plan(id=f"later{number}", not_before=MIDNIGHT + timedelta(hours=1))
    before = used(per)

    desk.clock.advance(seconds=50)
    desk.work_off()

    assert (desk.outcome(), len(desk.phone.jobs)) == (("failed", "mass_quota_spent"), 0)
    assert (before[0], used(per)) == ({"all": 1}, ({"all": 0}, before[1]))


def test_midnight_between_somebodys_turn_and_the_call_begins_it_anew(desk: Desk) -> None:
    """What is noted with them is noted anew too: the month's mass sends of each are counted by it."""
    just_before_midnight(desk)
    named = people(desk, "ann", "bob")
    desk.plan(named)

    def now() -> datetime:
        if desk.noted(named[1]):
            desk.clock.moment = max(desk.clock(), MIDNIGHT + timedelta(seconds=1))
        return desk.clock()

    desk.world = msgspec.structs.replace(desk.world, now=now)
    desk.work_off()

    assert (used(), desk.outcome()[0]) == (({"people": 0}, {"people": 1}), "accepted")
    assert [[sent.at > MIDNIGHT for sent in desk.house.contact(each).sends] for each in named] == [[True], [True]]


def test_what_was_tried_before_midnight_and_refused_is_counted_and_noted_where_it_is_tried_next(desk: Desk) -> None:
    just_before_midnight(desk)
    named = people(desk, "ann", "bob")
    desk.plan(named)
    desk.phone.fates = ["busy"]
    desk.work_off()

    desk.settle()

    assert used() == ({"people": 0}, {"people": 1})
    assert [[sent.at > MIDNIGHT for sent in desk.house.contact(each).sends] for each in named] == [[True], [True]]


def test_what_may_have_been_taken_before_midnight_stays_counted_there(desk: Desk) -> None:
    just_before_midnight(desk)
    desk.plan()
    desk.phone.fates = ["answer lost"]
    desk.work_off()

    desk.settle()

    assert (used(), desk.outcome()[0], len(desk.phone.jobs)) == (({"all": 1}, {}), "accepted", 1)


def test_whatever_happens_to_a_call_of_ours_around_midnight_it_is_counted_once() -> None:
    def play(chaos: Chaos) -> None:
        with opened() as desk:
            just_before_midnight(desk)
            desk.plan()
            desk.clock.advance(seconds=50)
            chaos.run(desk.work)
            desk.settle()

            assert (used(), desk.outcome()[0], len(desk.phone.jobs)) == (({"all": 0}, {"all": 1}), "accepted", 1)

    assert try_every_fault(play, fates=(Fate.crashes_before, Fate.crashes_after, Fate.conflicts)) > 20


def test_moved_and_cancelled_in_any_order_it_is_counted_nowhere_or_once() -> None:
    def play(chaos: Chaos) -> None:
        with opened() as desk:
            just_before_midnight(desk)
            desk.plan()
            desk.clock.advance(seconds=50)
            chaos.run(desk.work, desk.cancel)

            sent = len(desk.phone.jobs)
            assert desk.outcome()[0] == ("accepted" if sent else "cancelled")
            assert [sum(counts.values()) for counts in used()] == [0, sent]

    assert try_every_order(play, switches=2) > 20
