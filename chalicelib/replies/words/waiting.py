"""Words of the replies room: who waits for human service, and how long the first answer took."""

from __future__ import annotations

from datetime import date, datetime

import msgspec


class Turn(msgspec.Struct, frozen=True):
    """An errand to serve those who wait at one account, in the minute it was planned for."""

    account: str
    planned_at: datetime


class HandedOver(msgspec.Struct, frozen=True):
    """Somebody who was handed over and has no answer yet: the identifier's key, the callback it was for, the openid sealed."""

    person: str
    cause: str
    sealed: str
    since: datetime


class Answered(msgspec.Struct, frozen=True):
    """Somebody who waits no more: handed over on which day, and answered after so many seconds, or never."""

    on: date
    waited_s: int | None


class DayOfAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """The first answers to those who were handed over on one day. `unanswered`: nobody had answered after a day."""

    on: date
    answered: int
    unanswered: int
    median_s: int | None
    p90_s: int | None


class ResponseTimes(msgspec.Struct, frozen=True, kw_only=True):
    """How long people waited for a first answer, by day; how many wait now, and the longest since when."""

    account: str
    days: tuple[DayOfAnswers, ...]
    waiting: int
    waiting_since: datetime | None
