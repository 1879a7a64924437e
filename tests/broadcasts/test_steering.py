"""A broadcast is stopped, paused and resumed at once, whatever waits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.broadcasts.flows import laying, sending, showing, steering
from chalicelib.broadcasts.tables import broadcasts
from chalicelib.broadcasts.words import Broadcast, Source, State
from chalicelib.errors import Busy, Conflict, Declined
from chalicelib.messaging.words import Gate
from chalicelib.messaging.words.documents import MessageRules, QuietHours
from chalicelib.messaging.words.orders import Quiet
from tests.broadcasts.town import Town
from tests.faults import Crash
from tests.identity.people import BRAND
from tests.messaging.ground import ground


@pytest.fixture
def town() -> Iterator[Town]:
    with ground() as house:
        yield Town(house)


def test_stopped_in_the_middle_nothing_more_goes(town: Town) -> None:
    broadcast = town.start(town.people(130), per_minute=60)
    town.tick(minutes=0)

    town.turn(broadcast, State.stopped)
    for _ in range(4):
        town.tick(minutes=1)

    shown = town.shown(broadcast)
    assert (len(town.reached), shown.state, shown.looked_at, shown.ends_at) == (60, "stopped", 60, None)


def test_stopped_while_a_part_is_being_sent_the_rest_of_it_is_not(town: Town) -> None:
    """Another container keeps what it read of the gate for two seconds."""
    broadcast = town.start(town.people(10))
    (errand,) = town.errands()
    draws = iter(range(100))

    def draw() -> str:
        town.house.clock.advance(seconds=1)
        if next(draws) == 3:
            town.turn(broadcast, State.stopped)
        return "goes well"

    town.house.phone.draw = draw
    sending.work(errand, world=town.world, now=town.house.clock())

    assert 4 <= len(town.reached) <= 6


def test_what_waits_for_the_end_of_quiet_hours_is_stopped_too(town: Town) -> None:
    town.house.rule(MessageRules(quiet=QuietHours(since="12:00", until="13:00", jitter_s=0)))
    town.house.clock.advance(seconds=11)
    broadcast = town.start(town.people(2), quiet=Quiet.hold)
    town.work()
    held = town.outcomes(broadcast)

    town.turn(broadcast, State.stopped)
    town.house.clock.advance(hours=2)
    for handover in town.house.sweep():
        town.house.work(handover)

    assert (held, town.reached) == ({"planned quiet_hours": 2}, [])
    messages, _ = showing.list_messages(
        steering.find_broadcast(BRAND, broadcast), None, first=0, most=10, world=town.world, now=town.house.clock()
    )
    assert [message.state for message in messages] == ["cancelled", "cancelled"]


def test_paused_it_waits_and_resumed_it_goes_on(town: Town) -> None:
    broadcast = town.start(town.people(130))
    town.turn(broadcast, State.paused)
    town.work()
    paused = len(town.reached)

    town.turn(broadcast, State.running)
    town.work()

    assert (paused, len(town.reached), town.outcomes(broadcast)) == (0, 130, {"accepted": 130})


def test_resumed_within_the_seconds_a_container_thinks_it_paused_nothing_is_left_behind(town: Town) -> None:
    broadcast = town.start(town.people(3))
    town.world.cache.remember(("gate", BRAND, broadcast), 2, lambda: Gate.paused, now=town.house.clock())
    town.work()
    held = len(town.reached)

    town.tick(minutes=1)

    assert (held, len(town.reached), town.shown(broadcast).state) == (0, 3, "done")


def test_a_source_that_cannot_be_read_pauses_it_and_says_why_until_it_is_resumed(town: Town) -> None:
    people = town.people(3)
    answers: Iterator[Declined | tuple[str, ...]] = iter([Declined(errcode=48001), tuple(each.value for each in people), ()])

    def list_followers(token: str, after: str) -> tuple[str, ...]:
        answer = next(answers)
        if isinstance(answer, Declined):
            raise answer
        return answer

    town.house.phone.list_followers = list_followers  # type: ignore[method-assign]
    broadcast = town.start([], source=Source(followers=f"{BRAND}.mini"))
    town.work()
    paused = town.shown(broadcast)
    town.turn(broadcast, State.running)
    town.work()

    shown = town.shown(broadcast)
    assert (paused.state, paused.why, paused.laid) == ("paused", "wechat_declined", False)
    assert (shown.state, shown.why, sorted(town.reached)) == ("done", "", sorted(each.value for each in people))


def test_paused_and_resumed_it_waits_no_longer_for_calls_to_be_counted_anew(town: Town) -> None:
    broadcast = town.start(town.people(9))
    town.house.phone.fates = ["45009"]
    town.work()
    waited = town.shown(broadcast).waits_until

    town.turn(broadcast, State.paused)
    town.turn(broadcast, State.running)

    assert (waited is not None, town.shown(broadcast).waits_until, len(town.errands())) == (True, None, 1)


def test_why_it_is_paused_stays_told_though_a_part_on_its_way_meets_a_used_up_quota(town: Town) -> None:
    broadcast = town.start(town.people(9))

    def draw() -> str:
        laying.pause(steering.find_broadcast(BRAND, broadcast), sending.REFUSED, now=town.house.clock())
        return "45009"

    town.house.phone.draw = draw
    town.work()

    assert (town.shown(broadcast).state, town.shown(broadcast).why) == ("paused", "content_refused")


def test_a_source_that_cannot_be_read_while_somebody_writes_the_broadcast_comes_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(token: str, after: str) -> tuple[str, ...]:
        raise Declined(errcode=48001)

    town.house.phone.list_followers = refuse  # type: ignore[method-assign]
    broadcast = town.start([], source=Source(followers=f"{BRAND}.mini"))
    (errand,) = town.errands()

    with monkeypatch.context() as patched:
        patched.setattr(broadcasts, "turn", lambda *_, **__: False)
        with pytest.raises(Busy):
            sending.work(errand, world=town.world, now=town.house.clock())
    sending.work(errand, world=town.world, now=town.house.clock())

    assert (town.shown(broadcast).state, town.shown(broadcast).why) == ("paused", "wechat_declined")


def test_people_of_an_order_that_got_no_answer_are_not_written_to_where_another_by_its_key_names_a_source(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    some, followers = town.people(2), Source(followers=f"{BRAND}.mini")

    def end(broadcast: Broadcast) -> bool:
        raise Crash

    def start_both(broadcast: Broadcast) -> bool:
        with monkeypatch.context() as patched:
            patched.setattr(broadcasts, "begin", end)
            with pytest.raises(Crash):
                town.start(some, id="B2")
        return begin(broadcast)

    begin = broadcasts.begin
    with monkeypatch.context() as patched:
        patched.setattr(broadcasts, "begin", end)
        with pytest.raises(Crash):
            town.start(some, id="B1")
    with pytest.raises(Conflict):
        town.start([], id="B1", source=followers)
    with monkeypatch.context() as patched:
        patched.setattr(broadcasts, "begin", start_both)
        town.start([], id="B2", source=followers)
    town.house.phone.list_followers = lambda token, after: ("m-another",)  # type: ignore[method-assign]
    town.work()

    shown = town.shown("B2")
    assert (shown.state, shown.why, town.reached) == ("paused", "idempotency_conflict", [])


def test_who_stays_is_written_to_though_a_worker_ends_while_others_leave(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    everybody = [each.value for each in town.people(101)]
    answers = iter([tuple(everybody), tuple(everybody[1:]), ()])
    town.house.phone.list_followers = lambda token, after: next(answers)  # type: ignore[method-assign]

    def end(broadcast: Broadcast) -> bool:
        raise Crash

    broadcast = town.start([], source=Source(followers=f"{BRAND}.mini"))
    (errand,) = town.errands()
    with monkeypatch.context() as patched:
        patched.setattr(broadcasts, "move_on", end)
        with pytest.raises(Crash):
            sending.work(errand, world=town.world, now=town.house.clock())
    town.errands()
    sending.work(errand, world=town.world, now=town.house.clock())
    town.work()

    assert set(everybody[1:]) <= set(town.reached)
    assert (town.shown(broadcast).state, town.shown(broadcast).people, len(set(town.reached))) == ("done", 101, len(town.reached))
