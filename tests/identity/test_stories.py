"""A hundred thousand histories in memory, by several workers at once: the persons are always those the set of assertions makes."""

from __future__ import annotations

import os
import random
import time
from functools import partial

import msgspec
import pytest

from chalicelib.identity.flows.people import resolve_person
from chalicelib.identity.rules import persons
from tests.identity.memory import Crew, Memory, in_place_of_the_rows
from tests.identity.people import People, batch
from tests.identity.stories import Story, tell_story
from tests.small_dynamo import SmallDynamo
from tests.small_world import SmallWorld

CHANCE = 0.01


class Tally(msgspec.Struct):
    """What so many histories came to, so that nobody takes a thousand calm ones for a proof."""

    histories: int = 0
    calls: int = 0
    commits: int = 0
    refusals: int = 0
    interrupted: int = 0
    contested: int = 0


def test_hundreds_of_histories_end_in_the_persons_their_set_makes() -> None:
    tally = play_stories(range(400))

    assert tally.histories == 400
    assert min(tally.refusals, tally.interrupted, tally.contested) > 200, tally


@pytest.mark.long
def test_a_hundred_thousand_histories_end_in_the_persons_their_set_makes(capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()

    tally = play_stories(range(1000, 101_000))

    with capsys.disabled():
        print(f"\n{tally.histories / (time.monotonic() - began):,.0f} histories a second: {tally}")
    assert tally.histories == 100_000
    assert min(tally.refusals, tally.interrupted, tally.contested) > 50_000, tally


def play_stories(seeds: range) -> Tally:
    """`STORY_SEED=<seed>` plays that one alone."""
    only = os.environ.get("STORY_SEED")
    tally = Tally()
    for seed in [int(only)] if only else seeds:
        try:
            _play(random.Random(seed), People(SmallWorld(SmallDynamo(), seed)), tally)
        except BaseException as error:
            error.add_note(f"STORY_SEED={seed} plays it again")
            raise
    return tally


def _play(dice: random.Random, people: People, tally: Tally) -> None:
    """All of it at once, interrupted and delivered again; then half of it again."""
    story = tell_story(dice)
    crew = Crew(dice, chance=CHANCE)
    with in_place_of_the_rows(Memory(crew)) as memory:
        made = batch(people, story.everybody, story.told)
        crew.run([partial(people.meet, each) for each in story.met])
        crew.run([partial(people.say, each) for each in story.told])
        assert people.partition(story.everybody) == made
        crew.run([partial(people.say, each) for each in dice.sample(story.told, len(story.told) // 2)])
        assert people.partition(story.everybody) == made
        _check(people, memory, story)
    tally.histories += 1
    tally.calls += crew.calls
    tally.commits += memory.commits
    tally.refusals += memory.refusals
    tally.interrupted += crew.interrupted
    tally.contested += any(cluster.parts for cluster in memory.clusters.values())


def _check(people: People, memory: Memory, story: Story) -> None:
    """Every id ever given leads to somebody who goes by it; views are whole; headers count what their clusters have."""
    partition = {people.find(next(iter(group))): group for group in people.partition(story.everybody)}
    for name in memory.clusters:
        assert resolve_person(people.brand, name)[1] in partition
    counted: dict[str, list[str]] = {}
    for person, group in partition.items():
        view = people.describe(person)
        assert view.id == person
        assert len(view.identifiers) == len(group)
        assert persons.broken_limit(persons.count_keys(map(people.key, group))) is None
    for key, found in memory.identifiers.items():
        counted.setdefault(_home(memory, found.cluster), []).append(persons.constraint_of(key))
    for name, constraints in counted.items():
        assert memory.clusters[name].shape.counts == {each: constraints.count(each) for each in constraints}


def _home(memory: Memory, name: str) -> str:
    into = memory.clusters[name].into
    return name if into is None else _home(memory, into)
