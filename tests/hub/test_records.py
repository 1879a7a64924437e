"""Records over HTTP and through the queue: a verdict for each, nothing lost, everything once."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from chalicelib.aws import clients
from chalicelib.hub.flows import taking
from chalicelib.hub.flows.keeping import record_key
from chalicelib.hub.tables import records as tables
from tests.builders import make_brand
from tests.hub.source import AT, Bringer, check_sum


def find(hub: Bringer, **who: str) -> dict[str, Any]:
    ((kind, value),) = who.items()
    person: dict[str, Any] = hub.house.call("POST", "/v1/people/lookup", {"type": kind, "value": value}, key=hub.key)[1]
    return person


def test_an_order_is_accepted_at_once_and_stored_in_a_moment(hub: Bringer) -> None:
    order = hub.order()

    status, taken = hub.send(order, source="till")
    hub.house.work()
    done = hub.batch(taken["id"])

    check_sum(taken)
    assert (status, taken["source"], hub.verdicts(taken), taken["waiting"]) == (202, "till", ["accepted"], 1)
    assert (hub.verdicts(done), done["stored"], done["waiting"]) == (["stored"], 1, 0)


def test_each_record_is_judged_alone(hub: Bringer) -> None:
    good = hub.order()
    bad: list[Any] = [
        hub.order(type="unheard_of"),
        hub.order(id=""),
        hub.order(at="2026-11-20T11:00:00"),
        hub.order(at="1999-12-31T00:00:00Z"),
        hub.order(at="2026-11-20T13:00:00+08:00"),
        hub.order(who={}),
        hub.order(who={"phone": "123"}),
        hub.order(who={"openid": {"rival.mini": "o1"}}),
        hub.order(who={"unionid": "null"}),
        hub.order(version=-1),
        hub.order(colour="red"),
        {"type": "order"},
        "order",
        None,
        hub.order(data={"note": "x" * 40_000}),
    ]

    status, taken = hub.send(*bad[:7], good, *bad[7:])
    hub.house.work()
    done = hub.batch(taken["id"])

    assert status == 202
    assert done["records"][7]["verdict"] == "stored"
    assert [each["verdict"] for each in done["records"] if each["place"] != 7] == ["rejected"] * len(bad)
    assert all(f"`$.records[{each['place']}]" in each["message"] for each in done["records"] if each["place"] != 7)
    assert (done["received"], done["rejected"], done["accepted"]) == (len(bad) + 1, len(bad), 1)


@pytest.mark.parametrize(
    "broken",
    ['{"state": NaN}', '{"state": Infinity}', '{"note": "\\ud800"}', '{"\\udfff": 1}', '{"total": 1e999}', "[" * 60 + "]" * 60],
)
def test_what_no_json_can_carry_harms_no_neighbour(hub: Bringer, broken: str) -> None:
    good, bad = json.dumps(hub.order()), hub.order()
    text = json.dumps({**bad, "data": "BROKEN"}).replace('"BROKEN"', broken)

    status, taken = hub.send_bytes(f'{{"records": [{good}, {text}, {json.dumps(hub.order())}]}}'.encode())
    hub.house.work()

    assert status == 202, taken
    done = hub.batch(taken["id"])
    assert (done["records"][0]["verdict"], done["records"][2]["verdict"]) == ("stored", "stored")
    assert done["records"][1]["verdict"] in ("rejected", "quarantined")


@pytest.mark.parametrize(
    "body", [b"", b"x", b"[]", b'{"records": []}', b'{"records": {}}', b"\xff", b'{"records": [1]', b'{"records":[{}],"x":1}']
)
def test_what_is_no_batch_is_refused_whole(hub: Bringer, body: bytes) -> None:
    status, refused = hub.send_bytes(body)

    assert status == 400
    assert refused["Code"] in ("field_invalid", "body_malformed")


def test_a_batch_has_at_most_five_hundred_records_and_a_megabyte(hub: Bringer) -> None:
    many, _ = hub.send(*[{}] * 501)
    large, refused = hub.send(*[hub.order(data={"note": "x" * 30_000}) for _ in range(40)])
    bomb, _ = hub.send_bytes(gzip.compress(b" " * 3_000_000))

    assert (many, large, bomb) == (400, 413, 413)
    assert refused["Code"] == "body_too_large"


def test_more_records_than_go_in_one_part_packed_by_gzip_are_all_kept(hub: Bringer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(taking, "PART_RECORDS", 5)
    who = hub.who()
    records = [{"type": "favourite", "id": hub.new_id(), "at": AT, "who": who, "data": {"sku": f"S{n}"}} for n in range(12)]

    status, taken = hub.send_bytes(gzip.compress(json.dumps({"records": records}).encode()))
    hub.house.work()

    assert status == 202
    assert hub.batch(taken["id"])["stored"] == 12


def test_the_same_record_brought_again_is_a_duplicate(hub: Bringer) -> None:
    order = hub.order()

    first, twice, again = (
        hub.bring(order),
        hub.bring(order, order),
        hub.bring({**order, "data": {"state": 1, "total_fen": 1250, "items": order["data"]["items"]}}),
    )

    assert hub.verdicts(first) == ["stored"]
    assert hub.verdicts(twice) == ["duplicate", "duplicate"]
    assert hub.verdicts(again) == ["duplicate"]


def test_a_record_twice_in_one_batch_is_stored_once(hub: Bringer) -> None:
    order = hub.order()

    done = hub.bring(order, order)

    assert hub.verdicts(done) == ["stored", "duplicate"]


def test_a_redelivered_part_keeps_its_first_verdicts(hub: Bringer) -> None:
    order = hub.order()
    _, taken = hub.send(order)
    sqs, url = clients.client("sqs"), hub.house.urls["records"]
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    for _ in range(10):
        answer = hub.house.deliver("keep_records", [("m", message["Body"])])
        assert answer["batchItemFailures"] == []

    assert hub.verdicts(hub.batch(taken["id"])) == ["stored"]
    assert hub.verdicts(hub.bring(order)) == ["duplicate"]


def test_nobody_is_a_second_person_and_the_others_of_a_record_are_linked(hub: Bringer) -> None:
    phone, number = hub.who()["phone"], hub.new_id()

    hub.bring(hub.order(who={"phone": phone}), hub.order(who={"phone": phone, "member_no": number}))

    person = find(hub, phone=phone)
    assert person["id"] == find(hub, member_no=number)["id"]
    assert sorted(each["type"] for each in person["identifiers"]) == ["member_no", "phone"]


def stands(hub: Bringer, record: dict[str, Any]) -> tuple[int | None, int]:
    """The state of a record as it stands, and how many versions there are."""
    world, now = hub.house.world, hub.house.clock()
    current = tables.read_record("demo", record["type"], record_key("demo", record["type"], record["id"], world=world, now=now))
    assert current is not None
    return current.version.state, len(current.others) + 1


@pytest.mark.parametrize("turn", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1)])
def test_versions_may_come_in_any_order_and_the_highest_counts(hub: Bringer, turn: tuple[int, ...]) -> None:
    order = hub.order()
    versions = [{**order, "version": number, "data": {"state": number}} for number in range(3)]

    for number in turn:
        assert hub.verdicts(hub.bring(versions[number])) == ["stored"]

    assert stands(hub, order) == (2, 3)


@pytest.mark.parametrize("turn", [(0, 1), (1, 0)])
def test_a_record_that_is_done_does_not_go_back_whichever_came_first(hub: Bringer, turn: tuple[int, ...]) -> None:
    order = hub.order()
    versions = [{**order, "version": 1, "data": {"state": "已完成"}}, {**order, "version": 2, "data": {"state": "待支付"}}]

    for number in turn:
        hub.bring(versions[number])

    assert stands(hub, order)[0] == 3


def test_a_correction_may_go_back(hub: Bringer) -> None:
    order = hub.order()
    hub.bring({**order, "version": 1, "data": {"state": 3}})

    backwards = hub.bring({**order, "version": 2, "data": {"state": 0}})
    corrected = hub.bring({**order, "version": 3, "data": {"state": 1, "correction": True}})

    assert (backwards["records"][0]["verdict"], backwards["records"][0]["code"]) == ("quarantined", "backwards")
    assert hub.verdicts(corrected) == ["stored"]
    assert stands(hub, order)[0] == 1


def test_the_same_key_and_batch_is_one_batch_and_another_body_is_refused(hub: Bringer) -> None:
    order, headers = hub.order(), {"Idempotency-Key": hub.new_id()}

    first = hub.send(order, headers=headers)
    again = hub.send(order, headers=headers)
    other = hub.send(hub.order(), headers=headers)
    hub.house.work()

    assert first[0] == again[0] == 202
    assert first[1]["id"] == again[1]["id"]
    assert (other[0], other[1]["Code"]) == (409, "idempotency_conflict")
    assert hub.batch(first[1]["id"])["stored"] == 1


def test_a_batch_of_another_brand_is_as_missing_as_one_nobody_sent(hub: Bringer) -> None:
    _, taken = hub.send(hub.order())
    other = make_brand(hub.house, "other")

    theirs = hub.house.call("GET", f"/v1/batches/{taken['id']}", key=other)
    nobodys = hub.house.call("GET", "/v1/batches/nope", key=hub.key)

    assert [(status, body["Code"]) for status, body in (theirs, nobodys)] == [(404, "batch_missing")] * 2


def test_phones_lie_in_no_table_and_no_queue_in_the_clear(hub: Bringer) -> None:
    phone = "13987654321"
    hub.send(hub.order(who={"phone": phone}, id=phone, data={"state": "canary", "收货电话": phone, "note": phone, "other": phone}))
    (message,) = clients.client("sqs").receive_message(QueueUrl=hub.house.urls["records"], VisibilityTimeout=0)["Messages"]
    hub.house.work()

    tables_now = [row for name in ("records", "quarantine", "identities", "audit", "documents", "inbox") for row in hub.house.rows(name)]
    assert phone not in message["Body"]
    assert not [row for row in tables_now if phone in str(row)]


def test_a_batch_the_queue_refused_half_of_is_finished_by_the_same_key_as_of_when_it_began(
    hub: Bringer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dictionary has learnt a type meanwhile: what was rejected stays rejected, or the parts would not be the same parts."""
    monkeypatch.setattr(taking, "PART_RECORDS", 2)
    records = [hub.order(type="visit", data={}), *[hub.order() for _ in range(3)]]
    headers = {"Idempotency-Key": hub.new_id()}
    real = hub.house.world.queues.send_all
    with monkeypatch.context() as patch:
        patch.setattr(hub.house.world.queues, "send_all", lambda queue, bodies: [*real(queue, bodies[:1]), 1])
        broken = hub.send(*records, headers=headers)
    hub.house.work()
    hub.house.call("PUT", "/v1/dictionary", {"types": {"visit": {}}}, key=hub.key)
    hub.house.new_container()

    again = hub.send(*records, headers=headers)
    hub.house.work()
    hub.house.call("POST", "/v1/dictionary/rollback", {"version": 0}, key=hub.key)

    assert (broken[0], again[0]) == (503, 202)
    assert hub.verdicts(hub.batch(again[1]["id"])) == ["rejected", "stored", "stored", "stored"]


def test_a_batch_the_queue_refused_half_of_is_brought_again_without_a_key_and_nothing_is_twice(
    hub: Bringer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "PART_RECORDS", 2)
    records = [hub.order() for _ in range(4)]
    real = hub.house.world.queues.send_all
    with monkeypatch.context() as patch:
        patch.setattr(hub.house.world.queues, "send_all", lambda queue, bodies: [*real(queue, bodies[:1]), 1])
        broken, _ = hub.send(*records)
    hub.house.work()

    again = hub.bring(*records)

    assert broken == 503
    assert hub.verdicts(again) == ["duplicate", "duplicate", "stored", "stored"]


def test_a_batch_that_is_being_taken_at_this_moment_is_not_taken_twice(hub: Bringer, monkeypatch: pytest.MonkeyPatch) -> None:
    order, headers = hub.order(), {"Idempotency-Key": hub.new_id()}
    with monkeypatch.context() as patch:
        patch.setattr(taking, "_hand_on", lambda *given, **named: (_ for _ in ()).throw(RuntimeError("the container is gone")))
        hub.send(order, headers=headers)

    at_once = hub.send(order, headers=headers)
    hub.house.clock.advance(seconds=31)
    later = hub.send(order, headers=headers)
    hub.house.work()

    assert (at_once[0], at_once[1]["Code"]) == (429, "batch_busy")
    assert hub.verdicts(hub.batch(later[1]["id"])) == ["stored"]


def test_the_largest_batch_with_the_most_problems_has_a_verdict_for_each(hub: Bringer) -> None:
    """All verdicts lie in one row, and a row takes 400 kB."""
    names = [f"{place:x}".rjust(4, "q") for place in range(36_000)]
    record = {"type": "favourite", "at": AT, "who": {"phone": "13912345678"}}
    records = [
        {**record, "id": f"R{place}".ljust(120, "é"), "data": dict.fromkeys(names[place * 72 : place * 72 + 72], 1)} for place in range(500)
    ]

    status, taken = hub.send(*records)

    assert status == 202, taken
    assert len(taken["records"]) == 500
    assert {len(each["problems"]) for each in taken["records"]} == {5}


def test_a_change_that_is_still_to_come_is_refused_for_nothing_could_follow_it(hub: Bringer) -> None:
    ahead = hub.order(data={"state": 1, "updated_at": "2027-01-01 00:00"})

    _, taken = hub.send(ahead, {**ahead, "id": hub.new_id(), "version": 7})

    assert hub.verdicts(taken) == ["rejected", "accepted"]
    assert taken["records"][0]["code"] == "future"
    assert "`$.records[0].data.updated_at`" in taken["records"][0]["message"]
