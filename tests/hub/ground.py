"""The hub's flows without a house: a brand that brings orders, on a small DynamoDB and a queue that keeps what it is sent."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from botocore.client import BaseClient

from chalicelib.aws.queues import Queues
from chalicelib.errors import TooMany
from chalicelib.hub.flows import dictionaries, releasing, taking
from chalicelib.hub.words.dictionary import DictionaryOrder
from chalicelib.hub.words.quarantine import Replay
from chalicelib.hub.words.records import BatchOrder, BatchShown, Body, Known, Part, Verdict, Version
from tests.small_world import SmallWorld, small_world

BRAND, SOURCE = "demo", "till"
AT = "2026-11-20T11:00:00+08:00"
STATES = {"待支付": 0, "已支付": 1, "已发货": 2, "已完成": 3, "已取消": 4}
QUEUE = "https://sqs.test/records"


def order(number: str, version: int, state: str, fen: int, **changes: Any) -> dict[str, Any]:
    """One version of an order of the one customer."""
    data = {"state": state, "total_fen": fen}
    return {"type": "order", "id": number, "at": AT, "version": version, "who": {"phone": "13912345678"}, "data": data, **changes}


class SmallQueue:
    """Keeps what it is sent. `refusals`: how many of the messages to come it does not take."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.refusals = 0

    def send(self, asked: dict[str, Any]) -> dict[str, Any]:
        failed = []
        for entry in reversed(asked["Entries"]):
            if self.refusals:
                self.refusals -= 1
                failed.append({"Id": entry["Id"], "Code": "Throttled", "SenderFault": False})
            else:
                self.bodies.append(entry["MessageBody"])
        return {"Failed": failed}

    def take(self) -> list[Part]:
        """What waits, taken off: the last one first."""
        bodies, self.bodies = self.bodies, []
        return [msgspec.json.decode(body, type=Part) for body in bodies]


class SmallBucket:
    """Keeps the objects it is brought, by their keys."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.objects[asked["Key"]] = asked["Body"]
        return {}


class Ground:
    """What came in, what became of it, and what may be said of it in the end."""

    def __init__(self, small: SmallWorld, queue: SmallQueue, bucket: SmallBucket) -> None:
        self.small = small
        self.queue = queue
        self.bucket = bucket
        self.world = msgspec.structs.replace(small.world, queues=Queues({"records": QUEUE}))

    def bring(self, records: list[Any], *, key: str | None) -> BatchShown:
        """Send a batch; told that it is being taken at this moment, a caller waits and asks again."""
        body = json.dumps({"records": records}).encode()
        order = BatchOrder(records=records)
        while True:
            try:
                now = self.small.clock()
                return taking.take_batch(BRAND, order, source=SOURCE, body=body, idempotency_key=key, world=self.world, now=now)[0]
            except TooMany:
                self.small.clock.advance(seconds=31)

    def work(self, work: Part | Replay) -> None:
        """What the worker does with one message."""
        releasing.work_off(work, world=self.world, now=self.small.clock())

    def work_all(self) -> None:
        for part in self.queue.take():
            self.work(part)

    def learn(self, **choices: int) -> None:
        """The dictionary learns spellings of the state of an order."""
        state = {"type": "choice", "choices": choices, "required": True, "mode": "quarantine"}
        written = msgspec.convert({"types": {"order": {"fields": {"state": state}}}}, DictionaryOrder)
        dictionaries.publish_dictionary(BRAND, written, actor="test", world=self.world, now=self.small.clock())

    def batch(self, batch_id: str) -> BatchShown:
        return taking.show_batch(BRAND, batch_id, world=self.world)

    def totals(self) -> dict[str, tuple[int, int]]:
        """Each order as it stands: the version that counts, and its money."""
        found = {}
        for row in self.small.dynamo.rows(pk=f"{BRAND}#R#order#", sk="@"):
            body = msgspec.json.decode(self.world.keyring.decrypt(BRAND, row["sealed"]["S"]), type=Body)
            found[body.id] = (msgspec.json.decode(row["version"]["S"], type=Version).number, body.data["total_fen"])
        return found

    def kept(self) -> Counter[tuple[str, int]]:
        """The versions that are known, each as often as it is there."""
        found: Counter[tuple[str, int]] = Counter()
        for row in self.small.dynamo.rows(pk=f"{BRAND}#R#order#", sk="@"):
            body = msgspec.json.decode(self.world.keyring.decrypt(BRAND, row["sealed"]["S"]), type=Body)
            version = msgspec.json.decode(row["version"]["S"], type=Version)
            others = msgspec.json.decode(row.get("others", {"S": "[]"})["S"], type=tuple[Known, ...])
            found.update((body.id, each.number) for each in (*others, version))
        return found

    def archived(self) -> set[tuple[str, int]]:
        """The versions the archive was brought."""
        found = set()
        for key, locked in self.bucket.objects.items():
            brand, _, name = key.partition("/")
            packed = self.world.keyring.unlock(brand, locked, name=name)
            found |= {(line["id"], line["version"]) for line in map(json.loads, gzip.decompress(packed).splitlines())}
        return found

    def held(self) -> Counter[tuple[str, int]]:
        """The records in quarantine. Their groups count them rightly."""
        groups = self.small.dynamo.rows(pk=f"{BRAND}#G")
        rows = {group["sk"]["S"]: self.small.dynamo.rows(pk=f"{BRAND}#Q#{group['sk']['S']}") for group in groups}
        assert {group["sk"]["S"]: int(group["held"]["N"]) for group in groups} == {group: len(held) for group, held in rows.items()}
        sealed = [row["sealed"]["S"] for held in rows.values() for row in held]
        brought = [json.loads(self.world.keyring.decrypt(BRAND, each)) for each in sealed]
        return Counter((each["id"], each["version"]) for each in brought)

    def group(self, reason: str) -> str:
        """The id of the one group that is held for this reason."""
        (found,) = (row["sk"]["S"] for row in self.small.dynamo.rows(pk=f"{BRAND}#G") if row["reason"]["S"] == reason)
        return str(found)


def check_sum(shown: BatchShown) -> None:
    """What came is what became of it, and nothing waits any more."""
    counted = Counter(each.verdict for each in shown.records)
    assert shown.received == shown.rejected + shown.accepted == len(shown.records)
    assert shown.accepted == shown.stored + shown.quarantined + shown.duplicate
    assert shown.waiting == 0
    assert (counted[Verdict.stored], counted[Verdict.quarantined]) == (shown.stored, shown.quarantined)
    assert (counted[Verdict.duplicate], counted[Verdict.rejected]) == (shown.duplicate, shown.rejected)


def count_all(sent: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    """The orders as they have to stand after all this, whatever way it came: the batch function of what was sent."""
    stands: dict[str, tuple[int, int, int]] = {}
    for record in sorted(sent, key=lambda each: each["version"]):
        state, before = STATES[record["data"]["state"]], stands.get(record["id"])
        if before is None or state >= before[2] or record["data"].get("correction"):
            stands[record["id"]] = (record["version"], record["data"]["total_fen"], state)
    return {number: (version, fen) for number, (version, fen, _) in stands.items()}


@contextmanager
def open_ground(seed: int = 0) -> Iterator[Ground]:
    """Empty ground."""
    queue, bucket = SmallQueue(), SmallBucket()
    with small_world(seed) as small, _in_place_of_aws(queue, bucket):
        yield Ground(small, queue, bucket)


@contextmanager
def _in_place_of_aws(queue: SmallQueue, bucket: SmallBucket) -> Iterator[None]:
    real = BaseClient._make_api_call
    answers = {"SendMessageBatch": queue.send, "PutObject": bucket.put}

    def ask(client: Any, operation: str, asked: dict[str, Any]) -> Any:
        return answers[operation](asked) if operation in answers else real(client, operation, asked)

    BaseClient._make_api_call = ask
    try:
        yield
    finally:
        BaseClient._make_api_call = real
