"""Every door of /openapi.json is asked whatever its description allows, and what it does not: it answers as it is described."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from chalice.test import Client
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

import app
from chalicelib import openapi
from chalicelib.staff.words import Scope
from tests.builders import log_in, make_accounts, make_brand, make_platform, make_rules, make_user
from tests.house import House, open_house

Operation = APIOperation[Any, Any, Any, Any]
Case = schemathesis.Case[Any]
BASE = "http://127.0.0.1"
SCHEMA = schemathesis.openapi.from_dict(json.loads(openapi.document(app.DOORS)))
OPERATIONS: dict[str, Operation] = {each.ok().label: each.ok() for each in SCHEMA.get_all_operations() if isinstance(each, Ok)}
EXPECTED = ("status_code_conformance", "content_type_conformance", "response_schema_conformance", "response_headers_conformance")
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


class Stage:
    """A house whose brand demo has one of everything, and the values of paths and bodies that lead there."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.key = make_brand(house, "demo", *Scope)
        make_accounts(house, self.key)
        make_platform(house, self.key)
        make_rules(house, self.key)
        login = log_in(house, make_user(house))
        self.session = login["session_token"]
        house.call("PUT", "/v1/dictionary", {"types": {"visit": {}}}, key=self.key)
        _, batch = house.call("POST", "/v1/records", {"records": [self.order("已支付"), self.order("elsewhere")]}, key=self.key)
        house.work()
        group = house.call("GET", "/v1/quarantine", key=self.key)[1]["groups"][0]["id"]
        held = house.call("GET", f"/v1/quarantine/{group}", key=self.key)[1]["records"][0]["id"]
        self.known = {"account": "demo.oa", "person": login["person"], "batch": batch["id"], "group": group, "record": held}

    def order(self, state: str) -> dict[str, Any]:
        return {"type": "order", "id": state, "at": "2026-11-20T11:00:00+08:00", "who": {"member_no": "M1"}, "data": {"state": state}}

    def ask(self, case: Case, proof: str) -> schemathesis.Response:
        request = requests.Request(**_without_none(case.as_transport_kwargs(base_url=BASE))).prepare()
        headers = {name.lower(): str(value) for name, value in request.headers.items() if name.lower() != "content-length"}
        if proof:
            headers["authorization"] = f"Bearer {proof}"
        body = request.body.encode() if isinstance(request.body, str) else request.body
        with Client(self.house.app.app) as client:
            answer = client.http.request(
                str(request.method), request.path_url, headers=headers, body=body if isinstance(body, bytes) else b""
            )
        told = {name.lower(): [str(value)] for name, value in answer.headers.items()}
        return schemathesis.Response(answer.status_code, told, bytes(answer.body), request, elapsed=0.0, verify=False)


def _without_none(kwargs: dict[str, Any]) -> dict[str, Any]:
    """What a request is made of; the rest is how it would be sent."""
    return {
        name: kwargs[name] for name in ("method", "url", "headers", "params", "data", "json", "cookies") if kwargs.get(name) is not None
    }


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with open_house() as house:
        yield Stage(house)


def knock(stage: Stage, label: str, examples: int) -> None:
    """Ask one operation so many times in each mode, with values of paths that are nobody's and with ours."""
    operation = OPERATIONS[label]
    proofs = {"key": stage.key, "session": stage.session}
    proof = next((proofs[name] for needed in operation.definition.raw.get("security", ()) for name in needed), "")
    ours = {each.name: stage.known[each.name] for each in operation.path_parameters if each.name in stage.known}
    for mode in MODES if operation.body or operation.query else MODES[:1]:  # a text of a path cannot be wrong
        for known in (ours, {}) if operation.path_parameters else ({},):
            _ask_for(stage, operation, mode, known, proof, examples, seed=zlib.crc32(f"{label} {mode} {len(known)}".encode()))


def _ask_for(
    stage: Stage, operation: Operation, mode: GenerationMode, known: dict[str, str], proof: str, examples: int, *, seed: int
) -> None:
    load_all_checks()
    checks: Any = CHECKS.get_by_names(EXPECTED)

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=examples, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @hypothesis.given(case=operation.as_strategy(mode, path_parameters=known or None))
    def ask(case: Case) -> None:
        answer = stage.ask(case, proof)
        assert answer.status_code != 500, answer.content
        case.validate_response(answer, checks=checks)

    ask()


def test_every_door_is_asked() -> None:
    assert len(OPERATIONS) == len(app.DOORS)


@pytest.mark.parametrize("label", OPERATIONS)
def test_a_door_answers_as_it_is_described(stage: Stage, label: str) -> None:
    knock(stage, label, 3)


@pytest.mark.long
@pytest.mark.parametrize("label", OPERATIONS)
def test_a_door_answers_as_it_is_described_many_times(stage: Stage, label: str) -> None:
    knock(stage, label, 40)
