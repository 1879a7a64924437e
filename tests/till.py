"""A till that puts personal values wherever a record has room for one, right and wrong, with every one of them noted."""

from __future__ import annotations

from typing import Any

from chalicelib.aws import clients
from chalicelib.staff.words import Scope
from tests.builders import make_key
from tests.house import House
from tests.scene import away

NUMBER, NAME, STREET = "13712340987", "Canary-Customer-Wang", "金丝雀路八十八号三楼东户"
SECRETS = {"customer's number": {NUMBER}, "customer's name": {NAME}, "customer's address": {STREET}}
TAKING, KEEPING = ("sqs", "dynamodb", "kms"), ("dynamodb", "kms")


class Till:
    """The brand demo's till, and somebody who looks at what it brought, personal values too."""

    def __init__(self, house: House, key: str) -> None:
        self.house = house
        self.key = key
        self.seeing = make_key(house, "demo", Scope.records_read, Scope.personal_read)

    def bring_all(self) -> None:
        """Records that are stored, held, refused, mended, given up and looked at, and all that goes wrong on the way."""
        self.bring()
        self.bring_what_is_wrong()
        self.look_at_what_is_held()
        self.ask_for_what_is_kept()
        self.run_into_trouble()

    def bring(self) -> None:
        headers = {"Idempotency-Key": NUMBER}
        for records in ([self.order(), self.order(state="已完成", version=2), self.order(state="待支付", version=3)], [self.order()]):
            self.house.call("POST", "/v1/records", {"records": records}, key=self.key, headers=headers)
            self.house.work()
        others = [self.record("member", {"name": NAME, "birthday": NAME, "city": STREET}), self.record("cart", {"items": [{"sku": NAME}]})]
        self.house.call("POST", "/v1/records", {"records": others}, key=self.key)
        self.house.work()

    def bring_what_is_wrong(self) -> None:
        wrong: list[Any] = [
            self.order(state=f"call {NUMBER}"),
            self.order(total=f"about {NUMBER}"),
            self.order(items=[{"sku": "A", NUMBER: NAME}]),
            {**self.order(), "who": {"phone": f"{NUMBER}{NUMBER}"}},
            {**self.order(), "who": {"openid": {NAME: NUMBER}}},
            {**self.order(), "type": NAME},
            {**self.order(), "at": NUMBER},
            {**self.order(), "id": [NUMBER]},
            {**self.order(), NUMBER: NAME},
            {"id": NUMBER},
            NUMBER,
        ]
        self.house.call("POST", "/v1/records", {"records": wrong}, key=self.key)
        self.house.call("POST", "/v1/records", {"records": wrong, "source": NAME}, key=self.key)
        self.house.call("POST", "/v1/records", {"records": NUMBER, NAME: NUMBER}, key=self.key)
        self.house.call("POST", "/v1/records", {"records": wrong}, key=self.key, headers={"Idempotency-Key": NAME * 20})
        self.house.work()

    def look_at_what_is_held(self) -> None:
        for group in self.house.call("GET", "/v1/quarantine", key=self.key)[1]["groups"]:
            place = f"/v1/quarantine/{group['id']}"
            for held in self.house.call("GET", place, key=self.key)[1]["records"]:
                for data in ({"note": f"{NAME} {NUMBER}", "state": f"call {NUMBER}"}, [NUMBER], {"state": 2, NAME: STREET}):
                    self.house.call("POST", f"{place}/{held['id']}/replay", {"data": data}, key=self.key)
            self.house.call("POST", f"{place}/replay", key=self.key)
            self.house.work()
            self.house.call("DELETE", f"{place}/{NUMBER}", key=self.key)
        self.house.call("GET", f"/v1/quarantine/{NUMBER}", key=self.key)
        self.house.call("GET", f"/v1/quarantine?cursor={NUMBER}", key=self.key)

    def ask_for_what_is_kept(self) -> None:
        found = self.house.call("POST", "/v1/people/lookup", {"type": "phone", "value": NUMBER}, key=self.key)[1]
        for query in ("", f"?state={NUMBER}", f"?type={NAME}", f"?cursor={NUMBER}", "?type=member"):
            self.house.call("GET", f"/v1/people/{found['id']}/records{query}", key=self.seeing)
        self.house.call("GET", f"/v1/people/{found['id']}/cart", key=self.key)
        self.house.call("GET", f"/v1/people/{NUMBER}/records", key=self.seeing)
        self.house.call("GET", f"/v1/batches/{NUMBER}", key=self.key)
        self.house.call("PUT", "/v1/dictionary", {"types": {"order": {"fields": {"state": {"type": NAME}}}}}, key=self.key)

    def run_into_trouble(self) -> None:
        """AWS is away while a batch is taken, and while it is kept."""
        for service in TAKING:
            self.house.new_container()
            with away(service):
                self.house.call("POST", "/v1/records", {"records": [self.order()]}, key=self.key)
        self.house.call("POST", "/v1/records", {"records": [self.order(state=f"call {NUMBER}"), self.order(version=9)]}, key=self.key)
        sqs, url = clients.client("sqs"), self.house.urls["records"]
        bodies = [each["Body"] for each in sqs.receive_message(QueueUrl=url, VisibilityTimeout=0, MaxNumberOfMessages=10)["Messages"]]
        for service in KEEPING:
            self.house.new_container()
            with away(service):
                self.house.deliver("keep_records", [("r", body) for body in bodies])
        self.house.deliver("keep_records", [("r", f'{{"type": "part", "brand": "{NUMBER}"}}'), ("s", NUMBER)])
        self.house.new_container()
        self.house.work()

    def order(self, *, state: str = "已支付", version: int = 1, **data: Any) -> dict[str, Any]:
        personal = {"收货人": NAME, "收货电话": NUMBER, "收货地址": STREET, "备注": f"{NAME} {NUMBER} {STREET}"}
        unknown = {"联系人": f"{NAME} {NUMBER}", NUMBER: STREET, "extra": {"to": [NAME, NUMBER]}}
        return self.record("order", {"state": state, **personal, **unknown, **data}, version=version)

    def record(self, kind: str, data: dict[str, Any], **more: Any) -> dict[str, Any]:
        who = {"phone": NUMBER, "member_no": NAME}
        return {"type": kind, "id": f"{NUMBER}-{NAME}", "at": "2026-11-20T11:00:00+08:00", "who": who, "data": data, **more}
