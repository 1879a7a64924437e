"""Days as WeChat counts them: in Beijing, which has no summer time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))
A_DAY = timedelta(days=1)


def day_of(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()


def start_of(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING).astimezone(UTC)
