"""The stage for the sandbox's shops and Channels accounts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from sandbox import crypto
from tests.sandbox.stage import AES_KEY, TOKEN, Stage

STORE = "wx00000000000000d1"


class Market:
    """A shop with a callback, on the stage; `events` are what the merchant's server was told, opened."""

    def __init__(self) -> None:
        self.stage = Stage()
        callback = {"url": "http://brand.test/shop", "token": TOKEN, "aes_key": AES_KEY, "mode": "safe", "format": "json"}
        self.stage.make_account(STORE, "channels_shop", "gh_00000000d1", callback=callback)
        self.buyer = self.stage.make_user(name="Ann", phone="13800138000")

    def events(self) -> list[Any]:
        key = crypto.decode_key(AES_KEY)
        sealed = [msgspec.json.decode(request.body)["Encrypt"] for request in self.stage.transport.requests]
        return [msgspec.json.decode(crypto.decrypt(one, key=key)[0]) for one in sealed]

    def names(self) -> list[str]:
        return [str(event["Event"]).removeprefix("channels_ec_") for event in self.events()]

    def buy(self, user: str = "", **fields: Any) -> str:
        return str(self.stage.act(user or self.buyer, "buy", STORE, **fields)["order"]["order_id"])

    def step(self, order_id: str, step: str, *, status: int = 200, **fields: Any) -> Any:
        return self.stage.control("POST", f"/orders/{order_id}/{step}", fields, status=status)

    def post(self, path: str, **body: Any) -> Any:
        return self.stage.post(f"/channels/ec/{path}", body, access_token=self.stage.token(STORE))

    def order(self, order_id: str) -> Any:
        return self.post("order/get", order_id=order_id)["order"]

    def unionid(self, user: str) -> str:
        return str(self.stage.control("GET", f"/users/{user}?appid={STORE}")["unionid"])


@pytest.fixture
def market() -> Market:
    """A shop, its callback, a buyer."""
    return Market()
