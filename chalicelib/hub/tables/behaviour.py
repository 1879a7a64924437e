"""Days of behaviour as rows, one for each identifier and day."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.tables import Row, TableMeta, held, seconds, table_name
from chalicelib.hub.words.behaviour import Day

KEPT = timedelta(days=100)
"""Longer than any question about the last days reaches; the archive keeps what was before."""


class DayRow(Row):
    """`pk` `<brand>#E#<identifier's key>`, `sk` `D#<day>`. `ring`: base64."""

    class Meta(TableMeta):
        table_name = table_name("archive")

    ring = UnicodeAttribute()
    counts = UnicodeAttribute()
    revision = NumberAttribute()
    gone_at = NumberAttribute()


def read_days(brand: str, wanted: Iterable[tuple[str, date]], *, consistent: bool) -> dict[tuple[str, date], Day]:
    """Those of the days that are there."""
    rows = DayRow.batch_get([(_pk(brand, owner), _sk(on)) for owner, on in wanted], consistent_read=consistent)
    return {(day.owner, day.on): day for day in map(_day, rows)}


def list_days(brand: str, owner: str, *, since: date) -> list[Day]:
    """An identifier's days from one day on."""
    return [_day(row) for row in DayRow.query(_pk(brand, owner), DayRow.sk >= _sk(since))]


def keep_day(brand: str, day: Day, *, now: datetime) -> bool:
    """Keep a day as it is now; `False` when somebody kept it otherwise meanwhile."""
    row = DayRow(
        _pk(brand, day.owner),
        _sk(day.on),
        ring=base64.b64encode(day.ring).decode(),
        counts=msgspec.json.encode(day.counts).decode(),
        revision=day.revision,
        gone_at=seconds(max(now, datetime.combine(day.on, datetime.min.time(), now.tzinfo)) + KEPT),
    )
    unmoved = DayRow.revision == day.revision - 1 if day.revision > 1 else DayRow.pk.does_not_exist()
    return held(lambda: row.save(unmoved))


def _pk(brand: str, owner: str) -> str:
    return f"{brand}#E#{owner}"


def _sk(on: date) -> str:
    return f"D#{on.isoformat()}"


def _day(row: DayRow) -> Day:
    return Day(
        owner=row.pk.split("#E#", 1)[1],
        on=date.fromisoformat(row.sk.removeprefix("D#")),
        ring=base64.b64decode(row.ring),
        counts=msgspec.json.decode(row.counts, type=dict[str, int]),
        revision=int(row.revision),
    )
