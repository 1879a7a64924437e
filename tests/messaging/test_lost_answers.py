"""A receipt of an id nobody knows tells what became of the one message whose answer was lost, and of none where there are several."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import msgspec
import pytest

from chalicelib.accounts.flows import register
from chalicelib.consent.words import Channel
from chalicelib.errors import Busy
from chalicelib.messaging import flows
from chalicelib.messaging.flows import Handover, receipts
from chalicelib.messaging.tables import messages
from chalicelib.messaging.words import Message, Place, Receipt, State
from tests.faults import Chaos, Crash, try_every_order
from tests.identity.people import openid
from tests.messaging.ground import SUBSCRIBE, TEMPLATE, TEXT, Ground, ground

IDS = ("m1", "m2")
AHEAD = tuple(f"f{n}" for n in range(receipts.LOOKED_BACK))
LOST = "answer lost"


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index by receiver, which a small world has not."""

    def list_places(brand: str, key: str, *, before: Place | None, most: int) -> list[Place]:
        kept = messages.read_messages(brand, (*IDS, *AHEAD)).values()
        places = sorted((Place(each.due_at, each.id) for each in kept if each.to == key), reverse=True)
        return [place for place in places if before is None or place < before][:most]

    monkeypatch.setattr(messages, "list_places", list_places)


@pytest.fixture
def house() -> Iterator[Ground]:
    with ground() as house:
        yield house


def sent(house: Ground, name: str, *fates: str) -> Handover:
    handover = house.plan(openid("mini", "m-ann"), id=name)
    house.phone.fates = list(fates)
    house.work(handover)
    return handover


def hear(house: Ground, *, told: State = State.delivered, template: str = TEMPLATE, provider_id: str = "w77") -> Message | None:
    at, channels = house.clock().replace(microsecond=0), (Channel.subscribe_message,)
    receipt = Receipt(provider_id=provider_id, told=told, why="", at=at, channels=channels, template=template)
    account = register.find_account("demo.mini", world=house.world, now=house.clock())
    return flows.hear_receipt(account, openid("mini", "m-ann"), receipt, world=house.world, now=house.clock())


@pytest.mark.parametrize("told", [State.delivered, State.failed])
def test_the_receipt_of_a_lost_answer_tells_what_became_of_it(house: Ground, told: State) -> None:
    house.customer("ann")
    handover = sent(house, "m1", LOST)

    for _ in range(2):
        hear(house, told=told)

    assert house.told(handover) == ["planned", "sending", "unknown: outcome_unknown", told.value]
    assert house.message(handover).tried[-1].provider_id == "w77"


def test_where_two_may_be_meant_neither_is(house: Ground) -> None:
    house.customer("ann")
    both = [sent(house, name, LOST) for name in IDS]

    assert hear(house) is None
    assert [house.message(each).state for each in both] == [State.unknown, State.unknown]


def test_one_that_is_known_by_its_own_id_is_not_meant(house: Ground) -> None:
    house.customer("ann")
    lost, known = sent(house, "m1", LOST), sent(house, "m2")

    hear(house)

    assert [house.message(each).state for each in (lost, known)] == [State.delivered, State.accepted]


def test_the_receipt_of_an_answer_without_an_id_is_joined(house: Ground) -> None:
    house.customer("ann")
    handover = sent(house, "m1", "no id")

    for _ in range(2):
        hear(house)

    assert house.told(handover) == ["planned", "sending", "accepted", "delivered"]


def test_messages_planned_for_later_do_not_hide_the_one_a_receipt_is_of(house: Ground) -> None:
    who = house.customer("ann")
    handover = sent(house, "m1", "goes well")
    for name in AHEAD:
        house.plan(who, id=name, not_before=house.clock() + timedelta(days=1))

    hear(house, provider_id="id1")

    assert house.message(handover).state is State.delivered


def test_a_receipt_waits_for_a_message_that_the_index_does_not_list_yet(house: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    house.customer("ann")
    handover = sent(house, "m1", "no id")
    listed = messages.list_places

    monkeypatch.setattr(messages, "list_places", lambda *_, **__: [])
    with pytest.raises(Busy):
        hear(house)
    monkeypatch.setattr(messages, "list_places", listed)
    hear(house)

    assert house.message(handover).state is State.delivered


def test_a_receipt_of_an_earlier_way_without_an_id_is_noted_beside_what_came_after(house: Ground) -> None:
    who = house.customer("ann", follows=True)
    handover = house.plan(who, msgspec.structs.replace(SUBSCRIBE, wait_s=60), TEXT, id="m1")
    house.phone.fates = ["no id"]
    house.work(handover)
    house.clock.advance(seconds=60)
    house.work(handover)

    hear(house)

    assert house.told(handover)[-2:] == ["accepted", "delivered after all"]


@pytest.mark.parametrize("fate", ["no id", LOST, "goes well"])
def test_a_receipt_that_is_heard_before_the_answer_is_joined_by_whoever_keeps_that(house: Ground, fate: str) -> None:
    house.customer("ann")
    handover = house.plan(openid("mini", "m-ann"), id="m1")

    def draw() -> str:
        hear(house, provider_id="id1")
        return fate

    house.phone.draw = draw
    house.work(handover)

    assert house.told(handover)[-1] == "delivered"


@pytest.mark.parametrize("fate", ["no id", LOST])
def test_a_receipt_and_an_answer_without_an_id_find_each_other_in_whatever_order(fate: str) -> None:
    def play(chaos: Chaos) -> None:
        with ground() as house:
            house.customer("ann")
            handover = house.plan(openid("mini", "m-ann"), id="m1")
            house.phone.fates = [fate]
            heard: list[Message | None] = []

            def listen() -> None:
                house.told(handover)  # here it may have to wait for its turn
                if house.phone.asked:
                    heard.append(hear(house))

            chaos.run(lambda: house.work(handover), listen)
            if not heard:  # WeChat had nothing to tell yet
                hear(house)
            assert house.told(handover)[-1] == "delivered"

    assert try_every_order(play, switches=2) > 20


@pytest.mark.parametrize(("minutes", "template"), [(16, TEMPLATE), (0, "another")], ids=["too late", "another template"])
def test_what_does_not_fit_is_not_taken_for_it(house: Ground, minutes: int, template: str) -> None:
    house.customer("ann")
    handover = sent(house, "m1", LOST)
    house.clock.advance(minutes=minutes)

    assert hear(house, template=template) is None
    assert house.message(handover).state is State.unknown


def test_a_sender_that_ended_before_it_looked_for_a_parked_receipt_looks_when_it_is_brought_again(
    house: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.customer("ann")
    handover = house.plan(openid("mini", "m-ann"), id="m1")

    def draw() -> str:
        hear(house, provider_id="id1")
        return "goes well"

    def crash(*_: object, **__: object) -> None:
        raise Crash

    house.phone.draw = draw
    monkeypatch.setattr(receipts, "join_parked", crash)
    with pytest.raises(Crash):
        house.work(handover)
    monkeypatch.undo()
    house.work(handover)

    assert house.told(handover) == ["planned", "sending", "accepted", "delivered"]


def test_while_another_is_being_sent_a_receipt_may_be_of_that_one(house: Ground) -> None:
    house.customer("ann")
    lost, other = sent(house, "m1", LOST), house.plan(openid("mini", "m-ann"), id="m2")
    heard: list[Message | None] = []

    def draw() -> str:
        heard.append(hear(house))
        return "goes well"

    house.phone.draw = draw
    house.work(other)

    assert heard == [None]
    assert [house.message(each).state for each in (lost, other)] == [State.unknown, State.accepted]
