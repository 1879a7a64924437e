"""Who is served next and by whom, and how long people waited. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from chalicelib.days import read_day
from chalicelib.errors import Invalid
from chalicelib.replies.words.waiting import Answered, DayOfAnswers, HandedOver
from chalicelib.wechat.human import Online, Said, Waiting

MEASURED = timedelta(hours=24)
"""WeChat tells a day of what was said at most: whoever has no answer by then counts as never answered."""
MOST_DAYS = 92


def order_waiting(waiting: Iterable[Waiting], levels: Sequence[str], level_of: Mapping[str, str]) -> list[Waiting]:
    """The highest level first, then whoever has waited longest; a level nobody has named comes behind all."""
    ranks = {level: rank for rank, level in enumerate(levels)}
    return sorted(waiting, key=lambda each: (ranks.get(level_of.get(each.openid, ""), len(ranks)), each.since, each.openid))


def highest_level(held: Iterable[str], levels: Sequence[str]) -> str:
    """Of the levels somebody holds the one that counts; empty when none does."""
    return min((level for level in held if level in levels), key=list(levels).index, default="")


def next_free(staff: Mapping[str, int], at_most: int) -> str | None:
    """Whoever talks with the fewest, if they may have one more."""
    free = [(sessions, name) for name, sessions in staff.items() if sessions < at_most]
    return min(free)[1] if free else None


def staff_of(online: Iterable[Online]) -> dict[str, int]:
    return {each.account: each.sessions for each in online}


def first_answers(waits: Mapping[str, HandedOver], said: Iterable[Said]) -> dict[str, int]:
    """After how many seconds staff wrote first, by openid, to those who were answered."""
    found: dict[str, int] = {}
    for each in sorted(said, key=lambda each: each.at):
        since = waits[each.openid].since if each.openid in waits and each.by_staff else None
        if since is not None and each.at >= int(since.timestamp()):
            found.setdefault(each.openid, each.at - int(since.timestamp()))
    return found


def count_late(waits: Iterable[HandedOver], bound_s: int, *, now: datetime) -> int:
    """How many have waited longer than they should."""
    return sum(now - each.since > timedelta(seconds=bound_s) for each in waits)


def fold_days(done: Iterable[Answered]) -> tuple[DayOfAnswers, ...]:
    """What there is of each day, the earliest first."""
    days: defaultdict[date, list[int | None]] = defaultdict(list)
    for each in done:
        days[each.on].append(each.waited_s)
    return tuple(_fold_day(on, days[on]) for on in sorted(days))


def day_of(moment: datetime, utc_offset_h: int) -> date:
    return (moment + timedelta(hours=utc_offset_h)).date()


def read_days(first: str, last: str, *, today: date) -> tuple[date, date]:
    """The days asked about: the last seven when none are named."""
    until = read_day(last, "to") if last else today
    since = read_day(first, "from") if first else until - timedelta(days=6)
    if not since <= until <= since + timedelta(days=MOST_DAYS - 1):
        raise Invalid(f"from is not after to, and at most {MOST_DAYS} days are told at once.")
    return since, until


def _fold_day(on: date, waited: Sequence[int | None]) -> DayOfAnswers:
    times = sorted(each for each in waited if each is not None)
    return DayOfAnswers(
        on=on, answered=len(times), unanswered=len(waited) - len(times), median_s=_quantile(times, 0.5), p90_s=_quantile(times, 0.9)
    )


def _quantile(times: Sequence[int], share: float) -> int | None:
    """The smallest time that at least this share did not exceed."""
    return times[math.ceil(share * len(times)) - 1] if times else None
