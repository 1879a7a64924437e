"""What every way in brought, from the counters: lines that add up to the whole. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import TypeVar

import msgspec

from chalicelib.attribution.words import UNATTRIBUTED, DayFigures, EntryLine, EntryStats, Figures, Mode, Registered, Yield
from chalicelib.days import read_day
from chalicelib.errors import Invalid

MOST_DAYS = 92
A_WEEK = 7
FIGURES = Figures.__struct_fields__
DIGITS = 4
Part = TypeVar("Part", bound=Yield)


def read_days(query: Mapping[str, str], *, today: date) -> tuple[date, date]:
    """The days asked about, both counted in: the last seven unless told otherwise."""
    last = read_day(query["to"], "to") if "to" in query else today
    first = read_day(query["from"], "from") if "from" in query else last - timedelta(days=A_WEEK - 1)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise Invalid(f"`from` is not after `to`, and they are at most {MOST_DAYS} days.")
    return first, last


def read_mode(query: Mapping[str, str]) -> Mode:
    """Which touch figures are attributed to: the last one unless told otherwise."""
    try:
        return Mode(query.get("touch", Mode.last))
    except ValueError:
        raise Invalid("touch is `first` or `last`.") from None


def sum_up(
    counted: Iterable[tuple[date, str, dict[str, int]]], mode: Mode, first: date, last: date, registry: Mapping[str, Registered]
) -> EntryStats:
    """A line for each entry that brought or cost something, one for what is unattributed, and the whole.

    Every counter goes into exactly one line, and the whole is made of the lines.
    """
    found: dict[str, dict[date, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for day, entry, figures in counted:
        found[entry][day].update({name: figures[f"{name}_{mode}"] for name in FIGURES})
    listed = sorted({*found, *(entry for entry, known in registry.items() if known.costs)} - {UNATTRIBUTED})
    lines = [_line(entry, found.get(entry, {}), registry.get(entry)) for entry in listed]
    unattributed = _line(None, found.get(UNATTRIBUTED, {}), None)
    whole = _add([*lines, unattributed])
    return EntryStats(
        first=first,
        last=last,
        touch=mode,
        entries=tuple(_divide_line(line, whole) for line in lines),
        unattributed=_divide_line(unattributed, whole),
        total=_divide_line(whole, whole),
    )


def _line(entry: str | None, found: Mapping[date, Counter[str]], known: Registered | None) -> EntryLine:
    costs = known.costs if known else None
    days = {day: found.get(day, Counter()) for day in sorted({*found, *(costs or ())})}
    whole: Counter[str] = Counter()
    for figures in days.values():
        whole.update(figures)
    return EntryLine(
        entry=entry,
        name=known.name if known else None,
        cost_fen=None if costs is None else sum(costs.values()),
        days=tuple(
            DayFigures(day=day, cost_fen=None if costs is None else costs.get(day, 0), **figures)
            for day, figures in days.items()
            if any(figures.values()) or (costs and costs.get(day))
        ),
        **whole,
    )


def _add(lines: Sequence[EntryLine]) -> EntryLine:
    """The whole, day by day."""
    days: dict[date, Counter[str]] = defaultdict(Counter)
    costs: Counter[date] = Counter()
    for line in lines:
        for each in line.days:
            days[each.day].update({name: getattr(each, name) for name in FIGURES})
            costs[each.day] += each.cost_fen or 0
    known = Registered("", dict(costs)) if any(line.cost_fen is not None for line in lines) else None
    return msgspec.structs.replace(_line(None, days, known), name=None)


def _divide_line(line: EntryLine, whole: EntryLine) -> EntryLine:
    """The line and each of its days, beside the whole and its days."""
    wholes = {each.day: each for each in whole.days}
    return msgspec.structs.replace(_divide(line, whole), days=tuple(_divide(each, wholes[each.day]) for each in line.days))


def _divide(part: Part, whole: Yield) -> Part:
    cost = part.cost_fen
    return msgspec.structs.replace(
        part,
        conversion=round(part.orders / part.people, DIGITS) if part.people else None,
        share=round(part.money_fen / whole.money_fen, DIGITS) if whole.money_fen else None,
        roi=round((part.money_fen - cost) / cost, DIGITS) if cost else None,
    )
