"""A brand whose facts are told, and what becomes of the tellings."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import msgspec
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from chalicelib.aws.facts import Fact
from chalicelib.webhooks import rules
from chalicelib.webhooks.flows import delivering, telling
from chalicelib.webhooks.tables.deliveries import DUE
from chalicelib.webhooks.words import Handover
from tests.builders import make_brand
from tests.house import REGION, House
from tests.receivers import Brought

URL = "https://hooks.example.com/liandong"


class Teller:
    """The brand demo, or another, over HTTP; facts are announced as if a room had."""

    def __init__(self, house: House, brand: str = "demo") -> None:
        self.house = house
        self.brand = brand
        self.key = make_brand(house, brand)
        self._numbers = itertools.count(1)

    def begin_anew(self) -> Teller:
        """No webhook, nothing told, nothing queued; the brand stays, for making it costs most."""
        for name in ("webhooks", "audit"):
            dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[f"liandong-local-{name}"].items.clear()
        for queue in sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues.values():
            queue._messages.clear()
            queue._pending_messages.clear()
        self.house.receivers.brought.clear()
        self.house.receivers.answers.clear()
        self.house.world.cache.forget("webhooks", self.brand)
        return self

    def call(self, method: str, target: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        return self.house.call(method, target, body, **{"key": self.key, **more})

    def refused(self, method: str, target: str, body: Any = None, **more: Any) -> tuple[int, str]:
        status, answer = self.call(method, target, body, **more)
        return status, answer["Code"]

    def webhook(self, url: str = URL, *facts: str, title: str = "") -> dict[str, Any]:
        """A webhook, with its secret; of joined people unless told otherwise."""
        status, made = self.call("POST", "/v1/webhooks", {"url": url, "facts": facts or ["person.joined"], "title": title})
        assert status == 201, made
        result: dict[str, Any] = made
        return result

    def show(self, webhook: dict[str, Any]) -> dict[str, Any]:
        status, shown = self.call("GET", f"/v1/webhooks/{webhook['id']}")
        assert status == 200, shown
        result: dict[str, Any] = shown
        return result

    def fact(self, kind: str = "person.joined", **body: Any) -> Fact:
        """A fact nobody has heard of."""
        number = next(self._numbers)
        body = body or {"person": f"P{number}", "absorbed": f"A{number}", "rank": "verified", "source": "crm"}
        return Fact(kind=kind, brand=self.brand, id=f"{self.brand}#C#{number}/Z#1/0", body=body, at=self.house.clock())

    def hear(self, fact: Fact) -> None:
        telling.hear(fact, world=self.house.world, now=self.house.clock())

    def tell(self, fact: Fact | None = None) -> None:
        """A fact is heard, and told to whoever listens as far as that goes."""
        self.hear(fact or self.fact())
        self.house.work()

    def deliveries(self, webhook: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
        status, page = self.call("GET", f"/v1/webhooks/{webhook['id']}/deliveries{query}")
        assert status == 200, page
        listed: list[dict[str, Any]] = page["deliveries"]
        return listed

    def delivery(self, webhook: dict[str, Any]) -> dict[str, Any]:
        """The one there is."""
        (only,) = self.deliveries(webhook)
        return only

    def at(self, webhook: dict[str, Any]) -> list[Brought]:
        return self.house.receivers.at(webhook["url"])

    def sweep(self) -> None:
        """One run of the schedule, and what comes of it."""
        self.house.tick("retry_webhooks")
        self.house.work()

    def wait_for(self, webhook: dict[str, Any]) -> None:
        """The clock goes on to the next try of the one delivery there is, which is made."""
        due = msgspec.convert(self.delivery(webhook)["next_at"], type=type(self.house.clock()), strict=False)
        self.house.clock.moment = max(due, self.house.clock())
        DUE.move_watermark(self.house.clock() - timedelta(minutes=1))  # hours of minutes with nothing in them are swept elsewhere
        self.sweep()

    def queue_of(self, webhook: dict[str, Any]) -> str:
        return rules.queue_of(webhook["id"], 2)

    def deliver(self, handover: Handover, lane: delivering.Lane = delivering.Lane.fast) -> None:
        delivering.deliver(handover, lane, world=self.house.world, now=self.house.clock())
