"""Facts: what a room announces, read from the stream of the table that changed and published to the one topic."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from chalicelib.aws.clients import client

BATCH = 10


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One announced fact. `id` is the same each time it is announced again: hearing it twice has one effect. `at`: when it became so."""

    kind: str
    brand: str
    id: str
    body: dict[str, Any]
    at: datetime | None = None


def facts_of(record: dict[str, Any]) -> list[Fact]:
    """What a stream record announces, as JSON lists of kind and body.

    `facts` of a row are announced when it is written for the first time, `news` with every write: its `revision` tells them apart.
    """
    change = record.get("dynamodb", {})
    image, changed_at = change.get("NewImage", {}), change.get("ApproximateCreationDateTime")
    told, name = _told(str(record.get("eventName")), image)
    if told is None:
        return []
    at = None if changed_at is None else datetime.fromtimestamp(float(changed_at), UTC)
    brand = image["pk"]["S"].split("#", 1)[0]
    return [
        Fact(kind=each["kind"], brand=brand, id=f"{name}/{place}", body=each["body"], at=at)
        for place, each in enumerate(msgspec.json.decode(told["S"]))
    ]


def _told(event: str, image: dict[str, Any]) -> tuple[dict[str, str] | None, str]:
    """What a write announces, and what names it among all there ever were."""
    if event in ("INSERT", "MODIFY") and "news" in image:
        return image["news"], f"{image['pk']['S']}/{image['sk']['S']}/{image['revision']['N']}"
    if event == "INSERT" and "facts" in image:
        return image["facts"], f"{image['pk']['S']}/{image['sk']['S']}"
    return None, ""


class Facts:
    """Publishes to the topic; each room's queue subscribes with a filter on `kind`."""

    def __init__(self, topic_arn: str) -> None:
        self._topic_arn = topic_arn

    def publish(self, facts: Iterable[Fact]) -> None:
        """Publish all, or raise: the stream then repeats the batch."""
        waiting = list(facts)
        for start in range(0, len(waiting), BATCH):
            answer = client("sns").publish_batch(
                TopicArn=self._topic_arn,
                PublishBatchRequestEntries=[
                    {
                        "Id": str(n),
                        "Message": msgspec.json.encode(fact).decode(),
                        "MessageAttributes": {"kind": {"DataType": "String", "StringValue": fact.kind}},
                    }
                    for n, fact in enumerate(waiting[start : start + BATCH])
                ],
            )
            if answer.get("Failed"):
                raise RuntimeError(f"The topic refused {len(answer['Failed'])} facts")
