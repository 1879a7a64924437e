"""Rooms open when somebody knocks: everything is found behind the page of doors, and nothing is loaded that nobody asked for."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
from chalice import Chalice

import app
from chalicelib import edge
from chalicelib.rooms import Rooms
from tests.builders import make_brand
from tests.house import House

ROOT = Path(__file__).parent.parent
STAFF, SESSION = "/v1/keys", "/v1/me"
FRESH = """
import json, sys; sys.path[:0] = sys.argv[1:3]
import app
knocked = json.loads(sys.argv[3])
if "function" in knocked: getattr(app, knocked["function"])({"Records": []}, None)
if "path" in knocked:
    context = {"httpMethod": knocked["method"], "resourcePath": knocked["path"], "identity": {}}
    parts = {"account": "demo.oa", "entry": "e_x"}
    event = {"requestContext": context, "headers": {}, "multiValueQueryStringParameters": None, "pathParameters": parts, "body": None}
    assert app.app({**event, "isBase64Encoded": False, "stageVariables": None}, None)["statusCode"] != 500
rooms = {tuple(name.split(".")[1:3]) for name in sys.modules if name.startswith("chalicelib.")}
print(json.dumps(sorted({room for room, *file in rooms if file in (["flows"], ["routes"], ["tables"])})))
"""


def rooms_loaded(**knocked: str) -> set[str]:
    """The rooms of which a fresh process has loaded more than words and rules, once it has done what it was asked."""
    environment = {
        "STAGE": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
    }
    command = [sys.executable, "-I", "-S", "-c", FRESH, str(ROOT), sysconfig.get_paths()["purelib"], json.dumps(knocked)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def knock(asked: Chalice, method: str, path: str, **headers: str) -> dict[str, Any]:
    context = {"httpMethod": method, "resourcePath": path, "identity": {}, "requestId": "r"}
    event = {"requestContext": context, "headers": headers, "multiValueQueryStringParameters": None, "pathParameters": {}, "body": None}
    answer: dict[str, Any] = asked({**event, "isBase64Encoded": False, "stageVariables": None}, None)
    return answer


@pytest.fixture
def empty() -> Chalice:
    return Chalice(app_name="liandong", configure_logs=False)


def test_the_page_names_every_module_of_routes() -> None:
    modules = {
        ".".join(path.relative_to(ROOT / "chalicelib").with_suffix("").parts).removesuffix(".__init__")
        for path in (ROOT / "chalicelib").rglob("routes*/**/*.py")
        if "def make_routes(" in path.read_text(encoding="utf-8")
    } | {
        ".".join(path.relative_to(ROOT / "chalicelib").with_suffix("").parts)
        for path in (ROOT / "chalicelib").glob("*/routes.py")
    }

    app.rooms.open_all()

    assert set(app.rooms._opened) == modules


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
        ("GET", "/v1/keys", {"staff"}),
    ],
)
def test_a_request_loads_its_room_and_those_it_stands_on(method: str, path: str, rooms: set[str]) -> None:
    assert rooms_loaded(method=method, path=path) == rooms


@pytest.mark.parametrize(
    ("function", "rooms"),
    [
        ("announce", set()),
        ("hear_identity", {"identity"}),
    ],
)
def test_a_function_loads_its_room_and_those_it_stands_on(function: str, rooms: set[str]) -> None:
    assert rooms_loaded(function=function) == rooms


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
