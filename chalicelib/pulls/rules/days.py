"""When the figures of a day are there, and which days make a period. Pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, timedelta

from chalicelib.beijing import A_DAY, day_of, start_of
from chalicelib.pulls.words import Period, Source


def seconds_of(day: date) -> tuple[int, int]:
    """The first and the last second of a day."""
    first = int(start_of(day).timestamp())
    return first, first + 86_399


def last_of(first: date, period: Period) -> date:
    """The last day of the period that begins on a day."""
    if period is Period.day:
        return first
    return first + 6 * A_DAY if period is Period.week else first.replace(day=monthrange(first.year, first.month)[1])


def ready_at(day: date, source: Source, *, hour: int) -> datetime:
    """When figures up to this day may be asked for: on the morning after, or after the days on which they go on growing."""
    return start_of(day + (1 + source.settles_days) * A_DAY) + timedelta(hours=hour)


def before_first_day(now: datetime, source: Source, *, hour: int, days: int) -> date:
    """The day before the first that is fetched, when so many ready ones are wanted and WeChat has them; periods are fetched whole."""
    newest = day_of(now) - (1 + source.settles_days) * A_DAY
    newest -= A_DAY if now < ready_at(newest, source, hour=hour) else timedelta()
    wanted = newest - days * A_DAY
    return _before_period(max(wanted, source.report.first - A_DAY) if source.report else wanted, source.period)


def _before_period(before: date, period: Period) -> date:
    """The end of the last period that is over by then."""
    first = before + A_DAY
    if period is Period.week:
        return before - first.weekday() * A_DAY
    return first.replace(day=1) - A_DAY if period is Period.month else before
