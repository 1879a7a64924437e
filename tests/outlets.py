"""Where records go on to and come from: the archive, questions, webhooks, pulls; right and wrong, every secret on the way noted."""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import Any

import msgspec

from chalicelib.providers.courier import Answer
from chalicelib.staff.words import Scope
from chalicelib.webhooks.rules import queue_of
from tests.builders import AES_KEY, APP_SECRET, CALLBACK_TOKEN, make_key, make_user, tell_wechat
from tests.house import House
from tests.scene import away
from tests.till import NAME, NUMBER, STREET

log = logging.getLogger("lambda")
HOST, BROKEN = "hooks.example.com", "broken.example.com"
SHARDS = 2
ADDRESS_KEY = "canary-key-in-an-address"
SHOP_APPID, ASSISTANT_APPID = "wx00000000000000f7", "wx00000000000000f8"
LEAD = "13798761234"
PULLED = ("/channels/ec/order/get", "/channels/leads/get_leads_info_by_component_id", "/cgi-bin/user/get")
EVENT = "canary-name-of-an-event"
PERSON = {"phone": NUMBER, "member_no": NAME}
BREAKS: tuple[Answer, ...] = (
    Answer(trouble="broken_off", took_s=0.1),
    Answer(status=500, took_s=0.1),
    Answer(status=200, took_s=9),
    Answer(status=410, took_s=0.1),
)


class Outlets:
    """The brand demo's webhooks, archive, and accounts that are pulled; `secrets` by kind."""

    def __init__(self, house: House, key: str) -> None:
        self.house = house
        self.key = key
        self.seeing = make_key(house, "demo", Scope.records_read, Scope.personal_read)
        self.secrets: dict[str, set[str]] = defaultdict(
            set, {"webhook address": {ADDRESS_KEY}, "lead's number": {LEAD}, "event's name": {EVENT}}
        )
        house.settings = msgspec.structs.replace(house.settings, pull_history_days=2, pull_calls_per_run=200)
        house.new_container()
        self.webhooks = self._make_webhooks()

    def use_all(self) -> None:
        self.tell()
        self.do_things()
        self.ask()
        self.pull()

    def tell(self) -> None:
        """Receivers that fail in every way, secrets that change, addresses nobody may have, deliveries that are looked at and repeated."""
        kept, broken = self.webhooks
        for answer in BREAKS:
            self.house.receivers.answers[BROKEN] = answer
            self._call("POST", f"/v1/webhooks/{broken}/test")
            self.house.work()
            self.house.clock.advance(minutes=6)
            self.house.tick("retry_webhooks")
            self.house.work()
        self._note_secret(self._call("POST", f"/v1/webhooks/{kept}/secret"))
        for service in ("sqs", "dynamodb", "kms"):
            self.house.new_container()
            with away(service):
                self._call("POST", f"/v1/webhooks/{kept}/test")
                self._call("POST", f"/v1/webhooks/{kept}/secret")
        self.house.new_container()
        for path in ("", "/deliveries", f"/deliveries?cursor={NUMBER}", "/deliveries?limit=1"):
            self._call("GET", f"/v1/webhooks/{kept}{path}")
        for path in ("test", "redrive", "enable"):
            self._call("POST", f"/v1/webhooks/{broken}/{path}", {"deliveries": ["0" * 32]} if path == "redrive" else None)
        self._call("POST", f"/v1/webhooks/{kept}/redrive", {"since": "2026-11-01T00:00:00Z"})
        self._call("POST", f"/v1/webhooks/{kept}/redrive", {"deliveries": [NUMBER]})
        self._call("POST", f"/v1/webhooks/{kept}/redrive", {"deliveries": ["0" * 32]})
        for url in (f"https://{ADDRESS_KEY}@{HOST}/", f"https://10.0.0.1/{ADDRESS_KEY}", [ADDRESS_KEY], f"{ADDRESS_KEY}.example.com"):
            order = {"url": url, "facts": ["record.stored"], "title": "t"}
            self._call("POST", "/v1/webhooks", order)
            self._call("PUT", f"/v1/webhooks/{kept}", order)
        self.house.work()

    def do_things(self) -> None:
        """Events with personal values wherever there is room, kept while the archive is there and while it is away."""
        properties = {"note": f"{NAME} {NUMBER} {STREET}", NUMBER: NAME, "deep": {STREET: [NUMBER, {NAME: STREET}]}}
        data = {"name": EVENT, "properties": properties, NUMBER: NAME}
        events = [{"type": "event", "id": f"{NUMBER}-{number}", "at": self._now(), "who": PERSON, "data": data} for number in range(3)]
        for services in ((), ("s3",), ("kms",), ("dynamodb",)):
            self._call("POST", "/v1/records", {"records": [*events, {**events[0], "data": {"name": [NUMBER], "properties": NAME}}]})
            self.house.new_container()
            with away(*services):
                self.house.work_off("records")
        self.house.new_container()
        self.house.work()
        self.house.tick("plan_compaction")
        self.house.work()

    def ask(self) -> None:
        """Questions that name somebody, replays, and a bucket that is away meanwhile."""
        named = [{"property": "note", "is": f"{NAME} {NUMBER} {STREET}"}]
        questions: list[Any] = [
            {"event": EVENT, "where": named},
            {"and": [{"event": NUMBER}, {"not": {"record": "order", "where": [{"property": NAME, "one_of": [NUMBER]}]}}]},
            {"event": [NUMBER]},
            {"event": NAME, "where": [{"property": NUMBER, "is": NAME, "at_least": 1}]},
        ]
        for services in ((), ("s3",), ("dynamodb",), ("kms",)):
            for people in questions:
                _, asked = self._call("POST", "/v1/people/query", {"people": people})
                self.house.new_container()
                with away(*services):
                    self.house.work_off("archive")
                for key in (self.key, self.seeing):
                    self.house.call("GET", f"/v1/queries/{asked.get('id', NUMBER)}", key=key)
        span = {"first": "2026-11-01", "last": "2026-11-30"}
        for order in (span, {**span, "types": ["order"]}, {**span, "types": [NAME]}, {**span, "last": NUMBER}):
            self._call("POST", "/v1/archive/replay", order)
        self.house.clock.advance(days=2)
        with away("s3"):
            self.house.tick("plan_compaction")
            self.house.work_off("archive")
        self.house.new_container()
        self.house.work()
        self.house.tick("plan_compaction")
        self.house.work()

    def pull(self) -> None:
        """Shop orders with addresses, forms with phones, followers; while WeChat and AWS are there and while they fail."""
        self._add("shop", "channels_shop", SHOP_APPID)
        self._add("studio", "channels_assistant", ASSISTANT_APPID)
        self._pull()
        user = make_user(self.house)
        self.house.play(f"/users/{user}/buy", {"appid": SHOP_APPID, "wait": False})
        form = {"姓名": NAME, "手机号": LEAD, "地址": STREET}
        self.house.play(f"/users/{user}/leave-lead", {"appid": ASSISTANT_APPID, "component_id": "c1", "fields": form})
        for service, errcode in (("sqs", -1), ("dynamodb", 61500), ("kms", 40003)):
            self.house.clock.advance(days=1)
            for path in PULLED:
                self.house.play("/faults", {"path": path, "errcode": errcode})
            self._pull()
            self.house.clock.advance(hours=2)
            self.house.new_container()
            with away(service):
                self._pull()
        self.house.new_container()
        for _ in range(3):
            self.house.clock.advance(days=1)
            self._pull()
        for account in ("oa", "mini", "shop", "studio"):
            self._call("GET", f"/v1/accounts/demo.{account}/pulls")
            self._call("GET", f"/v1/accounts/demo.{account}/figures?kind={NAME}&from={NUMBER}&to=2026-12-31")
            self._call("GET", f"/v1/accounts/demo.{account}/reconciliation?from=2026-11-01&to=2026-12-31")
            self._call("POST", f"/v1/accounts/demo.{account}/pulls/{NUMBER}")

    def _pull(self) -> None:
        try:
            self.house.tick("plan_pulls")
            self.house.work()
        except Exception:
            log.exception("a schedule failed")  # as Lambda does with whatever a function raises

    def _make_webhooks(self) -> list[str]:
        """One that is kept and one that breaks, on a queue each: which one that is follows from the id."""
        kept, broken = self._make_webhook(HOST), self._make_webhook(BROKEN)
        while queue_of(broken, SHARDS) == queue_of(kept, SHARDS):
            broken = self._make_webhook(BROKEN)
        return [kept, broken]

    def _make_webhook(self, host: str) -> str:
        url = f"https://{host}/{ADDRESS_KEY}?key={ADDRESS_KEY}"
        status, made = self._call("POST", "/v1/webhooks", {"url": url, "facts": ["record.stored", "person.joined", "person.split"]})
        assert status == 201, made
        self._note_secret((status, made))
        return str(made["id"])

    def _note_secret(self, answer: tuple[int, Any]) -> None:
        status, body = answer
        assert status in (200, 201), body
        self.secrets["webhook secret"] |= {body["secret"], body["secret"].removeprefix("whsec_")}

    def _add(self, name: str, kind: str, appid: str) -> None:
        order = {
            "name": name,
            "kind": kind,
            "appid": appid,
            "original_id": f"gh_{name}",
            "app_secret": APP_SECRET,
            "callback_token": CALLBACK_TOKEN,
            "aes_key": AES_KEY,
        }
        status, body = self._call("POST", "/v1/accounts", order)
        assert status == 201, body
        tell_wechat(self.house, order, mode="safe", format="json", open_platform="op1")

    def _call(self, method: str, target: str, body: Any = None) -> tuple[int, Any]:
        return self.house.call(method, target, body, key=self.key)

    def _now(self) -> str:
        return self.house.clock().isoformat()
