"""The outbox as rows: messages, and when each is due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.transactions import TransactWrite

from chalicelib.aws import due
from chalicelib.aws.tables import Row, TableMeta, connection, held, moment, seconds, table_name
from chalicelib.due import Due, place
from chalicelib.messaging.words import Channel, Message, Place, State

KEPT_S = 90 * 86400


class ReceiverIndex(GlobalSecondaryIndex["MessageRow"]):
    """Messages by the identifier they were addressed to, `<brand>#<key>`, and when they were due."""

    class Meta(TableMeta):
        index_name = "by_receiver"
        projection = KeysOnlyProjection()

    receiver = UnicodeAttribute(hash_key=True)
    due_at = NumberAttribute(range_key=True)


class MessageRow(Row):
    """`pk` `<brand>#M#<id>`, `sk` @. What and to whom is sealed."""

    class Meta(TableMeta):
        table_name = table_name("messages")

    by_receiver = ReceiverIndex()
    receiver = UnicodeAttribute(null=True)
    account = UnicodeAttribute()
    channel = UnicodeAttribute()
    state = UnicodeAttribute()
    sealed = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    due_at = NumberAttribute()
    not_after = NumberAttribute(null=True)
    attempts = NumberAttribute(default=0)
    lease = UnicodeAttribute(null=True)
    lease_until = NumberAttribute(null=True)
    outcome = UnicodeAttribute(default="")
    provider_id = UnicodeAttribute(null=True)
    trace = JSONAttribute()
    gone_at = NumberAttribute()


class DueRow(due.DueRow):
    """A message by its id."""

    class Meta(TableMeta):
        table_name = table_name("messages")

    account = UnicodeAttribute()


class WatermarkRow(due.WatermarkRow):
    """How far messages are swept."""

    class Meta(TableMeta):
        table_name = table_name("messages")


DUE = due.DueRows(DueRow, WatermarkRow)


def plan(message: Message) -> bool:
    """Write a message and its due row together; `False` when the message is there already."""
    planned = due_of(message)

    def write() -> None:
        with TransactWrite(connection=connection()) as transaction:
            transaction.save(_row(message), condition=MessageRow.pk.does_not_exist())
            transaction.save(DueRow(planned.pk, planned.sk, account=message.account))

    return held(write)


def due_of(message: Message) -> Due:
    return place(message.brand, message.id, message.due_at)


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
        place = Place(moment(row.due_at), row.pk.split("#M#", 1)[1])
        if before is not None and place >= before:
            continue
        if len(places) >= most and place.due_at != places[-1].due_at:
            break
        places.append(place)
    return places


def read_messages(brand: str, ids: Iterable[str]) -> dict[str, Message]:
    """Messages by their ids, those that are still kept."""
    rows = MessageRow.batch_get([(f"{brand}#M#{each}", "@") for each in ids])
    return {message.id: message for message in map(_message, rows)}


def claim(message: Message, lease: str, *, lease_until: datetime, now: datetime) -> Message | None:
    """Become the one that sends this message; nothing when somebody else is or was.

    `lease` is new for every try: by it a claim is known again that took effect although its first answer was lost.
    """
    claimed = msgspec.structs.replace(_after(message, State.sending, "", now=now), lease_until=lease_until)
    if _step(message, claimed, [MessageRow.lease.set(lease), MessageRow.lease_until.set(seconds(lease_until))]):
        return claimed
    return claimed if MessageRow.get(_pk(message), "@", consistent_read=True).lease == lease else None


def settle(message: Message, state: State, why: str, *, provider_id: str | None, now: datetime) -> bool:
    """Keep what became of a message; `False` when that is settled already."""
    changes: list[Action] = [MessageRow.lease.remove(), MessageRow.lease_until.remove()]
    if provider_id is not None:
        changes.append(MessageRow.provider_id.set(provider_id))
    return _step(message, _after(message, state, why, now=now), changes)


def _after(message: Message, state: State, why: str, *, now: datetime) -> Message:
    """A try counts when it begins, also one that ends before the send."""
    step = (now.isoformat(), f"{state.value}: {why}" if why else state.value)
    attempts = message.attempts + (message.state is State.planned)
    return msgspec.structs.replace(message, state=state, outcome=why, attempts=attempts, trace=(*message.trace, step))


def _step(before: Message, after: Message, changes: list[Action]) -> bool:
    """From the state the message was read in to the next one."""
    steps = [
        MessageRow.state.set(after.state.value),
        MessageRow.outcome.set(after.outcome),
        MessageRow.attempts.set(after.attempts),
        MessageRow.trace.set(after.trace),
    ]
    unmoved = (MessageRow.state == before.state.value) & (MessageRow.attempts == before.attempts)
    return _changed(MessageRow(_pk(before), "@"), [*steps, *changes], unmoved)


def _pk(message: Message) -> str:
    return f"{message.brand}#M#{message.id}"


def _changed(row: Row, changes: list[Any], condition: Condition) -> bool:
    return held(lambda: row.update(changes, condition=condition))


def _row(message: Message) -> MessageRow:
    return MessageRow(
        _pk(message),
        "@",
        receiver=f"{message.brand}#{message.to}",
        account=message.account,
        channel=message.channel.value,
        state=message.state.value,
        sealed=message.sealed,
        fingerprint=message.fingerprint,
        due_at=seconds(message.due_at),
        not_after=None if message.not_after is None else seconds(message.not_after),
        trace=message.trace,
        gone_at=seconds(message.due_at) + KEPT_S,
    )


def _message(row: MessageRow) -> Message:
    brand, message_id = row.pk.split("#M#", 1)
    return Message(
        brand=brand,
        id=message_id,
        to=(row.receiver or "").partition("#")[2],
        account=row.account,
        channel=Channel(row.channel),
        state=State(row.state),
        sealed=row.sealed,
        fingerprint=row.fingerprint,
        due_at=moment(row.due_at),
        not_after=None if row.not_after is None else moment(row.not_after),
        attempts=int(row.attempts),
        lease_until=None if row.lease_until is None else moment(row.lease_until),
        outcome=row.outcome,
        provider_id=row.provider_id,
        trace=tuple((at, what) for at, what in row.trace),
    )
