"""A world without a house: the rooms' flows on a small DynamoDB, quick enough to play thousands of histories."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import msgspec

from chalicelib.aws.archive import Archive
from chalicelib.aws.facts import Facts
from chalicelib.aws.keyring import Keyring
from chalicelib.aws.queues import Queues
from chalicelib.aws.secrets import Secrets
from chalicelib.cache import Cache
from chalicelib.config import Settings
from chalicelib.ids import ulid
from chalicelib.providers.courier_by_http import HttpCourier
from chalicelib.providers.push import NoPush
from chalicelib.providers.sms import NoSms
from chalicelib.wechat.gateway import Gateway
from chalicelib.world import World
from tests.house import NOON, WECHAT, Clock
from tests.small_dynamo import SmallDynamo, in_place_of_dynamodb

SETTINGS = Settings(
    stage="local",
    kms_key_arn="",
    inbox_queue_url="",
    outbox_queue_url="",
    records_queue_url="",
    archive_queue_url="",
    archive_bucket="",
    pulls_queue_url="",
    touches_queue_url="",
    waiting_queue_url="",
    broadcasts_queue_url="",
    webhook_queue_urls="",
    webhook_slow_queue_url="",
    facts_topic_arn="",
    mint_token_function="none",
)


class PlainKeyring(Keyring):
    """Hashes and seals without KMS; what is sealed can still be told apart from what is not."""

    def __init__(self) -> None:
        super().__init__(kms_key_arn="", random_bytes=random.Random(0).randbytes)

    def hash(self, brand: str, text: str, *, now: datetime) -> str:
        return hashlib.blake2b(text.encode(), key=brand.encode(), digest_size=16).hexdigest()

    def encrypt(self, brand: str, text: str, *, now: datetime) -> str:
        return f"sealed.{brand}.{text.encode().hex()}"

    def decrypt(self, brand: str, sealed: str) -> str:
        return bytes.fromhex(sealed.removeprefix(f"sealed.{brand}.")).decode()

    def lock(self, brand: str, content: bytes, *, name: str, now: datetime) -> bytes:
        return f"locked.{brand}.{name}.".encode() + content

    def unlock(self, brand: str, locked: bytes, *, name: str) -> bytes:
        return locked.removeprefix(f"locked.{brand}.{name}.".encode())


class SmallWorld:
    """A stopped clock, seeded ids, and a small DynamoDB in the place of the real one."""

    def __init__(self, dynamo: SmallDynamo, seed: int) -> None:
        self.dynamo = dynamo
        self.clock = Clock(NOON)
        self.pauses: list[float] = []
        self._random = random.Random(seed)
        cache, keyring = Cache(), PlainKeyring()
        self.world = World(
            now=self.clock,
            new_id=lambda: ulid(self.clock(), self._random.randbytes(10)),
            random_bytes=self._random.randbytes,
            pause=self.pauses.append,
            together=lambda tasks: [task() for task in tasks],
            settings=SETTINGS,
            cache=cache,
            queues=Queues({}),
            secrets=Secrets(stage="local", kms_key_arn="", cache=cache),
            keyring=keyring,
            archive=Archive("", keyring),
            facts=Facts(""),
            wechat=Gateway(WECHAT, timeout_s=1),
            mint=_no_mint,
            keep=_no_keep,
            sms=NoSms(),
            push=NoPush(),
            courier=HttpCourier(),
        )


@contextmanager
def small_world(seed: int = 0, *, old_reads: float = 0.0) -> Iterator[SmallWorld]:
    """A world on empty ground."""
    with in_place_of_dynamodb(SmallDynamo(old_reads=old_reads, seed=seed)) as dynamo:
        yield SmallWorld(dynamo, seed)


def _no_mint(account: str, *, rejected_version: int | None, platform: str = "") -> None:
    raise AssertionError("a small world has no WeChat")


def _no_keep(errand: msgspec.Struct) -> None:
    raise AssertionError("a small world has no WeChat")
