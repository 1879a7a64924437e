"""Rooms open when somebody knocks: everything is found behind the page of doors, and nothing is loaded that nobody asked for."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import sysconfig
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec
import pytest
from chalice import Chalice

import app
from chalicelib import edge
from chalicelib.config import ENVIRONMENT, Settings
from chalicelib.rooms import Rooms
from tests.builders import make_brand
from tests.house import House

ROOT = Path(__file__).parent.parent
STAFF, SESSION = "/v1/keys", "/v1/me"
FRESH = """
import json, sys; sys.path[:0] = sys.argv[1:3]
import app
function, event = json.loads(sys.argv[3])
answer = getattr(app, function)(event, None) if function else None
if function == "app" and answer["statusCode"] == 500: raise SystemExit(answer["body"])
kept = {tuple(name.split(".")[1:3]) for name in sys.modules if name.startswith("chalicelib.")}
print(json.dumps(sorted({room for room, *file in kept if file in (["flows"], ["tables"])} - {"aws"})))
"""
"""Tells which rooms are loaded with more than their words and rules, in a process that imports the page and hands a function an event."""
NOWHERE = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "y",
    **{ENVIRONMENT[field.name]: field.name for field in msgspec.structs.fields(Settings) if field.required},
    "STAGE": "local",
}
"""Every setting there has to be, and an AWS that nobody is behind."""


def rooms_loaded(function: str = "", event: dict[str, Any] | None = None) -> set[str]:
    command = [sys.executable, "-I", "-S", "-c", FRESH, str(ROOT), sysconfig.get_paths()["purelib"], json.dumps([function, event])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=NOWHERE)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def request(method: str, path: str, **headers: str) -> dict[str, Any]:
    """A request without a body, as API Gateway hands it over."""
    return {
        "requestContext": {"httpMethod": method, "resourcePath": path, "identity": {}, "requestId": "r"},
        "headers": headers,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"account": "demo.oa"},
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }


def knock(asked: Chalice, method: str, path: str, **headers: str) -> dict[str, Any]:
    answer: dict[str, Any] = asked(request(method, path, **headers), None)
    return answer


@pytest.fixture
def empty() -> Chalice:
    return Chalice(app_name="liandong", configure_logs=False)


def test_the_page_names_every_module_of_routes() -> None:
    places = [path.relative_to(ROOT / "chalicelib").with_suffix("").parts for path in (ROOT / "chalicelib").rglob("*.py")]
    modules = {".".join(part for part in parts if part != "__init__") for parts in places if parts[1:2] == ("routes",)}

    app.rooms.open_all()

    assert set(app.rooms._opened) == {name for name in modules if hasattr(import_module(f"chalicelib.{name}"), "make_routes")}


def test_the_path_of_every_door_leads_to_its_room() -> None:
    app.rooms.open_all()

    astray = [door.path for name, doors in app.rooms._opened.items() for door in doors if app.rooms.room_at(door.path) != name]

    assert astray == []


def test_every_path_on_the_page_has_a_door_at_it_or_beneath() -> None:
    doors = app.rooms.open_all()

    idle = [path for path in app.rooms._at if not any(f"{door.path}/".startswith(f"{path}/") for door in doors)]

    assert idle == []


def test_importing_the_page_loads_no_room() -> None:
    assert rooms_loaded() == set()


@pytest.mark.parametrize(
    ("method", "path", "rooms"),
    [
        ("GET", STAFF, {"staff"}),
        ("GET", "/wechat/{account}", {"inbox", "replies", "lint", "documents", "accounts", "staff"}),
        ("POST", "/v1/sessions/mini-program", {"sessions", "identity", "accounts", "staff"}),
        ("POST", "/v1/messages", {"messaging", "consent", "templates", "lint", "identity", "documents", "accounts", "staff"}),
    ],
)
def test_a_request_loads_its_room_and_what_that_stands_on(method: str, path: str, rooms: set[str]) -> None:
    """Who makes a door need more rooms, says so here."""
    assert rooms_loaded("app", request(method, path)) == rooms


@pytest.mark.parametrize(
    ("function", "rooms"),
    [
        ("announce", set()),
        ("hear_identity", {"identity"}),
        ("send_messages", {"messaging", "consent", "templates", "identity", "documents", "accounts", "staff"}),
        ("send_webhooks_0", {"webhooks", "identity", "staff"}),
    ],
)
def test_a_function_loads_its_room_and_what_that_stands_on(function: str, rooms: set[str]) -> None:
    assert rooms_loaded(function, {"Records": []}) == rooms


def test_a_room_opens_at_its_first_request_and_no_other_does(empty: Chalice, house: House) -> None:
    key = make_brand(house)
    Rooms(empty, lambda: house.world, {"staff.routes": (STAFF,), "sessions.routes.current": (SESSION,)})

    answers = [knock(empty, "GET", STAFF, authorization=f"Bearer {key}")["statusCode"] for _ in range(2)]

    assert answers == [200, 200]
    assert set(empty.routes) == {STAFF, f"{STAFF}/{{key_id}}"}


def test_a_browser_is_answered_at_a_room_that_nobody_opened_yet(empty: Chalice, house: House) -> None:
    Rooms(empty, lambda: house.world, {"sessions.routes.current": (SESSION,)})

    answer = knock(empty, "OPTIONS", SESSION, origin="https://shop.example.com")

    assert answer["statusCode"] == 204
    assert answer["headers"]["Vary"] == "Origin"


def test_what_a_view_raises_is_refused_in_our_shape_from_the_first_request_on(empty: Chalice, house: House) -> None:
    Rooms(empty, lambda: house.world, {"staff.routes": (STAFF,)})

    answer = knock(empty, "GET", STAFF)

    assert (answer["statusCode"], json.loads(answer["body"])["Code"]) == (401, "key_refused")


def test_a_path_that_is_nobodys_opens_nothing(empty: Chalice) -> None:
    Rooms(empty, lambda: pytest.fail("nobody is asked"), {"staff.routes": (STAFF,)})

    answer = knock(empty, "GET", "/v1/nothing")

    assert (answer["statusCode"], json.loads(answer["body"])["Code"]) == (405, "path_missing")
    assert set(empty.routes) == {"/v1/nothing"}


def test_a_room_that_cannot_be_loaded_is_our_mistake_and_is_tried_again(empty: Chalice, caplog: pytest.LogCaptureFixture) -> None:
    Rooms(empty, lambda: pytest.fail("nobody is asked"), {"no_such_room.routes": (STAFF,)})

    with caplog.at_level(logging.ERROR):
        codes = [json.loads(knock(empty, "GET", STAFF)["body"])["Code"] for _ in range(2)]

    assert codes == ["internal", "internal"]
    assert {record.name for record in caplog.records} == {edge.log.name}
