"""What is known about somebody: it stays with the identifier that brought it, whatever becomes of the person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.identity.flows import attributes
from chalicelib.identity.rules.attributes import fold_attributes
from chalicelib.identity.words.attributes import Attribute
from tests.builders import make_accounts, make_brand
from tests.faults import Chaos, Work, try_seeds
from tests.house import NOON, House, open_house
from tests.identity.people import BRAND, People, member_no
from tests.small_world import small_world

MEMBER, PHONE = {"type": "member_no", "value": "M-000001"}, {"type": "phone", "value": "13812345678"}
PARTS = some.lists(
    some.dictionaries(
        some.sampled_from(["level", "city", "pet"]),
        some.builds(
            lambda value, day: Attribute(value=value, at=NOON + timedelta(days=day), source="crm"),
            some.one_of(some.none(), some.booleans(), some.integers(0, 3), some.sampled_from(["gold", "上海"])),
            some.integers(0, 3),
        ),
    ),
    max_size=5,
)


class Desk:
    """A brand and its key."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.key = make_brand(house)
        make_accounts(house, self.key)

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        return self.house.call("POST", path, body, key=self.key)

    def note(self, identifier: Any, values: dict[str, Any], **more: Any) -> tuple[int, Any]:
        return self.post("/v1/attributes", {"identifier": identifier, "attributes": values, **more})

    def shown(self, identifier: Any) -> dict[str, Any]:
        return {name: each["value"] for name, each in self.post("/v1/people/lookup", identifier)[1]["attributes"].items()}

    def link(self) -> None:
        self.post("/v1/links", {"links": [{"a": MEMBER, "b": PHONE, "rank": "verified"}]})


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as opened:
        yield opened


@pytest.fixture
def desk(house: House) -> Desk:
    house.empty()
    return Desk(house)


def test_after_a_split_each_has_what_their_own_identifiers_brought_and_after_its_undoing_all(desk: Desk) -> None:
    desk.note(MEMBER, {"level": "gold", "points": 120})
    desk.note(PHONE, {"city": "上海"})
    desk.link()
    together = desk.shown(MEMBER)

    _, split = desk.post("/v1/splits", {"a": MEMBER, "b": PHONE, "reason": "two people"})
    apart = desk.shown(MEMBER), desk.shown(PHONE)
    desk.house.call("DELETE", f"/v1/splits/{split['id']}", key=desk.key)

    assert together == {"level": "gold", "points": 120, "city": "上海"}
    assert apart == ({"level": "gold", "points": 120}, {"city": "上海"})
    assert desk.shown(PHONE) == together


def test_the_later_word_counts_whichever_comes_first_and_whoever_brings_it(desk: Desk) -> None:
    earlier = (desk.house.clock() - timedelta(days=1)).isoformat()
    desk.link()

    desk.note(MEMBER, {"level": "gold"})
    desk.note(PHONE, {"level": "silver"}, at=earlier)
    desk.note(MEMBER, {"level": "bronze"}, at=earlier)

    assert desk.shown(PHONE) == {"level": "gold"}


def test_values_are_kept_sealed(desk: Desk) -> None:
    desk.note(MEMBER, {"city": "Shanghai-Pudong"})

    assert "Shanghai" not in str(desk.house.rows("identities"))


@pytest.mark.parametrize(
    ("order", "field"),
    [
        ({"attributes": {}}, "attributes"),
        ({"attributes": {"Level": "gold"}}, "attributes"),
        ({"attributes": {"level": "x" * 257}}, "attributes"),
        ({"attributes": {"level": ["gold"]}}, "attributes"),
        ({"attributes": {"level": "gold"}, "at": "2099-01-01T00:00:00Z"}, "$.at"),
        ({"attributes": {"level": "gold"}, "at": "2026-01-01T00:00:00"}, "$.at"),
        ({"attributes": {"level": "gold"}, "identifier": {"type": "member_no", "value": "null"}}, "$.identifier.value"),
    ],
)
def test_what_is_no_attribute_is_refused_by_field_and_nothing_is_written(desk: Desk, order: dict[str, Any], field: str) -> None:
    status, answer = desk.post("/v1/attributes", {"identifier": MEMBER, **order})

    assert (status, answer["Code"]) == (400, "field_invalid")
    assert field in answer["Message"]
    assert desk.house.rows("identities") == []


def test_an_identifier_brings_only_so_many(desk: Desk) -> None:
    for batch in range(3):
        status, answer = desk.note(MEMBER, {f"name_{batch}_{number}": number for number in range(20)})

    assert (status, answer["Code"]) == (400, "field_invalid")
    assert len(desk.shown(MEMBER)) == 40


@given(PARTS, some.randoms())
def test_the_fold_does_not_depend_on_order_or_number(parts: list[dict[str, Attribute]], dice: Any) -> None:
    again = parts + parts[:2]
    dice.shuffle(again)

    assert fold_attributes(again) == fold_attributes(parts)


def test_words_at_once_and_interrupted_lose_none() -> None:
    def play(chaos: Chaos) -> None:
        with small_world(chaos.seed, old_reads=0.3) as small:
            people = People(small)
            works: list[Work] = [partial(note, people, name) for name in ("level", "city", "pet")]
            chaos.run(*chaos.deliveries(works))
            small.dynamo.old_reads = 0

            person = people.find(member_no("M-000001"))
            known = attributes.describe_known_person(BRAND, person, world=small.world).attributes
            assert set(known) == {"level", "city", "pet"}

    try_seeds(play, 40)


def note(people: People, name: str) -> None:
    now = people.ground.clock()
    brought = {name: Attribute(value="x", at=now, source="crm")}
    attributes.note_attributes(BRAND, member_no("M-000001"), brought, world=people.ground.world, now=now)
