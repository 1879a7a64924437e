"""A batch is read ahead, and nothing is sent by what was read too early."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.consent.words import Purpose
from chalicelib.identity.words import Identifier
from chalicelib.messaging import flows
from chalicelib.messaging.flows import Handover
from chalicelib.messaging.rules.states import LOST
from chalicelib.messaging.tables import messages as tables
from chalicelib.messaging.tables.messages import MessageRow
from chalicelib.messaging.words import State
from chalicelib.messaging.words.documents import Cap, MessageRules
from tests.faults import Chaos, try_every_order
from tests.identity.people import BRAND, openid, unionid
from tests.messaging.ground import MARKETING, NO_MARKETING, SUBSCRIBE, TEXT, Ground, ground, named

OTHER = "other"


@pytest.fixture
def house() -> Iterator[Ground]:
    with ground() as house:
        yield house


def planned(house: Ground, who: Identifier, name: str) -> Handover:
    return house.plan(who, named(SUBSCRIBE, name), purpose=Purpose.marketing, id=name)


def states(house: Ground, handovers: list[Handover]) -> list[str]:
    return [house.message(each).state.value for each in handovers]


def test_a_batch_to_several_people_is_sent_by_what_was_read_for_all(house: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    alone, several = house.customer("0", marketing=True), house.customer("1", follows=True, marketing=True)
    batch = [planned(house, alone, "a"), planned(house, several, "b")]
    house.rule(MessageRules())
    monkeypatch.setattr(tables, "read_message", None)  # nobody reads for themselves

    house.work_together(batch)
    monkeypatch.undo()

    assert states(house, batch) == ["accepted", "accepted"]
    assert house.phone.reached == [("m-0", "a"), ("m-1", "b")]


@pytest.mark.parametrize("follows", [False, True], ids=["of one identifier", "of several"])
def test_a_no_after_the_batch_was_read_wins(house: Ground, follows: bool) -> None:
    who = house.customer("0", follows=follows, marketing=True)
    batch = [planned(house, who, "a"), planned(house, who, "b")]
    house.rule(MessageRules())

    house.work_together(batch, lambda: house.say(NO_MARKETING, who))

    assert states(house, batch) == ["skipped_consent", "skipped_consent"]
    assert house.phone.reached == []


def test_leave_that_came_after_the_batch_was_read_is_leave(house: Ground) -> None:
    who = house.customer("0", accepts=0, marketing=True)
    batch = [planned(house, who, "a")]
    house.rule(MessageRules())

    house.work_together(batch, lambda: house.accept(who, 1))

    assert states(house, batch) == ["accepted"]


def test_a_way_that_opened_after_the_batch_was_read_is_gone_before_the_next_one(house: Ground) -> None:
    who = house.customer("0", follows=True, accepts=0)
    batch = [house.plan(who, named(SUBSCRIBE, "a"), named(TEXT, "a"))]

    house.work_together(batch, lambda: house.accept(who, 1))

    assert house.phone.reached == [("m-0", "a")]


def test_who_is_joined_after_the_batch_was_read_is_capped_as_one(house: Ground) -> None:
    first, second = house.customer("0", marketing=True), openid("oa", "a-1")
    house.people.recognise(second)
    house.say(MARKETING, second)
    batch = [planned(house, first, "a"), house.plan(second, TEXT, purpose=Purpose.marketing)]
    house.rule(MessageRules(caps=(Cap(most=1, purpose=Purpose.marketing),)))

    def join() -> None:
        house.people.link(first, unionid("u-one"))
        house.people.link(second, unionid("u-one"))

    house.work_together(batch, join)

    assert states(house, batch) == ["accepted", "skipped_cap"]


def test_several_to_one_person_and_one_brought_twice_are_each_sent_once_and_within_the_cap(house: Ground) -> None:
    who = house.customer("0", follows=True, marketing=True)
    batch = [planned(house, who, name) for name in "abc"]
    house.rule(MessageRules(caps=(Cap(most=2, purpose=Purpose.marketing),)))

    house.work_together([batch[0], *batch])

    assert sorted(states(house, batch)) == ["accepted", "accepted", "skipped_cap"]
    assert len(house.phone.reached) == 2


def test_messages_of_one_batch_to_one_identifier_are_known_as_such(house: Ground) -> None:
    one, other = house.customer("0", marketing=True), house.customer("1", marketing=True)
    batch = [planned(house, one, "a"), planned(house, other, "b"), planned(house, one, "c"), Handover(BRAND, "nothing")]

    glance = flows.glance_at(batch)

    receivers = [glance.receiver_of(each) for each in batch]
    assert receivers[0] == receivers[2]
    assert len(set(receivers)) == 3


def test_a_message_that_cannot_be_read_stands_in_nobodys_way(house: Ground) -> None:
    batch = [planned(house, house.customer(name, marketing=True), name) for name in "ab"]
    house.rule(MessageRules())
    row = MessageRow.get(f"{BRAND}#M#a", "@")
    row.update([MessageRow.body.set("{")])

    glance = flows.glance_at([*batch, Handover(OTHER, "a")])
    flows.send_message(batch[1], glance=glance, world=house.world, now=house.clock())

    assert house.phone.reached == [("m-b", "b")]


def test_a_batch_and_a_no_are_one_before_the_other_in_every_interleaving() -> None:
    def play(chaos: Chaos) -> None:
        with ground() as house:
            who = house.customer("0", follows=True, marketing=True)
            batch = [planned(house, who, "a"), planned(house, house.customer("1", marketing=True), "b")]
            house.rule(MessageRules())
            before_the_no: list[int] = []

            def forbid() -> None:
                house.say(NO_MARKETING, who)
                before_the_no.append(len(house.contact(who).sends))

            chaos.run(lambda: house.work_together(batch), forbid)

            reached = [what for _, what in house.phone.reached]
            assert sorted(reached) == ["a"] * before_the_no[0] + ["b"]
            assert (house.message(batch[0]).state in LOST) is (not before_the_no[0])
            assert house.message(batch[1]).state is State.accepted

    assert try_every_order(play, switches=1) > 10
