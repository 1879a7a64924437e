"""Who invited whom: the first word stays, through joins of people; nobody invites themselves, and no chain comes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.offers.flows import invitations
from chalicelib.offers.words.invitations import Place
from tests.faults import Chaos, try_every_fault, try_every_order
from tests.identity.people import BRAND, app_uid
from tests.offers.ground import Shop, code_of
from tests.small_world import small_world

APP = app_uid("A-1")
BONUS = {"kind": "invitation", "name": "bonus", "title": "邀请有礼", "reward": "10 元券", "trigger": "first_order"}


@pytest.fixture
def shop() -> Iterator[Shop]:
    with small_world() as ground:
        yield Shop(ground)


def test_the_first_inviter_stays_and_later_ones_are_refused(shop: Shop) -> None:
    guest, first, second = (shop.somebody(number) for number in range(3))
    accepted = shop.accept(guest, first)
    shop.ground.clock.advance(hours=1)

    again, late = shop.accept(guest, first), code_of(lambda: shop.accept(guest, second))

    assert (again, late) == (accepted, "invitation_late")
    assert (shop.inviter(first).invited, shop.inviter(second).invited) == (1, 0)
    assert shop.inviter(guest).invited_by == shop.people.meet(first).person


def test_an_invitation_is_the_same_whenever_it_is_asked_for(shop: Shop) -> None:
    who = shop.somebody(1)

    assert shop.invitation(who) == shop.invitation(who) != shop.invitation(shop.somebody(2))


def test_nobody_invites_themselves_by_whichever_identifier(shop: Shop) -> None:
    who = shop.somebody(1)
    shop.people.link(who, APP)

    assert [code_of(lambda: shop.accept(who, who)), code_of(lambda: shop.accept(APP, who))] == ["invitation_own"] * 2


def test_a_chain_never_comes_back(shop: Shop) -> None:
    first, second, third = (shop.somebody(number) for number in range(3))
    shop.accept(second, first)
    shop.accept(third, second)

    assert [code_of(lambda: shop.accept(first, third)), code_of(lambda: shop.accept(first, second))] == ["invitation_loop"] * 2


@pytest.mark.parametrize("invitation", ["01J00000000000000000000000", "nothing"])
def test_an_invitation_that_is_none_is_missing(shop: Shop, invitation: str) -> None:
    who = shop.somebody(1)

    assert code_of(lambda: invitations.accept(shop.claims(who), invitation, now=shop.ground.clock())) == "invitation_missing"


def test_who_invited_whom_survives_joins_of_both(shop: Shop) -> None:
    inviter, guest = shop.somebody(0), shop.somebody(1)
    shop.accept(guest, inviter)
    shop.people.link(inviter, APP)
    shop.people.link(guest, app_uid("A-2"))

    shown = shop.inviter(APP)

    assert (shown.invited, shown.guests[0].person) == (1, shop.people.meet(guest).person)
    assert code_of(lambda: shop.accept(app_uid("A-2"), shop.somebody(3))) == "invitation_late"


def test_two_guests_who_become_one_person_are_one_guest(shop: Shop) -> None:
    inviter, guest = shop.somebody(0), shop.somebody(1)
    shop.people.meet(APP)
    shop.accept(guest, inviter)
    shop.accept(APP, inviter)

    shop.people.link(guest, APP)

    assert shop.inviter(inviter).invited == 1


def test_a_chain_that_a_join_has_closed_in_itself_keeps_no_guest_out(shop: Shop) -> None:
    first, second, guest = (shop.somebody(number) for number in range(3))
    far, farther = app_uid("A-8"), app_uid("A-9")
    for who in (far, farther):
        shop.people.meet(who)
    shop.accept(second, first)
    shop.accept(far, farther)
    shop.people.link(first, far)
    shop.people.link(second, farther)

    accepted = code_of(lambda: shop.accept(guest, second))

    assert (accepted, shop.inviter(guest).invited_by) == ("", shop.people.meet(second).person)
    assert code_of(lambda: shop.accept(shop.somebody(5), guest)) == ""


def test_guests_come_a_page_at_a_time_over_all_identifiers_and_are_counted_in_all(shop: Shop) -> None:
    inviter = shop.somebody(0)
    shop.people.meet(APP)
    guests = [shop.somebody(number) for number in range(1, 6)]
    for place, guest in enumerate(guests):
        shop.accept(guest, APP if place % 2 else inviter)
    shop.people.link(inviter, APP)
    person = shop.people.meet(inviter).person

    pages, after = [], None
    while True:
        shown, after = invitations.show_inviter(BRAND, person, after=after, most=2)
        pages.append(shown)
        if after is None:
            break

    assert [(page.accepted, page.invited) for page in pages] == [(5, 2), (5, 2), (5, 1)]
    assert {each.person for page in pages for each in page.guests} == {shop.people.meet(guest).person for guest in guests}


def test_a_page_behind_another_person_s_guests_is_refused(shop: Shop) -> None:
    person = shop.people.meet(shop.somebody(0)).person
    elsewhere = Place(str(shop.people.key(shop.somebody(1))), "x")

    assert code_of(lambda: invitations.show_inviter(BRAND, person, after=elsewhere, most=2)) == "cursor_invalid"


def test_an_order_of_two_guests_who_are_one_person_by_now_counts_once(shop: Shop) -> None:
    inviter, guest = shop.somebody(0), shop.somebody(1)
    shop.people.meet(APP)
    shop.accept(guest, inviter)
    shop.accept(APP, inviter)
    shop.redeem(guest, shop.issue(guest), "T-1")
    shop.people.link(guest, APP)

    shown = shop.inviter(inviter)

    assert (shown.accepted, shown.invited, shown.redeemed) == (2, 1, 1)


def test_what_the_guests_redeem_is_the_inviters_merit(shop: Shop) -> None:
    inviter, guest = shop.somebody(0), shop.somebody(1)
    shop.accept(guest, inviter)
    shop.redeem(guest, shop.issue(guest), "T-1")

    shown = shop.inviter(inviter)

    assert (shown.redeemed, shown.guests[0].orders) == (1, ("T-1",))


def test_two_who_invite_each_other_at_once_make_no_loop() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            shop = Shop(ground)
            one, other = shop.somebody(0), shop.somebody(1)
            for who in (one, other):
                shop.invitation(who)
            codes = chaos.run(lambda: code_of(lambda: shop.accept(one, other)), lambda: code_of(lambda: shop.accept(other, one)))
            assert sorted(codes) == ["", "invitation_loop"]

    assert try_every_order(play, switches=2) > 30


def test_two_inviters_at_once_are_one_whatever_goes_wrong() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            shop = Shop(ground)
            guest, first, second = (shop.somebody(number) for number in range(3))
            codes = chaos.run(lambda: code_of(lambda: shop.accept(guest, first)), lambda: code_of(lambda: shop.accept(guest, second)))
            assert sorted(codes) == ["", "invitation_late"]
            assert shop.inviter(first).invited + shop.inviter(second).invited == 1

    assert try_every_fault(play) > 50


def test_no_reward_is_promised_for_the_mere_share(shop: Shop) -> None:
    assert code_of(lambda: shop.publish({**BONUS, "trigger": "share"})) == "share_rewarded"
    assert code_of(lambda: shop.publish(BONUS)) == ""
