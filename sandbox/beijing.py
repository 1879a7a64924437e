"""Days, hours and months as WeChat counts them: in Beijing, which is always eight hours ahead. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime

DAY_S = 86_400
HOUR_S = 3_600
_AHEAD_S = 8 * HOUR_S


def number_of_day(at: float) -> int:
    """Grows by one at midnight."""
    return int(at + _AHEAD_S) // DAY_S


def day_of(at: float) -> date:
    return datetime.fromtimestamp(at + _AHEAD_S, UTC).date()


def hour_of(at: float) -> int:
    return int(at + _AHEAD_S) % DAY_S // HOUR_S


def month_of(at: float) -> tuple[int, int]:
    """Year and month."""
    day = day_of(at)
    return day.year, day.month
