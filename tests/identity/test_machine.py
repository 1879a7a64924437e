"""Whatever is said, taken back and asked, in whatever order: Hypothesis looks for the history that breaks the room's promises."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import permutations
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.identity.words import Identifier, Rank
from tests.house import NOON
from tests.identity.people import Pair, People, Said, app_uid, batch, member_no, openid, phone, unionid
from tests.small_world import small_world

EVERYBODY = [
    openid("oa", "o-follower-1"),
    openid("oa", "o-follower-2"),
    openid("mini", "oVisitor1"),
    unionid("u-person-0001"),
    unionid("u-person-0002"),
    member_no("M-0000123"),
    app_uid("app-user-1"),
    phone("13812345678"),
    phone("13912345678"),
]
Answer = TypeVar("Answer")
somebody = some.sampled_from(EVERYBODY)
pairs = some.sampled_from(list(permutations(EVERYBODY, 2)))
ranks = some.sampled_from([rank for rank in Rank if rank is not Rank.suggested])
moments = some.builds(
    lambda days, tenths: NOON - timedelta(days=days, milliseconds=100 * tenths), some.sampled_from((0, 1, 150)), some.integers(0, 20)
)


class Graph(RuleBasedStateMachine):
    """The identity room, and beside it nothing but the set of all that was said and the ids that were given."""

    @initialize(seed=some.integers(0, 1000))
    def begin(self, seed: int) -> None:
        self.held = ExitStack()
        self.people = People(self.held.enter_context(small_world(seed, old_reads=0.3)))
        self.known: set[Identifier] = set()
        self.said: list[Said] = []
        self.given: set[str] = set()

    def teardown(self) -> None:
        if hasattr(self, "held"):
            self.held.close()

    @rule(who=somebody)
    def meet(self, who: Identifier) -> None:
        self.known.add(who)

        self.given.add(self.people.meet(who).person)

    @rule(pair=pairs, rank=ranks, at=moments)
    def link(self, pair: Pair, rank: Rank, at: datetime) -> None:
        self._say(Said(a=pair[0], b=pair[1], rank=rank, at=at))

    @rule(pair=pairs, at=moments)
    def tell_apart(self, pair: Pair, at: datetime) -> None:
        if self.known.issuperset(pair):
            self._say(Said(a=pair[0], b=pair[1], active=True, at=at))

    @precondition(lambda self: any(each.active for each in self.said))
    @rule(data=some.data(), at=moments)
    def undo(self, data: some.DataObject, at: datetime) -> None:
        split = data.draw(some.sampled_from([each for each in self.said if each.active]))

        self._say(Said(a=split.b, b=split.a, active=False, at=at))

    @precondition(lambda self: self.said)
    @rule(data=some.data())
    def say_again(self, data: some.DataObject) -> None:
        self._say(data.draw(some.sampled_from(self.said)))

    @rule()
    def hear_of_joins(self) -> None:
        for fact in self.people.facts():
            self.people.hear(fact)

    @invariant()
    def the_persons_are_those_the_set_makes(self) -> None:
        assert self._now(lambda: self.people.partition(EVERYBODY)) == batch(self.people, self.known, self.said)

    @invariant()
    def every_id_ever_given_leads_to_somebody_who_goes_by_it(self) -> None:
        living = self._now(lambda: {self.people.find(each) for each in self.known})

        assert {self.people.describe(each).id for each in self.given} <= living
        assert {self.people.describe(each).id for each in living} == living
        self.given |= living

    @invariant()
    def a_view_lists_each_identifier_once_and_all_views_together_all_of_them(self) -> None:
        views = [self.people.describe(person) for person in self._now(lambda: {self.people.find(each) for each in self.known})]

        shown = [(each.type, each.account, each.masked) for view in views for each in view.identifiers]
        assert len(shown) == len(set(shown)) == len(self.known)

    def _say(self, said: Said) -> None:
        self.known |= {said.a, said.b}
        self.said.append(said)
        self.people.say(said)

    def _now(self, look: Callable[[], Answer]) -> Answer:
        """What look-ups say once every read is as new as the last write."""
        dynamo = self.people.ground.dynamo
        old_reads, dynamo.old_reads = dynamo.old_reads, 0
        try:
            return look()
        finally:
            dynamo.old_reads = old_reads


TestGraph = Graph.TestCase
TestGraph.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)
