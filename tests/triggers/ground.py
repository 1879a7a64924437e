"""A shop whose orders and reservations cause messages to its followers' phones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chalicelib.messaging.tables.messages import DUE
from tests.builders import MINI_APPID, TEMPLATE_ID
from tests.house import House
from tests.scene import Scene

PAID, SHIPPED, CANCELLED = "paid", "shipped", "cancelled"
STEP = {"channel": "subscribe_message", "account": "demo.mini", "template_id": TEMPLATE_ID}


def rule(**changes: Any) -> dict[str, Any]:
    """An order was shipped: told at once."""
    asked = {
        "name": "shipped",
        "type": "order",
        "where": [{"property": "state", "is": SHIPPED}],
        "when": {"on": "at_once"},
        "purpose": "service",
        "channels": [said("订单已发货", "{{record.data.shipped_at}}")],
    }
    return {**asked, **changes}


def unshipped(**changes: Any) -> dict[str, Any]:
    """An order was paid 48 hours ago and is not shipped still."""
    when = {"on": "moment", "of": "paid_at", "offset_s": 48 * 3600}
    where = [{"property": "state", "one_of": [PAID]}]
    told = [said("订单待发货", "{{record.data.paid_at}}")]
    return rule(**{"name": "unshipped", "where": where, "when": when, "channels": told, **changes})


def reminder(**changes: Any) -> dict[str, Any]:
    """A reservation is tomorrow: told at six in the evening."""
    asked = {
        "name": "tomorrow",
        "type": "reservation",
        "where": [{"property": "state", "one_of": ["confirmed", "pending"]}],
        "when": {"on": "day", "of": "starts_at", "days": -1, "at": "18:00"},
        "purpose": "service",
        "channels": [said("{{record.data.service}}", "{{record.data.starts_at}}")],
    }
    return {**asked, **changes}


def said(thing: str, time: str) -> dict[str, Any]:
    return {**STEP, "data": {"thing1": thing, "time2": time}}


class Shop:
    """The brand demo, the rules it publishes, the records it brings."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.scene = Scene(house)
        self.key = self.scene.key
        self._made = 0

    def rules(self, *rules: dict[str, Any], **order: Any) -> Any:
        """Put these rules in force, at once."""
        status, told = self.house.call("PUT", "/v1/triggers", {"rules": rules, **order}, key=self.key)
        assert status == 201, told
        self.house.world.cache.forget("triggers", "demo", "")
        return told

    def order(self, user: str, **data: Any) -> dict[str, Any]:
        return self._record("order", user, {"state": PAID, "total_fen": 1250, "updated_at": self.at(), **data})

    def reservation(self, user: str, **data: Any) -> dict[str, Any]:
        return self._record("reservation", user, {"state": "confirmed", "service": "美容护理", "updated_at": self.at(), **data})

    def changed(self, record: dict[str, Any], **data: Any) -> dict[str, Any]:
        """The next version of a record, changed just now."""
        return {**record, "data": {**record["data"], "updated_at": self.at(), **data}}

    def bring(self, *records: dict[str, Any]) -> None:
        """Have records kept, heard of, and what is due sent."""
        self.keep(*records)
        self.house.work()

    def keep(self, *records: dict[str, Any]) -> None:
        status, told = self.house.call("POST", "/v1/records", {"records": records}, key=self.key)
        assert status == 202, told

    def pass_to(self, moment: datetime) -> None:
        """It is this moment; what was due within the last hour is sent, as if somebody had swept all the time before."""
        self.house.clock.moment = moment
        DUE.move_watermark(moment - timedelta(hours=1))
        self.house.tick("send_due")
        self.house.work()

    def at(self) -> str:
        return self.house.clock().isoformat()

    def seen(self, user: str) -> list[str]:
        return self.scene.seen(user, "subscribe_message")

    def sent(self, user: str) -> list[dict[str, str]]:
        """What reached somebody, by its keywords."""
        return [
            {name: each["value"] for name, each in send["data"].items()} for send in self.scene.sends(self.scene.openid(user, MINI_APPID))
        ]

    def _record(self, kind: str, user: str, data: dict[str, Any]) -> dict[str, Any]:
        self._made += 1
        who = {"openid": {"demo.mini": self.scene.openid(user, MINI_APPID)}}
        return {"type": kind, "id": f"T{self._made:06}", "at": self.at(), "who": who, "data": data}
