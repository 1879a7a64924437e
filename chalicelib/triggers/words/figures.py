"""What rules brought about, as callers see it."""

from __future__ import annotations

from datetime import date

import msgspec

from chalicelib.triggers.words import Standing


class OutcomeCounted(msgspec.Struct, frozen=True, kw_only=True):
    """What so many messages came to first, and why."""

    state: str
    why: str
    messages: int


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule brought about: records it spoke of, messages planned, those taken back or never taken by the outbox, and outcomes."""

    matched: int
    planned: int
    taken_back: int
    refused: int
    outcomes: tuple[OutcomeCounted, ...]


class DayOfRule(Figures, frozen=True, kw_only=True):
    """One day of a rule."""

    day: date


class RuleStats(Figures, frozen=True, kw_only=True):
    """A rule as it is in force or was, the whole of these days and each that has anything."""

    rule: str
    type: str
    last: bool
    standing: Standing
    days: tuple[DayOfRule, ...]


class TriggerStats(msgspec.Struct, frozen=True, kw_only=True):
    """What each rule brought about on these days, both counted in. `cursor` leads to further rules."""

    first: date = msgspec.field(name="from")
    until: date = msgspec.field(name="to")
    rules: tuple[RuleStats, ...]
    cursor: str | None


class StatsAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked: which days, both counted in, of every rule or those of a `name`; at most so many, `after` a place."""

    first: date
    until: date
    name: str
    after: str
    most: int
