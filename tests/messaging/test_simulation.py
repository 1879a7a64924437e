"""Five workers, crashes at any step, requests and answers lost, a withdrawal, an accept and a join in the middle: what holds all the same.

Nothing of marketing reaches anybody twice, no cap is exceeded, nothing is sent that was not reserved before a withdrawal, leave never goes
below zero, a quota is never overspent, and what a message says of itself is so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from chalicelib.accounts.rules.quotas import day_at
from chalicelib.accounts.tables import quotas
from chalicelib.accounts.words.quotas import Api, Metered
from chalicelib.cache import Cache
from chalicelib.consent.flows import short_of
from chalicelib.consent.rules.sends import unite
from chalicelib.consent.tables.contacts import read_sides
from chalicelib.consent.words import Purpose
from chalicelib.errors import Busy
from chalicelib.identity.words import Identifier
from chalicelib.messaging import flows
from chalicelib.messaging.flows import Handover
from chalicelib.messaging.flows.glancing import Glance
from chalicelib.messaging.rules.states import LOST
from chalicelib.messaging.words import State
from chalicelib.messaging.words.contents import AnyStep
from chalicelib.messaging.words.documents import Cap, MessageRules
from chalicelib.world import World
from tests.clock import NOON
from tests.faults import Chaos, Crash, try_every_fault, try_every_order, try_seeds
from tests.identity.people import BRAND, openid, unionid
from tests.messaging.ground import MARKETING, NO_MARKETING, SUBSCRIBE, TEXT, Ground, drawing, ground, named

WORKERS = 5
BATCH = 3
MOST = 2
"""So many marketing messages a day."""
ACCEPTS = 3
SAYS_NO = (openid("mini", "m-0"), openid("oa", "a-0"))
TWO = (openid("mini", "m-one"), openid("oa", "a-other"))
"""Two who turn out to be one."""


class Play:
    """A brand day: who is written to, what is on the belt, and what was reserved when somebody said no."""

    def __init__(self, house: Ground, *, quota: int = 1000) -> None:
        self.house, self.quota = house, quota
        house.rule(MessageRules(caps=(Cap(most=MOST, purpose=Purpose.marketing),)))
        metered = Metered(BRAND, "mini", Api.subscribe_message, day_at(house.clock(), resets_hour=0))
        quotas.keep_told(metered, most=quota, used=0, correction=0, stopped=False, now=house.clock())
        self.waiting: list[Handover] = []
        self.planned: dict[str, tuple[Handover, Purpose]] = {}
        self.accepted = 0
        self.before_the_no: set[str] | None = None
        self.before_the_join: set[str] | None = None

    def plan(self, who: Identifier, name: str, *ways: AnyStep, purpose: Purpose = Purpose.marketing) -> None:
        handover = self.house.plan(who, *(named(way, name) for way in ways), purpose=purpose, id=name)
        self.planned[name] = (handover, purpose)
        self.waiting.append(handover)

    def worker(self) -> None:
        """In a container of its own: takes what waits until nothing does; what it does not finish is brought again, minutes later."""
        world = msgspec.structs.replace(self.house.world, cache=Cache())
        while self.waiting:
            batch, self.waiting[:BATCH] = self.waiting[:BATCH], []
            self.house.clock.advance(seconds=61)
            try:
                glance = flows.glance_at(batch)
                while batch:
                    self._work(batch[0], glance, world)
                    batch.pop(0)
            finally:
                self.waiting.extend(batch)

    def _work(self, handover: Handover, glance: Glance, world: World) -> None:
        try:
            flows.send_message(handover, glance=glance, world=world, now=self.house.clock())
        except Busy:
            self.waiting.append(handover)

    def unfinished(self) -> list[Handover]:
        """What is still under way, but for what waits for the next day's quota."""
        found = [(each, self.house.message(each)) for each, _ in self.planned.values()]
        waits = [each for each, message in found if message.state is State.planned and message.why != "channel_stopped"]
        return [*self.waiting, *waits, *(each for each, message in found if message.state is State.sending)]

    def forbid(self) -> None:
        """From here on only what was reserved already may still reach them."""
        self.house.say(NO_MARKETING, SAYS_NO[1])
        found = self.sends_to(*SAYS_NO)
        self.before_the_no = found if self.before_the_no is None else self.before_the_no & found

    def join(self) -> None:
        """From here on both are capped as one."""
        self.house.people.link(TWO[1], unionid("u-one"))
        found = self.sends_to(*TWO)
        self.before_the_join = found if self.before_the_join is None else self.before_the_join | found

    def sends_to(self, *who: Identifier) -> set[str]:
        """The marketing that was reserved for some identifiers."""
        sides = read_sides(BRAND, [self.house.people.key(each) for each in who])
        return {each.message for each in unite(side for side, _ in sides.values()) if each.purpose is Purpose.marketing}

    def accept(self, who: Identifier) -> None:
        self.house.accept(who, 1)

    def check(self, people: dict[str, Identifier]) -> None:
        reached = Counter(what for _, what in self.house.phone.reached)
        assert self.house.clock() - NOON < timedelta(hours=12), "caps and quotas are of one day"
        assert self.house.phone.calls["subscribe_message"] <= self.quota
        for name, (handover, purpose) in self.planned.items():
            state = self.house.message(handover).state
            assert state is not State.sending
            if state is State.planned:
                assert (self.house.message(handover).why, reached[name]) == ("channel_stopped", 0)
                continue
            assert purpose is Purpose.service or reached[name] <= 1, f"{name} came twice"
            assert reached[name] == 1 or state in (State.unknown, *LOST), f"{name} is {state} and came {reached[name]} times"
            assert state not in LOST or reached[name] == 0, f"{name} is {state} and was sent"
        for who in people.values():
            contact = self.house.contact(who)
            joined = len(self.before_the_join or ()) if who in TWO else 0
            assert len({each.message for each in contact.sends if each.purpose is Purpose.marketing}) <= max(MOST, joined)
            assert all(grant.count >= 0 for side in contact.sides.values() for grant in side.grants.values())
        self._check_what_reached(people)

    def _check_what_reached(self, people: dict[str, Identifier]) -> None:
        """Caps and leave by what reached somebody, not by what we noted."""
        got = Counter(what.partition(".")[0] for _, what in self.house.phone.reached if self.planned[what][1] is Purpose.marketing)
        assert all(got[name] <= MOST for name in people), got
        assert got["one"] + got["other"] <= max(MOST, len(self.before_the_join or ()))
        subscribed = Counter(to for to, _ in self.house.phone.reached if to.startswith("m-"))
        assert all(subscribed[who.value] <= ACCEPTS + (name == "0") for name, who in people.items()), subscribed


def a_day(chaos: Chaos, *, people: int, messages: int) -> None:
    """Messages to some people, one of whom says no on the other end, one accepts once more, two turn out to be one."""
    with ground(chaos.seed) as house:
        play = Play(house, quota=5 * people)
        everyone = {str(n): house.customer(str(n), follows=True, accepts=ACCEPTS, marketing=True) for n in range(people)}
        everyone["one"] = house.customer("one", accepts=ACCEPTS, marketing=True)
        house.people.link(everyone["one"], unionid("u-one"))
        house.people.recognise(TWO[1])
        house.say(MARKETING, TWO[1])
        everyone["other"] = TWO[1]
        for number in range(messages):
            for name, who in everyone.items():
                play.plan(who, f"{name}.{number}", *((SUBSCRIBE, TEXT) if number % 2 or who is TWO[1] else (SUBSCRIBE,)))
        play.plan(everyone["0"], "0.service", TEXT, purpose=Purpose.service)
        house.phone.draw = drawing(chaos.random, lost=0.08, crash=0.05, busy=0.05)
        chaos.random.shuffle(play.waiting)

        chaos.run(*[play.worker] * WORKERS, play.forbid, lambda: play.accept(everyone["0"]), play.join)
        house.phone.draw = lambda: "goes well"
        while open_still := play.unfinished():
            house.clock.advance(minutes=1)
            assert house.clock() - NOON < timedelta(hours=12), "somebody still has what is under way"
            play.waiting.extend([*house.sweep(), *(each for each in open_still if house.message(each).state is State.sending)])
            play.worker()

        play.check(everyone)
        assert play.before_the_no is not None
        went = {short_of(what) for _, what in house.phone.reached if what.startswith("0.") and what != "0.service"}
        assert went <= play.before_the_no, "what reached somebody was reserved before they said no"


def test_a_day_of_five_workers_with_everything_going_wrong() -> None:
    try_seeds(lambda chaos: a_day(chaos, people=2, messages=3), 6, chance=0.03)


@pytest.mark.long
def test_many_days_of_five_workers_with_everything_going_wrong() -> None:
    try_seeds(lambda chaos: a_day(chaos, people=4, messages=6), 300, chance=0.03)


def test_a_withdrawal_at_every_step_of_a_send_is_before_it_or_after_it() -> None:
    assert try_every_order(lambda chaos: a_no(chaos), switches=1) > 10


@pytest.mark.long
def test_a_withdrawal_at_every_two_steps_of_a_send_is_before_it_or_after_it() -> None:
    assert try_every_order(lambda chaos: a_no(chaos), switches=2) > 100


def a_no(chaos: Chaos) -> None:
    """One message and one no on the other end."""
    with ground() as house:
        play = Play(house)
        who = house.customer("0", follows=True, marketing=True)
        play.plan(who, "0.0", SUBSCRIBE)

        chaos.run(play.worker, play.forbid)

        assert play.before_the_no is not None
        assert {short_of(what) for _, what in house.phone.reached} == play.before_the_no
        assert len(house.contact(who).sends) == len(play.before_the_no)


@pytest.mark.parametrize("fates", [[], ["busy"], ["43101"]])
def test_each_fault_at_each_call_sends_once_or_leaves_the_message_unknown(fates: list[str]) -> None:
    """With WeChat at its best, busy at first, or refusing the first way."""

    def play(chaos: Chaos) -> None:
        with ground() as house:
            who = house.customer("0", follows=True, accepts=2)
            handover = house.plan(who, SUBSCRIBE, TEXT)
            house.phone.fates = list(fates)

            def work() -> None:
                house.clock.advance(minutes=6)
                house.work(handover)

            chaos.run(work)
            state, left = house.message(handover).state, house.left(who)
            assert len(house.phone.reached) == 1 or state is State.unknown
            assert len(house.phone.reached) <= 1
            assert state in (State.accepted, State.unknown)
            assert left == (0 if fates == ["43101"] and len(house.phone.reached) else left) >= 0
            assert state is State.unknown or _sends(house, who) == 1

    assert try_every_fault(play) > 40


def _sends(house: Ground, who: Identifier) -> int:
    return len(house.contact(who).sends)


# -- ten thousand due at once -----------------------------------------------------------------------------------------


def due_at_once(count: int, restart_after: int) -> None:
    """All are due in one minute; in the middle of it every worker ends at once, and later ones go on."""
    with ground() as house:
        at = house.clock() + timedelta(minutes=30)
        people = [house.customer(str(n), accepts=2) for n in range(min(count, 200))]
        handovers = [house.plan(people[n % len(people)], named(TEXT_TO_MINI, str(n)), not_before=at) for n in range(count)]
        house.clock.advance(minutes=30)
        waiting = house.sweep()
        house.phone.draw = _ending_after(restart_after)
        for handover in waiting:
            try:
                house.work(handover)
            except Crash:
                house.phone.draw = lambda: "crashes before"  # nothing comes of what the others were about to do
                break
        half = len(house.phone.reached)
        house.phone.draw = lambda: "goes well"
        house.clock.advance(minutes=6)
        for handover in waiting:
            house.work_until_done(handover)

        reached = Counter(what for _, what in house.phone.reached)
        states = Counter(house.message(each).state for each in handovers)
        assert len(waiting) == count
        assert 0 < half < count
        assert max(reached.values()) == 1
        assert states == {State.accepted: count - 1, State.unknown: 1}
        assert sum(reached.values()) >= count - 1


TEXT_TO_MINI = msgspec.structs.replace(TEXT, account="demo.mini")


def _ending_after(calls: int) -> Callable[[], str]:
    left = iter(range(calls))
    return lambda: "goes well" if next(left, None) is not None else "crashes before"


def test_a_restart_in_the_middle_of_many_due_messages_sends_each_once_or_says_that_nobody_knows() -> None:
    due_at_once(40, 20)


@pytest.mark.long
def test_a_restart_in_the_middle_of_ten_thousand_due_messages_sends_each_once_or_says_that_nobody_knows() -> None:
    due_at_once(10_000, 5_000)
