"""Every door of /openapi.json is asked whatever its description allows, and what it does not: it answers as it is described."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from datetime import timedelta
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
from tests.builders import MINI_APPID, TEMPLATE_ID, log_in, make_accounts, make_brand, make_key, make_platform, make_rules, make_user
from tests.house import House, open_house
from tests.hub.source import AT

Operation = APIOperation[Any, Any, Any, Any]
Case = schemathesis.Case[Any]
BASE = "http://127.0.0.1"
SCHEMA = schemathesis.openapi.from_dict(json.loads(openapi.document(app.rooms.open_all())))
OPERATIONS: dict[str, Operation] = {each.ok().label: each.ok() for each in SCHEMA.get_all_operations() if isinstance(each, Ok)}
EXPECTED = ("status_code_conformance", "content_type_conformance", "response_schema_conformance", "response_headers_conformance")
NAMED = frozenset({"batch", "group", "message", "person", "query", "webhook", "record", "split"})
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


class Stage:
    """A house whose brand demo has one of everything, and the values of paths and bodies that lead there."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.key = make_brand(house, "demo", *Scope)
        make_accounts(house, self.key)
        make_platform(house, self.key)
        make_rules(house, self.key)
        user = make_user(house)
        login = log_in(house, user)
        self.session = login["session_token"]
        house.call("PUT", "/v1/dictionary", {"types": {"visit": {}}}, key=self.key)
        _, batch = house.call("POST", "/v1/records", {"records": [self.order("已支付"), self.order("elsewhere")]}, key=self.key)
        house.work()
        group = house.call("GET", "/v1/quarantine", key=self.key)[1]["groups"][0]["id"]
        self.seats = self.open_group()
        held = house.call("GET", f"/v1/quarantine/{group}", key=self.key)[1]["records"][0]["id"]
        self.known = {"account": "demo.oa", "person": login["person"], "batch": batch["id"], "group": group, "record": held}
        self.known |= {"kind": "follower_changes", "query": self.asked(), "webhook": self.webhook(), "appid": MINI_APPID}
        self.known |= {
            "message": self.message(user),
            "broadcast": self.broadcast(),
            "rule": self.rule(),
            "mass_send": self.mass_send(),
            "split": self.split(),
            "preferences": self.made(f"/v1/people/{login['person']}/preference-links", {}, "link").rpartition("/")[2],
            "template": TEMPLATE_ID,
            "key_id": make_key(house, "demo", Scope.people_read).split("_")[1],
        }

    def known_to(self, label: str) -> dict[str, str]:
        """What leads to something of ours; what a door takes away is there for it alone."""
        if label == "DELETE /v1/webhooks/{webhook}":
            return {**self.known, "webhook": self.webhook()}
        return {**self.known, "group": self.seats} if "groups/{group}" in label else self.known

    def path(self, label: str) -> str:
        return label.partition(" ")[2].format(**self.known_to(label))

    def open_group(self) -> str:
        """A group that somebody may join."""
        offer = {"kind": "group", "name": "trio", "title": "Together", "size": 3, "price_fen": 1, "open_for_s": 600}
        self.house.call("PUT", "/v1/offers", {"offers": [offer]}, key=self.key)
        _, group = self.house.call("POST", "/v1/me/groups", {"offer": "trio", "order": "T-1"}, key=self.session)
        return str(group["id"])

    def asked(self) -> str:
        """A question that has been answered, about an archive that has been put in order."""
        event = {"type": "event", "id": "e", "at": AT, "data": {"name": "view"}}
        records = [{**event, "who": {"member_no": member}} for member in ("M1", "M2")]
        self.house.call("POST", "/v1/records", {"records": records}, key=self.key)
        self.house.work()
        self.house.tick("plan_compaction")
        query = self.made("/v1/people/query", {"people": {"event": "view"}}, "id")
        self.house.work()
        return query

    def webhook(self) -> str:
        """A webhook that was told something."""
        webhook = self.made("/v1/webhooks", {"url": "https://hooks.example.com/", "facts": ["record.stored"]}, "id")
        self.house.call("POST", f"/v1/webhooks/{webhook}/test", key=self.key)
        self.house.work()
        return webhook

    def message(self, user: str) -> str:
        openid = self.house.play(f"/users/{user}?appid={MINI_APPID}", method="GET")["openid"]
        data = {"thing1": "美容护理", "time2": "15:00"}
        step = {"channel": "subscribe_message", "account": "demo.mini", "template_id": TEMPLATE_ID, "data": data}
        to = {"type": "openid", "value": openid, "account": "demo.mini"}
        return self.made("/v1/messages", {"to": to, "purpose": "service", "channels": [step]}, "id")

    def broadcast(self) -> str:
        """Paused, so that each of its doors finds it."""
        text = {"channel": "customer_service", "account": "demo.oa", "message": {"kind": "text", "text": "今天"}}
        order = {"name": "one", "purpose": "service", "channels": [text], "audience": {"people": ["01J00000000000000000000000"]}}
        return self.made(f"/v1/broadcasts/{self.made('/v1/broadcasts', order, 'id')}/pause", {}, "id")

    def rule(self) -> str:
        text = {"channel": "customer_service", "account": "demo.oa", "message": {"kind": "text", "text": "{{order}}"}}
        self.house.call(
            "PUT", "/v1/triggers", {"rules": [{"name": "told", "type": "order", "purpose": "service", "channels": [text]}]}, key=self.key
        )
        return "told"

    def mass_send(self) -> str:
        """For later: nothing of it goes out meanwhile."""
        later = (self.house.clock() + timedelta(days=60)).isoformat()
        order = {
            "account": "demo.oa",
            "name": "one",
            "audience": {"to": "all"},
            "purpose": "service",
            "confirmed": True,
            "not_before": later,
        }
        message = {"kind": "text", "text": "今天"}
        headers = {"Idempotency-Key": "one"}
        status, made = self.house.call("POST", "/v1/mass-sends", {**order, "message": message}, key=self.key, headers=headers)
        assert status == 202, made
        return str(made["id"])

    def split(self) -> str:
        a, b = ({"type": "member_no", "value": value} for value in ("M1", "M2"))
        return self.made("/v1/splits", {"a": a, "b": b, "reason": "two people"}, "id")

    def made(self, path: str, order: dict[str, Any], name: str) -> str:
        status, made = self.house.call("POST", path, order, key=self.key)
        assert status < 300, made
        value: str = made[name]
        return value

    def order(self, state: str) -> dict[str, Any]:
        return {"type": "order", "id": state, "at": AT, "who": {"member_no": "M1"}, "data": {"state": state}}

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


def knock(stage: Stage, label: str, examples: int, *, ways: int) -> None:
    """Ask one operation so many times in each of so many ways: in each mode, with values of paths that are ours and that are nobody's."""
    operation = OPERATIONS[label]
    proofs = {"key": stage.key, "session": stage.session}
    proof = next((proofs[name] for needed in operation.definition.raw.get("security", ()) for name in needed), "")
    known_to_it = stage.known_to(label)
    ours = {each.name: known_to_it[each.name] for each in operation.path_parameters if each.name in known_to_it}
    modes = MODES if operation.body or operation.query else MODES[:1]  # a text of a path cannot be wrong
    for mode, known in [(mode, known) for mode in modes for known in ((ours, {}) if operation.path_parameters else ({},))][:ways]:
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
    assert len(OPERATIONS) == len(app.rooms.open_all())


def test_there_is_one_of_everything_that_is_shown(stage: Stage) -> None:
    shown = [label for label, each in OPERATIONS.items() if {part.name for part in each.path_parameters} & (NAMED & set(stage.known))]

    missing = [label for label in shown if label.startswith("GET") and stage.house.call("GET", stage.path(label), key=stage.key)[0] == 404]

    assert len(shown) > 20
    assert missing == []


@pytest.mark.parametrize("label", OPERATIONS)
def test_a_door_answers_as_it_is_described(stage: Stage, label: str) -> None:
    knock(stage, label, 2, ways=3)


@pytest.mark.long
@pytest.mark.parametrize("label", OPERATIONS)
def test_a_door_answers_as_it_is_described_many_times(stage: Stage, label: str) -> None:
    knock(stage, label, 40, ways=4)
