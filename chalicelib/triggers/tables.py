"""What rules have caused, one row for each record or for somebody's last one, and how each rule stands: beside the messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, held, moment, seconds, table_name
from chalicelib.messaging import flows as messaging
from chalicelib.triggers.rules.standing import gate_of
from chalicelib.triggers.words import Caused, Figure, Slot, Standing, Stands

KEPT_S = 400 * 86400
Figures = Mapping[tuple[str, Figure], int]
"""How often something was done, by what the rule is known by."""


class CausedRow(Row):
    """`pk` `<brand>#T#<subject>`, `sk` @. Names of rules, hashes and times; nothing of what a record says."""

    class Meta(TableMeta):
        table_name = table_name("messages")

    revision = NumberAttribute()
    slots = UnicodeAttribute()
    gone_at = NumberAttribute()


class StandingRow(Row):
    """`pk` `<brand>#T`, `sk` what the rule is known by. Kept for good: what a rule has planned may be due in a year."""

    class Meta(TableMeta):
        table_name = table_name("messages")

    standing = UnicodeAttribute()
    at = NumberAttribute()
    by = UnicodeAttribute()


def read_caused(brand: str, subjects: Iterable[str]) -> dict[str, Caused]:
    """What was caused for these subjects, those of which anything is kept, as of now."""
    wanted = {f"{brand}#T#{each}": each for each in subjects}
    rows = CausedRow.batch_get([(pk, "@") for pk in wanted], consistent_read=True)
    return {
        wanted[row.pk]: Caused(
            brand=brand,
            subject=wanted[row.pk],
            revision=int(row.revision),
            slots=msgspec.json.decode(row.slots, type=tuple[Slot, ...]),
        )
        for row in rows
    }


def save_caused(caused: Caused, figures: Figures, *, now: datetime) -> bool:
    """Keep it as the next revision of the one that was read, with what is counted; `False` when that is not the newest any more."""
    row = CausedRow(
        f"{caused.brand}#T#{caused.subject}",
        "@",
        revision=caused.revision,
        slots=msgspec.json.encode(caused.slots).decode(),
        gone_at=max(seconds(now), *(each.due for each in caused.slots)) + KEPT_S,
    )
    unmoved = CausedRow.revision == caused.revision - 1 if caused.revision > 1 else CausedRow.pk.does_not_exist()
    if not figures:
        return held(lambda: row.save(unmoved))

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unmoved)
        for (place, what), number in figures.items():
            messaging.tally_with(transaction, caused.brand, gate_of(place), what, number, spread=caused.subject, at=now)

    return committed(write)


def list_standings(brand: str) -> dict[str, Stands]:
    """How every rule stands there ever was, as of now, by what it is known by."""
    rows = StandingRow.query(f"{brand}#T", consistent_read=True)
    return {row.sk: Stands(standing=Standing(row.standing), at=moment(row.at), by=row.by) for row in rows}


def put_standing(brand: str, place: str, before: Stands | None, stands: Stands, also: Callable[[TransactWrite], None]) -> bool:
    """Keep how a rule stands, in one transaction with somebody else's writes; `False` when it does not stand as before any more."""
    row = StandingRow(f"{brand}#T", place, standing=stands.standing.value, at=seconds(stands.at), by=stands.by)
    unmoved = StandingRow.pk.does_not_exist() if before is None else StandingRow.standing == before.standing.value

    def write(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unmoved)
        also(transaction)

    return committed(write)
