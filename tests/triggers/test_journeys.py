"""Records cause messages: at once, at their time, to whom, and not when the reason is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.aws.facts import Fact
from chalicelib.triggers.flows import hearing
from tests.builders import MINI_APPID
from tests.scene import watched
from tests.triggers.ground import CANCELLED, SHIPPED, Shop, reminder, rule, said, unshipped


def three_in_the_afternoon(shop: Shop, days: int) -> datetime:
    """So many days from now, by the clock of Shanghai."""
    return (shop.house.clock() + timedelta(days=days)).astimezone(UTC).replace(hour=7, minute=0, second=0, microsecond=0)


def the_evening_before(moment: datetime) -> datetime:
    return moment - timedelta(days=1) + timedelta(hours=3)


def test_an_order_that_was_shipped_is_told_on_the_phone_once(shop: Shop) -> None:
    shop.rules(rule())
    user = shop.scene.customer(accepts=2)
    order = shop.order(user)
    shop.bring(order)
    assert shop.sent(user) == []

    shop.bring(shop.changed(order, state=SHIPPED, shipped_at="2026-11-20T11:30:00+08:00"))
    shop.house.clock.advance(seconds=60)
    shop.bring(shop.changed(order, state=SHIPPED, shipped_at="2026-11-20T11:30:00+08:00", total_fen=1300))

    assert shop.sent(user) == [{"thing1": "订单已发货", "time2": "2026-11-20 11:30"}]
    assert len(shop.seen(user)) == 1


def test_a_reservation_is_called_to_mind_on_the_evening_before(shop: Shop) -> None:
    shop.rules(reminder())
    user = shop.scene.customer()
    starts = three_in_the_afternoon(shop, days=3)
    shop.bring(shop.reservation(user, starts_at=starts.isoformat()))

    shop.pass_to(the_evening_before(starts) - timedelta(minutes=1))
    too_early = shop.sent(user)
    shop.pass_to(the_evening_before(starts))

    assert too_early == []
    assert shop.sent(user) == [{"thing1": "美容护理", "time2": f"{starts:%Y-%m-%d} 15:00"}]


def test_a_reservation_that_is_moved_is_called_to_mind_before_its_new_day_alone(shop: Shop) -> None:
    shop.rules(reminder())
    user = shop.scene.customer(accepts=2)
    first, second = three_in_the_afternoon(shop, days=3), three_in_the_afternoon(shop, days=5)
    reservation = shop.reservation(user, starts_at=first.isoformat())
    shop.bring(reservation)

    shop.house.clock.advance(seconds=60)
    shop.bring(shop.changed(reservation, starts_at=second.isoformat()))
    shop.pass_to(the_evening_before(first))
    on_the_first = shop.sent(user)
    shop.pass_to(the_evening_before(second))

    assert on_the_first == []
    assert [each["time2"] for each in shop.sent(user)] == [f"{second:%Y-%m-%d} 15:00"]


def test_a_reservation_moved_away_and_back_is_called_to_mind_once(shop: Shop) -> None:
    shop.rules(reminder())
    user = shop.scene.customer(accepts=3)
    first, second = three_in_the_afternoon(shop, days=3), three_in_the_afternoon(shop, days=5)
    reservation = shop.reservation(user, starts_at=first.isoformat())

    for starts in (first, second, first):
        shop.house.clock.advance(seconds=60)
        shop.bring(shop.changed(reservation, starts_at=starts.isoformat()))
    shop.pass_to(the_evening_before(first))
    shop.pass_to(the_evening_before(second))

    assert [each["time2"] for each in shop.sent(user)] == [f"{first:%Y-%m-%d} 15:00"]


def test_a_reservation_that_is_cancelled_is_not_called_to_mind(shop: Shop) -> None:
    shop.rules(reminder())
    user = shop.scene.customer()
    starts = three_in_the_afternoon(shop, days=3)
    reservation = shop.reservation(user, starts_at=starts.isoformat())
    shop.bring(reservation)

    shop.house.clock.advance(seconds=60)
    shop.bring(shop.changed(reservation, state=CANCELLED))
    shop.pass_to(the_evening_before(starts))

    assert shop.sent(user) == []


def test_shipping_takes_back_what_would_be_said_after_48_hours(shop: Shop) -> None:
    shop.rules(unshipped())
    user = shop.scene.customer(accepts=3)
    paid = shop.house.clock()
    late, quick = (shop.order(user, paid_at=shop.at()) for _ in range(2))
    shop.bring(late, quick)

    shop.house.clock.advance(hours=1)
    shop.bring(shop.changed(quick, state=SHIPPED))
    shop.pass_to(paid + timedelta(hours=48, minutes=1))

    assert len(shop.sent(user)) == 1


def test_the_staff_is_told_of_an_order_without_the_personal_values_in_it(shop: Shop) -> None:
    user, staff = shop.scene.customer(), shop.scene.customer()
    to = {"type": "openid", "account": "demo.mini", "value": shop.scene.openid(staff, MINI_APPID)}
    shop.rules(unshipped(to=to, channels=[said("{{record.data.receiver_name}}", "{{record.data.paid_at}}")]))
    paid = shop.house.clock()
    shop.bring(shop.order(user, paid_at=shop.at(), receiver_name="王小明"))

    shop.pass_to(paid + timedelta(hours=48, minutes=1))

    assert shop.sent(user) == []
    assert [each["thing1"] for each in shop.sent(staff)] == ["王**"]


def test_only_the_last_service_counts_for_what_is_said_after_it(shop: Shop) -> None:
    when = {"on": "moment", "of": "starts_at", "offset_s": 10 * 86400}
    shop.rules(reminder(when=when, last=True, where=[{"property": "state", "is": "done"}]))
    user = shop.scene.customer(accepts=3)
    first, second = three_in_the_afternoon(shop, days=-2), three_in_the_afternoon(shop, days=-1)
    old, new = (shop.reservation(user, state="done", starts_at=each.isoformat()) for each in (first, second))

    shop.bring(new)
    shop.bring(old)
    shop.pass_to(first + timedelta(days=10))
    after_the_first = shop.sent(user)
    shop.pass_to(second + timedelta(days=10))

    assert after_the_first == []
    assert [each["time2"] for each in shop.sent(user)] == [f"{second:%Y-%m-%d} 15:00"]


def test_orders_of_long_ago_that_are_brought_today_are_told_to_nobody(shop: Shop) -> None:
    shop.rules(rule(channels=[said("订单已发货", "15:00")]))
    user = shop.scene.customer()
    long_ago = (shop.house.clock() - timedelta(days=40)).isoformat()

    shop.bring({**shop.order(user, state=SHIPPED, updated_at=long_ago), "at": long_ago})

    assert shop.sent(user) == []
    assert shop.house.queued("outbox") == 0


def test_a_message_with_a_place_that_stays_empty_is_not_sent_and_counted(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.rules(rule())
    user = shop.scene.customer()

    shop.bring(shop.order(user, state=SHIPPED))

    assert shop.sent(user) == []
    assert '"Code":"field_missing","TriggersSkipped":1' in capsys.readouterr().out


def test_a_type_without_rules_costs_one_look_that_is_remembered(shop: Shop) -> None:
    shop.rules(rule())
    fact = Fact(kind="record.stored", brand="demo", id="f", body={"type": "reservation", "key": "k"})
    hearing.hear([fact], world=shop.house.world, now=shop.house.clock())

    with watched() as calls:
        hearing.hear([fact], world=shop.house.world, now=shop.house.clock())

    assert calls == []


def test_two_brands_never_follow_each_others_rules(shop: Shop) -> None:
    shop.rules(rule())
    fact = Fact(kind="record.stored", brand="other", id="f", body={"type": "order", "key": "k"})

    with watched() as calls:
        hearing.hear([fact], world=shop.house.world, now=shop.house.clock())

    assert "BatchGetItem" not in calls
