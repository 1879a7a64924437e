"""What no record should be: one table of it, each between two good ones, which are stored as if it were not there."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.hub.source import Bringer

SURROGATE = "\ud800"
TOO_DEEP = "[" * 60 + "]" * 60


def record(**changes: Any) -> str:
    """An order as JSON; texts that cannot be written go as escapes."""
    order = {"type": "order", "id": "BAD", "at": "2026-11-20T11:00:00+08:00", "who": {"phone": "13912345678"}, "data": {"state": 1}}
    return json.dumps({**order, **changes})


def data(text: str = "", /, **fields: Any) -> str:
    """The same with these fields; `text` is the value of a note as no JSON library writes it."""
    whole = record(data={"state": 1, **({"note": "@"} if text else {}), **fields})
    return whole.replace('"@"', text)


REJECTED = {
    # no record at all
    "a text": ('"order"', "$"),
    "a number": ("1", "$"),
    "nothing": ("null", "$"),
    "a list": ("[]", "$"),
    "an empty object": ("{}", "$"),
    "a field nobody knows": (record(colour="red"), "$"),
    "a field nobody can write": (record(**{SURROGATE: 1}), "$"),
    # its own fields
    "a type that is a number": (record(type=1), "$.type"),
    "a type nobody published": (record(type="unheard_of"), "$.type"),
    "a type in another spelling": (record(type="Order"), "$.type"),
    "an id that is a number": (record(id=20261120), "$.id"),
    "an empty id": (record(id=""), "$.id"),
    "a blank id": (record(id=" \u3000"), "$.id"),
    "an endless id": (record(id="9" * 129), "$.id"),
    "an id of two lines": (record(id="a\nb"), "$.id"),
    "an id that turns round what follows": (record(id="a\u202eb"), "$.id"),
    "an id nobody can write": (record(id=SURROGATE), "$.id"),
    "a time that is a number": (record(at=1_795_000_000), "$.at"),
    "a time without its zone": (record(at="2026-11-20T11:00:00"), "$.at"),
    "a day there is not": (record(at="2026-02-30T11:00:00Z"), "$.at"),
    "the first of all years": (record(at="0001-01-01T00:00:00+14:00"), "$.at"),
    "the last of all years": (record(at="9999-12-31T23:59:59-14:00"), "$.at"),
    "before there were shops": (record(at="1999-12-31T23:59:59Z"), "$.at"),
    "six minutes ahead": (record(at="2026-11-20T04:06:00Z"), "$.at"),
    "a version that is a text": (record(version="3"), "$.version"),
    "a version between two": (record(version=1.5), "$.version"),
    "a version below zero": (record(version=-1), "$.version"),
    "a version beyond what every reader counts": (record(version=2**53 + 1), "$.version"),
    "a version beyond all computers": (record(version=0).replace('"version": 0', f'"version": {"9" * 5000}'), "$.version"),
    "a version that is no number": (record(version=float("nan")), "$.version"),
    # whom it is about
    "nobody": (record(who={}), "$.who"),
    "a list of people": (record(who=[]), "$.who"),
    "a phone that is a number": (record(who={"phone": 13912345678}), "$.who.phone"),
    "a phone of nobody": (record(who={"phone": "13800138000"}), "$.who.phone"),
    "a unionid that says null": (record(who={"unionid": "null"}), "$.who.unionid"),
    "an endless unionid": (record(who={"unionid": "u" * 257}), "$.who.unionid"),
    "somebody by a field nobody knows": (record(who={"wechat": "x"}), "$.who"),
    "a member number nobody can write": (record(who={"member_no": SURROGATE}), "$.who"),
    "an openid nobody can write": (record(who={"openid": {"demo.mini": SURROGATE}}), "$.who"),
    "an openid of an account of another brand": (record(who={"openid": {"rival.mini": "o1"}}), "$.who.openid"),
    "an openid of no account": (record(who={"openid": {"mini": "o1"}}), "$.who.openid"),
    "an openid of an account that would break keys": (record(who={"openid": {"demo.mini#x": "o1"}}), "$.who.openid"),
    "an openid of an endless account": (record(who={"openid": {"demo." + "x" * 3000: "o1"}}), "$.who.openid"),
    # what it says
    "data that is a list": (record(data=[]), "$.data"),
    "data over 32 KB": (data(note="x" * 33_000), "$.data"),
    "a text nobody can write": (data(note=SURROGATE), "$.data"),
    "half a letter deep inside": (data(whatever={"a": [{"b": "\udfff"}]}), "$.data"),
    "a name nobody can write": (data(**{SURROGATE: 1}), "$.data"),
    "bytes that are no UTF-8": (data('"\udcb2\udce2"'), "$.data"),
}
HELD = {
    "a state nobody knows": (record(data={"state": "teleported"}), "/state", "unknown_value"),
    "no state": (record(data={}), "/state", "missing"),
    "a state that is a list": (record(data={"state": [1]}), "/state", "wrong_type"),
    "a state that is true": (record(data={"state": True}), "/state", "wrong_type"),
    "money that is no number": (data(total_fen=float("nan")), "/total_fen", "out_of_range"),
    "endless money": (data(total_fen=float("inf")), "/total_fen", "out_of_range"),
    "money beyond what every reader counts": (data(total_fen=2**53 + 1), "/total_fen", "out_of_range"),
    "money of five thousand digits": (data().replace("1}}", '1, "total_fen": -' + "9" * 5000 + "}}"), "/total_fen", "out_of_range"),
    "money that cannot be read": (data(total_fen="a lot"), "/total_fen", "unreadable_money"),
    "money that is true": (data(total_fen=True), "/total_fen", "wrong_type"),
    "two amounts": (data(total_fen=100, 金额="2元"), "/金额", "said_twice"),
    "more fields than anything has": (data(**{f"f{place}": place for place in range(300)}), "", "too_many_fields"),
}
STORED: dict[str, tuple[str, dict[str, str]]] = {
    "an unknown field": (data(colour="red"), {"/colour": "unknown_field"}),
    "a time from before there were clocks": (data(updated_at="0001-01-01"), {"/updated_at": "unreadable_time"}),
    "the zero of another system": (data(updated_at=0), {"/updated_at": "out_of_range"}),
    "a time nobody reads": (data(paid_at="yesterday"), {"/paid_at": "unreadable_time"}),
    "a phone of nobody in a field": (data(receiver_phone="12"), {"/receiver_phone": "no_phone"}),
    "items that are a text": (data(items="A1"), {"/items": "wrong_type"}),
    "more items than an order has": (data(items=[{"sku": "A"}] * 501), {"/items": "too_long"}),
    "an item without its number": (data(items=[{"title": "x"}]), {"/items/0/sku": "missing"}),
    "something nested deeper than anything is": (data(TOO_DEEP), {"/note": "wrong_type"}),
    "an endless name": (data(**{"k" * 20_000: 1}), {f"/{'k' * 48}": "unknown_field"}),
    "no number in a field nobody knows": (data(whatever=float("nan")), {"/whatever": "unknown_field"}),
    "a tab and a line break as they are": (data('"a\tb\nc"'), {}),
    "an empty value": (data(note=""), {}),
    "nothing in a field": (data(note=None), {}),
    "somebody nobody has met": (record(who={"member_no": "NEW-1"}), {}),
}


def send_between(hub: Bringer, bad: str) -> dict[str, Any]:
    """Send a bad record between two good ones; what is told of it at once."""
    body = f'{{"records": [{json.dumps(hub.order())}, {bad}, {json.dumps(hub.order())}]}}'

    status, taken = hub.send_bytes(body.encode("utf-8", "surrogateescape"))

    assert status == 202, taken
    assert (taken["records"][0]["verdict"], taken["records"][2]["verdict"]) == ("accepted", "accepted")
    told: dict[str, Any] = taken["records"][1]
    return told


def test_all_of_them_in_one_batch_harm_none_of_their_neighbours(hub: Bringer) -> None:
    bad = [case[0] for case in REJECTED.values()] + [case[0] for case in HELD.values()] + [case[0] for case in STORED.values()]
    cases = [each.replace("BAD", hub.new_id()) for each in bad]
    expected = [*["rejected"] * len(REJECTED), *["quarantined"] * len(HELD), *["stored"] * len(STORED)]
    good = [json.dumps(hub.order()) for _ in range(12)]
    records = [each for place, case in enumerate(cases) for each in ([good[place // 8]] if place % 8 == 0 else []) + [case]]

    status, taken = hub.send_bytes(f'{{"records": [{", ".join(records)}]}}'.encode("utf-8", "surrogateescape"))
    hub.house.work_off("records")

    assert status == 202, taken
    verdicts = hub.verdicts(hub.batch(taken["id"]))
    assert [verdict for place, verdict in enumerate(verdicts) if place % 9] == expected
    assert set(verdicts[::9]) == {"stored"}


def test_of_a_field_that_is_there_twice_the_last_counts(hub: Bringer) -> None:
    """As every JSON reader has it; a strict one would have to be slower than the rest of the door."""
    number, phone = hub.new_id(), hub.who()["phone"]
    twice = data().replace("BAD", number).replace("13912345678", phone).replace('"state": 1', '"state": 1, "state": "已发货"')

    told = send_between(hub, twice)
    while hub.house.work_off("records"):
        pass

    person = hub.house.call("POST", "/v1/people/lookup", {"type": "phone", "value": phone}, key=hub.key)[1]["id"]
    _, page = hub.house.call("GET", f"/v1/people/{person}/records", key=hub.key)
    assert told["verdict"] == "accepted"
    assert [each["data"] for each in page["records"]] == [{"state": 2}]


def test_a_held_record_that_is_mended_beyond_its_size_stays_held(hub: Bringer) -> None:
    hub.bring(hub.order(data={"state": "elsewhere"}), source="large")
    groups = hub.house.call("GET", "/v1/quarantine", key=hub.key)[1]["groups"]
    (group,) = (each["id"] for each in groups if each["source"] == "large")
    (held,) = hub.house.call("GET", f"/v1/quarantine/{group}", key=hub.key)[1]["records"]
    path = f"/v1/quarantine/{group}/{held['id']}/replay"

    large = hub.house.call("POST", path, {"data": {"state": 1, "note": "x" * 40_000}}, key=hub.key)
    fitting = hub.house.call("POST", path, {"data": {"state": 1}}, key=hub.key)

    assert (large[0], large[1]["verdict"], large[1]["code"]) == (200, "quarantined", "too_large")
    assert (fitting[0], fitting[1]["verdict"]) == (200, "stored")


@pytest.mark.parametrize("name", REJECTED)
def test_a_record_that_cannot_be_meant_is_rejected_alone_and_its_field_is_named(hub: Bringer, name: str) -> None:
    bad, place = REJECTED[name]

    told = send_between(hub, bad)

    assert told["verdict"] == "rejected"
    assert told["code"] in ("field_invalid", "unknown_type")
    assert told["message"].endswith(f" - at `$.records[1]{place[1:]}`.")


@pytest.mark.parametrize("name", HELD)
def test_a_record_with_a_value_that_matters_and_cannot_be_read_is_held_alone_and_its_field_is_named(hub: Bringer, name: str) -> None:
    bad, pointer, code = HELD[name]

    told = send_between(hub, bad)

    assert (told["verdict"], told["code"]) == ("quarantined", "held")
    assert {"pointer": pointer, "code": code, "mode": "quarantine"} in told["problems"]


@pytest.mark.parametrize("name", STORED)
def test_a_record_with_a_value_that_does_not_matter_is_accepted_and_the_value_is_told(hub: Bringer, name: str) -> None:
    bad, problems = STORED[name]

    told = send_between(hub, bad)

    assert told["verdict"] == "accepted"
    assert {each["pointer"]: each["code"] for each in told.get("problems", ())} == problems


GOOD = record().encode()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b'{"records": [' + b", ".join([b"{}"] * 501) + b"]}", 400, "field_invalid"),
        (b'{"records": []}', 400, "field_invalid"),
        (b'{"records": [' + GOOD + b'], "source": "Till 1"}', 400, "field_invalid"),
        (b'{"records": [' + GOOD + b'], "records": []}', 400, "field_invalid"),
        (b'{"records": [' + GOOD + b"]", 400, "body_malformed"),
        (b'{"records": [' + GOOD + b", " + b"[" * 5000 + b"]" * 5000 + b"]}", 400, "field_invalid"),
        (b'{"records": [' + GOOD + b"]}" + b" " * 1024 * 1024, 413, "body_too_large"),
        (gzip.compress(b'{"records": [' + GOOD + b"]}" + b" " * 64 * 1024 * 1024), 413, "body_too_large"),
        (gzip.compress(b'{"records": [' + GOOD + b"]}")[:-9], 400, "body_malformed"),
        (b"\x1f\x8b" + GOOD, 400, "body_malformed"),
        (gzip.compress(gzip.compress(b'{"records": [' + GOOD + b"]}")), 400, "body_malformed"),
        ('{"records": [1]}'.encode("utf-16"), 400, "body_malformed"),
    ],
    ids=[
        "501 records",
        "no records",
        "a source in another form",
        "records twice",
        "cut off",
        "nested without end",
        "over 1 MB",
        "a bomb",
        "gzip cut off",
        "nothing like gzip",
        "gzip in gzip",
        "UTF-16",
    ],
)
def test_a_batch_that_cannot_be_read_is_refused_whole_and_nothing_goes_on(hub: Bringer, body: bytes, status: int, code: str) -> None:
    before = hub.house.queued("records")

    answered = hub.send_bytes(body)

    assert (answered[0], answered[1]["Code"]) == (status, code)
    assert hub.house.queued("records") == before
