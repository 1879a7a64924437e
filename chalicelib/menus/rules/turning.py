"""Which menu is due, and when the next one is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from chalicelib.errors import Conflict, Invalid
from chalicelib.menus.words.holidays import Holiday

MOST_HOLIDAYS = 20
LONGEST = timedelta(days=92)
SHORTEST = timedelta(minutes=1)
FARTHEST = timedelta(days=400)


def current(holidays: Sequence[Holiday], now: datetime) -> Holiday | None:
    """The holiday whose menu is shown now: from its first moment until before its last."""
    return next((each for each in holidays if each.from_at <= now < each.until_at), None)


def next_turn(holidays: Sequence[Holiday], now: datetime) -> datetime | None:
    """When the next menu comes or goes."""
    return min((at for each in holidays for at in (each.from_at, each.until_at) if at > now), default=None)


def check_free(holidays: Sequence[Holiday], name: str, from_at: datetime, until_at: datetime, now: datetime) -> None:
    """No two holidays share a moment; one of the same name is replaced."""
    others = _others(holidays, name, now)
    for each in others:
        if from_at < each.until_at and each.from_at < until_at:
            raise Conflict(f"The holiday {each.name} has its menu at that time: change one of them.", code="holidays_overlap")
    if len(others) >= MOST_HOLIDAYS:
        raise Invalid(f"An account has at most {MOST_HOLIDAYS} holidays ahead: let one go - at `$`.")


def with_holiday(holidays: Sequence[Holiday], wanted: Holiday, now: datetime) -> tuple[Holiday, ...]:
    """The holidays with this one, in the place of one of its name; those that are over are let go."""
    return tuple(sorted([*_others(holidays, wanted.name, now), wanted], key=lambda each: each.from_at))


def _others(holidays: Sequence[Holiday], name: str, now: datetime) -> list[Holiday]:
    return [each for each in holidays if each.name != name and each.until_at > now]


def check_times(from_at: datetime, until_at: datetime, now: datetime) -> tuple[datetime, datetime]:
    """Both in UTC, to the second; a holiday has at least a minute and at most three months, and is not over."""
    for name, at in (("from_at", from_at), ("until_at", until_at)):
        if at.tzinfo is None:
            raise Invalid(f"A time needs its offset, like 2026-12-24T18:00:00+08:00 - at `$.{name}`.")
        if at - now > FARTHEST:
            raise Invalid(f"A holiday is planned at most {FARTHEST.days} days ahead - at `$.{name}`.")
    if until_at <= now:
        raise Invalid("This holiday is over - at `$.until_at`.")
    if not SHORTEST <= until_at - from_at <= LONGEST:
        raise Invalid(f"A holiday's menu is shown for a minute to {LONGEST.days} days - at `$.until_at`.")
    return from_at.astimezone(UTC).replace(microsecond=0), until_at.astimezone(UTC).replace(microsecond=0)
