"""The brand demo and people who come to it by posters, links and tickets, and order."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import msgspec
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from chalicelib.attribution.words import EntryLine, EntryStats
from chalicelib.entries.tables import registry
from chalicelib.entries.tables.registry import Origin
from chalicelib.entries.words import Cost, Entry, Following, Lead, Placement
from chalicelib.entries.words.arrivals import Arrived
from tests.builders import MINI_APPID, OA_APPID, make_accounts, make_brand, make_user
from tests.house import NOON, REGION, House

POSTER, VIDEO, NEWS = "k3f9x2aq", "v1de0abc", "n3wsab12"
APP_APPID = "wx00000000000000e5"
FIGURES = ("visits", "opened", "people", "new_people", "follows", "registrations", "orders", "money_fen")
QUEUES = ("inbox", "records", "identity-facts", "touches", "attribution-facts")
TODAY = date(2026, 11, 20)


def register(code: str, name: str = "", brand: str = "demo", *costs: Cost) -> None:
    """An entry of the registry, by a code that a test chooses."""
    lead = Lead(name=name or code, target=Following(account=f"{brand}.oa"), costs=costs)
    entry = Entry(
        brand=brand, id=code, placement=Placement.qr_material, account="", lead=lead, revision=1, made_at=NOON, changed_at=NOON, by="test"
    )
    registry.keep_new(entry, Origin(code, code))


class Ways:
    """demo.oa, demo.mini and demo.app, known to us and to WeChat. `begin_anew` forgets touches, records and people."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.key = make_brand(house)
        make_accounts(house, self.key)
        order = {"name": "app", "kind": "app", "appid": APP_APPID, "app_secret": "canary-app-login", "title": "Demo app"}
        status, body = house.call("POST", "/v1/accounts", order, key=self.key)
        assert status == 201, body
        house.play(
            "/accounts",
            {"appid": APP_APPID, "secret": "canary-app-login", "kind": "mobile_app", "original_id": "gh_e5", "open_platform": "op1"},
        )
        self._numbers = itertools.count(1)
        for code in (POSTER, VIDEO, NEWS):
            register(code)

    def begin_anew(self) -> Ways:
        for name in ("touches", "records", "identities", "inbox"):
            dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[f"liandong-local-{name}"].items.clear()
        self.house.clock.moment = NOON
        return self

    def work(self) -> None:
        """What waits on the way from a callback, a link, a login or a record to a counter."""
        while sum(self.house.work_off(queue) for queue in QUEUES) + self.house.announce():
            pass

    # -- what people do ---------------------------------------------------------------------------------------

    def user(self) -> str:
        return make_user(self.house)

    def follow(self, user: str, scene: str = "") -> None:
        self.house.play(f"/users/{user}/follow", {"appid": OA_APPID, "scene_str": scene})
        self.work()

    def unfollow(self, user: str) -> None:
        self.house.play(f"/users/{user}/unfollow", {"appid": OA_APPID})
        self.work()

    def log_in(self, user: str, *, work: bool = True, **launch: Any) -> dict[str, Any]:
        """A login from the mini program, and how it was opened."""
        code = self.house.play(f"/users/{user}/login", {"appid": MINI_APPID})["code"]
        order = {"account": "demo.mini", "code": code, **({"launch": launch} if launch else {})}
        status, body = self.house.call("POST", "/v1/sessions/mini-program", order)
        assert status == 201, body
        if work:
            self.work()
        login: dict[str, Any] = body
        return login

    def log_in_to_app(self, user: str) -> dict[str, Any]:
        status, body = self.house.call("POST", "/v1/sessions/app", {"account": "demo.app", "code": self.app_code(user)})
        assert status == 201, body
        self.work()
        login: dict[str, Any] = body
        return login

    def app_code(self, user: str) -> str:
        code: str = self.house.play(f"/users/{user}/app-login", {"appid": APP_APPID})["response"]["code"]
        return code

    def unionid(self, user: str) -> str:
        unionid: str = self.house.play(f"/users/{user}?appid={OA_APPID}", method="GET")["unionid"]
        return unionid

    def open_link(self, entry: str = POSTER, *, visit: str = "visit-0001", **changes: Any) -> None:
        arrived = Arrived(brand="demo", entry=entry, visit=visit, opened_in="wechat", at=self.house.clock(), utm={})
        self.house.world.queues.send("touches", msgspec.json.encode(msgspec.structs.replace(arrived, **changes)).decode())
        self.work()

    def order(self, user: str, *, number: str = "", version: int = 1, fen: int = 12800, work: bool = True, **data: Any) -> str:
        """An order of somebody, or a later version of one, by their unionid."""
        number = number or f"SO{next(self._numbers):06}"
        record = {
            "type": "order",
            "id": number,
            "at": self.house.clock().isoformat(),
            "who": {"unionid": self.unionid(user)},
            "version": version,
            "data": {"state": "已支付", "total_fen": fen, **data},
        }
        status, body = self.house.call("POST", "/v1/records", {"records": [record]}, key=self.key)
        assert status == 202, body
        if work:
            self.work()
        return number

    # -- what is told -----------------------------------------------------------------------------------------

    def stats(self, touch: str = "last", *, first: date = TODAY, last: date = TODAY) -> EntryStats:
        status, body = self.house.call("GET", f"/v1/entries/stats?from={first}&to={last}&touch={touch}", key=self.key)
        assert status == 200, body
        return msgspec.convert(body, EntryStats)

    def touches(self, person: str) -> Any:
        status, body = self.house.call("GET", f"/v1/people/{person}/touches", key=self.key)
        assert status == 200, body
        return body

    def thanks(self, order: str) -> Any:
        status, body = self.house.call("GET", f"/v1/orders/{order}/touches", key=self.key)
        assert status == 200, body
        return body


def line(stats: EntryStats, entry: str | None) -> EntryLine:
    """The line of an entry, all zeros when it has none."""
    lines = {each.entry: each for each in stats.entries} | {None: stats.unattributed}
    return lines.get(entry, EntryLine(entry=entry))


def figures(found: EntryLine) -> dict[str, int]:
    """What of a line is not nothing."""
    return {name: getattr(found, name) for name in FIGURES if getattr(found, name)}
