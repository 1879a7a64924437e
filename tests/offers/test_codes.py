"""Exclusive codes: nobody guesses one, each person has one, each is good for one order."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import Invalid
from chalicelib.offers.rules import codes as rules
from tests.faults import Chaos, try_every_fault, try_every_order
from tests.identity.people import app_uid, openid
from tests.offers.ground import Shop, code_of, gift
from tests.small_world import small_world

APP = app_uid("A-1")
MADE = st.binary(min_size=16, max_size=16).map(lambda drawn: rules.make_code("demo", drawn))


@pytest.fixture
def shop() -> Iterator[Shop]:
    with small_world() as ground:
        yield Shop(ground)


def is_one(written: str, brand: str = "demo") -> bool:
    try:
        rules.read_code(brand, written)
    except Invalid:
        return False
    return True


# -- letters -------------------------------------------------------------------------------------------------------------


@given(MADE)
def test_a_code_is_read_however_it_is_written(code: str) -> None:
    written = rules.write_code(code)

    assert [rules.read_code("demo", each) for each in (code, written, written.lower(), f" {written} ")] == [code] * 4


def test_no_two_letters_look_alike() -> None:
    for alike in ("0OQD"[:3], "1IL", "2Z", "5S", "8B", "UV"):
        assert len(set(alike) & set(rules.LETTERS)) <= 1


@given(MADE, st.integers(0, 11), st.sampled_from(rules.LETTERS))
def test_one_wrong_letter_is_always_noticed(code: str, place: int, letter: str) -> None:
    wrong = code[:place] + letter + code[place + 1 :]

    assert is_one(wrong) == (wrong == code)


@given(MADE, st.integers(0, 10))
def test_two_letters_in_each_others_place_are_always_noticed(code: str, place: int) -> None:
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]

    assert is_one(wrong) == (wrong == code)


def test_another_brands_code_is_noticed_nearly_always() -> None:
    drawn = random.Random(5)
    taken = sum(is_one(rules.make_code("demo", drawn.randbytes(16)), "rival") for _ in range(2000))

    assert taken / 2000 < 0.08


@pytest.mark.parametrize("written", ["", "-", "ABC", "0" * 12, "3" * 13, "码" * 12, "3467-9ACD-EFG"])
def test_what_is_no_code_is_none(written: str) -> None:
    assert not is_one(written)


# -- issued --------------------------------------------------------------------------------------------------------------


def test_a_person_has_one_code_by_whichever_identifier_they_ask(shop: Shop) -> None:
    who = shop.somebody(1)
    shop.people.link(who, APP)

    assert len({shop.issue(who), shop.issue(who), shop.issue(APP)}) == 1
    assert shop.issue(shop.somebody(2)) != shop.issue(who)


def test_two_ends_of_one_person_at_once_get_one_code() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            shop = Shop(ground)
            who = shop.somebody(1)
            shop.people.link(who, APP)
            assert len(set(chaos.run(lambda: shop.issue(who), lambda: shop.issue(APP)))) == 1

    assert try_every_order(play, switches=2) > 30
    assert try_every_fault(play) > 50


def test_a_code_for_followers_is_for_followers(shop: Shop) -> None:
    shop.publish(gift(followers_of="demo.oa"))
    who, follower = shop.somebody(1), openid("oa", "oF1")
    refused = code_of(lambda: shop.issue(who))
    shop.people.link(who, follower)
    shop.follow(follower)

    assert (refused, code_of(lambda: shop.issue(who))) == ("follow_needed", "")


@pytest.mark.parametrize("account", ["demo.mini", "demo.none", "rival.oa"])
def test_followers_are_of_an_official_account_of_the_brand(shop: Shop, account: str) -> None:
    assert code_of(lambda: shop.publish(gift(followers_of=account))) == "field_invalid"


# -- redeemed ------------------------------------------------------------------------------------------------------------


def test_a_code_is_good_for_one_order_and_an_order_for_one_code(shop: Shop) -> None:
    who, other = shop.somebody(1), shop.somebody(2)
    code, second = shop.issue(who), shop.issue(other)

    first = shop.redeem(who, code, "T-1")

    assert shop.redeem(who, code, "T-1") == first
    assert code_of(lambda: shop.redeem(who, code, "T-2")) == "code_redeemed"
    assert code_of(lambda: shop.redeem(other, second, "T-1")) == "order_coded"
    assert code_of(lambda: shop.redeem(other, second, "T-2")) == ""


def test_nobody_redeems_somebody_elses_code_but_a_till_does(shop: Shop) -> None:
    who, other = shop.somebody(1), shop.somebody(2)
    code = shop.issue(who)

    refused = code_of(lambda: shop.redeem(other, code, "T-1"))

    assert refused == "code_of_another"
    assert shop.redeem_at_till(code, "T-1").person == shop.people.meet(who).person


def test_one_redeems_a_code_of_ones_own_on_another_end(shop: Shop) -> None:
    who = shop.somebody(1)
    code = shop.issue(who)
    shop.people.link(who, APP)

    assert shop.redeem(APP, code, "T-1").order == "T-1"


@pytest.mark.parametrize(("seconds", "code"), [(604_799, ""), (604_800, "code_over")])
def test_a_code_is_good_until_it_ends(shop: Shop, seconds: int, code: str) -> None:
    who = shop.somebody(1)
    issued = shop.issue(who)
    shop.ground.clock.advance(seconds=seconds)

    assert code_of(lambda: shop.redeem(who, issued, "T-1")) == code


def test_unknown_mistyped_and_foreign_codes_are_told_apart(shop: Shop) -> None:
    who = shop.somebody(1)
    unknown, drawn = rules.make_code("demo", bytes(16)), random.Random(9)
    foreign = next(code for code in (rules.make_code("rival", drawn.randbytes(16)) for _ in range(50)) if not is_one(code))

    assert code_of(lambda: shop.redeem(who, unknown, "T-1")) == "code_missing"
    assert code_of(lambda: shop.redeem(who, "ABC", "T-1")) == "code_wrong"
    assert code_of(lambda: shop.redeem(who, foreign, "T-1")) == "code_wrong"


def test_who_guesses_is_stopped_and_who_is_right_is_not(shop: Shop) -> None:
    who = shop.somebody(1)
    code = shop.issue(who)
    rights = [code_of(lambda: shop.redeem(who, code, "T-1")) for _ in range(30)]
    drawn = random.Random(1)
    guesses = [code_of(lambda: shop.redeem(who, rules.make_code("demo", drawn.randbytes(16)), "T-2")) for _ in range(21)]

    late = code_of(lambda: shop.redeem(who, code, "T-1"))

    assert set(rights) == {""}
    assert (guesses.count("code_missing"), guesses[-1], late) == (20, "too_many_tries", "too_many_tries")


def test_a_code_is_redeemed_once_whatever_goes_wrong() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            shop = Shop(ground)
            who = shop.somebody(1)
            code = shop.issue(who)
            done = chaos.run(
                lambda: code_of(lambda: shop.redeem(who, code, "T-1")),
                lambda: code_of(lambda: shop.redeem_at_till(code, "T-2")),
            )
            assert sorted(done) == ["", "code_redeemed"]

    assert try_every_order(play, switches=2) > 30
    assert try_every_fault(play) > 50


def test_no_code_lies_readable_in_any_table(shop: Shop) -> None:
    code = shop.issue(shop.somebody(1))

    assert code.replace("-", "") not in str(shop.ground.dynamo.rows())
    assert code not in str(shop.ground.dynamo.rows())


def test_one_order_with_two_codes_at_once_is_given_one() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            shop = Shop(ground)
            first, second = (shop.issue(shop.somebody(number)) for number in (1, 2))
            done = chaos.run(
                lambda: code_of(lambda: shop.redeem_at_till(first, "T-1")),
                lambda: code_of(lambda: shop.redeem_at_till(second, "T-1")),
            )
            assert sorted(done) == ["", "order_coded"]

    assert try_every_order(play, switches=2) > 20


def test_one_identifier_that_asks_twice_at_once_has_one_code() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            shop = Shop(ground)
            who = shop.somebody(1)
            assert len(set(chaos.run(lambda: shop.issue(who), lambda: shop.issue(who)))) == 1

    assert try_every_order(play, switches=2) > 20
