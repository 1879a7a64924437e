"""Whether two identifiers are one person's, as of one moment, whoever comes and goes meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.identity import flows
from chalicelib.identity.words import Identifier, Rank
from tests.faults import Chaos, try_every_order
from tests.identity.people import BRAND, People, app_uid, member_no, openid, phone, unionid
from tests.small_world import small_world

MINI, APP, UNION, MEMBER = openid("mini", "oM1"), openid("app", "oA1"), unionid("u1"), member_no("M-1")


@pytest.fixture
def people() -> Iterator[People]:
    with small_world() as ground:
        yield People(ground)


def common(people: People, a: Identifier, b: Identifier) -> str | None:
    return flows.find_common_person(BRAND, people.key(a), people.key(b))


def test_linked_identifiers_are_one_persons_whichever_is_named_first(people: People) -> None:
    person = people.link(MINI, UNION).person
    people.link(APP, UNION)

    assert [common(people, MINI, APP), common(people, APP, MINI), common(people, MINI, MINI)] == [person] * 3


def test_strangers_and_whoever_is_unknown_have_nobody_in_common(people: People) -> None:
    people.meet(MINI)
    people.meet(APP)

    assert [common(people, MINI, APP), common(people, MINI, UNION), common(people, UNION, MINI)] == [None] * 3


def test_those_told_apart_have_nobody_in_common_until_that_is_taken_back(people: People) -> None:
    person = people.link(MINI, UNION).person
    people.link(APP, UNION)
    people.tell_apart(MINI, APP)
    apart = common(people, MINI, APP)
    people.ground.clock.advance(seconds=1)

    people.tell_apart(MINI, APP, active=False)

    assert (apart, common(people, MINI, APP)) == (None, person)


def test_those_told_apart_just_now_are_apart_however_old_the_tables_reads_are() -> None:
    with small_world(old_reads=1.0) as ground:
        people = People(ground)
        people.link(MINI, MEMBER, Rank.verified)
        people.tell_apart(MINI, MEMBER)

        assert common(people, MINI, MEMBER) is None


def test_those_who_were_joined_just_now_are_one_before_anybody_has_heard_of_it(people: People) -> None:
    people.link(MINI, phone("13912345678"), Rank.verified)
    people.link(APP, app_uid("a-1"), Rank.verified)

    people.link(APP, phone("13912345678"), Rank.verified)

    assert common(people, MINI, APP) == common(people, APP, MINI) == people.find(MINI) == people.find(APP)


def test_one_who_leaves_before_the_other_comes_is_never_met() -> None:
    def play(chaos: Chaos) -> None:
        with small_world(chaos.seed) as ground:
            people = People(ground)
            people.link(MEMBER, MINI, Rank.verified)
            people.meet(APP)

            def pass_by() -> None:
                people.tell_apart(MINI, MEMBER)
                people.link(APP, MEMBER, Rank.verified)

            found, _ = chaos.run(lambda: common(people, MINI, APP), pass_by)

            assert found is None

    assert try_every_order(play, switches=2) > 50


def test_one_who_comes_in_as_somebody_else_is_never_taken_for_the_other() -> None:
    def play(chaos: Chaos) -> None:
        with small_world(chaos.seed) as ground:
            people = People(ground)
            people.link(MINI, MEMBER, Rank.verified)
            people.meet(APP)
            people.tell_apart(MINI, APP)

            found, _ = chaos.run(lambda: common(people, APP, MINI), lambda: people.link(APP, MEMBER, Rank.verified))

            assert found is None

    assert try_every_order(play, switches=2) > 20
