"""Facts: told once for each row that bears one, to those who listen for their kind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from botocore.client import BaseClient

from chalicelib.aws.clients import client
from chalicelib.aws.facts import Fact, facts_of, hear_each
from chalicelib.errors import Busy
from tests.house import House

JOINED = Fact(kind="person.joined", brand="demo", id="demo#X/FACT/0", body={"person": "A", "absorbed": "B"})


def record(name: str = "INSERT", **more: Any) -> dict[str, Any]:
    image = {
        "pk": {"S": "demo#X"},
        "sk": {"S": "FACT"},
        "facts": {"S": '[{"kind": "person.joined", "body": {"person": "A", "absorbed": "B"}}]'},
    }
    return {"eventName": name, "dynamodb": {"NewImage": {**image, **more}}}


def heard(house: House) -> list[Fact]:
    answer = client("sqs").receive_message(QueueUrl=house.urls["identity-facts"], MaxNumberOfMessages=10)
    return [fact for each in answer.get("Messages", []) for fact in msgspec.json.decode(each["Body"], type=list[Fact])]


def test_a_new_row_that_bears_a_fact_announces_it() -> None:
    assert facts_of(record()) == [JOINED]


@pytest.mark.parametrize("changed_at", [1795147200, 1795147200.0, "1795147200"])
def test_a_fact_says_when_it_became_so_however_the_stream_writes_it(changed_at: object) -> None:
    told = record()
    told["dynamodb"]["ApproximateCreationDateTime"] = changed_at

    assert [fact.at for fact in facts_of(told)] == [datetime(2026, 11, 20, 4, 0, tzinfo=UTC)]


@pytest.mark.parametrize("name", ["MODIFY", "REMOVE"])
def test_a_row_that_changes_or_goes_announces_nothing(name: str) -> None:
    assert facts_of(record(name)) == []


def test_a_row_that_bears_news_announces_them_with_every_write_each_time_as_another_fact() -> None:
    told = []
    for name, revision in (("INSERT", "1"), ("MODIFY", "2"), ("MODIFY", "2"), ("REMOVE", "2")):
        change = record(name, revision={"N": revision})
        change["dynamodb"]["NewImage"]["news"] = change["dynamodb"]["NewImage"].pop("facts")
        told.append([fact.id for fact in facts_of(change)])

    first, second, again, gone = told
    assert (len(first), len(second), second == again, gone) == (1, 1, True, [])
    assert first != second


def test_a_row_without_a_fact_announces_nothing() -> None:
    plain = record()
    del plain["dynamodb"]["NewImage"]["facts"]

    assert facts_of(plain) == []
    assert facts_of({"eventName": "INSERT", "dynamodb": {}}) == []


def test_a_fact_announced_again_is_the_same_fact() -> None:
    assert facts_of(record()) == facts_of(record(seen={"N": "1"}))


def test_only_those_who_listen_for_its_kind_hear_a_fact(house: House) -> None:
    other = Fact(kind="nobody.cares", brand="demo", id="y", body={})

    house.world.facts.publish([JOINED, other])

    assert heard(house) == [JOINED]


def test_nothing_to_announce_asks_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BaseClient, "_make_api_call", None)

    house.world.facts.publish([])


def told(house: House, monkeypatch: pytest.MonkeyPatch, facts: list[Fact]) -> list[list[list[Fact]]]:
    """What is published of these facts: a list of facts for each message, a list of messages for each request."""
    asked: list[list[list[Fact]]] = []

    def listen(asking: Any, name: str, params: Any) -> Any:
        asked.append([msgspec.json.decode(entry["Message"], type=list[Fact]) for entry in params["PublishBatchRequestEntries"]])
        return {"Successful": []}

    monkeypatch.setattr(BaseClient, "_make_api_call", listen)
    house.world.facts.publish(facts)
    return asked


def test_facts_of_one_brand_and_kind_go_together_twenty_in_a_message_and_ten_messages_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = [msgspec.structs.replace(JOINED, id=str(number)) for number in range(201)]

    asked = told(house, monkeypatch, facts)

    assert [[len(message) for message in request] for request in asked] == [[20] * 10, [1]]
    assert [fact for request in asked for message in request for fact in message] == facts


def test_facts_of_two_brands_or_kinds_are_never_in_one_message(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, split = msgspec.structs.replace(JOINED, brand="rival"), msgspec.structs.replace(JOINED, kind="person.split")

    (asked,) = told(house, monkeypatch, [JOINED, theirs, split, JOINED])

    assert asked == [[JOINED, JOINED], [theirs], [split]]


def test_ten_messages_of_large_facts_are_below_what_the_topic_takes_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    large = msgspec.structs.replace(JOINED, body={"parted": ["P" * 26] * 300})

    asked = told(house, monkeypatch, [large] * 40)

    assert [fact for request in asked for message in request for fact in message] == [large] * 40
    assert max(len(msgspec.json.encode(request)) for request in asked) < 256 * 1024


def test_a_fact_that_cannot_be_heard_keeps_no_other_back_and_has_the_message_come_again() -> None:
    heard: list[str] = []

    def hear(fact: Fact) -> None:
        if fact.id == "1":
            raise Busy
        heard.append(fact.id)

    with pytest.raises(Busy):
        hear_each([msgspec.structs.replace(JOINED, id=str(number)) for number in range(3)], hear)

    assert heard == ["0", "2"]


def test_a_topic_that_takes_only_some_has_the_stream_repeat_the_batch(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BaseClient, "_make_api_call", lambda *asked: {"Failed": [{"Id": "0", "Code": "canary", "SenderFault": False}]})

    with pytest.raises(RuntimeError, match="refused 1 messages"):
        house.world.facts.publish([JOINED])
