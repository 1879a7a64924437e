"""What has to go because WeChat said so goes, exactly that, once, with a receipt."""

from __future__ import annotations

from chalicelib.consent import flows as consent
from chalicelib.consent.flows import permissions, revoking
from chalicelib.consent.rules import reaching
from chalicelib.consent.rules.revoking import EVERYTHING, REVOKE_INFO
from chalicelib.consent.words import Channel, Choice, Purpose, Scope, Use
from chalicelib.consent.words.ledger import Statement, Told
from chalicelib.identity.words import PHONE_BUTTON, Rank
from tests.consent.callbacks import OFFICIAL_ACCOUNT, Wechat, keep_profile, profile, side_of
from tests.consent.ground import MARKETING, MINI, NO_MARKETING, OFFICIAL, TEMPLATE, Brand
from tests.faults import Chaos, try_every_fault
from tests.identity.people import BRAND, openid, phone
from tests.small_world import small_world

NUMBER = phone("13812345678")
MARKETING_BY_PUSH = Told(statements=(Statement(Scope(Purpose.marketing, Channel.push), True),))


def test_what_is_known_of_who_unfollows_goes_under_that_openid_alone_with_one_receipt() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            brand = Brand(ground)
            keep_profile(brand, MINI, nickname="Ann")
            keep_profile(brand, OFFICIAL, skin="dry")
            brand.accept(who=OFFICIAL)
            wechat = Wechat(brand)
            wechat.hear(OFFICIAL_ACCOUNT, wechat.fields("text", OFFICIAL.value, ago_s=5, Content="你好"))
            unfollowed = wechat.fields("unsubscribe", OFFICIAL.value)
            chaos.run(*[lambda: wechat.hear(OFFICIAL_ACCOUNT, unfollowed)] * 2)
            side = side_of(brand, OFFICIAL)
            assert (side.active, consent.find_allowance(side, brand.now), brand.leave(OFFICIAL).count) == (None, None, 1)
            assert profile(brand) == {"nickname": "Ann", "skin": None}
            (receipt,) = revoking.list_receipts(BRAND, cursor=None, most=9).receipts
            assert (receipt.event, receipt.attributes, receipt.removed) == ("unsubscribe", ("skin",), ("allowances", "activity"))

    assert try_every_fault(play) > 20


def test_a_revoked_authorisation_takes_what_it_names_and_nothing_else_with_one_receipt() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            brand = Brand(ground)
            keep_profile(brand, nickname="Ann", avatar="https://a", skin="dry")
            brand.accept()
            wechat = Wechat(brand)
            notice = wechat.notice("user_authorization_revoke", RevokeInfo="6")
            chaos.run(*[lambda: wechat.revoke(notice)] * 2)
            keep_profile(brand, nickname="Ann")
            assert profile(brand) == {"nickname": None, "avatar": None, "skin": "dry"}
            assert brand.leave().count == 1
            (receipt,) = revoking.list_receipts(BRAND, cursor=None, most=9).receipts
            assert (receipt.revoke_info, receipt.attributes, receipt.removed) == ("6", ("avatar", "nickname"), ())

    assert try_every_fault(play) > 20


def test_a_revoked_place_is_asked_for_no_more_at_that_end() -> None:
    with small_world() as ground:
        brand = Brand(ground)
        wechat = Wechat(brand)

        receipt = wechat.revoke(wechat.notice("user_authorization_revoke", RevokeInfo="13"))

        assert receipt.removed == ("location",)
        assert side_of(brand).consents[str(Scope(Use.location, None, "mini"))].choice is Choice.denied
        person = brand.contact().folded.person
        (entry,) = permissions.list_history(BRAND, person, cursor=None, most=9, world=ground.world).entries
        assert (entry.about, entry.choice, entry.way, entry.said_at) == ("location", Choice.denied, "wechat", f"{BRAND}.mini")


def test_a_place_that_somebody_unknown_takes_back_is_not_asked_for_once_they_are_known() -> None:
    with small_world() as ground:
        brand = Brand(ground)
        wechat = Wechat(brand)

        wechat.revoke({**wechat.notice("user_authorization_revoke", RevokeInfo="13"), "OpenID": "o-later"})
        brand.people.meet(later := openid("mini", "o-later"))

        assert side_of(brand, later).consents[str(Scope(Use.location, None, "mini"))].choice is Choice.denied


def test_a_closed_account_leaves_what_was_forbidden_and_nothing_that_was_allowed() -> None:
    with small_world() as ground:
        brand = Brand(ground)
        keep_profile(brand, nickname="Ann")
        brand.accept()
        brand.say(NO_MARKETING)
        brand.send("one")
        wechat = Wechat(brand)

        receipt = wechat.revoke(wechat.notice("user_authorization_cancellation"))

        side = side_of(brand)
        assert (side.grants, side.sends, side.active, profile(brand)) == ({}, (), None, {"nickname": None})
        assert side.dead is not None
        assert [said.choice for said in side.consents.values()] == [Choice.denied]
        assert consent.count_reached(BRAND, "mini", TEMPLATE) == 0
        assert "sessions" in receipt.removed
        assert not brand.allows(OFFICIAL)


def test_a_phone_that_was_taken_back_and_nobody_else_told_of_leaves_no_yes_whatever_goes_wrong() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            brand = Brand(ground)
            brand.people.link(MINI, NUMBER, Rank.verified, PHONE_BUTTON)
            brand.say(MARKETING)
            brand.say(Told(statements=(Statement(Scope(Purpose.service, Channel.sms), False),)))
            wechat = Wechat(brand)
            notice = wechat.notice("user_authorization_revoke", RevokeInfo="8")
            chaos.run(*[lambda: wechat.revoke(notice)] * 2)
            (left,) = side_of(brand, NUMBER).consents.values()
            assert (left.choice, brand.allows(), brand.allows(NUMBER)) == (Choice.denied, True, False)
            assert brand.key(NUMBER) not in brand.contact().sides
            (receipt,) = revoking.list_receipts(BRAND, cursor=None, most=9).receipts
            assert (receipt.revoke_info, receipt.removed) == ("8", ("phone",))

    assert try_every_fault(play) > 20


def test_what_came_after_a_notice_stays_however_late_it_is_worked_off() -> None:
    with small_world() as ground:
        brand = Brand(ground)
        brand.say(MARKETING)
        brand.accept(2)
        brand.send("one")
        keep_profile(brand, nickname="Ann", skin="dry")
        wechat = Wechat(brand)
        ground.clock.advance(seconds=60)
        parted = wechat.notice("user_authorization_revoke", RevokeInfo="301")
        ground.clock.advance(seconds=60)
        brand.change(MINI, lambda side: reaching.revive(side, at=brand.now))
        brand.say(MARKETING_BY_PUSH)
        brand.accept()
        brand.send("two")
        keep_profile(brand, skin="oily")

        wechat.revoke(parted)

        side = side_of(brand)
        assert list(side.consents) == [str(MARKETING_BY_PUSH.statements[0].scope)]
        assert (brand.leave().count, [each.message for each in brand.contact().sends]) == (1, [consent.short_of("two")])
        assert profile(brand) == {"nickname": None, "skin": "oily"}


def test_every_number_wechat_names_has_something_that_goes() -> None:
    mini_program, official_account, apps = ({*range(1, 9), 12, 13, 14, 15, 16, 18, 19, 20}, set(range(201, 208)), {301})

    known = {*REVOKE_INFO, EVERYTHING}

    assert known == {str(number) for number in mini_program | official_account | apps}
    assert all(each.attributes for each in REVOKE_INFO.values())
    assert [number for number, each in REVOKE_INFO.items() if each.phone] == ["8"]


def test_a_notice_that_names_nobody_and_one_of_an_unknown_code_harm_nobody() -> None:
    with small_world() as ground:
        brand = Brand(ground)
        keep_profile(brand, nickname="Ann")
        wechat = Wechat(brand)
        nobody = wechat.fields("user_info_modified", "oPLATFORM")

        assert wechat.revoke(nobody) is None
        assert wechat.revoke(wechat.notice("user_authorization_revoke", RevokeInfo="999")).attributes == ()
        assert profile(brand) == {"nickname": "Ann"}
        assert wechat.revoke(wechat.notice("user_info_modified")).attributes == ("nickname",)
