from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox import store
from tests.sandbox.stage import SHOP

STORE = "wx00000000000000d1"


def test_orders_links_visits_and_grants_survive_a_restart(market: Any, tmp_path: Path) -> None:
    stage, path = market.stage, tmp_path / "state.json"
    stage.make_account("wxstudio", "channels_assistant", "gh_studio")
    stage.make_account("wxplatform", "platform", "gh_platform")
    order_id = market.buy(items=[{"count": 2}], sources=[{"sku_id": "1", "sale_channel": 100}])
    market.step(order_id, "ship")
    market.step(order_id, "ask-refund", count=1)
    stage.act(market.buyer, "join-shop", STORE)
    stage.act(market.buyer, "login", SHOP)
    stage.act(market.buyer, "launch", SHOP, path="pages/index", query="a=1")
    stage.act(market.buyer, "report-performance", SHOP, cost_ms={"1": 5})
    stage.act(market.buyer, "pay", SHOP, amount_fen=1, out_trade_no="T1")
    stage.act(market.buyer, "encrypted-data", SHOP, what="phone")
    stage.act(market.buyer, "user-key", SHOP)
    stage.control("POST", f"/mini-programs/{SHOP}/ship", {"out_trade_no": "T1"})
    stage.control("POST", "/lives", {"appid": "wxstudio"})
    stage.act(market.buyer, "leave-lead", "wxstudio")
    stage.control("POST", "/platforms/wxplatform/authorize", {"appid": SHOP})
    stage.post("/wxa/generatescheme", {"expire_type": 1, "expire_interval": 1}, access_token=stage.token(SHOP))

    store.save(stage.sandbox.state, path)

    assert store.load(path) == stage.sandbox.state
