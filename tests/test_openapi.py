"""The OpenAPI document: valid, complete, and of the same words as the doors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

import app
from chalicelib import openapi
from chalicelib.edge import Door
from chalicelib.errors import CODES
from chalicelib.staff.words import Scope
from tests.house import House

DOCUMENT: dict[str, Any] = json.loads(openapi.document(app.rooms.open_all()))
OPERATIONS = [(path, method, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()]
NAMES = [f"{method.upper()} {path}" for path, method, _ in OPERATIONS]

ELSEWHERE = {
    "brand_taken": "brands are made by the command line",
    "internal": "our mistake, at any door",
    "path_missing": "no door at all",
    "push_missing": "told in a message's outcome",
    "push_refused": "told in a message's outcome",
    "push_token_dead": "told in a message's outcome",
    "token_rejected": "told in a message's outcome",
}


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (value for key, value in part.items() if key == "$ref")
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from references(each)


def test_the_served_document_is_valid_and_the_one_that_is_described(house: House) -> None:
    status, served = house.raw("GET", "/openapi.json")

    assert status == 200
    assert json.loads(served) == DOCUMENT
    OpenAPIV31SpecValidator(json.loads(served)).validate()


def test_a_document_that_packaging_wrote_is_served_without_opening_a_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = tmp_path / "openapi.json"
    written.write_bytes(b'{"openapi": "3.1.0"}')
    monkeypatch.setattr(openapi, "WRITTEN", written)

    served = openapi.find_document(lambda: pytest.fail("every room was opened"))

    assert served == '{"openapi": "3.1.0"}'


def test_every_route_is_in_the_document_and_nothing_else() -> None:
    routes = {f"{method} {path}" for path, methods in app.app.routes.items() for method in methods if method != "OPTIONS"}

    assert routes - {"GET /openapi.json"} == set(NAMES)
    assert len(NAMES) == len(app.rooms.open_all())


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert len(set(names)) == len(names)
    assert all(name.isidentifier() for name in names)


def test_every_reference_leads_somewhere_and_every_schema_is_referred_to() -> None:
    schemas = DOCUMENT["components"]["schemas"]

    referred = {reference.removeprefix("#/components/schemas/") for reference in references(DOCUMENT)}

    assert referred == set(schemas)


def test_every_code_is_documented_at_some_door_with_its_status() -> None:
    told = {(status, answer["description"]) for _, _, operation in OPERATIONS for status, answer in operation["responses"].items()}

    described = {status: " ".join(text for each, text in told if each == status) for status, _ in told}
    missing = [code for code in CODES if f"`{code}`: {CODES[code]}" not in described.get(str(openapi.status_of(code)), "")]
    assert DOCUMENT["x-error-codes"] == CODES
    assert sorted(set(missing) - set(ELSEWHERE)) == []


def test_every_refusal_is_described_in_its_one_shape() -> None:
    refusals = {
        f"{name} {status}": answer
        for name, (_, _, operation) in zip(NAMES, OPERATIONS, strict=True)
        for status, answer in operation["responses"].items()
        if int(status) >= 400
    }

    assert {name.rpartition(" ")[0] for name in refusals} == set(NAMES)
    assert [name for name, answer in refusals.items() if not is_of_one_shape(answer)] == []


def is_of_one_shape(answer: dict[str, Any]) -> bool:
    schema = answer["content"]["application/json"]["schema"]
    return (
        schema == {"$ref": "#/components/schemas/Refusal"}
        and set(answer["content"]) <= {"application/json", "text/html"}
        and answer["description"].startswith("`")
    )


def test_the_shape_of_a_refusal_is_what_callers_are_promised() -> None:
    shape = DOCUMENT["components"]["schemas"]["Refusal"]

    assert {name: part["type"] for name, part in shape["properties"].items()} == {
        "Code": "string",
        "Message": "string",
        "RequestId": "string",
    }
    assert shape["required"] == ["Code", "Message", "RequestId"]


def test_every_door_is_described_as_it_is() -> None:
    described = [(door, DOCUMENT["paths"][door.path][door.method.lower()]) for door in app.rooms.open_all()]

    otherwise = {
        f"{door.method} {door.path}": seen_in(operation, door.status).items() ^ known_of(door).items() for door, operation in described
    }
    assert {name: differences for name, differences in otherwise.items() if differences} == {}


def seen_in(operation: dict[str, Any], status: int) -> dict[str, Any]:
    """What the document tells of a door, and how its callers prove who they are."""
    return {
        "does": operation["summary"],
        "path": frozenset(each["name"] for each in operation["parameters"] if each["in"] == "path"),
        "query": tuple(each["name"] for each in operation["parameters"] if each["in"] == "query"),
        "takes": "requestBody" in operation,
        "scope": operation.get("x-scope"),
        "shows": "content" in operation["responses"][str(status)],
        "bearers": tuple(name for requirement in operation["security"] for name in requirement),
        "refuses strangers": "401" in operation["responses"],
    }


def known_of(door: Door) -> dict[str, Any]:
    return {
        "does": door.does,
        "path": frozenset(part[1:-1] for part in door.path.split("/") if part.startswith("{")),
        "query": door.query,
        "takes": door.takes is not None,
        "scope": door.scope and str(door.scope),
        "shows": door.gives is not None or bool(door.shows and door.status != 302),
        "bearers": (door.proof,) if door.proof in ("key", "session") else (),
        "refuses strangers": door.proof in ("key", "session", "refresh_token", "ticket"),
    }


def test_a_door_has_a_scope_when_keys_open_it() -> None:
    assert [door for door in app.rooms.open_all() if (door.scope in set(Scope)) != (door.proof == "key")] == []


def test_what_a_door_takes_is_closed_to_fields_it_does_not_know() -> None:
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        for _, _, operation in OPERATIONS
        if "requestBody" in operation
    ]

    taken = {name: DOCUMENT["components"]["schemas"][name.rsplit("/", 1)[-1]].get("additionalProperties") for name in bodies}
    assert taken == dict.fromkeys(taken, False)


def test_no_door_takes_or_gives_a_secret_in_a_url() -> None:
    names = {each["name"] for _, _, operation in OPERATIONS for each in operation["parameters"]}

    ours = names - {"key_id", "code", "auth_code", "code_challenge"}  # WeChat's own codes, used up at once; the hash of a secret
    assert not {name for name in ours if any(word in name for word in ("secret", "token", "key", "phone", "code"))}
