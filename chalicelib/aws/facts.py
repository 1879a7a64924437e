"""Facts: what a room announces, read from the stream of the table that changed and published to the one topic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from chalicelib.aws.clients import client

BATCH = 10
"""Messages that the topic takes at once."""
PACK = 20
"""Facts in one message, at most. Who hears of a brand's busy hour reads for so many at once."""
LARGEST_PACK = 24_000
"""Bytes of a message, unless one fact alone is larger: ten of them stay below the 256 KB of a batch."""


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


def hear_each(facts: Iterable[Fact], hear: Callable[[Fact], None]) -> None:
    """Hear every fact of a message. One that cannot be heard keeps none of the others back, and has the message come again."""
    troubles: list[Exception] = []
    for fact in facts:
        try:
            hear(fact)
        except Exception as error:
            troubles.append(error)
    if troubles:
        raise troubles[0]


class Facts:
    """Publishes to the topic; each room's queue subscribes with a filter on `kind`."""

    def __init__(self, topic_arn: str) -> None:
        self._topic_arn = topic_arn

    def publish(self, facts: Iterable[Fact]) -> None:
        """Publish all, or raise: the stream then repeats the batch. A message is a list of facts of one brand and kind."""
        packs = list(_pack(facts))
        for start in range(0, len(packs), BATCH):
            answer = client("sns").publish_batch(
                TopicArn=self._topic_arn,
                PublishBatchRequestEntries=[
                    {
                        "Id": str(n),
                        "Message": f"[{b','.join(pack).decode()}]",
                        "MessageAttributes": {"kind": {"DataType": "String", "StringValue": kind}},
                    }
                    for n, (kind, pack) in enumerate(packs[start : start + BATCH])
                ],
            )
            if answer.get("Failed"):
                raise RuntimeError(f"The topic refused {len(answer['Failed'])} messages")


def _pack(facts: Iterable[Fact]) -> Iterator[tuple[str, list[bytes]]]:
    """Facts by brand and kind, as JSON, in messages that are neither too many nor too large; each with its kind."""
    alike: defaultdict[tuple[str, str], list[bytes]] = defaultdict(list)
    for fact in facts:
        alike[fact.brand, fact.kind].append(msgspec.json.encode(fact))
    for (_, kind), told in alike.items():
        pack: list[bytes] = []
        for each in told:
            if pack and (len(pack) == PACK or sum(map(len, pack)) + len(each) > LARGEST_PACK):
                yield kind, pack
                pack = []
            pack.append(each)
        yield kind, pack
