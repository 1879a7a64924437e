"""Whose devices are whose: push tokens by who was seen with them last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

import pytest

from chalicelib.aws.tables import TableError
from chalicelib.errors import Busy
from chalicelib.identity import flows as identity
from chalicelib.identity.flows import pointers
from chalicelib.identity.rules.pointers import MOST_TOKENS, add_token
from chalicelib.identity.words import Identifier, IdentifierType, Key
from tests.clock import NOON
from tests.faults import Chaos, Crash, try_every_fault
from tests.identity.people import BRAND, People, openid
from tests.small_world import small_world

ANN, BEN = openid("mini", "m-ann"), openid("mini", "m-ben")


@pytest.fixture
def people() -> Iterator[People]:
    with small_world(0) as ground:
        yield People(ground)


def see(people: People, who: Identifier, token: str) -> None:
    pointer = Identifier(IdentifierType.push_token, token, "app")
    pointers.claim(BRAND, who, pointer, at=people.ground.clock(), world=people.ground.world, now=people.ground.clock())


def tokens_of(people: People, who: Identifier) -> list[str]:
    folded = identity.fold(BRAND, people.key(who))
    return sorted(identity.reveal_push_token(BRAND, key, world=people.ground.world) for key in identity.push_tokens_of(folded))


def test_a_person_has_the_tokens_of_all_their_ends(people: People) -> None:
    people.recognise(ANN, "u-ann")
    people.recognise(openid("oa", "a-ann"), "u-ann")
    see(people, ANN, "t1")
    see(people, openid("oa", "a-ann"), "t2")

    assert tokens_of(people, ANN) == ["t1", "t2"]


def test_a_token_is_whose_who_was_seen_with_it_last(people: People) -> None:
    see(people, ANN, "t1")
    people.ground.clock.advance(minutes=1)
    see(people, BEN, "t1")

    assert (tokens_of(people, ANN), tokens_of(people, BEN)) == ([], ["t1"])


def test_only_the_latest_tokens_are_kept_in_whatever_order_they_come() -> None:
    keys = [Key(IdentifierType.push_token, "app", f"{place:02}") for place in range(MOST_TOKENS + 2)]
    forwards: dict[Key, datetime] = {}
    backwards: dict[Key, datetime] = {}
    for place, key in enumerate(keys):
        forwards = add_token(forwards, key, NOON + timedelta(minutes=place))
    for place, key in reversed(list(enumerate(keys))):
        backwards = add_token(backwards, key, NOON + timedelta(minutes=place))

    assert set(forwards) == set(backwards) == set(keys[2:])


def test_whatever_is_lost_on_the_way_a_repeated_claim_leaves_the_token_with_its_person() -> None:
    def play(chaos: Chaos) -> None:
        with small_world(chaos.seed) as ground:
            people = People(ground)

            def claim() -> None:
                with suppress(Busy, Crash, TableError):
                    see(people, ANN, "t1")

            chaos.run(claim)
            see(people, ANN, "t1")
            assert tokens_of(people, ANN) == ["t1"]

    assert try_every_fault(play) > 10
