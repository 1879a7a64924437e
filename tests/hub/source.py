"""A source of records and what became of them."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec

from tests.builders import make_accounts, make_brand
from tests.house import House

AT = "2026-11-20T11:00:00+08:00"


class Bringer:
    """A business system that brings records to the brand demo over HTTP."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.key = make_brand(house)
        make_accounts(house, self.key)
        self._numbers = itertools.count(1)

    def new_id(self) -> str:
        return f"R{next(self._numbers):06}"

    def who(self) -> dict[str, str]:
        """Somebody new, by their phone."""
        return {"phone": f"139{next(self._numbers):08}"}

    def order(self, **changes: Any) -> dict[str, Any]:
        return {
            "type": "order",
            "id": self.new_id(),
            "at": AT,
            "who": self.who(),
            "data": {"状态": "已支付", "金额": "¥12.50", "items": [{"sku": "A1", "quantity": 1, "price": "12.50"}]},
            **changes,
        }

    def send(self, *records: Any, key: str = "", headers: dict[str, str] | None = None, **batch: Any) -> tuple[int, Any]:
        return self.house.call("POST", "/v1/records", {"records": records, **batch}, key=key or self.key, headers=headers)

    def send_bytes(self, body: bytes) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"}
        status, answer = self.house.raw("POST", "/v1/records", body=body, headers=headers)
        return status, msgspec.json.decode(answer)

    def bring(self, *records: Any, **batch: Any) -> dict[str, Any]:
        """Send a batch, work it off, and see what became of it."""
        status, taken = self.send(*records, **batch)
        assert status == 202, taken
        self.house.work()
        return self.batch(taken["id"])

    def batch(self, batch_id: str) -> dict[str, Any]:
        status, shown = self.house.call("GET", f"/v1/batches/{batch_id}", key=self.key)
        assert status == 200, shown
        check_sum(shown)
        result: dict[str, Any] = shown
        return result

    def verdicts(self, batch: dict[str, Any]) -> list[str]:
        return [record["verdict"] for record in batch["records"]]


def check_sum(batch: dict[str, Any]) -> None:
    """What came is what became of it, always."""
    assert batch["received"] == batch["rejected"] + batch["accepted"] == len(batch["records"])
    assert batch["accepted"] == batch["stored"] + batch["quarantined"] + batch["duplicate"] + batch["waiting"]
