"""What nobody should send: one table of it, and what comes of each. Nothing is kept, nothing queued, no secret logged."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest

from sandbox import crypto
from tests.builders import AES_KEY, APP_SECRET, CALLBACK_TOKEN, OA_APPID, OTHER_AES_KEY, make_brand, official_account
from tests.house import open_house
from tests.scene import Scene

NONCE = "canarynonce"
SAID = "canary-said-by-a-person"
WRITER = "oCanaryWriter0001"
XML = {"Content-Type": "text/xml"}
JSON = {"Content-Type": "application/json"}


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One request that is wrong in one way."""

    path: str
    query: dict[str, str] = {}
    body: bytes = b""
    method: str = "POST"
    headers: dict[str, str] = msgspec.field(default_factory=lambda: dict(XML))


Case = Callable[[Scene], Sent]


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """Besides the safe account demo.oa: demo.plain, which is plain, and demo.deaf, which has no callback token."""
    with open_house() as house:
        scene = Scene(house)
        plain = official_account(name="plain", appid="wx00000000plain", original_id="gh_plain", callback_mode="plain")
        deaf = official_account(name="deaf", appid="wx00000000deaf", original_id="gh_deaf", callback_token=None, aes_key=None)
        make_brand(house, "rival")
        for order in (plain, deaf):
            status, body = house.call("POST", "/v1/accounts", order, key=scene.key)
            assert status == 201, body
        yield scene


# -- how the requests are made -----------------------------------------------------------------------------------------


def xml(**changes: str | None) -> str:
    fields = {
        "ToUserName": "gh_plain",
        "FromUserName": WRITER,
        "CreateTime": "1780000000",
        "MsgType": "text",
        "Content": SAID,
        "MsgId": "1",
    }
    return f"<xml>{''.join(f'<{name}>{value}</{name}>' for name, value in {**fields, **changes}.items() if value is not None)}</xml>"


def signed(scene: Scene, *parts: str, token: str = CALLBACK_TOKEN, at_s: int = 0) -> dict[str, str]:
    """The query of a push; a ciphertext among the parts adds what belongs to it."""
    timestamp = str(int(scene.house.clock().timestamp()) + at_s)
    query = {"signature": crypto.sign(token, timestamp, NONCE), "timestamp": timestamp, "nonce": NONCE}
    if not parts:
        return query
    return {**query, "encrypt_type": "aes", "msg_signature": crypto.sign(token, timestamp, NONCE, *parts)}


def plain(body: str | bytes, *, account: str = "demo.plain", token: str = CALLBACK_TOKEN, at_s: int = 0, **changes: Any) -> Case:
    """A plain push with a right signature, unless the token is another."""
    raw = body if isinstance(body, bytes) else body.encode()
    return lambda scene: Sent(path=f"/wechat/{account}", query=signed(scene, token=token, at_s=at_s), body=raw, **changes)


def safe(
    text: str | bytes = "", *, key: str = AES_KEY, appid: str = OA_APPID, change: Callable[[str], str] = str, token: str = CALLBACK_TOKEN
) -> Case:
    """A sealed push to demo.oa, its ciphertext changed before it is signed."""
    raw = text if isinstance(text, bytes) else (text or xml()).encode()
    ciphertext = change(crypto.encrypt(raw, key=crypto.decode_key(key), appid=appid, salt=b"0123456789abcdef"))
    body = f"<xml><ToUserName>gh</ToUserName><Encrypt>{ciphertext}</Encrypt></xml>".encode()
    return lambda scene: Sent(path="/wechat/demo.oa", query=signed(scene, ciphertext, token=token), body=body)


def api(body: bytes, *, method: str = "POST", path: str = "/v1/messages", key: str | None = None, **headers: str) -> Case:
    """A request of a business system; `key` replaces the right API key."""
    return lambda scene: Sent(
        method=method, path=path, body=body, headers={**JSON, "Authorization": f"Bearer {scene.key if key is None else key}", **headers}
    )


def swapped(sent: Sent, **changes: Any) -> Sent:
    return msgspec.structs.replace(sent, **changes)


BILLION_LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    f"<xml><FromUserName>{WRITER}</FromUserName><Content>&c;</Content></xml>"
)
EXTERNAL_ENTITY = (
    '<!DOCTYPE x [<!ENTITY passwd SYSTEM "file:///etc/passwd">]>'
    f"<xml><FromUserName>{WRITER}</FromUserName><Content>&passwd;</Content></xml>"
)
DEEP_XML = "<xml>" + "<a>" * 5000 + "</a>" * 5000 + "</xml>"
DEEP_JSON = '{"a":' * 5000 + "1" + "}" * 5000
LONG = "a" * 3000

CASES: dict[str, tuple[Case, int, str]] = {
    # WeChat's door: who it is
    "no query": (lambda scene: Sent(path="/wechat/demo.oa", body=xml().encode()), 403, "callback_refused"),
    "bad signature": (plain(xml(), token="another"), 403, "callback_refused"),
    "bad signature of a ciphertext": (safe(token="another"), 403, "callback_refused"),
    "signature without ciphertext in safe mode": (plain(xml(), account="demo.oa"), 403, "callback_refused"),
    "old timestamp": (plain(xml(), at_s=-601), 403, "callback_refused"),
    "timestamp of the future": (plain(xml(), at_s=601), 403, "callback_refused"),
    "unknown brand": (plain(xml(), account="nobody.oa"), 403, "callback_refused"),
    "unknown account": (plain(xml(), account="demo.nobody"), 403, "callback_refused"),
    "account of another brand": (plain(xml(), account="rival.plain"), 403, "callback_refused"),
    "account without a callback token": (plain(xml(), account="demo.deaf", token=""), 403, "callback_refused"),
    **{
        f"account id {account[:20]}": (plain(xml(), account=quote(account, safe="")), 403, "callback_refused")
        for account in (
            "demo",
            "demo.",
            ".oa",
            ".",
            "demo.oa.x",
            "demo#x.oa",
            "demo.oa#x",
            "#brands.demo",
            "联动.公众号",
            "demo.oa ",
            LONG,
            f"demo.{LONG}",
        )
    },
    # WeChat's door: what it holds
    "wrong AES key": (safe(key=OTHER_AES_KEY), 400, "callback_unreadable"),
    "wrong appid behind the message": (safe(appid="wxffffffffffffffff"), 400, "callback_unreadable"),
    "truncated ciphertext": (safe(change=lambda text: text[: len(text) // 2]), 400, "callback_unreadable"),
    "ciphertext that is no base64": (safe(change=lambda text: "%" + text[1:]), 400, "callback_unreadable"),
    "empty ciphertext": (safe(change=lambda text: ""), 400, "callback_unreadable"),
    "non-UTF-8 inside the ciphertext": (safe(b"\xff\xfe" + xml().encode()), 400, "callback_unreadable"),
    "billion laughs": (plain(BILLION_LAUGHS), 400, "callback_unreadable"),
    "billion laughs inside the ciphertext": (safe(BILLION_LAUGHS), 400, "callback_unreadable"),
    "external entity": (plain(EXTERNAL_ENTITY), 400, "callback_unreadable"),
    "external entity inside the ciphertext": (safe(EXTERNAL_ENTITY), 400, "callback_unreadable"),
    "over 1 MB": (plain(xml(Content="a" * 1_000_000)), 413, "body_too_large"),
    "over 1 MB to nobody": (plain(xml(Content="a" * 1_000_000), account="demo.nobody"), 413, "body_too_large"),
    "non-UTF-8": (plain(b"<xml>\xff\xfe</xml>"), 400, "callback_unreadable"),
    "non-UTF-8 of a stranger": (plain(b"<xml>\xff\xfe</xml>", token="another"), 403, "callback_refused"),
    "wrong content type": (plain(xml(), headers={"Content-Type": "image/png"}), 415, "content_type"),
    "empty body": (plain(""), 400, "callback_unreadable"),
    "empty body in safe mode": (plain("", account="demo.oa"), 400, "callback_unreadable"),
    "JSON array": (plain("[]", headers=JSON), 400, "callback_unreadable"),
    "JSON number": (plain("1", headers=JSON), 400, "callback_unreadable"),
    "half a JSON object": (plain('{"ToUserName":', headers=JSON), 400, "callback_unreadable"),
    "empty JSON object": (plain("{}", headers=JSON), 400, "callback_unreadable"),
    "deeply nested XML": (plain(DEEP_XML), 400, "callback_unreadable"),
    "deeply nested JSON": (plain(DEEP_JSON, headers=JSON), 400, "callback_unreadable"),
    "XML cut off": (plain(xml()[:-10]), 400, "callback_unreadable"),
    **{
        f"no {field}": (plain(xml(**{field: None})), 400, "callback_unreadable")
        for field in ("ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId", "Content")
    },
    "no moment": (plain(xml(CreateTime="yesterday")), 400, "callback_unreadable"),
    "a moment beyond all calendars": (plain(xml(CreateTime="9" * 30)), 400, "callback_unreadable"),
    # other methods and paths
    "PUT to WeChat's door": (lambda scene: swapped(plain(xml())(scene), method="PUT"), 405, "path_missing"),
    "DELETE at WeChat's door": (lambda scene: swapped(plain(xml())(scene), method="DELETE"), 405, "path_missing"),
    "GET of a door that only takes": (api(b"", method="GET"), 405, "path_missing"),
    # business systems
    "no API key": (api(b"{}", key=""), 401, "key_refused"),
    "an API key of another form": (api(b"{}", key="ld_demo-canary"), 401, "key_refused"),
    "an API key nobody has": (api(b"{}", key="ld_demo-aaaaaaaa_" + "a" * 43), 401, "key_refused"),
    "an empty order": (api(b""), 400, "body_malformed"),
    "half an order": (api(b'{"topic":'), 400, "body_malformed"),
    "an order as an array": (api(b"[]"), 400, "field_invalid"),
    "an order without fields": (api(b"{}"), 400, "field_invalid"),
    "an order that is not UTF-8": (api(b'{"topic":"\xff"}'), 400, "body_malformed"),
    "an order deeply nested": (api(DEEP_JSON.encode()), 400, "field_invalid"),
    "an order of another content type": (api(b"{}", **{"Content-Type": "text/csv"}), 415, "content_type"),
    "an order over 1 MB": (api(b'{"topic":"' + b"a" * 1024 * 1024 + b'"}'), 413, "body_too_large"),
    "an order that unpacks to over 1 MB": (api(gzip.compress(b" " * 2 * 1024 * 1024)), 413, "body_too_large"),
    "an order that begins like gzip": (api(b"\x1f\x8bcanary"), 400, "body_malformed"),
    "rules deeply nested": (api(DEEP_JSON.encode(), method="PUT", path="/v1/reply-rules/demo.oa"), 400, "field_invalid"),
    "rules as an array": (api(b"[]", method="PUT", path="/v1/reply-rules/demo.oa"), 400, "field_invalid"),
    "rules for another brand": (api(b'{"rules":[]}', method="PUT", path="/v1/reply-rules/rival.oa"), 404, "account_missing"),
    "a redrive as an array": (api(b"[]", path="/v1/inbox/redrive"), 400, "field_invalid"),
    "a key with an endless note": (api(b'{"scopes":["admin"],"note":"' + b"a" * 500_000 + b'"}', path="/v1/keys"), 400, "field_invalid"),
    "a key with an endless id": (api(b"", method="DELETE", path="/v1/keys/demo-" + "a" * 1100), 404, "key_missing"),
    "an account with an endless title": (
        api(b'{"name":"x","kind":"app","appid":"wx00000001","title":"' + b"a" * 500_000 + b'"}', path="/v1/accounts"),
        400,
        "field_invalid",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_nobody_should_send_is_refused_and_leaves_nothing(scene: Scene, name: str, caplog: pytest.LogCaptureFixture) -> None:
    make, expected_status, expected_code = CASES[name]
    before = left_behind(scene)

    with caplog.at_level(logging.DEBUG, logger="liandong"):
        status, body = send(scene, make(scene))
    answer = msgspec.json.decode(body)

    assert (status, answer["Code"]) == (expected_status, expected_code)
    assert set(answer) == {"Code", "Message", "RequestId"}
    assert left_behind(scene) == before
    assert (before["inbox queue"], before["outbox queue"], before["inbox"]) == (0, 0, 0)
    assert [secret for secret in secrets_of(scene) if secret in caplog.text] == []
    assert [secret for secret in secrets_of(scene) if secret in answer["Message"]] == []


def send(scene: Scene, sent: Sent) -> tuple[int, bytes]:
    query = f"?{urlencode(sent.query)}" if sent.query else ""
    return scene.house.raw(sent.method, sent.path + query, body=sent.body, headers=sent.headers)


def left_behind(scene: Scene) -> dict[str, int]:
    """How much there is of everything a request could leave."""
    rows = {table: len(scene.house.rows(table)) for table in ("inbox", "messages", "documents", "identities", "audit")}
    return {**rows, **{f"{queue} queue": scene.house.queued(queue) for queue in ("inbox", "outbox")}}


def secrets_of(scene: Scene) -> list[str]:
    return [APP_SECRET, CALLBACK_TOKEN, AES_KEY, OTHER_AES_KEY, scene.key, scene.key.rsplit("_", 1)[1], SAID, WRITER, "canary"]


def test_a_stranger_cannot_tell_which_brands_and_accounts_there_are(scene: Scene) -> None:
    unknown = [plain(xml(), account=account) for account in ("nobody.oa", "demo.nobody", "demo.deaf", "demo", "rival.oa", "demo%23.oa")]
    wrong = [
        plain(xml(), token="another"),
        plain(xml(), account="demo.oa", token="another"),
        safe(token="another"),
        plain(xml(), at_s=-9999),
    ]

    answers = {_without_request_id(send(scene, make(scene))) for make in (*unknown, *wrong)}
    proofs = {
        _without_request_id(scene.house.raw("GET", f"/wechat/{account}?{urlencode({**signed(scene, token='another'), 'echostr': 'x'})}"))
        for account in ("demo.oa", "demo.plain", "demo.deaf", "demo.nobody", "nobody.oa", "demo")
    }

    assert len(answers) == 1
    assert proofs == answers


def _without_request_id(answer: tuple[int, bytes]) -> tuple[int, bytes]:
    status, body = answer
    request_id = msgspec.json.decode(body)["RequestId"]
    return status, body.replace(request_id.encode(), b"")


def test_the_same_requests_are_taken_when_nothing_is_wrong_with_them(scene: Scene) -> None:
    text = {"ToUserName": "gh_plain", "FromUserName": WRITER, "CreateTime": 1780000000, "MsgType": "text", "Content": SAID, "MsgId": 2}

    answers = [send(scene, make(scene)) for make in (plain(xml()), safe(), plain(msgspec.json.encode(text), headers=JSON))]

    assert [status for status, _ in answers] == [200, 200, 200]
    assert len(scene.take("inbox")) == 3
