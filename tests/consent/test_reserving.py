"""A send and a no are always one before the other, caps hold over ends, and leave never goes below zero."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.consent import flows as consent
from chalicelib.consent.flows import telling
from chalicelib.consent.words import Channel, Purpose, Scope
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType, Key
from tests.consent.ground import MARKETING, MINI, NO_MARKETING, OFFICIAL, PAGE, TEMPLATE, Brand
from tests.faults import Chaos, Fate, try_every_fault, try_every_order
from tests.house import NOON
from tests.identity.people import BRAND, app_uid
from tests.small_world import small_world


@pytest.fixture
def brand() -> Iterator[Brand]:
    with small_world() as ground:
        yield Brand(ground)


def test_nothing_is_sent_after_a_no_in_whatever_order_they_come() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            brand = Brand(ground)
            brand.say(MARKETING)
            said: list[int] = []

            def forbid() -> None:
                brand.say(NO_MARKETING, OFFICIAL)
                said.append(len(brand.contact().sends))

            went, _ = chaos.run(lambda: brand.send("one"), forbid)
            assert went == bool(said[0]), "what was sent was reserved before the no was said"
            assert len(brand.contact().sends) == said[0]
            assert not brand.allows(MINI)
            assert not brand.allows(OFFICIAL)

    assert try_every_order(play, switches=1) > 10


def test_two_sends_and_a_no_of_somebody_with_one_identifier_are_one_after_the_other() -> None:
    alone = app_uid("A-1")

    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            brand = Brand(ground)
            brand.people.meet(alone)
            brand.say(MARKETING, alone)
            chaos.run(
                lambda: brand.send("one", alone, cap=1), lambda: brand.send("two", alone, cap=1), lambda: brand.say(NO_MARKETING, alone)
            )
            assert len(brand.contact(alone).sends) <= 1

    assert try_every_order(play, switches=1) > 10


def test_two_ends_at_once_keep_the_cap() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            brand = Brand(ground)
            brand.say(MARKETING)
            went = chaos.run(lambda: brand.send("one", MINI, cap=1), lambda: brand.send("two", OFFICIAL, cap=1))
            assert sorted(went) == [False, True]
            assert len(brand.contact().sends) == 1

    assert try_every_order(play, switches=2) > 30


def test_a_join_aborts_a_send_so_that_the_other_no_is_heard() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            brand = Brand(ground, joined=False)
            brand.say(MARKETING, MINI)
            brand.say(NO_MARKETING, OFFICIAL)
            joined: list[int] = []

            def join() -> None:
                brand.join()
                joined.append(len(brand.contact().sends))

            chaos.run(lambda: brand.send("one", MINI), join)
            assert len(brand.contact().sends) == joined[0], "nothing is sent once they are known to be one"
            assert not brand.allows(MINI)

    assert try_every_order(play, switches=1) > 10


def test_leave_is_spent_once_and_never_below_zero_whatever_goes_wrong() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            brand = Brand(ground)
            brand.accept()
            went = chaos.run(lambda: brand.send("one", spends=TEMPLATE), lambda: brand.send("two", spends=TEMPLATE))
            assert sum(went) == 1
            assert brand.leave().count == 0
            assert consent.count_reached(BRAND, "mini", TEMPLATE) == 0

    assert try_every_fault(play, fates=(Fate.crashes_after, Fate.answer_lost, Fate.asked_twice, Fate.conflicts)) > 20


def test_a_reservation_that_was_not_sent_is_taken_back_once(brand: Brand) -> None:
    brand.accept()
    brand.send("one", spends=TEMPLATE)
    key = brand.key(MINI)

    for _ in range(2):
        consent.release(BRAND, key, message="one", gives_back=brand.leave(), world=brand.ground.world)

    assert brand.leave().count == 1
    assert brand.contact().sends == ()
    assert consent.count_reached(BRAND, "mini", TEMPLATE) == 1


def test_what_wechat_says_of_leave_is_believed_but_for_what_came_later(brand: Brand) -> None:
    brand.accept(3)
    sent_at = brand.now
    consent.note_no_grant(BRAND, brand.key(MINI), TEMPLATE, at=sent_at, world=brand.ground.world)
    after_refusal = brand.leave().count
    brand.ground.clock.advance(seconds=60)
    brand.accept(1)
    consent.note_no_grant(BRAND, brand.key(MINI), TEMPLATE, at=sent_at, world=brand.ground.world)

    assert (after_refusal, brand.leave().count) == (0, 1)


def test_a_person_joined_of_two_is_held_back_by_the_no_of_one_and_both_keep_it_after_a_split(brand: Brand) -> None:
    brand.say(MARKETING)
    brand.say(NO_MARKETING, OFFICIAL)

    brand.people.tell_apart(MINI, OFFICIAL)

    assert not brand.allows(MINI)
    assert not brand.allows(OFFICIAL)
    assert len(brand.contact(MINI).folded.keys) < 3


def test_a_yes_after_a_no_is_a_yes_on_every_end(brand: Brand) -> None:
    brand.say(NO_MARKETING, OFFICIAL)
    brand.ground.clock.advance(seconds=60)

    brand.say(MARKETING, MINI)

    assert brand.allows(MINI)
    assert brand.allows(OFFICIAL)


def test_a_no_is_in_force_and_written_down_once_whatever_goes_wrong() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            brand = Brand(ground)
            brand.say(MARKETING)
            chaos.run(lambda: brand.say(NO_MARKETING, MINI))
            assert not brand.allows(OFFICIAL)
            assert len(ground.dynamo.rows(pk=f"{BRAND}#I#", sk="L#")) == 2

    assert try_every_fault(play) > 20


def test_a_no_by_message_heard_again_is_said_once_and_a_later_yes_stays(brand: Brand) -> None:
    def hear() -> None:
        now = brand.now
        key, scopes = brand.key(OFFICIAL), (Scope(Purpose.marketing),)
        telling.hear_no(BRAND, key, scopes, PAGE, cause="callback-1", heard_at=NOON, world=brand.ground.world, now=now)

    hear()
    brand.ground.clock.advance(hours=1)
    brand.say(MARKETING)
    hear()

    assert brand.allows(MINI)
    assert len(brand.ground.dynamo.rows(pk=f"{BRAND}#I#", sk="L#")) == 2


def test_a_token_that_only_points_to_somebody_is_held_back_by_their_no_and_counts_for_their_cap() -> None:
    alone, token = app_uid("A-1"), Key(IdentifierType.push_token, "app", "0" * 32)

    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            brand = Brand(ground)
            brand.people.meet(alone)
            brand.say(MARKETING, alone)

            def push() -> bool:
                for _ in range(12):
                    contact = consent.read_contact(identity.fold(BRAND, brand.key(alone)), also={token: NOON})
                    told = consent.verdict(contact, purpose=Purpose.marketing, channel=Channel.push, topic="", end="app", key=token)
                    if not told.allowed or contact.sends:
                        return False
                    if brand.reserve_at(contact, "push", token):
                        return True
                raise AssertionError("somebody is always in the way")

            def send() -> bool:
                for _ in range(12):
                    contact = consent.read_contact(identity.fold(BRAND, brand.key(alone)))  # whoever sends no push asks for no token
                    if contact.sends:
                        return False
                    if brand.reserve(contact, "mail", alone):
                        return True
                raise AssertionError("somebody is always in the way")

            assert sorted(chaos.run(push, send)) == [False, True]

    assert try_every_order(play, switches=1) > 5


def test_a_reservation_takes_two_items_and_one_more_for_the_last_leave(brand: Brand) -> None:
    alone = app_uid("A-1")
    brand.people.meet(alone)
    brand.accept(2)

    def items(who: Identifier, spends: str | None = None) -> int:
        contact = brand.contact(who)
        assert brand.reserve(contact, "one", who, spends=brand.leave(who, spends) if spends else None)
        operation, asked = brand.ground.dynamo.calls[-1]
        assert operation == "TransactWriteItems"
        return len(asked["TransactItems"])

    assert [items(alone), items(MINI), items(MINI, TEMPLATE), items(MINI, TEMPLATE)] == [2, 2, 2, 3]
