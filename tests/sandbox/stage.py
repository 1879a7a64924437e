"""A sandbox on a stage: stopped clock, seeded random source, a callback that answers what the test says."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from random import Random
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox.emulator import Sandbox
from sandbox.state import Contact, State
from sandbox.transport import Answer, Request
from tests.sandbox.apps import app_of

NOON = 1_800_000_000.0
SECRET = "a-secret-of-the-stage"
TOKEN = "CallbackToken"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
SHOP = "wx00000000000000a1"
HOUSE = "wx00000000000000b1"
HOUSE_ORIGINAL = "gh_00000000b1"
SHOP_ORIGINAL = "gh_00000000a1"

Hear = Callable[[Request], Answer]


class FakeTransport:
    """Remembers the requests; `hear` answers them, `success` at first."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.timeouts: list[float] = []
        self.hear: Hear = lambda request: Answer(200, b"success", 0.01)

    def send(self, request: Request, *, timeout_s: float) -> Answer:
        self.requests.append(request)
        self.timeouts.append(timeout_s)
        return self.hear(request)


class Watch:
    """The time of a stage, which its sandbox holds in its place: one that held the stage would be gone, and its app free, much later."""

    def __init__(self) -> None:
        self.shows = NOON

    def __call__(self) -> float:
        return self.shows


class Stage:
    """One sandbox with a service account HOUSE and a mini program SHOP, both of the Open Platform account op1."""

    def __init__(self, state: State | None = None) -> None:
        self.slept: list[float] = []
        self.transport = FakeTransport()
        self._watch = Watch()
        self.sandbox = Sandbox(
            state,
            clock=self._watch,
            random=Random(7),
            transport=self.transport,
            sleep=self.slept.append,
        )
        self.client = self.open_client()
        self.make_account(HOUSE, "official_account", HOUSE_ORIGINAL, linked_mini_programs=[SHOP])
        self.make_account(SHOP, "mini_program", SHOP_ORIGINAL)

    @property
    def clock(self) -> float:
        return self._watch.shows

    @clock.setter
    def clock(self, shows: float) -> None:
        self._watch.shows = shows

    def open_client(self) -> FlaskClient:
        """A browser and a backend in one."""
        return app_of(self.sandbox).test_client()

    def make_account(self, appid: str, kind: str, original_id: str, **fields: Any) -> Any:
        account = {"appid": appid, "secret": SECRET, "kind": kind, "original_id": original_id, "open_platform": "op1", **fields}
        return self.control("POST", "/accounts", account)

    def set_callback(self, appid: str = HOUSE, *, mode: str = "plain", format: str = "xml", url: str = "http://brand.test/wechat") -> None:
        callback = {"url": url, "token": TOKEN, "aes_key": AES_KEY, "mode": mode, "format": format}
        self.control("POST", "/accounts", {"appid": appid, "callback": callback})

    def control(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        response = self.client.open(f"/_sandbox{path}", method=method, json=body)
        assert response.status_code == status, response.text
        return response.json

    def change(self, **settings: Any) -> None:
        self.control("POST", "/settings", settings)

    def make_user(self, **fields: Any) -> str:
        return str(self.control("POST", "/users", fields)["user"])

    def act(self, user: str, action: str, appid: str = HOUSE, **fields: Any) -> Any:
        return self.control("POST", f"/users/{user}/{action}", {"appid": appid, **fields})

    def openid(self, user: str, appid: str = HOUSE) -> str:
        return str(self.control("GET", f"/users/{user}?appid={appid}")["openid"])

    def contact(self, user: str, appid: str = HOUSE) -> Contact:
        return self.sandbox.state.contacts[appid][self.openid(user, appid)]

    def received(self, user: str) -> list[Any]:
        return list(self.control("GET", f"/users/{user}/received")["received"])

    def call(self, method: str, path: str, body: Any = None, **query: str) -> TestResponse:
        return self.client.open(path, method=method, query_string=query, **({} if body is None else {"json": body}))

    def get(self, path: str, **query: str) -> Any:
        return self.call("GET", path, **query).get_json(force=True)

    def post(self, path: str, body: Any, **query: str) -> Any:
        return self.call("POST", path, body, **query).get_json(force=True)

    def stable(self, appid: str = HOUSE, **fields: Any) -> Any:
        wanted = {"grant_type": "client_credential", "appid": appid, "secret": SECRET, **fields}
        return self.post("/cgi-bin/stable_token", wanted)

    def token(self, appid: str = HOUSE) -> str:
        return str(self.stable(appid)["access_token"])

    def upload(self, appid: str = HOUSE, *, kind: str = "image", content: bytes = b"a picture") -> str:
        response = self.client.post(
            "/cgi-bin/media/upload",
            query_string={"access_token": self.token(appid), "type": kind},
            data={"media": (BytesIO(content), "picture.png", "image/png")},
        )
        return str(response.get_json(force=True)["media_id"])

    def write_to(self, user: str, appid: str = HOUSE, **message: Any) -> Any:
        """One customer-service message, a text unless the test says otherwise."""
        body = {"touser": self.openid(user, appid), "msgtype": "text", "text": {"content": "hello"}, **message}
        return self.post("/cgi-bin/message/custom/send", body, access_token=self.token(appid))
