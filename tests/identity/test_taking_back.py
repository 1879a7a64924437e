"""A phone that was given by WeChat's phone button and taken back there: whose it is then, and what is left of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.errors import Missing
from chalicelib.identity import flows
from chalicelib.identity.flows import linking, reviewing
from chalicelib.identity.flows.taking_back import TakenBack, take_back_phones
from chalicelib.identity.words import PHONE_BUTTON, Identifier, Rank, Rejection
from tests.faults import Chaos, try_every_fault, try_every_order
from tests.identity.people import BRAND, People, app_uid, check_announcements, check_bookkeeping, member_no, openid, phone, unionid
from tests.small_world import small_world

VISITOR, FOLLOWER, UNION = openid("mini", "oVisitor1"), openid("oa", "oFollower1"), unionid("uPerson1")
SHOPPER = openid("shop", "oShopper1")
PHONE, MEMBER = phone("13812345678"), member_no("M-000123")
WECHATS = {VISITOR, FOLLOWER, UNION}


def give(people: People, *, source: str = PHONE_BUTTON, who: Identifier = VISITOR) -> None:
    people.link(who, PHONE, Rank.verified, source)


def take_back(people: People, *, who: Identifier = VISITOR, ago_s: int = 0) -> TakenBack:
    now = people.ground.clock()
    return take_back_phones(BRAND, people.key(who), at=now - timedelta(seconds=ago_s), world=people.ground.world, now=now)


def value_of(people: People, who: Identifier) -> str:
    return flows.reveal_identifier(BRAND, people.key(who), world=people.ground.world).value


def one_person(people: People) -> None:
    people.recognise(VISITOR, UNION.value)
    people.recognise(FOLLOWER, UNION.value)


def test_a_phone_that_is_taken_back_is_nobodys_and_forgotten_whatever_goes_wrong() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            people = People(ground)
            one_person(people)
            give(people)
            told = ground.clock()
            chaos.run(*[lambda: take_back_phones(BRAND, people.key(VISITOR), at=told, world=ground.world, now=told)] * 2)
            everybody = [*WECHATS, PHONE]
            assert people.partition(everybody) == {frozenset(WECHATS), frozenset({PHONE})}
            assert take_back_phones(BRAND, people.key(VISITOR), at=told, world=ground.world, now=told).forgotten == (people.key(PHONE),)
            check_bookkeeping(people, everybody)
            check_announcements(people, everybody)
            with pytest.raises(Missing):
                value_of(people, PHONE)

    assert try_every_fault(play) > 20


def test_a_phone_given_again_is_theirs_again_and_taken_back_again() -> None:
    with small_world() as ground:
        people = People(ground)
        one_person(people)
        give(people)
        take_back(people)
        ground.clock.advance(seconds=60)

        give(people)

        assert people.find(PHONE) == people.find(VISITOR)
        assert value_of(people, PHONE) == "+8613812345678"
        assert take_back(people, ago_s=1) == TakenBack((), ()), "what is heard late takes back nothing that was given later"
        ground.clock.advance(seconds=60)
        assert take_back(people).forgotten == (people.key(PHONE),), "it came with the button alone, this time too"
        assert people.find(PHONE) != people.find(VISITOR)


def test_a_phone_given_again_while_it_is_taken_back_has_its_value_wherever_it_is_theirs() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            people = People(ground)
            give(people)
            told = ground.clock()
            ground.clock.advance(seconds=5)
            chaos.run(
                lambda: take_back_phones(BRAND, people.key(VISITOR), at=told, world=ground.world, now=ground.clock()),
                lambda: give(people),
            )
            assert people.find(PHONE) == people.find(VISITOR)
            assert value_of(people, PHONE) == "+8613812345678"

    assert try_every_order(play, switches=2) > 50


def test_who_also_proved_it_by_a_text_keeps_it_whichever_came_first() -> None:
    for sources in ((PHONE_BUTTON, "me/phone"), ("me/phone", PHONE_BUTTON)):
        with small_world() as ground:
            people = People(ground)
            for source in sources:
                give(people, source=source)
                ground.clock.advance(seconds=5)

            assert take_back(people) == TakenBack((), ())
            assert people.find(PHONE) == people.find(VISITOR)


def test_a_phone_that_somebody_else_told_of_too_keeps_its_value_and_its_other_links() -> None:
    with small_world() as ground:
        people = People(ground)
        people.link(PHONE, MEMBER, Rank.declared, "crm")
        ground.clock.advance(seconds=5)
        one_person(people)
        give(people)

        taken = take_back(people)

        assert (taken.phones, taken.forgotten) == ((people.key(PHONE),), ())
        assert people.partition([*WECHATS, PHONE, MEMBER]) == {frozenset(WECHATS), frozenset({PHONE, MEMBER})}
        assert value_of(people, PHONE) == "+8613812345678"


def test_a_phone_that_was_given_at_two_ends_is_forgotten_once_both_have_taken_it_back() -> None:
    for first, second in ((VISITOR, SHOPPER), (SHOPPER, VISITOR)):
        with small_world() as ground:
            people = People(ground)
            give(people)
            ground.clock.advance(seconds=5)
            give(people, who=SHOPPER)

            taken = [take_back(people, who=who).forgotten for who in (first, second)]

            assert taken == [(), (people.key(PHONE),)]


def test_a_phone_that_was_known_before_the_button_keeps_its_value() -> None:
    with small_world() as ground:
        people = People(ground)
        people.meet(PHONE)
        ground.clock.advance(seconds=5)
        give(people)

        assert take_back(people).forgotten == ()
        assert value_of(people, PHONE) == "+8613812345678"


def test_another_way_from_one_to_the_other_still_leads() -> None:
    with small_world() as ground:
        people = People(ground)
        one_person(people)
        app = app_uid("app-1")
        people.link(app, UNION, Rank.attested)
        give(people, source="me/phone", who=app)
        give(people)

        assert len(take_back(people).phones) == 1
        assert people.find(PHONE) == people.find(VISITOR)
        assert [each.rank for each in people.describe(people.find(PHONE)).identifiers if each.type is PHONE.type] == ["verified"]


def test_a_link_that_was_taken_back_is_explained_and_waits_for_nobody() -> None:
    with small_world() as ground:
        people = People(ground)
        one_person(people)
        give(people)
        take_back(people)

        told = reviewing.explain_person(BRAND, people.find(VISITOR), world=ground.world, now=ground.clock())

        assert [each.rejection for each in told.links if each.source == PHONE_BUTTON] == [Rejection.taken_back]
        assert reviewing.list_reviews(BRAND, after=None, world=ground.world) == ([], None)


def test_an_operators_word_holds_what_the_button_said() -> None:
    with small_world() as ground:
        people = People(ground)
        give(people)
        ground.clock.advance(seconds=5)
        linking.join_by_hand(BRAND, people.key(VISITOR), people.key(PHONE), source="operator:ann", world=ground.world, now=ground.clock())

        assert take_back(people) == TakenBack((), ())
        assert people.find(PHONE) == people.find(VISITOR)
