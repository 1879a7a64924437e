"""Messages as rows, each written whole under the revision it was read with; and when each is due."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.transactions import TransactWrite

from chalicelib.aws import due
from chalicelib.aws.tables import Row, TableMeta, committed, held, moment, seconds, table_name
from chalicelib.consent.words import Channel, Purpose
from chalicelib.due import Due, place
from chalicelib.messaging.words import Message, Noted, Place, Priority, State, Tried, Way

KEPT_S = 90 * 86400


class ReceiverIndex(GlobalSecondaryIndex["MessageRow"]):
    """Messages by the identifier they were addressed to, `<brand>#<key>`, and when they were due."""

    class Meta(TableMeta):
        index_name = "by_receiver"
        projection = KeysOnlyProjection()

    receiver = UnicodeAttribute(hash_key=True)
    due_at = NumberAttribute(range_key=True)


class TriedBody(msgspec.Struct, frozen=True, array_like=True):
    """One attempt, as short as the rest."""

    step: int
    at: int
    provider_id: str
    failed: int = 0


class Body(msgspec.Struct, frozen=True, array_like=True):
    """What of a message nobody looks for, in one attribute without names: the whole row is to stay within 1 KB. Times in seconds."""

    purpose: Purpose
    topic: str
    priority: Priority
    ways: list[tuple[Channel, str, int | None]]
    sealed: str
    fingerprint: str
    next_at: int
    expires_at: int | None
    hold: bool
    best_hour: bool
    why: str
    step: int
    attempts: int
    lease: str
    lease_until: int | None
    tried: list[TriedBody]
    trace: list[tuple[int, int, str]]
    group: str = ""


class MessageRow(Row):
    """`pk` `<brand>#M#<id>`, `sk` @. What it says is sealed."""

    class Meta(TableMeta):
        table_name = table_name("messages")

    by_receiver = ReceiverIndex()
    receiver = UnicodeAttribute(null=True)
    due_at = NumberAttribute()
    state = UnicodeAttribute()
    revision = NumberAttribute()
    body = UnicodeAttribute()
    gone_at = NumberAttribute()


class DueRow(due.DueRow):
    """A message by its id."""

    class Meta(TableMeta):
        table_name = table_name("messages")


class WatermarkRow(due.WatermarkRow):
    """How far messages are swept."""

    class Meta(TableMeta):
        table_name = table_name("messages")


DUE = due.DueRows(DueRow, WatermarkRow)


def save(message: Message) -> bool:
    """Write a message as the next revision of the one that was read; `False` when that is not the newest any more."""
    return held(lambda: _row(message).save(_unmoved(message)))


def save_with(message: Message, also: Callable[[TransactWrite], None]) -> bool:
    """The same in one transaction with somebody else's writes: all of it or nothing."""

    def write(transaction: TransactWrite) -> None:
        transaction.save(_row(message), condition=_unmoved(message))
        also(transaction)

    return committed(write)


def put_due(message: Message, at: datetime) -> None:
    """Have a message worked on at a whole second. Written twice, it is handed over once more: no harm."""
    due_row = place(message.brand, message.id, at)
    DueRow(due_row.pk, due_row.sk).save()


def due_of(message: Message) -> Due:
    return place(message.brand, message.id, message.next_at)


def read_message(brand: str, message_id: str) -> Message | None:
    try:
        return _message(MessageRow.get(f"{brand}#M#{message_id}", "@", consistent_read=True))
    except MessageRow.DoesNotExist:
        return None


def list_places(brand: str, key: str, *, before: Place | None, most: int) -> list[Place]:
    """Messages addressed to one identifier, the latest due first: at least `most` of them, and all of the last one's second."""
    until = ReceiverIndex.due_at <= seconds(before.due_at) if before else None
    places: list[Place] = []
    for row in MessageRow.by_receiver.query(f"{brand}#{key}", until, scan_index_forward=False, page_size=most):
        found = Place(moment(row.due_at), row.pk.split("#M#", 1)[1])
        if before is not None and found >= before:
            continue
        if len(places) >= most and found.due_at != places[-1].due_at:
            break
        places.append(found)
    return places


def read_messages(brand: str, ids: Iterable[str]) -> dict[str, Message]:
    """Messages by their ids as of now, those that are still kept."""
    rows = MessageRow.batch_get([(f"{brand}#M#{each}", "@") for each in ids], consistent_read=True)
    return {message.id: message for message in map(_message, rows)}


def _unmoved(message: Message) -> Condition:
    """Still as it was read: a written message is one revision ahead of that."""
    return MessageRow.revision == message.revision - 1 if message.revision > 1 else MessageRow.pk.does_not_exist()


def _row(message: Message) -> MessageRow:
    body = Body(
        purpose=message.purpose,
        topic=message.topic,
        priority=message.priority,
        ways=[(way.channel, way.account, way.wait_s) for way in message.ways],
        sealed=message.sealed,
        fingerprint=message.fingerprint,
        next_at=seconds(message.next_at),
        expires_at=_seconds(message.expires_at),
        hold=message.hold,
        best_hour=message.best_hour,
        why=message.why,
        step=message.step,
        attempts=message.attempts,
        lease=message.lease,
        lease_until=_seconds(message.lease_until),
        tried=[TriedBody(each.step, seconds(each.at), each.provider_id, int(each.failed)) for each in message.tried],
        trace=[(seconds(each.at), each.step, each.what) for each in message.trace],
        group=message.group,
    )
    return MessageRow(
        f"{message.brand}#M#{message.id}",
        "@",
        receiver=f"{message.brand}#{message.to}",
        due_at=seconds(message.due_at),
        state=message.state.value,
        revision=message.revision,
        body=msgspec.json.encode(body).decode(),
        gone_at=seconds(message.due_at) + KEPT_S,
    )


def _message(row: MessageRow) -> Message:
    brand, message_id = row.pk.split("#M#", 1)
    body = msgspec.json.decode(row.body, type=Body)
    return Message(
        brand=brand,
        id=message_id,
        to=(row.receiver or "").partition("#")[2],
        purpose=body.purpose,
        topic=body.topic,
        priority=body.priority,
        ways=tuple(Way(*way) for way in body.ways),
        sealed=body.sealed,
        fingerprint=body.fingerprint,
        due_at=moment(row.due_at),
        next_at=moment(body.next_at),
        expires_at=_moment(body.expires_at),
        hold=body.hold,
        best_hour=body.best_hour,
        state=State(row.state),
        why=body.why,
        step=body.step,
        attempts=body.attempts,
        revision=int(row.revision),
        lease=body.lease,
        lease_until=_moment(body.lease_until),
        tried=tuple(Tried(each.step, moment(each.at), each.provider_id, bool(each.failed)) for each in body.tried),
        trace=tuple(Noted(moment(at), step, what) for at, step, what in body.trace),
        group=body.group,
    )


def _seconds(at: datetime | None) -> int | None:
    return None if at is None else seconds(at)


def _moment(epoch_s: int | None) -> datetime | None:
    return None if epoch_s is None else moment(epoch_s)
