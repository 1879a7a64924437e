"""Facts are heard, and each is told once to whoever listens, with ids and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.errors import Busy
from chalicelib.providers.courier import Answer
from tests.builders import make_brand
from tests.hub.source import Bringer
from tests.receivers import is_signed
from tests.webhooks.teller import URL, Teller


def test_a_fact_is_told_at_once_signed_and_thin(teller: Teller) -> None:
    webhook = teller.webhook()

    teller.tell(teller.fact(person="P1", absorbed="A1", rank="verified", source="crm", at="2026-11-20T00:00:00+00:00"))

    (brought,) = teller.at(webhook)
    assert brought.told == {
        "type": "person.joined",
        "timestamp": teller.house.clock().isoformat().replace("+00:00", "Z"),
        "data": {"person": "P1", "absorbed": "A1"},
    }
    assert is_signed(brought, webhook["secret"])
    assert brought.headers["webhook-timestamp"] == str(int(teller.house.clock().timestamp()))
    assert brought.headers["Content-Type"] == "application/json"


def test_the_timestamp_told_is_when_it_became_so_and_the_one_signed_is_of_the_try(teller: Teller) -> None:
    webhook, fact = teller.webhook(), teller.fact()
    teller.house.clock.advance(minutes=7)

    teller.tell(fact)

    (brought,) = teller.at(webhook)
    assert fact.at is not None
    assert brought.told["timestamp"] == fact.at.isoformat().replace("+00:00", "Z")
    assert brought.headers["webhook-timestamp"] == str(int((fact.at + timedelta(minutes=7)).timestamp()))


def test_a_fact_heard_ten_times_is_one_delivery_told_once(teller: Teller) -> None:
    webhook, fact = teller.webhook(), teller.fact()

    for _ in range(10):
        teller.tell(fact)

    assert len(teller.at(webhook)) == 1
    assert teller.delivery(webhook)["state"] == "delivered"


def test_each_webhook_is_told_of_its_own_facts_alone(teller: Teller) -> None:
    joined, split = teller.webhook("https://a.example.com/", "person.joined"), teller.webhook("https://b.example.com/", "person.split")
    both = teller.webhook("https://c.example.com/", "person.split", "person.joined", "person.joined")

    teller.tell(teller.fact("person.split", person="P1", parted=["P2"]))
    teller.tell(teller.fact("cluster.joined", absorbed="A"))

    assert [len(teller.at(webhook)) for webhook in (joined, split, both)] == [0, 1, 1]
    assert teller.at(split)[0].told["data"] == {"person": "P1", "parted": ["P2"]}
    assert both["facts"] == ["person.joined", "person.split"]


def test_what_nobody_listens_to_leaves_nothing(teller: Teller) -> None:
    teller.tell()

    assert teller.house.rows("webhooks") == []
    assert teller.house.receivers.brought == []


def test_another_container_tells_a_new_webhook_after_ten_seconds(teller: Teller) -> None:
    first = teller.house.world
    teller.tell()
    teller.house.new_container()
    webhook = teller.webhook()
    teller.house.enter(first)

    teller.tell()
    early = len(teller.at(webhook))
    teller.house.clock.advance(seconds=10)
    teller.tell()

    assert (early, len(teller.at(webhook))) == (0, 1)


def test_one_that_is_enabled_is_told_at_once_by_every_container(teller: Teller) -> None:
    webhook = teller.webhook()
    teller.house.receivers.answers["hooks.example.com"] = Answer(status=410, took_s=0.1)
    teller.tell()
    del teller.house.receivers.answers["hooks.example.com"]
    first = teller.house.world
    teller.tell()
    teller.house.new_container()
    teller.call("POST", f"/v1/webhooks/{webhook['id']}/enable")
    teller.house.enter(first)

    teller.tell()

    assert [each["state"] for each in teller.deliveries(webhook)].count("delivered") == 1


def test_a_queue_that_is_away_has_the_fact_heard_again(teller: Teller, monkeypatch: pytest.MonkeyPatch) -> None:
    webhook, fact = teller.webhook(), teller.fact()

    def refuse(queue: str, body: str) -> None:
        raise Busy

    with monkeypatch.context() as patch:
        patch.setattr(teller.house.world.queues, "send", refuse)
        with pytest.raises(Busy):
            teller.hear(fact)
    teller.tell(fact)

    assert len(teller.at(webhook)) == 1


def test_another_brands_facts_are_not_told(teller: Teller) -> None:
    rival = Teller(teller.house, "rival")
    mine, theirs = teller.webhook("https://mine.example.com/"), rival.webhook("https://theirs.example.com/")

    rival.tell()

    assert (len(teller.at(mine)), len(rival.at(theirs))) == (0, 1)
    assert teller.deliveries(mine) == []


# -- from the rooms that announce --------------------------------------------------------------------------------------


def listening(bringer: Bringer, *facts: str) -> None:
    status, made = bringer.house.call("POST", "/v1/webhooks", {"url": URL, "facts": facts}, key=bringer.key)
    assert status == 201, made


def test_a_stored_record_is_told_with_its_person_and_nothing_personal(teller: Teller) -> None:
    teller.house.empty()
    bringer = Bringer(teller.house)
    listening(bringer, "record.stored")
    order = bringer.order(version=7)

    bringer.bring(order)

    (brought,) = teller.house.receivers.brought
    who = {"type": "phone", "value": order["who"]["phone"]}
    _, person = teller.house.call("POST", "/v1/people/lookup", who, key=bringer.key)
    assert brought.told["type"] == "record.stored"
    assert brought.told["data"] == {"record": {"type": "order", "version": 7, "person": person["id"]}}
    told = brought.body.decode() + str(brought.headers)
    assert order["who"]["phone"] not in told
    assert order["id"] not in told


def test_records_that_are_held_are_told_of_once_for_each_part_and_the_batch_tells_which(teller: Teller) -> None:
    teller.house.empty()
    bringer = Bringer(teller.house)
    listening(bringer, "record.quarantined")
    held = [bringer.order(data={"state": "elsewhere"}) for _ in range(2)]

    bringer.bring(bringer.order())
    batch = bringer.bring(*held, bringer.order(), source="till")

    (brought,) = teller.house.receivers.brought
    assert brought.told["type"] == "record.quarantined"
    assert brought.told["data"] == {"batch": batch["id"], "source": "till", "records": 2}
    assert [record["verdict"] for record in batch["records"]] == ["quarantined", "quarantined", "stored"]


def test_a_record_that_is_held_is_not_told(teller: Teller) -> None:
    teller.house.empty()
    bringer = Bringer(teller.house)
    listening(bringer, "record.stored")

    bringer.bring(bringer.order(data={"状态": "nobody knows"}))

    assert teller.house.receivers.brought == []


def test_people_who_are_joined_and_split_are_told_of(teller: Teller) -> None:
    teller.house.empty()
    key = make_brand(teller.house)
    order = {"url": URL, "facts": ["person.joined", "person.split"]}
    teller.house.call("POST", "/v1/webhooks", order, key=key)
    phone, mail, member = (
        {"type": kind, "value": value} for kind, value in (("phone", "13912345678"), ("email", "a@b.example"), ("member_no", "M1"))
    )
    for a, b in ((member, phone), (mail, {"type": "app_uid", "value": "U2"})):
        teller.house.call("POST", "/v1/links", {"links": [{"a": a, "b": b, "rank": "verified"}]}, key=key)

    teller.house.call("POST", "/v1/links", {"links": [{"a": phone, "b": mail, "rank": "verified"}]}, key=key)
    teller.house.work()
    teller.house.call("POST", "/v1/splits", {"a": phone, "b": mail, "reason": "x"}, key=key)
    teller.house.work()

    told = [brought.told for brought in teller.house.receivers.brought]
    assert [each["type"] for each in told] == ["person.joined", "person.split"]
    assert set(told[0]["data"]) == {"person", "absorbed"}
    assert told[1]["data"]["person"] == told[0]["data"]["person"]
    assert "13912345678" not in str(told)
