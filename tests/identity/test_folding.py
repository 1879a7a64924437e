"""A person as one that other rooms cap, seat and count: all identifiers at once, and nothing written once they have changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.aws.tables import committed
from chalicelib.errors import Missing
from chalicelib.identity import flows
from chalicelib.identity.flows import folding
from chalicelib.identity.tables.folds import check_standing
from chalicelib.identity.words import Folded, Identifier, Rank
from tests.identity.people import BRAND, People, member_no, openid, phone, unionid
from tests.small_world import small_world

MINI, OA, OTHER, UNION, PHONE = openid("mini", "oM1"), openid("oa", "oF1"), openid("other", "oX1"), unionid("u1"), phone("13900000001")


@pytest.fixture
def people() -> Iterator[People]:
    with small_world() as ground:
        yield People(ground)


def fold(people: People, who: Identifier) -> Folded:
    return flows.fold(BRAND, people.key(who))


def still_stands(folded: Folded) -> bool:
    return committed(lambda transaction: check_standing(transaction, folded))


def test_every_identifier_of_a_person_folds_to_the_same(people: People) -> None:
    people.link(MINI, UNION)
    people.link(OA, UNION)

    folded = [fold(people, who) for who in (MINI, OA, UNION)]

    assert {each.keys for each in folded} == {tuple(sorted(people.key(who) for who in (MINI, OA, UNION)))}
    assert len({each.person for each in folded}) == 1


def test_somebody_alone_is_one_identifier_and_a_stranger_is_nobody(people: People) -> None:
    people.meet(MINI)

    assert fold(people, MINI).keys == (people.key(MINI),)
    with pytest.raises(Missing):
        fold(people, OA)


def test_those_told_apart_fold_apart(people: People) -> None:
    member = member_no("M-1")
    people.link(MINI, member, Rank.verified)

    people.tell_apart(MINI, member)

    assert fold(people, MINI).keys == (people.key(MINI),)
    assert fold(people, member).keys == (people.key(member),)


def test_many_at_once_fold_as_each_does_alone(people: People) -> None:
    member = member_no("M-1")
    people.meet(PHONE)
    people.link(MINI, UNION)
    people.link(OTHER, member, Rank.verified)
    people.tell_apart(OTHER, member)
    everyone = [people.key(who) for who in (MINI, OA, UNION, PHONE, OTHER, member)]

    folded = flows.fold_each(BRAND, everyone)
    people.link(OA, UNION)
    people.link(PHONE, OA, Rank.verified)
    joined = flows.fold_each(BRAND, everyone)

    assert folded.keys() == {*everyone} - {people.key(OA)}
    assert joined == {key: flows.fold(BRAND, key) for key in everyone}
    assert set(joined[people.key(MINI)].keys) == {people.key(who) for who in (MINI, OA, UNION, PHONE)}
    assert [still_stands(folded[people.key(who)]) for who in (MINI, PHONE, OTHER)] == [False, False, True]


def test_an_openid_with_its_unionid_is_folded_by_what_the_header_counts(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    people.link(MINI, UNION)
    whole = fold(people, UNION)
    monkeypatch.setattr(folding, "read_component", None)

    folded = fold(people, MINI)

    assert folded.keys == whole.keys == tuple(sorted((people.key(MINI), people.key(UNION))))


def test_nothing_is_written_once_the_person_has_joined_another_or_gained_an_identifier(people: People) -> None:
    people.meet(MINI)
    people.meet(UNION)
    alone = fold(people, MINI)
    people.link(MINI, UNION)
    joined = fold(people, MINI)

    people.link(MINI, PHONE, Rank.verified)

    assert [still_stands(each) for each in (alone, joined, fold(people, MINI))] == [False, False, True]


def test_accounts_are_followed_by_any_openid_until_it_unfollows(people: People) -> None:
    for who in (MINI, OA, OTHER):
        people.link(who, UNION)
    now, world = people.ground.clock(), people.ground.world
    for who in (OA, OTHER):
        flows.note_follow(BRAND, who, follows=True, at=now, world=world, now=now)
    flows.note_follow(BRAND, OTHER, follows=False, at=now, world=world, now=now)

    assert flows.accounts_followed(fold(people, MINI)) == {"oa"}


def test_who_is_folded_again_is_who_they_are_by_now(people: People) -> None:
    for who in (MINI, OA, OTHER):
        people.meet(who)
    before = [fold(people, who) for who in (MINI, OA, OTHER)]
    people.link(OA, UNION)

    again = flows.fold_again(BRAND, before)

    assert again == {each.key: fold(people, who) for each, who in zip(before, (MINI, OA, OTHER), strict=True)}
    assert again[people.key(MINI)] == before[0]
    assert people.key(UNION) in again[people.key(OA)].keys
