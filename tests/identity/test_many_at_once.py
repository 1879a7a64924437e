"""Many people read at once are who they are one by one: joined, split, taken in, with one identifier or seven."""

from __future__ import annotations

from chalicelib.identity import flows
from chalicelib.identity.words import Rank
from tests.faults import Chaos, try_every_order
from tests.identity.people import BRAND, People, member_no, openid, phone, unionid
from tests.small_world import small_world

ALONE, PHONE, MEMBER = openid("oa", "oAlone1"), phone("13812345678"), member_no("M-000123")
OPENID, UNION, PARTED = openid("mini", "oBuyer1"), unionid("uPerson1"), member_no("M-000124")
EVERYBODY = [ALONE, PHONE, MEMBER, OPENID, UNION, PARTED]


def make_people(people: People) -> list[str]:
    """Somebody alone, two joined late, one that was split off; every id there ever was."""
    began = []
    for each in EVERYBODY:
        began.append(people.meet(each).person)
        people.ground.clock.advance(seconds=1)
    people.link(PHONE, MEMBER, Rank.verified)
    people.link(OPENID, UNION)
    people.link(OPENID, MEMBER, Rank.verified)
    people.link(PARTED, MEMBER, Rank.declared)
    people.tell_apart(PARTED, MEMBER)
    return [*began, *(people.find(each) for each in EVERYBODY)]


def test_everybody_is_known_since_the_same_moment_as_one_by_one(people: People) -> None:
    make_people(people)
    keys = [people.key(each) for each in EVERYBODY]

    known = flows.known_since_each(BRAND, [*keys, people.key(phone("13987654321"))])

    assert known == {key: flows.known_since(BRAND, key) for key in keys}


def test_everybody_has_the_same_identifiers_as_one_by_one_by_whichever_id(people: People) -> None:
    ids = make_people(people)

    keys = flows.keys_of_each(BRAND, ids)

    assert {person: set(found) for person, found in keys.items()} == {person: set(flows.keys_of_person(BRAND, person)) for person in ids}


def test_people_with_one_identifier_cost_one_batch_of_reads(people: People) -> None:
    ids = [people.meet(phone(f"1391234{number:04}")).person for number in range(20)]
    before = len(people.ground.dynamo.calls)

    keys = flows.keys_of_each(BRAND, ids)

    assert [operation for operation, _ in people.ground.dynamo.calls[before:]] == ["BatchGetItem"]
    assert all(len(keys[person]) == 1 for person in ids)


def test_somebody_who_is_joined_while_being_read_is_seen_before_or_after_and_never_half() -> None:
    with small_world() as ground:
        people = People(ground)
        people.link(PHONE, MEMBER, Rank.verified)
        people.link(OPENID, UNION)
        person, other = people.find(PHONE), people.find(OPENID)
        before = dict(ground.dynamo.items)
        apart = {people.key(PHONE), people.key(MEMBER)}
        whole = apart | {people.key(OPENID), people.key(UNION)}

        def play(chaos: Chaos) -> None:
            ground.dynamo.items = dict(before)
            read, _ = chaos.run(lambda: flows.keys_of_each(BRAND, [person, other]), lambda: people.link(PHONE, OPENID, Rank.verified))

            assert set(read[person]) in (apart, whole)
            assert set(read[other]) in (whole - apart, whole)

        assert try_every_order(play, switches=2) > 10
