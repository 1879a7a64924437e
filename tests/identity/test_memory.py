"""The rows in memory decide as the real ones do: the same history leaves the same behind."""

from __future__ import annotations

import random

import pytest

from chalicelib.identity.tables import clusters as rows
from chalicelib.identity.words import Said as Told
from tests.identity.memory import Crew, Memory, in_place_of_the_rows
from tests.identity.people import BRAND, People
from tests.identity.stories import Story, tell_story
from tests.small_dynamo import SmallDynamo
from tests.small_world import SmallWorld, small_world


@pytest.mark.parametrize("seed", range(60))
def test_a_history_leaves_the_same_in_memory_as_in_rows(seed: int) -> None:
    story = tell_story(random.Random(seed))

    with small_world(seed) as ground:
        real = play(People(ground), story)
        kept = {name: (rows.read_cluster(BRAND, name, consistent=True), rows.read_said(BRAND, name)) for name in names(ground)}
    with in_place_of_the_rows(Memory(Crew(random.Random(seed), chance=0.0))) as memory:
        played = play(People(SmallWorld(SmallDynamo(), seed)), story)

    assert played == real
    assert {name: (cluster, in_order(memory.read_said(BRAND, name))) for name, cluster in memory.clusters.items()} == kept


def play(people: People, story: Story) -> list[object]:
    """What each assertion was answered."""
    return [*map(people.meet, story.met), *map(people.say, story.told)]


def names(ground: SmallWorld) -> list[str]:
    return [row["pk"]["S"].rsplit("#", 1)[1] for row in ground.dynamo.rows(pk=f"{BRAND}#C#", sk="@")]


def in_order(said: Told) -> Told:
    """As a query gives them."""
    links = tuple(sorted(said.links, key=lambda link: link.edge))
    return Told(seeds=said.seeds, links=links, cannots=tuple(sorted(said.cannots, key=lambda cannot: cannot.edge)))
