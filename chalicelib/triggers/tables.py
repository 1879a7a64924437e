"""What rules have caused, as rows beside the messages: one for each record, or for somebody's last one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.tables import Row, TableMeta, held, seconds, table_name
from chalicelib.triggers.words import Caused, Slot

KEPT_S = 400 * 86400


class CausedRow(Row):
    """`pk` `<brand>#T#<subject>`, `sk` @. Names of rules, hashes and times; nothing of what a record says."""

    class Meta(TableMeta):
        table_name = table_name("messages")

    revision = NumberAttribute()
    slots = UnicodeAttribute()
    gone_at = NumberAttribute()


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


def save_caused(caused: Caused, *, now: datetime) -> bool:
    """Keep it as the next revision of the one that was read; `False` when that is not the newest any more."""
    row = CausedRow(
        f"{caused.brand}#T#{caused.subject}",
        "@",
        revision=caused.revision,
        slots=msgspec.json.encode(caused.slots).decode(),
        gone_at=max(seconds(now), *(each.due for each in caused.slots)) + KEPT_S,
    )
    unmoved = CausedRow.revision == caused.revision - 1 if caused.revision > 1 else CausedRow.pk.does_not_exist()
    return held(lambda: row.save(unmoved))
