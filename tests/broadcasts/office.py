"""Who plans mass sends of an account over HTTP, and has time pass."""

from __future__ import annotations

from typing import Any

from chalicelib.accounts.flows import register, tokens
from sandbox import later
from sandbox.official.words import Draft
from tests.builders import OA_APPID
from tests.scene import Scene

TEXT = {"kind": "text", "text": "本月新品已到店"}
EVERYBODY = {"to": "all"}
ORDER = {"account": "demo.oa", "name": "autumn", "audience": EVERYBODY, "purpose": "marketing", "message": TEXT, "confirmed": True}
SEND_ALL = "/cgi-bin/message/mass/sendall"


class Office:
    """Who plans mass sends of demo.oa; each test begins in a month of its own."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.house = scene, scene.house
        self._keys = 0

    def call(self, method: str, path: str = "", body: Any = None, **headers: str) -> tuple[int, Any]:
        return self.house.call(method, f"/v1/mass-sends{path}", body, key=self.scene.key, headers=headers)

    def post(self, audience: Any = None, *, key: str = "", **changes: Any) -> tuple[int, Any]:
        self._keys += 1
        order = {**ORDER, "audience": audience or EVERYBODY, **changes}
        return self.call("POST", "", order, **{"Idempotency-Key": key or f"key {self._keys}"})

    def planned(self, audience: Any = None, **changes: Any) -> str:
        status, body = self.post(audience, **changes)
        assert status == 202, body
        return str(body["id"])

    def shown(self, mass: str) -> Any:
        status, body = self.call("GET", f"/{mass}")
        assert status == 200, body
        return body

    def pass_time(self, **time: float) -> None:
        self.house.clock.advance(**time)
        later.deliver_due(self.house.sandbox)
        self.house.tick("send_due")
        self.house.work()

    def sent(self, audience: Any = None, **changes: Any) -> Any:
        """A mass send once its receipt has come."""
        mass = self.planned(audience, **changes)
        self.house.work()
        self.pass_time(seconds=70)
        return self.shown(mass)

    def quota(self) -> Any:
        return self.house.call("GET", "/v1/accounts/demo.oa/mass-quota", key=self.scene.key)[1]

    def openid(self, user: str) -> dict[str, str]:
        return {"type": "openid", "value": self.scene.openid(user), "account": "demo.oa"}

    def tag(self, user: str) -> int:
        """A tag of WeChat's that this follower alone has."""
        tag: int = self.ask("/cgi-bin/tags/create", {"tag": {"name": f"vip {user}"[:30]}})["tag"]["id"]
        self.ask("/cgi-bin/tags/members/batchtagging", {"openid_list": [self.scene.openid(user)], "tagid": tag})
        return tag

    def draft(self, *titles: str) -> str:
        """Articles in the account's draft box."""
        media_id = f"draft {len(self.house.sandbox.official(OA_APPID).drafts)}"
        articles = [{"title": title, "content": "新品"} for title in titles or ("上新", "搭配")]
        self.house.sandbox.official(OA_APPID).drafts[media_id] = Draft(articles, 0.0)
        return media_id

    def ask(self, path: str, body: Any) -> Any:
        """Another system of the business calls WeChat."""
        now = self.house.clock()
        account = register.find_account("demo.oa", world=self.house.world, now=now)
        token = tokens.fetch_token(account, world=self.house.world, now=now).value
        with self.house.wechat_app.test_client() as client:
            return client.post(path, json=body, query_string={"access_token": token}).get_json()

    def say_no(self, user: str) -> None:
        person = self.house.call("POST", "/v1/people/lookup", self.openid(user), key=self.scene.key)[1]["id"]
        say = {"say": [{"about": "service", "granted": False}], "evidence": "said so at the till"}
        status, body = self.house.call("PUT", f"/v1/people/{person}/permissions", say, key=self.scene.key)
        assert status == 200, body

    def calls(self, path: str = "sendall") -> list[dict[str, Any]]:
        return [call["body"] for call in self.house.wechat_calls(f"/cgi-bin/message/mass/{path}")]
