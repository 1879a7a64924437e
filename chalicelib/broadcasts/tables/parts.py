"""Parts of broadcasts as rows: who is in each, how far it is, when it is due, and how many messages went in each minute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.aws import due
from chalicelib.aws.tables import Row, TableMeta, committed, held, seconds, table_name
from chalicelib.broadcasts.tables.broadcasts import KEPT_S, count_part_done, pk_of
from chalicelib.broadcasts.words import AnyErrand, Errand, MassErrand, Part
from chalicelib.due import Due, minute_of, place

RATES_KEPT_S = 86400
TRIES = 3
MASS = "mass"
"""Before the id of a mass send; no broadcast is called so."""


class PeopleRow(Row):
    """`pk` of the broadcast, `sk` `A#<number>`: who is in a part, sealed; written once. `order`: the fingerprint of their order."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    sealed = UnicodeAttribute()
    order = UnicodeAttribute()
    gone_at = NumberAttribute()


class PartRow(Row):
    """`pk` of the broadcast, `sk` `P#<number>`: how far a part is."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    people = NumberAttribute()
    left = UnicodeAttribute()
    counts = UnicodeAttribute()
    version = NumberAttribute()
    gone_at = NumberAttribute()


class RateRow(Row):
    """`pk` of the broadcast, `sk` `R#<minute>`: how many messages workers took out of a minute."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    taken = NumberAttribute()
    gone_at = NumberAttribute()


class DueRow(due.DueRow):
    """A part by `<broadcast>.<number>`, a broadcast by its id, whose source is to be read, or a mass send by `mass.<id>`."""

    class Meta(TableMeta):
        table_name = table_name("counters")


class WatermarkRow(due.WatermarkRow):
    """How far parts are swept."""

    class Meta(TableMeta):
        table_name = table_name("counters")


DUE = due.DueRows(DueRow, WatermarkRow)


def put_due(errand: AnyErrand, at: datetime) -> None:
    """Have an errand handed over at a whole second. Written twice, it is handed over once more: no harm."""
    if isinstance(errand, MassErrand):
        name = f"{MASS}.{errand.mass}"
    else:
        name = errand.broadcast if errand.part is None else f"{errand.broadcast}.{errand.part}"
    row = place(errand.brand, name, at)
    DueRow(row.pk, row.sk).save()


def errand_of(found: Due) -> AnyErrand:
    first, _, second = found.id.partition(".")
    if first == MASS:
        return MassErrand(found.brand, second)
    return Errand(found.brand, first, int(second) if second else None)


def lay(brand: str, broadcast_id: str, number: int, sealed: str, order: str, *, people: int, now: datetime) -> bool:
    """Keep who is in a part. Laid already, it stays as it was laid: places in it may be counted. `False`: it was, for another order."""
    gone_at = seconds(now) + KEPT_S
    who = PeopleRow(pk_of(brand, broadcast_id), f"A#{number:06d}", sealed=sealed, order=order, gone_at=gone_at)
    if not held(lambda: who.save(PeopleRow.pk.does_not_exist())) and is_of_another(brand, broadcast_id, number, order):
        return False
    part = Part(number=number, people=people, left=tuple(range(people)), counts={})
    held(lambda: _row(brand, broadcast_id, part, gone_at).save(PartRow.pk.does_not_exist()))
    return True


def is_of_another(brand: str, broadcast_id: str, number: int, order: str) -> bool:
    """Was a part laid, and for another order?"""
    found = _find_people(brand, broadcast_id, number)
    return found is not None and found.order != order


def read_people(brand: str, broadcast_id: str, number: int, order: str) -> str | None:
    """Who is in a part, sealed; nothing of one that was laid for another order."""
    found = _find_people(brand, broadcast_id, number)
    return None if found is None or found.order != order else str(found.sealed)


def _find_people(brand: str, broadcast_id: str, number: int) -> PeopleRow | None:
    try:
        return PeopleRow.get(pk_of(brand, broadcast_id), f"A#{number:06d}", consistent_read=True)
    except PeopleRow.DoesNotExist:
        return None


def read_part(brand: str, broadcast_id: str, number: int) -> Part | None:
    try:
        return _part(PartRow.get(pk_of(brand, broadcast_id), f"P#{number:06d}", consistent_read=True))
    except PartRow.DoesNotExist:
        return None


def list_parts(brand: str, broadcast_id: str) -> Iterator[Part]:
    """Every part, in their order."""
    return map(_part, PartRow.query(pk_of(brand, broadcast_id), PartRow.sk.startswith("P#"), consistent_read=True))


def keep_part(brand: str, broadcast_id: str, part: Part, *, now: datetime) -> bool:
    """Keep how far a part is, and count it once it is done, both or neither; `False` when somebody else has kept it since it was read."""
    row = _row(brand, broadcast_id, part, seconds(now) + KEPT_S)
    unmoved = PartRow.version == part.version - 1
    if part.left:
        return held(lambda: row.save(unmoved))

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unmoved)
        count_part_done(transaction, brand, broadcast_id)

    return committed(write)


def take_from_minute(brand: str, broadcast_id: str, wanted: int, *, most: int, now: datetime) -> int:
    """Take so many messages out of this minute, or as many as it has left."""
    row, gone = _rate(brand, broadcast_id, now), RateRow.gone_at.set(seconds(now) + RATES_KEPT_S)
    for _ in range(TRIES):  # what is read may be taken by somebody else before it is written
        share = min(wanted, most - read_taken(brand, broadcast_id, now))
        if share <= 0:
            return 0
        if _take(row, share, most, gone):
            return share
    return 0


def _take(row: RateRow, share: int, most: int, gone: Action) -> bool:
    room = RateRow.taken.does_not_exist() | (RateRow.taken <= most - share)
    return held(lambda: row.update([RateRow.taken.add(share), gone], condition=room))


def read_taken(brand: str, broadcast_id: str, at: datetime) -> int:
    """How many messages were taken out of a minute."""
    row = _rate(brand, broadcast_id, at)
    try:
        return int(RateRow.get(row.pk, row.sk, consistent_read=True).taken)
    except RateRow.DoesNotExist:
        return 0


def _rate(brand: str, broadcast_id: str, at: datetime) -> RateRow:
    return RateRow(pk_of(brand, broadcast_id), f"R#{minute_of(at)}")


def _row(brand: str, broadcast_id: str, part: Part, gone_at: int) -> PartRow:
    return PartRow(
        pk_of(brand, broadcast_id),
        f"P#{part.number:06d}",
        people=part.people,
        left=msgspec.json.encode(part.left).decode(),
        counts=msgspec.json.encode(part.counts).decode(),
        version=part.version,
        gone_at=gone_at,
    )


def _part(row: PartRow) -> Part:
    return Part(
        number=int(row.sk.removeprefix("P#")),
        people=int(row.people),
        left=msgspec.json.decode(row.left, type=tuple[int, ...]),
        counts=msgspec.json.decode(row.counts, type=dict[str, int]),
        version=int(row.version),
    )
