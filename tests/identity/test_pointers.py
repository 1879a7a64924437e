"""Devices and what points like them: claims in any order, at once, interrupted."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.errors import Invalid
from chalicelib.identity.flows import linking, pointers
from chalicelib.identity.rules.pointers import MOST_OWNERS, add_owner
from chalicelib.identity.tables.pointers import read_pointer
from chalicelib.identity.words import Identifier, IdentifierType, Key
from tests.faults import Chaos, Work, try_seeds
from tests.house import NOON
from tests.identity.people import BRAND, People, member_no
from tests.small_world import small_world

DEVICE = Identifier(IdentifierType.device, "tablet-0001")
OWNERS = [Key(IdentifierType.member_no, "", f"{number:02}") for number in range(12)]
CLAIMS = some.lists(some.tuples(some.sampled_from(OWNERS), some.integers(0, 5)), max_size=20)


@given(CLAIMS, some.randoms())
def test_claims_come_to_the_same_owners_in_every_order(claims: list[tuple[Key, int]], dice: object) -> None:
    def fold(order: list[tuple[Key, int]]) -> dict[Key, object]:
        owners: dict[Key, object] = {}
        for owner, day in order:
            owners = add_owner(owners, owner, NOON + timedelta(days=day))  # type: ignore[arg-type,assignment]
        return owners

    shuffled = sorted(claims + claims, key=lambda claim: hash((claim, str(dice))))

    assert fold(claims) == fold(shuffled)
    assert len(fold(claims)) <= MOST_OWNERS


def test_claims_at_once_and_interrupted_lose_none() -> None:
    owners = [member_no(f"M-00000{number}") for number in range(3)]

    def play(chaos: Chaos) -> None:
        with small_world(chaos.seed, old_reads=0.3) as small:
            people = People(small)
            works: list[Work] = [partial(claim, people, owner) for owner in owners]
            chaos.run(*chaos.deliveries(works))

            kept = read_pointer(BRAND, people.key(DEVICE), consistent=True)
            assert kept is not None
            assert set(kept.owners) == set(map(people.key, owners))

    try_seeds(play, 40)


def test_a_device_is_nobody_by_itself() -> None:
    with small_world() as small, pytest.raises(Invalid):
        linking.meet(BRAND, DEVICE, world=small.world, now=NOON)


def test_a_claim_heard_again_writes_nothing() -> None:
    with small_world() as small:
        people = People(small)
        claim(people, member_no("M-000001"))
        before = len(small.dynamo.stream)

        claim(people, member_no("M-000001"))

        assert len(small.dynamo.stream) == before


def claim(people: People, owner: Identifier) -> None:
    now = people.ground.clock()
    pointers.claim(BRAND, owner, DEVICE, at=now, world=people.ground.world, now=now)
