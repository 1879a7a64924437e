"""One person, several ends: shown at most so often, whatever happens at the same instant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.errors import Missing
from chalicelib.guidance.words import Reason
from chalicelib.identity.words import Identifier
from tests.faults import Chaos, Fate, try_every_fault, try_every_order, try_seeds
from tests.guidance.ground import SCAN, Brand, rule
from tests.identity.people import app_uid, openid, phone, unionid
from tests.small_world import small_world

MINI, OA, UNION, APP = openid("mini", "oM1"), openid("oa", "oF1"), unionid("u1"), app_uid("A-1")


@pytest.fixture
def brand() -> Iterator[Brand]:
    with small_world() as ground:
        yield Brand(ground)


def show(brand: Brand, who: Identifier = MINI) -> str:
    """Somebody is asked; the showing."""
    found = brand.ask(who)
    assert found.show, found
    return found.showing


def test_what_is_reserved_is_shown_although_too_many_are_counted_at_once(brand: Brand, monkeypatch: pytest.MonkeyPatch) -> None:
    brand.people.meet(MINI)
    monkeypatch.setattr("chalicelib.experiments.tables.count_once", lambda *counted, **when: False)

    found = brand.ask(MINI)

    assert (found.show, brand.totals()) == (True, (1, 0, 0))


# -- capped --------------------------------------------------------------------------------------------------------------


def test_somebody_who_stays_is_asked_once_in_a_day(brand: Brand) -> None:
    brand.people.meet(MINI)

    first, second = brand.ask(MINI), brand.ask(MINI)
    brand.ground.clock.advance(hours=24)
    third = brand.ask(MINI)

    assert (first.show, first.closable, second.show, second.reason, third.show) == (True, True, False, Reason.capped, True)


def test_the_cap_is_the_persons_and_not_the_ends(brand: Brand) -> None:
    brand.people.link(MINI, UNION)
    brand.people.link(APP, UNION)
    brand.publish(rule(target={"kind": "official_account", "account": "demo.oa", "qr_image": "https://a.example.com/q.png"}))
    on_mini = brand.ask(MINI, scene=SCAN)

    on_app = brand.ask(APP, on="app")

    assert (on_mini.show, on_app.reason) == (True, Reason.capped)


def test_one_who_was_two_people_counts_what_both_were_shown(brand: Brand) -> None:
    brand.publish(cap={"most": 2})
    for who in (MINI, APP):
        brand.people.meet(who)
        show(brand, who)

    brand.people.link(MINI, APP)

    assert [brand.ask(who).reason for who in (MINI, APP)] == [Reason.capped, Reason.capped]


def test_two_ends_at_the_same_instant_never_show_twice() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            brand = Brand(ground)
            brand.people.link(MINI, APP)
            shown = chaos.run(lambda: brand.ask(MINI).show, lambda: brand.ask(APP).show)
            assert sorted(shown) == [False, True]

    assert try_every_order(play, switches=2) > 50


def test_a_join_at_the_same_instant_never_shows_one_person_twice() -> None:
    """Whoever has just joined is asked on the other end while the first end still knows half of them."""

    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            brand = Brand(ground)
            for who in (MINI, APP):
                brand.people.meet(who)

            def join_and_ask() -> bool:
                brand.people.link(MINI, APP)
                return brand.ask(APP).show

            shown = chaos.run(lambda: brand.ask(MINI).show, join_and_ask)
            assert sum(shown) == 1

    assert try_every_order(play, switches=2) > 50


def test_whatever_goes_wrong_the_person_is_shown_at_most_one() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            brand = Brand(ground)
            brand.people.link(MINI, APP)
            shown = chaos.run(lambda: brand.ask(MINI).show, lambda: brand.ask(APP).show)
            assert sum(shown) <= 1
            assert brand.totals()[0] == 1

    assert try_every_fault(play, fates=[each for each in Fate if each is not Fate.goes_well]) > 50


# -- whom ----------------------------------------------------------------------------------------------------------------


def test_whoever_follows_with_another_openid_of_theirs_is_never_asked(brand: Brand) -> None:
    brand.people.link(MINI, UNION)
    brand.people.link(OA, UNION)
    brand.follow(OA)

    assert brand.ask(MINI).reason is Reason.already_there


def test_nothing_published_is_no_rule(brand: Brand) -> None:
    brand.people.meet(MINI)
    brand.publish(rule(trigger="leaving"))

    assert [brand.ask(MINI).reason, brand.ask(MINI, trigger="leaving").show] == [Reason.no_rule, True]


def test_the_first_rule_that_is_for_somebody_asks(brand: Brand) -> None:
    brand.people.link(MINI, phone("13900000001"))
    brand.publish(rule(name="phones", audience="known_phone"), rule())

    assert brand.ask(MINI).rule == "phones"


def test_a_person_keeps_their_variant(brand: Brand) -> None:
    brand.people.meet(MINI)
    brand.publish(rule(variants=[{"name": name, "title": name, "button": "好"} for name in ("a", "b", "c")]))
    seen = set()
    for _ in range(5):
        seen.add(brand.ask(MINI).variant)
        brand.ground.clock.advance(days=2)

    assert len(seen) == 1


# -- what came of it -----------------------------------------------------------------------------------------------------


def test_closing_counts_once_and_from_any_end_of_the_person(brand: Brand) -> None:
    brand.people.link(MINI, APP)
    showing = show(brand)

    brand.close(APP, showing)
    brand.close(MINI, showing)

    assert brand.totals() == (1, 1, 0)


def test_nobody_closes_what_somebody_else_was_shown(brand: Brand) -> None:
    brand.people.meet(MINI)
    brand.people.meet(APP)
    showing = show(brand)

    with pytest.raises(Missing):
        brand.close(APP, showing)

    assert brand.totals() == (1, 0, 0)


def joined(brand: Brand) -> None:
    brand.people.link(MINI, UNION)
    brand.people.link(OA, UNION)


def test_a_follow_is_tied_to_what_the_person_was_shown(brand: Brand) -> None:
    joined(brand)
    showing = show(brand)
    brand.ground.clock.advance(hours=3)

    tied = brand.hear_follow(OA)

    assert tied is not None
    assert tied.id == showing
    assert brand.totals() == (1, 0, 1)


@pytest.mark.parametrize(("after", "counts"), [(timedelta(0), 1), (timedelta(hours=24), 1), (timedelta(hours=24, seconds=1), 0)])
def test_a_follow_counts_within_its_window(brand: Brand, after: timedelta, counts: int) -> None:
    joined(brand)
    show(brand)
    at = brand.ground.clock() + after

    brand.hear_follow(OA, at)

    assert brand.totals()[2] == counts


def test_a_follow_before_the_showing_is_none_of_its(brand: Brand) -> None:
    joined(brand)
    show(brand)

    assert brand.hear_follow(OA, brand.ground.clock() - timedelta(seconds=1)) is None


def test_a_stranger_who_follows_ties_nothing(brand: Brand) -> None:
    brand.people.meet(MINI)
    brand.people.meet(OA)
    show(brand)

    assert brand.hear_follow(OA) is None


def test_a_follow_counts_once_and_for_one_showing_however_often_it_is_heard(brand: Brand) -> None:
    brand.publish(cap={"most": 2})
    joined(brand)
    show(brand)
    show(brand)
    at = brand.ground.clock()

    heard = [brand.hear_follow(OA, at) for _ in range(3)]
    again = brand.hear_follow(OA, at + timedelta(hours=1))
    once_more = brand.hear_follow(OA, at + timedelta(hours=2))

    assert [each is not None for each in (*heard, again, once_more)] == [True, False, False, True, False]
    assert brand.totals() == (2, 0, 2)


def test_a_follow_for_another_account_is_no_follow_of_this_one(brand: Brand) -> None:
    joined(brand)
    brand.publish(rule(target={"kind": "channels", "finder_user_name": "sphABC"}))
    show(brand)

    assert brand.hear_follow(OA) is None


def test_a_follow_is_counted_once_whatever_goes_wrong() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            brand = Brand(ground)
            joined(brand)
            show(brand)
            at = ground.clock()
            chaos.run(*chaos.deliveries([lambda: brand.hear_follow(OA, at)], twice=1.0))
            assert brand.totals() == (1, 0, 1)

    try_every_fault(play)
    try_seeds(play, 30)


def test_stats_tell_people_by_variant_and_placement(brand: Brand) -> None:
    for number in range(6):
        who = openid("mini", f"oX{number}")
        brand.people.meet(who)
        brand.ask(who, placement="shelf" if number % 2 else "done")

    stats = brand.stats()

    assert {(each.placement, each.shown) for each in stats.tallies} == {("shelf", 3), ("done", 3)}
    assert [(each.rule, each.variant, each.subjects) for each in stats.exposures] == [("stay", "plain", 6)]
