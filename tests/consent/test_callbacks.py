"""What WeChat tells of somebody as a contact: room for answers, whether they are reached, leave, and what has to go; each once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.accounts.words import Kind
from chalicelib.consent import flows as consent
from chalicelib.consent.rules import activity, grants
from chalicelib.consent.rules.hearing import trigger_of
from chalicelib.consent.words import Channel, Purpose, Reason, Scope, Side, Trigger, Use
from chalicelib.consent.words.ledger import Statement, Told
from chalicelib.wechat.messages import read_message
from tests.consent.callbacks import MINI_ACCOUNT, OFFICIAL_ACCOUNT, Wechat, side_of
from tests.consent.ground import MARKETING, MINI, OFFICIAL, TEMPLATE, Brand
from tests.faults import Chaos, try_every_fault
from tests.house import NOON
from tests.identity.people import BRAND
from tests.small_world import small_world

ITEM = {"TemplateId": TEMPLATE, "SubscribeStatusString": "accept", "PopupScene": "0"}
OTHER = {**ITEM, "TemplateId": "TPL_B"}
POPUP = "subscribe_msg_popup_event"
SHAPES: dict[str, dict[str, Any]] = {
    "an object": {"List": ITEM},
    "an array": {"List": [ITEM]},
    "nested in what XML nests it in": {"SubscribeMsgPopupEvent": {"List": [ITEM]}},
    "nested as one": {"SubscribeMsgPopupEvent": {"List": ITEM}},
    "numbers": {"List": [{**ITEM, "PopupScene": 0}]},
    "several": {"List": [OTHER, ITEM]},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_popup_is_counted_once_in_every_shape_and_however_often_it_comes(shape: str) -> None:
    with small_world() as ground:
        brand = Brand(ground)
        wechat = Wechat(brand)

        for _ in range(3):
            wechat.hear(MINI_ACCOUNT, wechat.fields(POPUP, **SHAPES[shape]))

        assert brand.leave().count == 1
        assert consent.count_reached(BRAND, "mini", TEMPLATE) == 1


def test_a_popup_is_counted_once_whatever_goes_wrong() -> None:
    def play(chaos: Chaos) -> None:
        with small_world() as ground:
            brand = Brand(ground)
            wechat = Wechat(brand)
            popup = wechat.fields(POPUP, List=[ITEM])
            chaos.run(*[lambda: wechat.hear(MINI_ACCOUNT, popup)] * 2)
            assert brand.leave().count == 1
            assert consent.count_reached(BRAND, "mini", TEMPLATE) == 1

    assert try_every_fault(play) > 20


def test_refusals_and_43101_take_all_leave_and_templates_for_good_keep_theirs() -> None:
    with small_world() as ground:
        brand = Brand(ground)
        wechat = Wechat(brand)
        wechat.hear(MINI_ACCOUNT, wechat.fields(POPUP, List=[ITEM, OTHER]))
        brand.ground.clock.advance(seconds=60)

        wechat.hear(MINI_ACCOUNT, wechat.fields("subscribe_msg_change_event", List=[{**ITEM, "SubscribeStatusString": "reject"}]))
        sent = {"TemplateId": "TPL_B", "MsgID": "1", "ErrorCode": "43101", "ErrorStatus": "user refuse"}
        wechat.hear(MINI_ACCOUNT, wechat.fields("subscribe_msg_sent_event", List=sent))

        assert [brand.leave(template=template).count for template in (TEMPLATE, "TPL_B")] == [0, 0]


def test_room_follows_what_somebody_did_and_lets_answers_through() -> None:
    with small_world() as ground:
        brand = Brand(ground)
        wechat = Wechat(brand)
        wechat.hear(MINI_ACCOUNT, wechat.fields("user_enter_tempsession", SessionFrom="x"))
        wechat.hear(MINI_ACCOUNT, wechat.fields("text", Content="你好"))
        wechat.hear(OFFICIAL_ACCOUNT, wechat.fields("CLICK", OFFICIAL.value, EventKey="K"))

        mini, official = side_of(brand), side_of(brand, OFFICIAL)
        assert {trigger: each.left for trigger, each in mini.allowances.items()} == {Trigger.enter: 2, Trigger.message: 5}
        assert official.allowances[Trigger.click].until == brand.now + timedelta(minutes=1)
        consent.note_window_closed(BRAND, brand.key(MINI), at=brand.now, world=ground.world)
        assert consent.find_allowance(side_of(brand), brand.now) is None
        brand.ground.clock.advance(seconds=5)
        wechat.hear(MINI_ACCOUNT, wechat.fields("text", Content="在吗", MsgId=8))
        assert consent.find_allowance(side_of(brand), brand.now) is not None


def test_only_acts_that_leave_room_do() -> None:
    wechat_view = {"ToUserName": "g", "FromUserName": "o", "CreateTime": 1, "MsgType": "event", "Event": "VIEW", "EventKey": "https://x/"}

    assert trigger_of(Kind.official_account, read_message(wechat_view)) is None


def test_who_unfollows_is_not_reached_there_and_has_forbidden_nothing() -> None:
    with small_world() as ground:
        brand = Brand(ground)
        brand.say(MARKETING)
        wechat = Wechat(brand)
        wechat.hear(OFFICIAL_ACCOUNT, wechat.fields("unsubscribe", OFFICIAL.value))

        def verdict(channel: Channel) -> Reason | None:
            return consent.verdict(brand.contact(), purpose=Purpose.service, channel=channel, topic="", end="oa").why

        assert verdict(Channel.template_message) is Reason.dead
        assert verdict(Channel.subscription_notice) is None
        assert brand.allows(MINI)
        brand.ground.clock.advance(seconds=5)
        wechat.hear(OFFICIAL_ACCOUNT, wechat.fields("subscribe", OFFICIAL.value))
        assert verdict(Channel.template_message) is None
        wechat.hear(OFFICIAL_ACCOUNT, wechat.fields("unsubscribe", OFFICIAL.value, ago_s=5))
        assert verdict(Channel.template_message) is None, "heard late"


def test_who_is_known_to_reach_nobody_is_not_counted_among_those_a_template_reaches() -> None:
    with small_world() as ground:
        brand = Brand(ground)
        brand.accept()
        brand.accept(who=OFFICIAL)
        wechat = Wechat(brand)

        def reached() -> tuple[int, int]:
            return consent.count_reached(BRAND, "mini", TEMPLATE), consent.count_reached(BRAND, "oa", TEMPLATE)

        at_first = reached()
        consent.note_dead(BRAND, brand.key(MINI), "40003", at=brand.now, world=ground.world)
        wechat.hear(OFFICIAL_ACCOUNT, wechat.fields("unsubscribe", OFFICIAL.value))
        dead = reached()
        brand.ground.clock.advance(seconds=5)
        wechat.hear(MINI_ACCOUNT, wechat.fields("text", Content="你好"))

        assert (at_first, dead, reached()) == ((1, 1), (0, 1), (1, 1)), "a notice reaches those who do not follow too"


def test_how_many_are_reached_stays_through_joins_splits_and_all_leave_there_can_be() -> None:
    with small_world() as ground:
        brand = Brand(ground, joined=False)
        for number in range(grants.MOST_TEMPLATES + 10):
            brand.accept(template=f"T{number}")
        brand.accept(who=OFFICIAL, template="T0")

        def reached(template: str = "T0") -> tuple[int, int]:
            return consent.count_reached(BRAND, "mini", template), consent.count_reached(BRAND, "oa", template)

        apart = reached()
        brand.join()
        joined = reached()
        brand.people.tell_apart(MINI, OFFICIAL)
        wechat = Wechat(brand)
        wechat.revoke(wechat.notice("user_authorization_cancellation"))

        assert (apart, joined, reached()) == ((1, 1), (1, 1), (0, 1))
        assert {reached(f"T{number}") for number in range(1, grants.MOST_TEMPLATES)} == {(0, 0)}


def test_notifications_switched_off_at_an_end_silence_it_but_for_answers() -> None:
    with small_world() as ground:
        brand = Brand(ground)
        brand.say(Told(statements=(Statement(Scope(Use.notifications, None, "mini"), False),)))

        def why(channel: Channel, end: str) -> Reason | None:
            return consent.verdict(brand.contact(), purpose=Purpose.service, channel=channel, topic="", end=end).why

        assert why(Channel.subscribe_message, "mini") is Reason.permission
        assert why(Channel.customer_service, "mini") is None
        assert why(Channel.template_message, "oa") is None


def test_hours_are_counted_once_an_hour_and_old_visits_fade() -> None:
    side = Side()
    for minutes in (0, 10, 59, 60, 60 * 24 * 30):
        side = activity.was_there(side, NOON + timedelta(minutes=minutes))

    late = activity.was_there(side, NOON)
    hours = activity.histogram([side, Side()], NOON + timedelta(days=30))

    assert late == side
    assert 1498 <= hours[NOON.hour] <= 1500
    assert 499 <= hours[NOON.hour + 1] <= 501
    assert sum(activity.histogram([side], NOON + timedelta(days=3650))) == 0


def test_a_row_with_all_there_may_be_stays_small() -> None:
    with small_world() as ground:
        brand = Brand(ground)
        brand.say(MARKETING)
        wechat = Wechat(brand)
        wechat.hear(MINI_ACCOUNT, wechat.fields(POPUP, List=[ITEM]))
        wechat.hear(MINI_ACCOUNT, wechat.fields("text", Content="你好"))
        for number in range(8):
            brand.ground.clock.advance(hours=1)
            brand.send(f"m{number}")

        assert len(msgspec.json.encode(side_of(brand))) < 1024
