"""Whatever anybody sends to any path of WeChat's or of the control API: an answer, never a traceback."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from sandbox.api import ENDPOINTS
from sandbox.call import Call, Endpoint, Proof
from sandbox.control import doors
from sandbox.settings import Settings
from sandbox.state import Account, Kind, State
from tests.sandbox.stage import AES_KEY, HOUSE, SECRET, SHOP, TOKEN, Stage

STORE, STUDIO, PLATFORM = "wx00000000000000d1", "wx00000000000000e1", "wx00000000000000c1"
HOLDERS = {
    Kind.OFFICIAL_ACCOUNT: HOUSE,
    Kind.MINI_PROGRAM: SHOP,
    Kind.SHOP: STORE,
    Kind.ASSISTANT: STUDIO,
    Kind.PLATFORM: PLATFORM,
}
PARAMETERS = [
    *("appid", "secret", "appsecret", "grant_type", "openid", "lang", "next_openid", "media_id", "type", "kf_account", "code", "js_code"),
    *("refresh_token", "component_appid", "ids", "start", "limit", "tid", "signature", "sig_method", "ticket", "scene", "template_id"),
]
NASTY = ["", "0", "-1", "9" * 5000, "٣", "\x00", "\ufffe", "é" * 3000, "]]>", "2026-13-40", "20261340", "0001-01-01", "99991231"]
NASTY += ["http://[", "http://a\r\nb", "a?b#c&d=e", "../..", "#小程序://a", "weixin://dl/business/?t=", "https://wxaurl.cn/[", "%ff%00"]
LARGE = [0, -1, 1, 1e300, 2**31, 2**63 - 1, -(2**63), 10**30, 10**4000]
PAGES = ["/connect/oauth2/authorize", "/connect/qrconnect", "/mp/subscribemsg", "/cgi-bin/showqrcode", "/cgi-bin/componentloginpage"]
PAGES += ["/cgi-bin/componentloginpage/confirm", "/nowhere", "/"]
PLATFORM_BODY = msgspec.json.encode({"component_appid": PLATFORM})
PLACES = re.compile(r"<(?:\w+:)?(\w+)>")
ORDINARY = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=100)


class Garden:
    """A sandbox with an account of every kind, somebody in each, and what every path reads, learned by asking it once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.stage = stage = Stage()
        callback = {"url": "http://brand.test/hook", "token": TOKEN, "aes_key": AES_KEY}
        stage.make_account(PLATFORM, "platform", "gh_c1", callback=callback, message_url="http://brand.test/$APPID$")
        stage.make_account(STORE, "channels_shop", "gh_d1", callback={**callback, "format": "json"})
        stage.make_account(STUDIO, "channels_assistant", "gh_e1")
        stage.control("POST", "/accounts", {"appid": SHOP, "templates": [{"id": "T1", "title": "t", "content": {"thing1": "a"}}]})
        self.user = stage.make_user()
        stage.act(self.user, "follow")
        stage.act(self.user, "login", SHOP)
        self.order = str(stage.act(self.user, "buy", STORE)["order"]["order_id"])
        self.tokens = {appid: stage.token(appid) for appid in (HOUSE, SHOP, STORE, STUDIO)}
        self._authorise()
        self.texts = [*NASTY, HOUSE, SHOP, STORE, PLATFORM, SECRET, self.user, self.order, "T1", stage.openid(self.user)]
        self.texts += ["text", "image", "client_credential", "authorization_code", "hmac_sha256", "QR_SCENE", "view", "click", "all"]
        stage.change(daily_limits=dict.fromkeys(ENDPOINTS, 0), minute_limits=dict.fromkeys(ENDPOINTS, 0))
        words, weeds = self._learn(monkeypatch), Weeds(self.texts)
        self.bodies = {path: weeds.bodies(words.get(path, dict[str, str])) for path in ENDPOINTS}
        self.doors = {door: weeds.bodies(read) for door, read in self._learn_doors(monkeypatch).items()}
        self._kept = msgspec.json.encode(stage.sandbox.state)

    def _authorise(self) -> None:
        stage = self.stage
        ticket = stage.control("POST", f"/platforms/{PLATFORM}/push-ticket")["ticket"]
        proof = {"component_appid": PLATFORM, "component_appsecret": SECRET, "component_verify_ticket": ticket}
        own = stage.post("/cgi-bin/component/api_component_token", proof)["component_access_token"]
        self.tokens[PLATFORM] = own
        for appid in (HOUSE, SHOP):
            code = stage.control("POST", f"/platforms/{PLATFORM}/authorize", {"appid": appid, "wait": False})["auth_code"]
            wanted = {"component_appid": PLATFORM, "authorization_code": code}
            told = stage.post("/cgi-bin/component/api_query_auth", wanted, component_access_token=own)["authorization_info"]
            self.tokens[f"{PLATFORM} {appid}"] = told["authorizer_access_token"]

    def _learn(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        words: dict[str, Any] = {}
        read = Call.read

        def remember(call: Call, wanted: type[Any]) -> Any:
            words[call.endpoint.path] = wanted
            return read(call, wanted)

        with monkeypatch.context() as patch:
            patch.setattr(Call, "read", remember)
            for endpoint in ENDPOINTS.values():
                self.ask(endpoint, b"{}", {})
        return words

    def _learn_doors(self, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], Any]:
        """What each door of the control API reads, by method and path; but for the reset."""
        words: dict[tuple[str, str], Any] = {}
        read, rules = doors.read, [one for one in self.stage.client.application.url_map.iter_rules() if "/_sandbox/" in one.rule]
        for method, rule in [(method, one.rule) for one in rules for method in one.methods or ()]:
            if method not in ("GET", "POST", "DELETE") or rule in ("/_sandbox/reset", "/_sandbox/<path:path>"):
                continue
            door = (method, PLACES.sub(lambda found: self.place(found[1]), rule))
            words[door] = dict[str, str]

            def remember(wanted: type[Any], door: tuple[str, str] = door) -> Any:
                words[door] = wanted
                return read(wanted)

            with monkeypatch.context() as patch:
                patch.setattr(doors, "read", remember)
                self.stage.client.open(door[1], method=method, json={})
        return {**words, ("POST", "/_sandbox/settings"): Settings, ("POST", "/_sandbox/accounts"): Account}

    def replant(self) -> None:
        """Everything as it was: one example knows nothing of another."""
        self.stage.sandbox.reset()
        self.stage.sandbox.state = msgspec.json.decode(self._kept, type=State)

    def live_on(self) -> None:
        """Somebody new comes, is seen, and time is told: whatever was changed, the sandbox goes on."""
        client, span = self.stage.client, {"begin_date": "2026-11-10", "end_date": "2026-11-10"}
        assert client.post("/_sandbox/pushes/deliver", json={"all": True}).status_code == 200
        user = client.post("/_sandbox/users", json={}).get_json()["user"]
        followed = client.post(f"/_sandbox/users/{user}/follow", json={"appid": HOUSE})
        shown = [client.get("/_sandbox/phone/feed"), client.get("/_sandbox/log"), client.get("/_sandbox/pushes")]
        told = [self.ask(ENDPOINTS[f"/datacube/{name}"], msgspec.json.encode(span), {}) for name in ("getusersummary", "getuserread")]
        figures = self.ask(ENDPOINTS["/channels/finderlive/get_finder_live_data_list"], b"{}", {})
        assert [one.status_code for one in [followed, *shown, *told, figures]] == [200] * 7

    def place(self, name: str) -> str:
        """What stands in a path for a place of this name."""
        known = {"user_id": self.user, "component": PLATFORM, "program": SHOP, "order_id": self.order, "step": "ask-refund"}
        return known.get(name, HOUSE)

    def token(self, endpoint: Endpoint) -> str:
        holder = HOLDERS[sorted(endpoint.kinds)[-1]]
        return self.tokens[f"{PLATFORM} {holder}" if endpoint.proof is Proof.AUTHORIZER else holder]

    def ask(self, endpoint: Endpoint, body: bytes, query: dict[str, str], method: str = "") -> Any:
        return self.stage.client.open(
            endpoint.path,
            method=method or endpoint.method,
            query_string={"access_token": self.token(endpoint), "component_access_token": self.tokens[PLATFORM], **query},
            data=body,
        )


@pytest.fixture(scope="module")
def garden() -> Iterator[Garden]:
    with pytest.MonkeyPatch.context() as patch:
        yield Garden(patch)


class Weeds:
    """Values of types as nobody should send them; a struct may hold itself."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = st.sampled_from(texts) | st.text(max_size=5)
        self._structs: dict[type[Any], st.SearchStrategy[Any]] = {}

    def bodies(self, words: Any) -> st.SearchStrategy[bytes]:
        fitting = self._values(inspect.type_info(words)).map(msgspec.json.encode)
        strange = [b"", b"{}", b"[]", b"null", b"[" * 2_000, b'{"a":' * 2_000, b"\xff\xfe", b'"\\ud800"', b"1e999", b'{"a":NaN}']
        return fitting | fitting | fitting | st.sampled_from(strange) | st.binary(max_size=20)

    def _values(self, kind: inspect.Type) -> st.SearchStrategy[Any]:
        match kind:
            case inspect.StructType():
                return self._structs[kind.cls] if kind.cls in self._structs else self._plant(kind)
            case inspect.IntType() | inspect.FloatType():
                return st.sampled_from(LARGE)
            case inspect.BoolType():
                return st.booleans()
            case inspect.ListType():
                return st.lists(self._values(kind.item_type), max_size=3)
            case inspect.DictType():
                return st.dictionaries(self._texts, self._values(kind.value_type), max_size=3)
            case inspect.UnionType():
                return st.one_of([self._values(one) for one in kind.types])
            case inspect.LiteralType():
                return st.sampled_from(kind.values)
            case inspect.EnumType():
                return st.sampled_from([one.value for one in kind.cls])
            case inspect.NoneType():
                return st.none()
            case _:
                return self._texts

    def _plant(self, kind: inspect.StructType) -> st.SearchStrategy[Any]:
        self._structs[kind.cls] = st.deferred(lambda: st.fixed_dictionaries({}, optional=named))
        named = {field.encode_name: self._values(field.type) for field in kind.fields}
        return self._structs[kind.cls]


@ORDINARY
@given(data=st.data())
def test_no_endpoint_breaks_whatever_it_is_sent(garden: Garden, data: st.DataObject) -> None:
    garden.replant()
    endpoint = ENDPOINTS[data.draw(st.sampled_from(sorted(ENDPOINTS)))]
    body = data.draw(garden.bodies[endpoint.path])
    query = data.draw(st.dictionaries(st.sampled_from(PARAMETERS), st.sampled_from(garden.texts), max_size=6))

    response = garden.ask(endpoint, body, query)

    assert response.status_code == 200
    assert garden.stage.client.get("/_sandbox/log").status_code == 200


@ORDINARY
@given(data=st.data())
def test_no_control_door_breaks_whatever_it_is_sent(garden: Garden, data: st.DataObject) -> None:
    garden.replant()
    method, path = data.draw(st.sampled_from(sorted(garden.doors)))
    body = data.draw(garden.doors[method, path])
    query = data.draw(st.dictionaries(st.sampled_from(["appid", "path", "since", "stage"]), st.sampled_from(garden.texts), max_size=3))

    response = garden.stage.client.open(path, method=method, data=body, query_string=query, content_type="application/json")
    garden.stage.sandbox.state.faults.clear()

    assert response.status_code < 500
    garden.live_on()


@ORDINARY
@given(data=st.data())
def test_no_page_breaks_whatever_is_asked_of_it(garden: Garden, data: st.DataObject) -> None:
    garden.replant()
    code = garden.ask(ENDPOINTS["/cgi-bin/component/api_create_preauthcode"], PLATFORM_BODY, {}).get_json(force=True)["pre_auth_code"]
    good = {"component_appid": PLATFORM, "pre_auth_code": code, "appid": HOUSE, "redirect_uri": "https://brand.test/"}
    good |= {"scope": "snsapi_base", "response_type": "code", "redirect_url": "https://brand.test/"}
    good |= {"action": "get_confirm", "template_id": "T1", "scene": "1"}
    wrong = data.draw(st.dictionaries(st.sampled_from([*good, "ticket", "state", "reserved", "auth_type"]), st.sampled_from(garden.texts)))
    method = data.draw(st.sampled_from(["GET", "POST"]))

    response = garden.stage.client.open(
        data.draw(st.sampled_from(PAGES)), method=method, query_string={**good, **wrong}, data={"user": garden.user, "answer": "agree"}
    )

    assert response.status_code < 500
