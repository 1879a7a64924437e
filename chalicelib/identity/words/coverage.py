"""How many of an account's people are known by more than their openid, as it is counted, kept and shown."""

from __future__ import annotations

from datetime import date, datetime

import msgspec


class Sums(msgspec.Struct, frozen=True, array_like=True):
    """People, and how many of them are known by a unionid or a phone, by a unionid, by a phone."""

    people: float = 0.0
    unified: float = 0.0
    unionid: float = 0.0
    phone: float = 0.0


class Mark(msgspec.Struct, frozen=True):
    """What counts of the person behind one openid; `openids`: how many they have at all accounts together."""

    openids: int
    unionid: bool
    phone: bool


class Shard(msgspec.Struct, frozen=True, array_like=True):
    """What one sixteenth of an account's openids came to. `exact`: every one of them was looked at, otherwise the first `sampled`.

    In `persons` each openid counts as a part of its person, so that all accounts' together count everybody once.
    """

    sampled: int
    exact: bool
    openids: Sums
    persons: Sums


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """An account's people on one day, as far as they are counted. `version` moves with every shard, so that each counts once."""

    brand: str
    account: str
    day: date
    shards: tuple[Shard, ...]
    changed_at: datetime
    version: int


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the people, from 0 to 1. The true one is within `margin` of it in 19 of 20 cases; 0 where all were counted."""

    share: float
    margin: float


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """How many people there are, and which part of them is known by what: no parts where there is nobody."""

    people: int
    people_margin: int
    sampled: int
    unified: Share | None
    unionid: Share | None
    phone: Share | None


class AccountFigure(Figure, frozen=True, kw_only=True):
    """The figure of one account."""

    account: str


class DayOfCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one day: of everybody who has an openid, and of each account that has somebody."""

    day: date
    as_of: datetime
    overall: Figure
    accounts: list[AccountFigure]


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """Days, newest first, and the share of unified people that is aimed at; the cursor leads to earlier days."""

    goal: float
    days: list[DayOfCoverage]
    cursor: str | None
