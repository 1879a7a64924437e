from __future__ import annotations

from collections.abc import Callable
from functools import partial
from random import Random

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.strategies import integers, sampled_from

from sandbox import people
from sandbox.channels import telling, trade
from sandbox.channels.words import Item, Parcel
from sandbox.emulator import Sandbox
from sandbox.state import Account, Kind, Push

SHOP = Account(appid="wxshop", secret="s", kind=Kind.SHOP, original_id="gh_shop", open_platform="op1")
ITEMS = [Item("p1", "s1", "脐橙", 2, 100), Item("p2", "s2", "柚子", 1, 100)]


class Orders(RuleBasedStateMachine):
    """Whatever is tried in whatever order: nothing is shipped or refunded twice, and the status says where the order is."""

    def __init__(self) -> None:
        super().__init__()
        self.sandbox = Sandbox(clock=lambda: 1_800_000_000.0, random=Random(7))
        self.sandbox.state.accounts[SHOP.appid] = SHOP
        self.buyer = people.add_user(self.sandbox)
        self.order, self.told = trade.place(self.sandbox, SHOP, self.buyer, ITEMS, gift=False)

    @rule(step=sampled_from(["pay", "settle"]))
    def go(self, step: str) -> None:
        self.attempt(lambda: getattr(trade, step)(self.sandbox, SHOP, self.order))

    @rule(automatic=sampled_from([True, False]))
    def confirm(self, automatic: bool) -> None:
        self.attempt(lambda: trade.confirm(self.sandbox, SHOP, self.order, automatic=automatic))

    @rule()
    def cancel(self) -> None:
        self.attempt(lambda: trade.cancel(self.sandbox, SHOP, self.order, by_timeout=False))

    @rule()
    def ship(self) -> None:
        left = trade.unshipped(self.order)
        parcels = [Parcel("SF", "1", 1, [{"sku_id": sku, "product_id": "p", "product_cnt": 1}], 0.0) for sku in list(left)[:1]]
        self.attempt(lambda: trade.ship(self.sandbox, SHOP, self.order, parcels))

    @rule(sku=sampled_from(["s1", "s2", "s3"]), count=integers(0, 3))
    def ask_refund(self, sku: str, count: int) -> None:
        self.attempt(lambda: trade.ask_refund(self.sandbox, SHOP, self.order, sku_id=sku, count=count, kind="REFUND", reason=""))

    @rule(accepts=sampled_from([True, False]))
    def decide(self, accepts: bool) -> None:
        for aftersale in list(trade.find_shop(self.sandbox, SHOP.appid).aftersales.values()):
            self.attempt(partial(trade.decide_refund, self.sandbox, SHOP, aftersale, accepts=accepts))

    def attempt(self, step: Callable[[], list[Push]]) -> None:
        before = (self.order.status, len(self.order.parcels), len(self.order.aftersales))
        try:
            self.told += step()
        except trade.WrongStepError:
            assert (self.order.status, len(self.order.parcels), len(self.order.aftersales)) == before

    @invariant()
    def nothing_twice(self) -> None:
        told = telling.describe_order(self.sandbox, SHOP, self.order)
        for item, line in zip(ITEMS, told["order_detail"]["product_infos"], strict=True):
            assert line["on_aftersale_sku_cnt"] + line["finish_aftersale_sku_cnt"] <= item.count
        cancelled = [one for one in self.told if one.fields["Event"] == "channels_ec_order_cancel"]
        paid = [one for one in self.told if one.fields["Event"] == "channels_ec_order_pay"]
        assert len(cancelled) == (self.order.status in (200, 250))
        assert len(paid) <= 1
        assert (self.order.status == 10) <= (self.order.paid_at is None)


TestOrders = Orders.TestCase
TestOrders.settings = settings(max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
