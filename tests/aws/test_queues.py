"""Queues: what was not taken is told by its place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError

from chalicelib.aws.clients import client
from chalicelib.errors import Busy
from tests.house import House


def bodies_on(house: House, queue: str) -> list[str]:
    got: list[str] = []
    while answer := client("sqs").receive_message(QueueUrl=house.urls[queue], MaxNumberOfMessages=10).get("Messages"):
        got += [each["Body"] for each in answer]
    return got


def test_a_message_reaches_the_queue_it_is_for(house: House) -> None:
    house.world.queues.send("inbox", "欢迎")

    assert bodies_on(house, "inbox") == ["欢迎"]
    assert bodies_on(house, "outbox") == []


def test_characters_sqs_refuses_arrive_all_the_same(house: House) -> None:
    text = {"Content": "a\ufffe\uffffb"}

    house.world.queues.send("inbox", json.dumps(text, ensure_ascii=False))
    refused = house.world.queues.send_all("inbox", [json.dumps(text, ensure_ascii=False)])

    bodies = bodies_on(house, "inbox")
    assert refused == []
    assert not any(mark in body for body in bodies for mark in "\ufffe\uffff")
    assert [json.loads(body) for body in bodies] == [text, text]


def test_long_messages_go_fewer_at_a_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = BaseClient._make_api_call

    def listen(asking: Any, name: str, params: Any) -> Any:
        asked.extend([len(params["Entries"])] if name == "SendMessageBatch" else [])
        return real(asking, name, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", listen)

    refused = house.world.queues.send_all("inbox", ["长" * 40_000] * 5)

    assert refused == []
    assert asked == [2, 2, 1]


def test_many_messages_go_ten_at_a_time_and_none_is_lost(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = [f"body-{n}" for n in range(23)]
    asked: list[int] = []
    real = BaseClient._make_api_call

    def listen(asking: Any, name: str, params: Any) -> Any:
        asked.extend([len(params["Entries"])] if name == "SendMessageBatch" else [])
        return real(asking, name, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", listen)

    refused = house.world.queues.send_all("outbox", bodies)

    assert (refused, asked) == ([], [10, 10, 3])
    assert sorted(bodies_on(house, "outbox")) == sorted(bodies)


def test_nothing_to_send_asks_nobody(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BaseClient, "_make_api_call", None)

    assert house.world.queues.send_all("outbox", []) == []


@pytest.mark.parametrize(
    "trouble",
    [ClientError({"Error": {"Code": "OverLimit"}}, "SendMessage"), EndpointConnectionError(endpoint_url="https://sqs.invalid")],
    ids=["refused", "unreachable"],
)
def test_a_queue_that_does_not_take_a_message_is_busy(house: House, trouble: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> Any:
        raise trouble

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)

    with pytest.raises(Busy) as caught:
        house.world.queues.send("inbox", "canary")

    assert "canary" not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_those_that_were_not_taken_are_named_by_their_place(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    real = BaseClient._make_api_call

    def refuse_some(asking: Any, name: str, params: Any) -> Any:
        first = params["Entries"][0]["MessageBody"]
        if first == "body-10":
            raise ClientError({"Error": {"Code": "ServiceUnavailable"}}, name)
        answer = real(asking, name, params)
        if first == "body-20":
            answer["Failed"] = [{"Id": answer["Successful"].pop()["Id"], "SenderFault": False, "Code": "InternalError"}]
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse_some)

    refused = house.world.queues.send_all("outbox", [f"body-{n}" for n in range(23)])

    assert refused == [*range(10, 20), 22]
