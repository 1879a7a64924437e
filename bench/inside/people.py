"""Logins and identity: requests and units by WeChat's log and DynamoDB's own account."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from bench.inside import counting, scene
from bench.inside.timing import cpu_us
from chalicelib.identity import flows as identity
from chalicelib.identity.rules import persons
from chalicelib.identity.words import Identifier, IdentifierType, Key, Link, Rank
from chalicelib.sessions.flows import tickets
from chalicelib.staff.words import Scope

OTHERS = {IdentifierType.phone: "13912345678", IdentifierType.app_uid: "app-0001", IdentifierType.member_no: "M0000001"}
_KINDS = (
    (IdentifierType.unionid, ""),
    *((IdentifierType.openid, account) for account in ("oa", "mini", "shop")),
    (IdentifierType.phone, ""),
    (IdentifierType.member_no, ""),
)
"""What a person of the components to arrange has."""
_numbers = itertools.count(1)


def measure() -> Iterator[tuple[str, float]]:
    """A known person's login; a look-up by every type of identifier; links."""
    counting.listen()
    stage = scene.Scene("people")
    yield from _known_login(stage)
    yield from _jump(stage)
    yield from _lookup(stage)
    first = _watched(lambda: _meet(stage, _openid("mini"), _unionid()))
    yield "first_link.wru", first.write_units
    yield "first_link.aws_calls", len(first.requests)
    joins = [_late_unionid(stage), _phone_joins(stage)]
    yield "join.wru", max(join.write_units for join in joins)
    yield "join.aws_calls", max(len(join.requests) for join in joins)
    contested = _unionid_told_again(stage)
    yield "contested.wru", contested.write_units
    yield "contested.aws_calls", len(contested.requests)
    for links in (10, 50, 200, 1000):
        yield f"arrange.ms_{links}_links", _arrange_ms(links)


def _known_login(stage: scene.Scene) -> Iterator[tuple[str, float]]:
    user = scene.play("/users", {})["user"]
    _log_in(stage, user)
    code = scene.play(f"/users/{user}/login", {"appid": stage.appids["mini"]})["code"]
    calls = len(scene.play("/log")["calls"])
    with counting.watch() as ledger:
        _send_code(stage, code)
    calls = len(scene.play("/log")["calls"]) - calls
    scene.note(f"login.known: {calls} call to WeChat, then {', '.join(ledger.requests)}")
    yield "login.known.wechat_calls", calls
    yield "login.known.reads", ledger.reads
    yield "login.known.writes", len(ledger.requests) - ledger.reads


def _jump(stage: scene.Scene) -> Iterator[tuple[str, float]]:
    """A single-use ticket of somebody known that logs in, its own code included; then the sealing and the opening alone."""
    user = scene.play("/users", {})["user"]
    session = msgspec.json.decode(_log_in(stage, user)["body"])["session_token"]
    asked = msgspec.json.encode({"purpose": "order", "audience": [f"{stage.brand}.mini"], "payload": {"order_id": "A-1001"}})
    made = scene.ask(scene.request_event("POST", "/v1/me/tickets", body=asked, key=session))
    ticket = msgspec.json.decode(made["body"])["ticket"]
    code = scene.play(f"/users/{user}/login", {"appid": stage.appids["mini"]})["code"]
    shown = msgspec.json.encode({"ticket": ticket, "account": f"{stage.brand}.mini", "code": code})
    with counting.watch() as ledger:
        answer = scene.ask(scene.request_event("POST", "/v1/sessions/ticket", body=shown))
    if answer["statusCode"] != 201:
        raise AssertionError("the jump did not log in")
    scene.note(f"jump: {', '.join(ledger.requests)}")
    yield "jump.reads", ledger.reads
    yield "jump.writes", len(ledger.requests) - ledger.reads
    account, now = stage.account("oa"), stage.world.now()
    key, page = Key(IdentifierType.openid, "oa", "0" * 32), "https://bench.test/pages/people.oa/phone"

    def seal() -> object:
        return tickets.seal_login(account, key, page, home="https://bench.test", world=stage.world, now=now)

    yield "jump.seal_us", cpu_us(seal, rounds=7, batch=500)
    yield "jump.open_us", cpu_us(lambda: tickets.open_ticket(ticket, world=stage.world, now=now), rounds=7, batch=500)


def _lookup(stage: scene.Scene) -> Iterator[tuple[str, float]]:
    openid, unionid = _openid("mini"), _unionid()
    _meet(stage, openid, unionid)
    for kind, value in OTHERS.items():
        _assert(stage, unionid, Identifier(kind, value))
    asked = [openid, unionid, *(Identifier(kind, value) for kind, value in OTHERS.items())]
    key, found, answers = stage.make_key(Scope.people_read), [], []
    for identifier in asked:
        with counting.watch() as ledger:
            identity.find_person(stage.brand, identifier, world=stage.world, now=stage.world.now())
        found.append(ledger.read_units)
        body = {"type": identifier.type.value, "value": identifier.value}
        if identifier.account:
            body["account"] = f"{stage.brand}.{identifier.account}"
        event = scene.request_event("POST", "/v1/people/lookup", body=msgspec.json.encode(body), key=key)
        scene.ask(event)
        with counting.watch() as ledger:
            scene.ask(event)
        answers.append(ledger.read_units)
    scene.note("lookup: " + ", ".join(f"{each.type.value} {units:g}" for each, units in zip(asked, found, strict=True)))
    yield "lookup.rru", max(found)
    yield "lookup.answer_rru", max(answers)


def _late_unionid(stage: scene.Scene) -> counting.Ledger:
    """Two persons, each with two identifiers, turn out to be one when the unionid of one openid is told late."""
    openid, unionid = _openid("oa"), _unionid()
    _meet(stage, openid, None)
    _assert(stage, openid, Identifier(IdentifierType.app_uid, f"app-{next(_numbers):04}-a"))
    _meet(stage, _openid("mini"), unionid)
    return _watched(lambda: _meet(stage, openid, unionid))


def _phone_joins(stage: scene.Scene) -> counting.Ledger:
    """Two persons known by WeChat, joined by a phone number that both have verified."""
    phone = Identifier(IdentifierType.phone, f"1371234{next(_numbers):04}")
    openids = _openid("oa"), _openid("mini")
    for openid in openids:
        _meet(stage, openid, None)
    _assert(stage, openids[0], phone)
    return _watched(lambda: _assert(stage, openids[1], phone))


def _unionid_told_again(stage: scene.Scene) -> counting.Ledger:
    """WeChat told two unionids of one openid, one after the other, and now tells the first one again: all is arranged anew."""
    openid, unionids = _openid("mini"), (_unionid(), _unionid())
    for unionid in unionids:
        _meet(stage, openid, unionid)
        time.sleep(1)  # what is told within one second has no order
    return _watched(lambda: _meet(stage, openid, unionids[0]))


def _arrange_ms(number: int) -> float:
    """CPU for one component of so many links: people of six identifiers, joined by weak links that are mostly rejected."""
    keys = [Key(*_KINDS[place % len(_KINDS)], f"{place:032}") for place in range(number)]
    now = datetime(2026, 11, 21, tzinfo=UTC)
    links = [
        Link(
            a=keys[place],
            b=keys[place - 1 if place % len(_KINDS) else place // 2],
            rank=Rank.verified if place % len(_KINDS) else Rank.declared,
            first_at=now - timedelta(days=place % 40),
            last_at=now - timedelta(days=place % 40),
            source="bench",
        )
        for place in range(1, number)
    ]
    links.append(msgspec.structs.replace(links[-1], b=keys[0]))
    return cpu_us(lambda: persons.arrange(keys, links, [], reissue=timedelta(days=90)), rounds=7, batch=max(1, 2000 // number)) / 1000


def _watched(write: Callable[[], object]) -> counting.Ledger:
    with counting.watch() as ledger:
        write()
    scene.note(f"{ledger.write_units:g} write units by {', '.join(ledger.requests)}")
    return ledger


def _meet(stage: scene.Scene, openid: Identifier, unionid: Identifier | None) -> None:
    told = None if unionid is None else unionid.value
    identity.recognise(stage.brand, openid, told, source="wx.login", world=stage.world, now=stage.world.now())


def _assert(stage: scene.Scene, a: Identifier, b: Identifier) -> None:
    now = stage.world.now()
    identity.assert_link(stage.brand, a, b, rank=Rank.verified, source="bench", at=now, world=stage.world, now=now)


def _openid(account: str) -> Identifier:
    return Identifier(IdentifierType.openid, f"oBench{next(_numbers):022}", account)


def _unionid() -> Identifier:
    return Identifier(IdentifierType.unionid, f"uBench{next(_numbers):022}")


def _log_in(stage: scene.Scene, user: str) -> dict[str, Any]:
    return _send_code(stage, scene.play(f"/users/{user}/login", {"appid": stage.appids["mini"]})["code"])


def _send_code(stage: scene.Scene, code: str) -> dict[str, Any]:
    body = msgspec.json.encode({"account": f"{stage.brand}.mini", "code": code})
    return scene.ask(scene.request_event("POST", "/v1/sessions/mini-program", body=body))
