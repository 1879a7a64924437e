"""Conditions of offers: each is there for a moment that is rare, and played here by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.identity import flows as identity
from chalicelib.identity.words import Folded, Identifier
from chalicelib.offers.tables import codes, groups, invitations
from chalicelib.offers.words.codes import Code
from chalicelib.offers.words.groups import Group, Seat
from chalicelib.offers.words.invitations import Brought, Invitation
from tests.house import NOON
from tests.identity.people import BRAND, app_uid
from tests.offers.ground import Shop
from tests.small_world import small_world

ID = "01KAHX3B8Z4M6T1QW9E7R5Y2UC"
DEADLINE = NOON + timedelta(hours=1)
APP = app_uid("A-1")


@pytest.fixture
def shop() -> Iterator[Shop]:
    with small_world() as ground:
        yield Shop(ground)


def fold(shop: Shop, who: Identifier) -> Folded:
    return identity.fold(BRAND, shop.people.key(who))


def seat_of(folded: Folded, order: str) -> Seat:
    return Seat(key=str(folded.key), order=order, at=NOON)


# -- groups ------------------------------------------------------------------------------------------------------------


def group(**changes: Any) -> Group:
    """A group of three with one in it."""
    made = Group(brand=BRAND, id=ID, offer="trio", size=3, price_fen=1, taken=1, opened_at=NOON, deadline=DEADLINE)
    return msgspec.structs.replace(made, **changes)


def open_one(shop: Shop, **changes: Any) -> Group:
    folded = fold(shop, shop.somebody(0))
    made = group(**changes)
    assert groups.open_group(made, folded, seat_of(folded, "T-0"))
    return made


def join(shop: Shop, seen: Group, number: int, *, now: datetime = NOON) -> bool:
    """Somebody takes a seat, seeing the group as it was read."""
    folded = fold(shop, shop.somebody(number))
    return groups.join_group(seen, folded, seat_of(folded, f"T-{number}"), now=now)


def test_of_two_groups_of_one_id_the_first_stays(shop: Shop) -> None:
    open_one(shop)
    other = fold(shop, shop.somebody(1))

    assert not groups.open_group(group(offer="other"), other, seat_of(other, "T-1"))
    assert groups.read_group(BRAND, ID) == group()


@pytest.mark.parametrize(("now", "taken"), [(DEADLINE - timedelta(seconds=1), True), (DEADLINE, False)])
def test_a_seat_is_taken_before_the_deadline_by_the_row_s_own_word(shop: Shop, now: datetime, taken: bool) -> None:
    assert join(shop, open_one(shop), 1, now=now) is taken


def test_no_seat_is_taken_in_a_group_that_was_failed_since_it_was_read(shop: Shop) -> None:
    seen = open_one(shop)
    groups.fail_group(seen, now=DEADLINE)

    assert not join(shop, seen, 1)


def test_the_last_seat_is_taken_by_whoever_saw_it_as_the_last_and_by_nobody_else(shop: Shop) -> None:
    seen = open_one(shop)
    assert join(shop, seen, 1)

    took_it_for_an_earlier_one = join(shop, seen, 2)
    took_it = join(shop, msgspec.structs.replace(seen, taken=2), 3)
    took_one_more = join(shop, msgspec.structs.replace(seen, taken=2), 4)

    assert (took_it_for_an_earlier_one, took_it, took_one_more) == (False, True, False)
    assert (shop.taken(ID), shop.announced()) == (3, ["group.filled"])


def test_nobody_takes_an_earlier_seat_for_the_last_and_announces_too_soon(shop: Shop) -> None:
    seen = open_one(shop)

    assert not join(shop, msgspec.structs.replace(seen, taken=2), 1)
    assert shop.announced() == []


@pytest.mark.parametrize(
    ("filled", "now", "failed"), [(False, DEADLINE - timedelta(seconds=1), False), (False, DEADLINE, True), (True, DEADLINE, False)]
)
def test_a_group_fails_at_its_deadline_when_it_is_short(shop: Shop, filled: bool, now: datetime, failed: bool) -> None:
    seen = open_one(shop)
    if filled:
        assert join(shop, seen, 1)
        assert join(shop, msgspec.structs.replace(seen, taken=2), 2)

    assert groups.fail_group(seen, now=now) is failed


def test_a_group_that_has_failed_fails_no_more(shop: Shop) -> None:
    seen = open_one(shop)

    assert [groups.fail_group(seen, now=DEADLINE), groups.fail_group(seen, now=DEADLINE)] == [True, False]


def test_who_sits_by_another_identifier_takes_no_second_seat(shop: Shop) -> None:
    seen, who = open_one(shop, size=9), shop.somebody(1)
    shop.people.link(who, APP)
    by_phone, by_app = fold(shop, who), fold(shop, APP)

    first = groups.join_group(seen, by_phone, seat_of(by_phone, "T-1"), now=NOON)
    again = groups.join_group(seen, by_phone, seat_of(by_phone, "T-2"), now=NOON)
    other = groups.join_group(seen, by_app, seat_of(by_app, "T-3"), now=NOON)

    assert (first, again, other) == (True, False, False)


def test_an_order_that_has_its_seat_takes_no_other(shop: Shop) -> None:
    seen, other = open_one(shop), fold(shop, shop.somebody(1))

    assert not groups.join_group(seen, other, seat_of(other, "T-0"), now=NOON)


def test_whoever_has_become_another_since_they_were_read_takes_no_seat(shop: Shop) -> None:
    seen, who = open_one(shop, size=9), shop.somebody(1)
    before = fold(shop, who)
    shop.people.link(who, APP)

    assert not groups.join_group(seen, before, seat_of(before, "T-1"), now=NOON)
    assert groups.join_group(seen, fold(shop, who), seat_of(before, "T-1"), now=NOON)


# -- codes -------------------------------------------------------------------------------------------------------------


def code(folded: Folded, hashed: str = "hash", **changes: Any) -> Code:
    made = Code(
        brand=BRAND, hash=hashed, offer="gift", key=str(folded.key), sealed=f"sealed {folded.key}", issued_at=NOON, ends_at=DEADLINE
    )
    return msgspec.structs.replace(made, **changes)


def test_of_two_codes_with_the_same_letters_the_first_stays(shop: Shop) -> None:
    first, second = fold(shop, shop.somebody(1)), fold(shop, shop.somebody(2))

    issued = [codes.issue(code(first), first), codes.issue(code(second), second)]

    assert (issued, codes.read_code(BRAND, "hash")) == ([True, False], code(first))


def test_a_person_is_issued_one_code_of_an_offer_over_all_identifiers(shop: Shop) -> None:
    who = shop.somebody(1)
    shop.people.link(who, APP)
    folded, by_app = fold(shop, who), fold(shop, APP)

    asked = [(code(folded), folded), (code(folded, "second"), folded), (code(by_app, "third"), by_app)]

    assert [codes.issue(*each) for each in asked] == [True, False, False]
    assert codes.issue(code(by_app, "third", offer="other"), by_app)


def test_whoever_has_become_another_since_they_were_read_is_issued_no_code(shop: Shop) -> None:
    who = shop.somebody(1)
    before = fold(shop, who)
    shop.people.link(who, APP)

    assert not codes.issue(code(before), before)


def test_a_code_is_redeemed_for_one_order_and_an_order_for_one_code(shop: Shop) -> None:
    first, second = fold(shop, shop.somebody(1)), fold(shop, shop.somebody(2))
    codes.issue(code(first), first)
    codes.issue(code(second, "second"), second)

    redeemed = codes.redeem(code(first), "T-1", now=NOON)
    again = codes.redeem(code(first), "T-2", now=NOON)
    other = codes.redeem(code(second, "second"), "T-1", now=NOON)

    assert (redeemed, again, other, codes.has_code(BRAND, "T-2")) == (True, False, False, False)


@pytest.mark.parametrize(("now", "redeemed"), [(DEADLINE - timedelta(seconds=1), True), (DEADLINE, False)])
def test_a_code_is_redeemed_before_its_end_by_the_row_s_own_word(shop: Shop, now: datetime, redeemed: bool) -> None:
    folded = fold(shop, shop.somebody(1))
    codes.issue(code(folded), folded)

    assert codes.redeem(code(folded), "T-1", now=now) is redeemed


# -- invitations -------------------------------------------------------------------------------------------------------


def brought(guest: Folded, inviter: Folded) -> Brought:
    return Brought(key=str(guest.key), inviter=str(inviter.key), at=NOON)


def test_an_identifier_keeps_its_first_invitation(shop: Shop) -> None:
    key = str(shop.people.key(shop.somebody(1)))

    kept = [invitations.keep_own(BRAND, Invitation(id=each, key=key)) for each in ("first", "second")]

    assert (kept, invitations.read_own(BRAND, key)) == ([True, False], Invitation(id="first", key=key))


def test_who_was_brought_by_any_identifier_is_brought_no_more(shop: Shop) -> None:
    inviter, other, who = (shop.somebody(number) for number in range(3))
    shop.people.link(who, APP)
    first, second, guest, by_app = (fold(shop, each) for each in (inviter, other, who, APP))
    assert invitations.accept(brought(guest, first), guest, first)

    assert not invitations.accept(brought(guest, second), guest, second)
    assert not invitations.accept(brought(by_app, second), by_app, second)


def test_the_last_of_a_chain_whom_somebody_has_brought_meanwhile_is_not_the_last(shop: Shop) -> None:
    guest, inviter, other = (fold(shop, shop.somebody(number)) for number in range(3))
    assert invitations.accept(brought(inviter, other), inviter, other)

    assert not invitations.accept(brought(guest, inviter), guest, inviter)
    assert invitations.accept(brought(guest, inviter), guest, other)


@pytest.mark.parametrize("who_changes", ["guest", "inviter"])
def test_nobody_is_brought_when_either_has_become_another_since_they_were_read(shop: Shop, who_changes: str) -> None:
    guest, inviter = shop.somebody(1), shop.somebody(2)
    before = fold(shop, guest), fold(shop, inviter)
    shop.people.link(guest if who_changes == "guest" else inviter, APP)

    assert not invitations.accept(brought(*before), *before)
