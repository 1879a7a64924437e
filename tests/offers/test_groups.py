"""A group is never fuller than it is large, nobody sits twice, and one that is short at its deadline lets its orders go."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from chalicelib.due import place
from chalicelib.offers.flows import groups
from chalicelib.offers.words.groups import State
from tests.faults import Chaos, try_every_fault, try_every_order, try_seeds
from tests.identity.people import app_uid
from tests.offers.ground import Shop, code_of, trio
from tests.small_world import small_world

APP = app_uid("A-1")


@pytest.fixture
def shop() -> Iterator[Shop]:
    with small_world() as ground:
        yield Shop(ground)


def test_a_group_fills_and_says_so_once(shop: Shop) -> None:
    group = shop.open(shop.somebody(0)).id

    second = shop.join(shop.somebody(1), group, "T-1")
    third = shop.join(shop.somebody(2), group, "T-2")

    assert [(each.taken, each.state) for each in (second, third)] == [(2, State.open), (3, State.filled)]
    assert shop.announced() == ["group.filled"]
    assert code_of(lambda: shop.join(shop.somebody(3), group, "T-3")) == "group_full"


def test_two_hundred_at_once_never_overfill_a_group() -> None:
    with small_world() as ground:
        shop = Shop(ground, trio(size=20))
        group = shop.open(shop.somebody(0)).id
        people = [shop.somebody(number) for number in range(1, 201)]

        def coming(number: int) -> Callable[[], str]:
            return lambda: code_of(lambda: shop.join(people[number], group, f"T-{number + 1}"))

        codes = Chaos(3).run(*map(coming, range(200)))

        assert (codes.count(""), codes.count("group_full")) == (19, 181)
        assert shop.taken(group) == 20
        assert shop.announced() == ["group.filled"]


def test_the_last_seat_goes_to_one_of_two_in_whatever_order_they_come() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            shop = Shop(ground, trio(size=2))
            group = shop.open(shop.somebody(0)).id
            first, second = shop.somebody(1), shop.somebody(2)
            codes = chaos.run(
                lambda: code_of(lambda: shop.join(first, group, "T-1")), lambda: code_of(lambda: shop.join(second, group, "T-2"))
            )
            assert sorted(codes) == ["", "group_full"]
            assert shop.taken(group) == 2
            assert shop.announced() == ["group.filled"]

    assert try_every_order(play, switches=2) > 30


def test_a_seat_is_taken_once_whatever_goes_wrong() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            shop = Shop(ground)
            group = shop.open(shop.somebody(0)).id
            who, other = shop.somebody(1), shop.somebody(2)
            chaos.run(lambda: shop.join(who, group, "T-1"), lambda: shop.join(other, group, "T-2"))
            assert shop.taken(group) == 3
            assert shop.announced() == ["group.filled"]

    assert try_every_fault(play) > 50
    try_seeds(play, 20)


def test_an_order_opens_one_group_whatever_goes_wrong() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            shop = Shop(ground)
            who = shop.somebody(0)
            opened = chaos.run(lambda: shop.open(who).id, lambda: shop.open(who).id)
            assert len(set(opened)) == 1

    assert try_every_fault(play) > 30


# -- once for each person ------------------------------------------------------------------------------------------------


def test_a_person_sits_once_by_whichever_identifier_they_come(shop: Shop) -> None:
    who = shop.somebody(1)
    shop.people.link(who, APP)
    group = shop.open(shop.somebody(0)).id
    shop.join(who, group, "T-1")

    assert code_of(lambda: shop.join(APP, group, "T-2")) == "group_joined"
    assert shop.join(APP, group, "T-1").taken == 2
    assert shop.taken(group) == 2


def test_two_ends_of_one_person_at_once_take_one_seat() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            shop = Shop(ground, trio(size=9))
            who = shop.somebody(1)
            shop.people.link(who, APP)
            group = shop.open(shop.somebody(0)).id
            codes = chaos.run(lambda: code_of(lambda: shop.join(who, group, "T-1")), lambda: code_of(lambda: shop.join(APP, group, "T-2")))
            assert sorted(codes) == ["", "group_joined"]

    assert try_every_order(play, switches=2) > 30


def test_one_identifier_with_two_orders_at_once_takes_one_seat() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            shop = Shop(ground, trio(size=9))
            who = shop.somebody(1)
            group = shop.open(shop.somebody(0)).id
            codes = chaos.run(lambda: code_of(lambda: shop.join(who, group, "T-1")), lambda: code_of(lambda: shop.join(who, group, "T-2")))
            assert sorted(codes) == ["", "group_joined"]
            assert shop.taken(group) == 2

    assert try_every_order(play, switches=2) > 30


def test_one_order_for_two_seats_at_once_takes_one() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            shop = Shop(ground, trio(size=9))
            first, second = shop.somebody(1), shop.somebody(2)
            group = shop.open(shop.somebody(0)).id
            codes = chaos.run(
                lambda: code_of(lambda: shop.join(first, group, "T-1")), lambda: code_of(lambda: shop.join(second, group, "T-1"))
            )
            assert sorted(codes) == ["", "order_seated"]

    assert try_every_order(play, switches=2) > 30


def test_whoever_becomes_one_person_at_that_moment_takes_one_seat() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            shop = Shop(ground, trio(size=9))
            who = shop.somebody(1)
            shop.people.meet(APP)
            group = shop.open(shop.somebody(0)).id

            def link_and_join() -> str:
                shop.people.link(who, APP)
                return code_of(lambda: shop.join(APP, group, "T-2"))

            codes = chaos.run(lambda: code_of(lambda: shop.join(who, group, "T-1")), link_and_join)
            assert sorted(codes) == ["", "group_joined"]

    assert try_every_order(play, switches=2) > 30


def test_two_who_sit_and_become_one_person_later_keep_both_seats(shop: Shop) -> None:
    who = shop.somebody(1)
    shop.people.meet(APP)
    group = shop.open(who, "T-1").id
    shop.join(APP, group, "T-2")

    shop.people.link(who, APP)

    assert shop.taken(group) == 2
    assert shop.join(APP, group, "T-2").mine


# -- orders --------------------------------------------------------------------------------------------------------------


def test_an_order_pays_for_one_seat_in_all(shop: Shop) -> None:
    first, second = shop.open(shop.somebody(0), "T-1").id, shop.open(shop.somebody(1), "T-2").id

    assert code_of(lambda: shop.join(shop.somebody(2), second, "T-1")) == "order_seated"
    assert code_of(lambda: shop.open(shop.somebody(3), "T-1")) == "order_seated"
    assert (shop.taken(first), shop.taken(second)) == (1, 1)


# -- the deadline --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "code"), [(86399, ""), (86400, "group_over")])
def test_a_group_takes_people_until_its_deadline(shop: Shop, seconds: int, code: str) -> None:
    group = shop.open(shop.somebody(0)).id
    shop.ground.clock.advance(seconds=seconds)

    assert code_of(lambda: shop.join(shop.somebody(1), group, "T-1")) == code


def test_a_group_that_is_short_fails_once_and_its_orders_are_told(shop: Shop) -> None:
    group = shop.open(shop.somebody(0)).id
    shop.join(shop.somebody(1), group, "T-1")
    shop.ground.clock.advance(seconds=86399)
    shop.end()
    early = shop.announced()
    shop.ground.clock.advance(seconds=1)

    shop.end()
    shop.end()

    assert (early, shop.announced()) == ([], ["group.failed"])
    assert shop.ground.dynamo.rows(pk="DUE#") == []


def test_a_filled_group_does_not_fail(shop: Shop) -> None:
    group = shop.open(shop.somebody(0)).id
    for number in (1, 2):
        shop.join(shop.somebody(number), group, f"T-{number}")
    shop.ground.clock.advance(days=2)

    shop.end()

    assert shop.announced() == ["group.filled"]


def test_a_group_ends_one_way_whatever_goes_wrong_at_its_deadline() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            shop = Shop(ground, trio(size=3))
            group = shop.open(shop.somebody(0))
            who, due, deadline = shop.somebody(1), [place("demo", group.id, group.deadline)], group.deadline
            ground.clock.advance(seconds=86399)

            chaos.run(
                lambda: code_of(lambda: shop.join(who, group.id, "T-1")),
                lambda: groups.end_those(due, now=deadline),
            )
            groups.end_those(due, now=deadline)

            written = [each["dynamodb"]["NewImage"]["sk"]["S"][0] for each in ground.dynamo.stream if each["eventName"] == "INSERT"]
            assert shop.announced() == ["group.failed"]
            assert "S" not in written[written.index("Z") :], "a seat in a group that has failed"

    assert try_every_order(play, switches=2) > 10
    try_every_fault(play)


def test_an_offer_that_ends_sooner_ends_its_groups_and_opens_none_later(shop: Shop) -> None:
    ends_at = shop.ground.clock() + timedelta(hours=1)
    shop.publish(trio(ends_at=ends_at.isoformat()))
    deadline = shop.open(shop.somebody(0)).deadline
    shop.ground.clock.advance(hours=1)

    assert deadline == ends_at
    assert code_of(lambda: shop.open(shop.somebody(1), "T-1")) == "offer_over"


def test_a_group_keeps_the_terms_it_was_opened_under(shop: Shop) -> None:
    group = shop.open(shop.somebody(0)).id
    shop.publish(trio(size=50, price_fen=1))

    shown = shop.join(shop.somebody(1), group, "T-1")

    assert (shown.size, shown.price_fen) == (3, 9900)


@pytest.mark.parametrize("group", ["01J00000000000000000000000", "nothing", "x" * 3000])
def test_a_group_that_is_none_is_missing(shop: Shop, group: str) -> None:
    assert code_of(lambda: shop.join(shop.somebody(0), group, "T-1")) == "group_missing"
    assert code_of(lambda: shop.open(shop.somebody(0), "T-1", offer="other")) == "offer_missing"
