"""What is fetched of people, brought to the hub as any batch of records is."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

import msgspec

from chalicelib.accounts.words import Account
from chalicelib.hub.flows import taking
from chalicelib.hub.words.records import BatchOrder, RecordOrder
from chalicelib.ids import digest
from chalicelib.world import World

log = logging.getLogger("liandong.pulls")
SOURCE = "wechat"


def bring(account: Account, found: Sequence[RecordOrder], *, world: World, now: datetime) -> None:
    """Hand records to the hub; the same ones are the same batch, however often they are brought."""
    if not found:
        return
    records = [msgspec.to_builtins(each) for each in found]
    body = msgspec.json.encode(records)
    batch, _ = taking.take_batch(
        account.brand,
        BatchOrder(records=records, source=SOURCE),
        source=SOURCE,
        body=body,
        idempotency_key=digest(account.id, body.decode()),
        world=world,
        now=now,
    )
    if batch.rejected:
        log.warning("the hub refused %d records of %s: GET /v1/batches/%s says why", batch.rejected, account.id, batch.id)
