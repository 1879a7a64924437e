"""Which records a look at a type's records begins with: the keys of some of those that came last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.tables import Row, TableMeta, seconds, table_name

PLACES = 500
KEPT_S = 400 * 86400


class SampleRow(Row):
    """`pk` `<brand>#N#<type>`, `sk` one of 500 places: the keys of records of the part that was kept there last."""

    class Meta(TableMeta):
        table_name = table_name("records")

    keys = UnicodeAttribute()
    kept_at = NumberAttribute()
    gone_at = NumberAttribute()


def remember(brand: str, kind: str, place: int, keys: Sequence[str], *, now: datetime) -> None:
    """Let a part's records stand for their type; whose place it was before is forgotten."""
    written = msgspec.json.encode(keys).decode()
    SampleRow(f"{brand}#N#{kind}", f"{place:03d}", keys=written, kept_at=seconds(now), gone_at=seconds(now) + KEPT_S).save()


def list_keys(brand: str, kind: str, *, most: int) -> list[str]:
    """Keys of records of a type, those of later parts first; each part gives one before any gives its second."""
    rows = sorted(SampleRow.query(f"{brand}#N#{kind}"), key=lambda row: (-row.kept_at, row.sk))
    parts = [msgspec.json.decode(row.keys, type=list[str]) for row in rows]
    longest = max(map(len, parts), default=0)
    turns = [part[turn] for turn in range(longest) for part in parts if turn < len(part)]
    return list(dict.fromkeys(turns))[:most]
