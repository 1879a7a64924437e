"""What WeChat told of each day, as rows."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.tables import Row, TableMeta, moment, seconds, table_name
from chalicelib.pulls.words import DayOfFigures, PullKind

PAGE = 20


class FiguresRow(Row):
    """`pk` `<brand>#F#<account>#<kind>`, `sk` the day. `lines`: packed JSON, in WeChat's words. Kept for ever."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    lines = UnicodeAttribute()
    told_at = NumberAttribute()


def keep_figures(brand: str, account: str, kind: PullKind, figures: DayOfFigures) -> None:
    """Keep a day's figures; told again, they are the same."""
    packed = base64.b64encode(zlib.compress(msgspec.json.encode(figures.lines))).decode()
    FiguresRow(_pk(brand, account, kind), str(figures.day), lines=packed, told_at=seconds(figures.told_at)).save()


def read_figures(brand: str, account: str, kind: PullKind, day: date) -> DayOfFigures | None:
    """One day, as of now."""
    try:
        return _figures(FiguresRow.get(_pk(brand, account, kind), str(day), consistent_read=True))
    except FiguresRow.DoesNotExist:
        return None


def list_figures(brand: str, account: str, kind: PullKind, *, first: date, last: date) -> Iterable[DayOfFigures]:
    """The days there are within a span, the earliest first; read as they are asked for."""
    within = FiguresRow.sk.between(str(first), str(last))
    return map(_figures, FiguresRow.query(_pk(brand, account, kind), within, page_size=PAGE))


def _pk(brand: str, account: str, kind: PullKind) -> str:
    return f"{brand}#F#{account}#{kind.value}"


def _figures(row: FiguresRow) -> DayOfFigures:
    lines = msgspec.json.decode(zlib.decompress(base64.b64decode(row.lines)), type=tuple[dict[str, Any], ...])
    return DayOfFigures(day=date.fromisoformat(row.sk), told_at=moment(row.told_at), lines=lines)
