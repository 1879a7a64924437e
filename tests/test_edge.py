"""The edge: every door refuses in one shape, takes gzip, and never tells what it was sent."""

from __future__ import annotations

import base64
import functools
import gzip
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

import app
from chalicelib import edge, openapi
from chalicelib.accounts.flows import register
from chalicelib.accounts.words import AccountOrder
from chalicelib.edge import BODY_LIMIT, Door
from chalicelib.errors import CODES, Busy, Invalid, TooLarge
from chalicelib.identity import flows as identity
from chalicelib.identity.words import Identifier, IdentifierType
from chalicelib.replies.words import RulesOrder
from chalicelib.sessions.flows import current
from chalicelib.sessions.words import Proof
from chalicelib.staff.words import Scope
from tests.builders import make_brand, make_key, mini_program, official_account
from tests.house import NOON, House, open_house

KEY_DOORS = [door for door in app.rooms.open_all() if door.proof == "key"]
TAKING_DOORS = [door for door in app.rooms.open_all() if door.takes is not None]
SESSION_DOORS = [door for door in app.rooms.open_all() if door.proof == "session"]
WECHAT_DOORS = [door for door in app.rooms.open_all() if door.proof == "wechat"]
PARTS = {
    "account": "demo.oa",
    "entry": "k3f9x2aq",
    "key_id": "demo-aaaaaaaa",
    "person": "01J00000000000000000000000",
    "message": "01J00000000000000000000000",
    "template": "TPL_RESERVATION_0001",
    "ticket": "demo.2026-11.AAAA",
    "review": "01J00000000000000000000000",
    "appid": "wx00000000000000b2",
    "query": "01J00000000000000000000000",
    "broadcast": "01J00000000000000000000000",
    "mass_send": "01J00000000000000000000000",
    "batch": "01J00000000000000000000000",
    "group": "0123456789abcdef",
    "record": "01J00000000000000000000000-0000",
    "rule": "unshipped",
    "scene": "e_k3f9x2aq",
    "kind": "follower_changes",
    "file": "MP_verify_0123456789abcdef.txt",
    "holiday": "spring-festival",
    "menu": "members",
    "finding": "0123456789ab-0123456789ab",
    "webhook": "01J00000000000000000000000",
    "order": "SO20260001",
    "preferences": "demo.2026-11.AAAA",
    "showing": "01J00000000000000000000000",
    "split": "01J00000000000000000000000-0123456789abcdef",
}
JSON = {"Content-Type": "application/json"}
EVENT: dict[str, Any] = {
    "headers": {},
    "multiValueQueryStringParameters": None,
    "pathParameters": None,
    "body": None,
    "isBase64Encoded": False,
    "stageVariables": None,
}
NOBODY = f"ld_demo-aaaaaaaa_{'A' * 43}"


class Knock(msgspec.Struct):
    """A request that is to be refused; what the refusal says and what it hides are patterns."""

    door: Door
    body: bytes = b""
    headers: dict[str, str] = {}
    says: str = "."
    hides: str = r"\Z."


class Standing(msgspec.Struct):
    """A house for all tests here: hardly anything they ask for is done."""

    house: House
    key: str
    session: str

    def send(self, door: Door, body: bytes = b"", *, method: str = "", **headers: str) -> tuple[int, dict[str, Any]]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        status, answer = self.house.raw(method or door.method, target_of(door), body=body, headers={**JSON, **named})
        return status, msgspec.json.decode(answer)

    def prove(self, door: Door) -> dict[str, str]:
        proofs = {"key": self.key, "session": self.session if door.takes else ""}
        return {"Authorization": f"Bearer {proofs[door.proof]}"} if door.proof in proofs else {}

    def faults(self, code: str, knocks: Iterable[Knock]) -> list[str]:
        """What is wrong with the refusals, each with the request it answers: nothing when all are as they are promised."""
        wrong = []
        for knock in knocks:
            status, body = self.send(knock.door, knock.body, **{**self.prove(knock.door), **knock.headers})
            if fault := fault_of(knock, status, body, code):
                wrong.append(f"{name_of(knock.door)} {knock.headers or ''} {knock.body[:60]!r}: {fault}")
        return wrong


@pytest.fixture(scope="module")
def standing() -> Iterator[Standing]:
    with open_house() as house:
        key = make_brand(house)
        status, body = house.call("POST", "/v1/accounts", official_account(), key=key)
        assert status == 201, body
        somebody = Identifier(IdentifierType.member_no, "M-0001")
        place = identity.meet("demo", somebody, world=house.world, now=house.clock())
        account = register.find_account("demo.oa", world=house.world, now=house.clock())
        yield Standing(house, key, current.begin(account, Proof(place=place), world=house.world, now=house.clock()).session_token)


def target_of(door: Door) -> str:
    return re.sub(r"{(\w+)}", lambda part: PARTS[part[1]], door.path)


def name_of(door: Door) -> str:
    return f"{door.method} {door.path}"


def fault_of(knock: Knock, status: int, body: dict[str, Any], code: str) -> str:
    """A refusal has one shape, the listed status, and a place in the document."""
    if set(body) != {"Code", "Message", "RequestId"} or not all(body.values()):
        return f"not our shape but {body}"
    if (status, body["Code"]) != (openapi.status_of(code), code):
        return f"{status} {body['Code']}: {body['Message']}"
    if not re.search(knock.says, body["Message"]) or re.search(knock.hides, body["Message"]):
        return f"not these words: {body['Message']}"
    return "" if f"`{code}`" in described(knock.door.method, knock.door.path)[str(status)]["description"] else f"{code} is not described"


@functools.cache
def described(method: str, path: str) -> dict[str, Any]:
    """The answers of a door in a document of its own: making it takes longer than asking."""
    (door,) = [each for each in app.rooms.open_all() if (each.method, each.path) == (method, path)]
    answers: dict[str, Any] = openapi.describe([door])["paths"][path][method.lower()]["responses"]
    return answers


def fields_of(door: Door) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(door.takes or Door)


# -- one shape ----------------------------------------------------------------------------------------------------


def test_a_wrong_method_is_refused_in_our_shape(standing: Standing) -> None:
    answers = {name_of(door): standing.send(door, method="PATCH") for door in app.rooms.open_all()}

    told = {name: (status, body["Code"], body["Message"], len(body), bool(body["RequestId"])) for name, (status, body) in answers.items()}
    assert told == dict.fromkeys(answers, (405, "path_missing", CODES["path_missing"], 3, True))


def test_another_content_type_is_refused_in_our_shape(standing: Standing) -> None:
    kinds = ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"]

    assert standing.faults("content_type", (Knock(door, b"{}", {"Content-Type": kind}) for door in TAKING_DOORS for kind in kinds)) == []


def test_a_body_that_is_no_json_is_refused_in_our_shape(standing: Standing) -> None:
    cut = gzip.compress(b"{}", mtime=0)[:-9]
    bodies = [b"", b"{", b"{'a': 1}", b"\xff\xfe{}", b'{"\xff": 1}', b"\x1f\x8b", b"\x1f\x8bgarbage", cut]
    knocks = (Knock(door, body) for door in TAKING_DOORS for body in bodies if body or door.needs_body)

    assert standing.faults("body_malformed", knocks) == []


def test_a_body_over_one_megabyte_is_refused_packed_or_not(standing: Standing) -> None:
    sent = b'{"' + b"a" * BODY_LIMIT + b'": 1}'
    bodies = [sent, gzip.compress(sent)]

    assert standing.faults("body_too_large", (Knock(door, body) for door in TAKING_DOORS for body in bodies)) == []


def test_a_body_that_is_no_object_is_refused_in_our_shape(standing: Standing) -> None:
    bodies = [b"[]", b'"text"', b"1", b"null", b"[" * 20_000]

    assert standing.faults("field_invalid", (Knock(door, body) for door in TAKING_DOORS for body in bodies)) == []


def test_an_unknown_field_is_named(standing: Standing) -> None:
    assert standing.faults("field_invalid", (Knock(door, b'{"surprise": 1}', says="`surprise`") for door in TAKING_DOORS)) == []


def test_an_unknown_field_of_any_length_leaves_the_answer_short(standing: Standing) -> None:
    knock = Knock(TAKING_DOORS[0], msgspec.json.encode({"long" * 10_000: 1}), hides="(?s).{400}")

    assert standing.faults("field_invalid", [knock]) == []


def test_a_missing_field_is_named(standing: Standing) -> None:
    required = {name_of(door): [field.name for field in fields_of(door) if field.required] for door in TAKING_DOORS}
    knocks = [
        Knock(door, b"{}", says="|".join(f"`{name}`" for name in required[name_of(door)]))
        for door in TAKING_DOORS
        if required[name_of(door)]
    ]

    assert len(knocks) > 50
    assert standing.faults("field_invalid", knocks) == []


def wrong_for(field: msgspec.structs.FieldInfo) -> list[Any]:
    """Values no field of this type takes."""
    listed = [] if "list[typing.Any]" in str(field.type) else [[[{"canary": "canary"}]]]  # records of a batch are each judged alone
    return [*listed, 424242.5, *([] if field.type is bool else [True])]


def test_a_field_of_the_wrong_type_is_named_and_its_value_is_not(standing: Standing) -> None:
    knocks = [
        Knock(door, msgspec.json.encode({field.encode_name: value}), says=rf"`\$\.{field.encode_name}", hides="canary|424242")
        for door in TAKING_DOORS
        for field in fields_of(door)
        for value in wrong_for(field)
    ]

    assert len(knocks) > 500
    assert standing.faults("field_invalid", knocks) == []


def test_a_door_for_keys_refuses_whoever_has_none(standing: Standing) -> None:
    credentials = ["", "Bearer", "Bearer ", f"Basic {NOBODY}", "Bearer ld_demo", f"Bearer {NOBODY}", f"Bearer {NOBODY}\u00e9"]
    knocks = [Knock(door, b"{}", {"Authorization": each}, hides=NOBODY) for door in KEY_DOORS for each in credentials]

    assert standing.faults("key_refused", knocks) == []


def test_a_door_for_keys_names_the_scope_that_is_missing(standing: Standing) -> None:
    all_but = {
        scope: make_key(standing.house, "demo", *(each for each in Scope if each not in (scope, Scope.admin)))
        for scope in {door.scope for door in KEY_DOORS}
    }
    knocks = [Knock(door, b"{}", {"Authorization": f"Bearer {all_but[door.scope]}"}, says=f"scope {door.scope}") for door in KEY_DOORS]

    assert standing.faults("scope_missing", knocks) == []


def test_a_door_for_sessions_refuses_whoever_has_none(standing: Standing) -> None:
    credentials = ["", "Bearer nonsense", "Bearer a.b.c", f"Bearer {NOBODY}", "Bearer \u00e9"]
    knocks = [Knock(door, headers={"Authorization": each}) for door in SESSION_DOORS for each in credentials]

    assert standing.faults("session_refused", knocks) == []


def test_the_door_for_wechat_refuses_whoever_cannot_sign(standing: Standing) -> None:
    assert len(WECHAT_DOORS) > 1
    assert standing.faults("callback_refused", (Knock(door, b"<xml/>") for door in WECHAT_DOORS)) == []


# -- what a view raises -------------------------------------------------------------------------------------------


class Broken:
    """A collaborator with a mistake in it that talks."""

    def __getattr__(self, name: str) -> Any:
        raise KeyError("canary 13800138000")


def test_our_own_mistake_is_internal_and_logged_without_its_values(standing: Standing, caplog: pytest.LogCaptureFixture) -> None:
    house, whole = standing.house, standing.house.world
    caplog.set_level(logging.DEBUG)
    house.enter(msgspec.structs.replace(whole, secrets=Broken()))

    status, body = house.call("PUT", "/v1/accounts/demo.oa/secret", {"app_secret": "x"}, key=standing.key)

    house.enter(whole)
    assert (status, body["Code"], body["Message"]) == (500, "internal", CODES["internal"])
    assert [record.name for record in caplog.records if record.levelno >= logging.ERROR] == ["liandong.edge"]
    assert "KeyError at test_edge.py:" in caplog.text
    assert "canary" not in caplog.text + str(body)


@pytest.mark.parametrize(
    "trouble",
    [
        ClientError({"Error": {"Code": "ThrottlingException", "Message": "canary"}}, "Query"),
        EndpointConnectionError(endpoint_url="https://canary.invalid"),
        ReadTimeoutError(endpoint_url="https://canary.invalid"),
    ],
    ids=["throttled", "unreachable", "silent"],
)
def test_a_table_that_does_not_answer_is_busy_and_no_mistake_of_ours(
    standing: Standing, trouble: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    standing.house.call("GET", "/v1/keys", key=standing.key)
    monkeypatch.setattr(BaseClient, "_make_api_call", refuse_with(trouble))

    status, body = standing.house.call("GET", "/v1/keys", key=standing.key)

    assert (status, body["Code"]) == (503, "busy")
    assert [record.name for record in caplog.records] == ["liandong.edge"]
    assert "canary" not in caplog.text + str(body)
    assert not any(record.exc_info for record in caplog.records)


def refuse_with(trouble: Exception) -> Callable[..., Any]:
    def refuse(*args: Any) -> Any:
        raise trouble

    return refuse


def test_a_refusal_carries_api_gateways_request_id(standing: Standing) -> None:
    request = {"httpMethod": "GET", "resourcePath": "/v1/keys", "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"}

    answer = app.app({**EVENT, "requestContext": request}, None)

    assert answer["statusCode"] == 401
    assert msgspec.json.decode(answer["body"])["RequestId"] == "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


# -- what is taken ------------------------------------------------------------------------------------------------


def test_a_packed_body_is_taken_by_its_first_bytes(standing: Standing) -> None:
    sent = gzip.compress(msgspec.json.encode(mini_program(title="预约")))
    headers = {**JSON, "Authorization": f"Bearer {standing.key}"}

    status, answer = standing.house.raw("POST", "/v1/accounts", body=sent, headers=headers)

    assert status == 201, answer
    assert msgspec.json.decode(answer)["title"] == "预约"


def test_a_packed_body_is_taken_as_api_gateway_hands_it_over(standing: Standing) -> None:
    sent = base64.b64encode(gzip.compress(b'{"scopes": ["rules:write"]}')).decode()
    event = {**EVENT, "headers": {**JSON, "Authorization": f"Bearer {standing.key}"}, "body": sent, "isBase64Encoded": True}

    answer = app.app({**event, "requestContext": {"httpMethod": "POST", "resourcePath": "/v1/keys"}}, None)

    assert answer["statusCode"] == 201
    assert msgspec.json.decode(answer["body"])["scopes"] == ["rules:write"]


def test_the_word_bearer_and_a_charset_may_be_written_in_any_way(standing: Standing) -> None:
    headers = {"authorization": f"bEaReR  {standing.key} ", "content-type": "application/json; charset=utf-8"}

    status, _ = standing.house.raw("GET", "/v1/keys", headers=headers)

    assert status == 200


def test_a_body_of_exactly_one_megabyte_is_taken() -> None:
    sent = b" " * BODY_LIMIT

    assert edge.unpack(sent) == sent
    assert edge.unpack(gzip.compress(sent)) == sent


def test_a_body_of_one_byte_more_is_not() -> None:
    with pytest.raises(TooLarge):
        edge.unpack(b" " * (BODY_LIMIT + 1))


@pytest.mark.parametrize("cursor", ["", "x" * 513, "é"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid) as refused:
        edge.decode_cursor(cursor)

    assert refused.value.code == "cursor_invalid"


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+08:00", "0001-01-01T00:00:00Z", "1900-01-01T00:00:00Z", "1970-01-01T00:00:00+08:00"])
def test_the_zeros_of_other_systems_are_no_times(text: str) -> None:
    with pytest.raises(Invalid, match=r"at `\$\.at`"):
        edge.read_past(datetime.fromisoformat(text), now=NOON)


def test_a_time_said_anywhere_is_kept_in_utc() -> None:
    said = datetime.fromisoformat("2026-11-20T08:00:00+08:00")

    assert edge.read_past(said, now=NOON).isoformat() == "2026-11-20T00:00:00+00:00"


@pytest.mark.parametrize("limit", ["9" * 5000, "", "1e2", " 1"])
def test_what_is_no_number_of_things_is_refused(limit: str) -> None:
    with pytest.raises(Invalid):
        edge.page_size({"limit": limit})


@pytest.mark.parametrize("position", ["a", "demo.oa/MSG:1", "订单#7", "?" * 50])
def test_a_cursor_comes_back_as_it_went(position: str) -> None:
    cursor = edge.encode_cursor(position)

    assert re.fullmatch(r"[\w-]*", cursor)
    assert edge.decode_cursor(cursor) == position


@pytest.mark.parametrize(("cursor", "skipped"), [(None, 0), ("0", 0), ("20", 20), ("1000", 1000)])
def test_a_cursor_that_is_a_number_says_how_much_was_shown(cursor: str | None, skipped: int) -> None:
    query = {} if cursor is None else {"cursor": edge.encode_cursor(cursor)}

    assert edge.skipped(query, most=1000) == skipped


@pytest.mark.parametrize("cursor", ["1001", "-1", "²", "x", "0000000001", "1" * 300])
def test_a_cursor_that_is_no_such_number_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid) as refused:
        edge.skipped({"cursor": edge.encode_cursor(cursor)}, most=1000)

    assert refused.value.code == "cursor_invalid"


@pytest.mark.parametrize("cursor", ["a", "_w", "é", "////8"])
def test_a_cursor_of_another_make_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid) as caught:
        edge.decode_cursor(cursor)

    assert caught.value.code == "cursor_invalid"


# -- words of msgspec ---------------------------------------------------------------------------------------------


class Sent:
    """The little of a request that is read."""

    def __init__(self, body: Any) -> None:
        self.raw_body = body if isinstance(body, bytes) else msgspec.json.encode(body)


def refusal_of(body: Any, kind: type[Any]) -> Invalid:
    with pytest.raises(Invalid) as caught:
        edge.read_body(Sent(body), kind)  # type: ignore[arg-type]
    return caught.value


class Appointment(msgspec.Struct):
    at: datetime


@pytest.mark.parametrize(
    ("body", "kind", "place"),
    [
        ({"kind": "canary"}, AccountOrder, "$.kind"),
        ({"kind": "a - at `canary`"}, AccountOrder, "$.kind"),
        ({"name": "Canary!"}, AccountOrder, "$.name"),
        ({"aes_key": "canary"}, AccountOrder, "$.aes_key"),
        ({"rules": [{"name": "r", "when": {"on": "canary"}}]}, RulesOrder, "$.rules[0].when.on"),
        ({"at": "canary"}, Appointment, "$.at"),
    ],
)
def test_a_value_that_does_not_fit_is_never_quoted(body: Any, kind: type[Any], place: str) -> None:
    refused = refusal_of(body, kind)

    assert f"`{place}`" in refused.message
    assert "anary" not in f"{refused!r} {refused.__cause__!r} {refused.__context__!r}"


def test_a_body_that_is_no_text_does_not_follow_its_refusal() -> None:
    refused = refusal_of(b'{"app_secret": "canary\xff"}', AccountOrder)

    assert refused.code == "body_malformed"
    assert refused.__context__ is None


def test_the_answer_to_busy_is_not_the_answer_to_a_mistake() -> None:
    assert openapi.status_of("busy") == Busy.status != openapi.status_of("internal")
