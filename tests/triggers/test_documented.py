"""The rules the documentation gives as examples work as they stand there: published in one body, each from record to phone."""

from __future__ import annotations

import json
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.triggers.ground import SHIPPED, Shop

DOCUMENTED = Path(__file__).parents[2] / "docs" / "api.md"
STAFF = "+8613812345001"


def documented() -> list[dict[str, Any]]:
    text = DOCUMENTED.read_text(encoding="utf-8").partition("What brands write first")[2]
    body: dict[str, Any] = json.loads(text.partition("```jsonc\n")[2].partition("```")[0].replace("shop.mini", "demo.mini"))
    rules: list[dict[str, Any]] = body["rules"]
    return rules


@pytest.fixture
def documented_shop(shop: Shop) -> Shop:
    """The rules in force, its staff known by a record of theirs, their keywords checked against the templates."""
    assert shop.house.call("POST", "/v1/accounts/demo.mini/templates/sync", key=shop.key)[0] == 200
    shop.bring({"type": "member", "id": "STAFF", "at": shop.at(), "who": {"phone": STAFF}, "data": {}})
    shop.rules(*documented())
    return shop


def test_an_order_is_shipped_and_its_buyer_reads_so(documented_shop: Shop) -> None:
    shop = documented_shop
    user = shop.scene.customer()

    shop.bring(shop.order(user, state=SHIPPED, shipped_at="2026-11-20T11:30:00+08:00"))

    (sent,) = shop.sent(user)
    assert (sent["thing1"][:3], sent["time2"]) == ("订单 ", "2026-11-20 11:30")


def test_an_order_is_not_shipped_for_48_hours_and_the_shop_is_texted(documented_shop: Shop) -> None:
    shop = documented_shop
    user, staff = shop.scene.customer(), shop.house.play("/users", {"phone": STAFF.removeprefix("+86")})["user"]
    paid = shop.house.clock()
    late, quick = (shop.order(user, paid_at=shop.at()) for _ in range(2))
    shop.bring(late, quick)
    shop.bring(shop.changed(quick, state=SHIPPED, updated_at=(paid + timedelta(minutes=1)).isoformat()))

    shop.pass_to(paid + timedelta(hours=47))
    too_early = shop.scene.seen(staff, "sms")
    shop.pass_to(paid + timedelta(hours=48, minutes=1))

    assert too_early == []
    assert shop.scene.seen(staff, "sms") == [f"订单 {late['id']} 已付款 48 小时，尚未发货。"]


def test_a_reservation_is_tomorrow_and_a_month_after_it_comes_an_invitation(documented_shop: Shop) -> None:
    shop = documented_shop
    user = shop.scene.customer(accepts=3)
    starts = (shop.house.clock() + timedelta(days=3)).astimezone(UTC).replace(hour=7, minute=0, second=0, microsecond=0)
    visit = shop.reservation(user, starts_at=starts.isoformat())
    shop.bring(visit)

    shop.pass_to(starts - timedelta(hours=21))
    evening_before = [each["thing1"] for each in shop.sent(user)]
    shop.pass_to(starts + timedelta(hours=2))
    shop.bring(shop.changed(visit, state="done"))
    shop.pass_to(starts + timedelta(days=30, hours=-4))
    invited = [each["thing1"] for each in shop.sent(user)][1:]

    assert evening_before == ["美容护理"]
    assert invited == ["距上次美容护理已满 30 天"]
