"""Batches as rows: what was told at once, and what each part came to."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, held, moment, seconds, table_name
from chalicelib.hub.tables import sources
from chalicelib.hub.words.records import Batch, BatchState, PartDone, RecordVerdict
from chalicelib.hub.words.sources import Tally

KEPT_S = 30 * 86400


class BatchRow(Row):
    """`pk` `<brand>#B#<id>`, `sk` @. `sealed`: the verdicts told at once; `lease_until`: until when somebody is taking it."""

    class Meta(TableMeta):
        table_name = table_name("records")

    source = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    state = UnicodeAttribute()
    received = NumberAttribute()
    rejected = NumberAttribute()
    parts = NumberAttribute()
    dictionary = NumberAttribute()
    sealed = UnicodeAttribute()
    made_at = NumberAttribute()
    lease_until = NumberAttribute(null=True)
    gone_at = NumberAttribute()


class PartRow(Row):
    """`pk` of the batch, `sk` `P#<number>`: what came of the part, and what is announced of it; written once."""

    class Meta(TableMeta):
        table_name = table_name("records")

    verdicts = UnicodeAttribute()
    facts = UnicodeAttribute(null=True)
    gone_at = NumberAttribute()


def begin_batch(batch: Batch, *, hour: str, attempt: int, lease: timedelta, now: datetime) -> bool:
    """Keep a batch that is being taken, count it and mark it as not done, all or nothing.

    `False` when it is there already, or when others count at this moment.
    """
    row = BatchRow(
        _pk(batch.brand, batch.id),
        "@",
        source=batch.source,
        fingerprint=batch.fingerprint,
        state=batch.state.value,
        received=batch.received,
        rejected=batch.rejected,
        parts=batch.parts,
        dictionary=batch.dictionary,
        sealed=batch.sealed,
        made_at=seconds(batch.made_at),
        lease_until=seconds(now + lease),
        gone_at=seconds(batch.made_at) + KEPT_S,
    )
    came = Tally(received=batch.received, rejected=batch.rejected, accepted=batch.received - batch.rejected)

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=BatchRow.pk.does_not_exist())
        sources.count(transaction, batch.brand, batch.source, hour, {"": came}, attempt=attempt)
        if batch.parts:
            sources.mark_waiting(transaction, sources.waiting_for(batch.brand, batch.id, batch.source, batch.made_at))

    return committed(write)


def take_over(batch: Batch, *, lease: timedelta, now: datetime) -> bool:
    """Go on with a batch that broke off; `False` while somebody is at it."""
    row = BatchRow(_pk(batch.brand, batch.id), "@")
    broken_off = (BatchRow.state == BatchState.taking.value) & (BatchRow.lease_until < seconds(now))
    return held(lambda: row.update([BatchRow.lease_until.set(seconds(now + lease))], condition=broken_off))


def give_up(batch: Batch) -> None:
    """Somebody else may go on with it at once."""
    BatchRow(_pk(batch.brand, batch.id), "@").update([BatchRow.lease_until.set(0)], condition=BatchRow.pk.exists())


def finish_batch(batch: Batch) -> None:
    """Every part of it is on its way."""
    row = BatchRow(_pk(batch.brand, batch.id), "@")
    row.update([BatchRow.state.set(BatchState.taken.value), BatchRow.lease_until.remove()], condition=BatchRow.pk.exists())


def read_batch(brand: str, batch_id: str) -> tuple[Batch, list[PartDone]] | None:
    """A batch and the parts that are done, as of now: one query."""
    rows = list(BatchRow.query(_pk(brand, batch_id), BatchRow.sk == "@", consistent_read=True))
    if not rows:
        return None
    done = PartRow.query(_pk(brand, batch_id), PartRow.sk.startswith("P#"), consistent_read=True)
    return _batch(rows[0]), [PartDone(part=int(row.sk.removeprefix("P#")), verdicts=unpack(row.verdicts)) for row in done]


def is_part_done(brand: str, batch_id: str, part: int) -> bool:
    try:
        PartRow.get(_pk(brand, batch_id), _sk(part), consistent_read=True)
    except PartRow.DoesNotExist:
        return False
    return True


def count_parts_done(brand: str, batch_id: str) -> int:
    """How many parts of a batch are done, as of now."""
    return sum(1 for _ in PartRow.query(_pk(brand, batch_id), PartRow.sk.startswith("P#"), consistent_read=True))


def keep_part(
    brand: str,
    batch_id: str,
    done: PartDone,
    *,
    source: str,
    hour: str,
    tallies: Mapping[str, Tally],
    facts: str | None,
    attempt: int,
    now: datetime,
) -> bool:
    """Keep what came of a part and count it, both or neither, unless it is kept: the first word stays.

    `False` when it is there already, or when others count at this moment.
    """
    row = PartRow(_pk(brand, batch_id), _sk(done.part), verdicts=pack(done.verdicts), facts=facts, gone_at=seconds(now) + KEPT_S)

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=PartRow.pk.does_not_exist())
        sources.count(transaction, brand, source, hour, tallies, attempt=attempt)

    return committed(write)


def _pk(brand: str, batch_id: str) -> str:
    return f"{brand}#B#{batch_id}"


def _sk(part: int) -> str:
    return f"P#{part:04d}"


def pack(verdicts: Iterable[RecordVerdict]) -> str:
    """Verdicts as text, as small as they get."""
    return base64.b64encode(zlib.compress(msgspec.json.encode(tuple(verdicts)))).decode()


def unpack(packed: str) -> tuple[RecordVerdict, ...]:
    return msgspec.json.decode(zlib.decompress(base64.b64decode(packed)), type=tuple[RecordVerdict, ...])


def _batch(row: BatchRow) -> Batch:
    brand, batch_id = row.pk.split("#B#", 1)
    return Batch(
        brand=brand,
        id=batch_id,
        source=row.source,
        fingerprint=row.fingerprint,
        state=BatchState(row.state),
        received=int(row.received),
        rejected=int(row.rejected),
        parts=int(row.parts),
        dictionary=int(row.dictionary),
        sealed=row.sealed,
        made_at=moment(row.made_at),
    )
