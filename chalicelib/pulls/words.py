"""Words of the pulls: what is fetched of which account, how far each has come, and what came of it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import msgspec

from chalicelib.accounts.words import Kind
from chalicelib.wechat.figures import Report


class PullKind(StrEnum):
    """What is fetched."""

    followers = "followers"
    tags = "tags"
    follower_changes = "follower_changes"
    follower_totals = "follower_totals"
    account_reads = "account_reads"
    article_reads = "article_reads"
    article_shares = "article_shares"
    article_totals = "article_totals"
    messages = "messages"
    messages_by_hour = "messages_by_hour"
    messages_by_person = "messages_by_person"
    callbacks = "callbacks"
    callbacks_by_hour = "callbacks_by_hour"
    visits = "visits"
    visit_totals = "visit_totals"
    visit_retention = "visit_retention"
    visit_sources = "visit_sources"
    visit_pages = "visit_pages"
    visits_by_week = "visits_by_week"
    visits_by_month = "visits_by_month"
    visit_retention_by_week = "visit_retention_by_week"
    visit_retention_by_month = "visit_retention_by_month"
    shop_orders = "shop_orders"
    channel = "channel"
    lives = "lives"
    leads = "leads"


class Way(StrEnum):
    """How a kind is fetched."""

    report = "report"
    """A day of a report after the other."""
    lives = "lives"
    """A day of live rooms after the other."""
    leads = "leads"
    """A day of forms after the other."""
    snapshot = "snapshot"
    """As it is today: what was yesterday cannot be asked for."""
    followers = "followers"
    """By the back-fill, now and again."""
    orders = "orders"
    """Whatever has changed since, second after second."""


class Period(StrEnum):
    """What one answer is about. A week begins on Monday."""

    day = "day"
    week = "week"
    month = "month"


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a kind comes from: of accounts of which kind, in which way. `settles_days`: how many days its figures go on growing."""

    of: Kind
    way: Way
    does: str
    report: Report | None = None
    period: Period = Period.day
    settles_days: int = 0


class Reason(StrEnum):
    """Why a pull has stopped where it is."""

    not_ready = "not_ready"
    not_entitled = "not_entitled"
    quota_used_up = "quota_used_up"
    busy = "busy"
    declined = "declined"
    failed = "failed"


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """How far one kind of one account has come. `watermark`: all up to this day, or of orders this second, is here.

    `position`: where within the next day or window it stands, sealed where it names orders. `version` moves with every step, so that
    a step counts once.
    """

    brand: str
    account: str
    kind: PullKind
    watermark: str
    next_at: datetime
    position: str = ""
    last_run_at: datetime | None = None
    reason: Reason | None = None
    trouble: str = ""
    version: int = 0


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """What the queue carries: one pull as of one version, and how many calls of WeChat are left for this run."""

    account: str
    kind: PullKind
    version: int
    calls_left: int


class Step(msgspec.Struct, frozen=True):
    """A pull after one step, the calls of WeChat it took, and whether more can be done at once."""

    pull: Pull
    calls: int = 0
    more: bool = False


class OrdersPlace(msgspec.Struct, frozen=True):
    """Orders of a window that are still to be fetched: once they are, all up to its last second is here."""

    until_s: int
    ids: tuple[str, ...]


class Counted(msgspec.Struct, frozen=True):
    """How many forms of a component there were on a day, and how many of them name no phone."""

    component_id: str
    forms: int = 0
    without_phone: int = 0


class LeadsPlace(msgspec.Struct, frozen=True):
    """Components whose forms of a day are still to be fetched, the first from `following` on, and what is counted so far."""

    waiting: tuple[str, ...]
    counted: tuple[Counted, ...]
    following: str = ""


class DayOfFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What WeChat told of one day, or of the week or month that begins with it, in its own words."""

    day: date
    told_at: datetime
    lines: tuple[dict[str, Any], ...]


class FiguresPage(msgspec.Struct, frozen=True, kw_only=True):
    """Days of one kind, the earliest first. `cursor` leads to later ones; there are none where it is absent."""

    kind: PullKind
    days: tuple[DayOfFigures, ...]
    cursor: str | None


class Heard(msgspec.Struct, frozen=True):
    """How many people followed, and how many stopped."""

    followed: int
    unfollowed: int


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """One day as WeChat tells it and as its callbacks told us; differences in per mille of the greater one."""

    day: date
    told: Heard
    heard: Heard
    followed_off: float
    unfollowed_off: float
    is_over: bool
    counted_at: datetime


class Reconciliation(msgspec.Struct, frozen=True, kw_only=True):
    """Days, the earliest first. `tolerance`: the difference in follows, in per mille, from which a day is over."""

    tolerance: float
    days: tuple[Reconciled, ...]


class PullState(StrEnum):
    """Where a pull stands."""

    due = "due"
    up_to_date = "up_to_date"
    waiting = "waiting"
    not_entitled = "not_entitled"
    in_trouble = "in_trouble"


class PullShown(msgspec.Struct, frozen=True, kw_only=True):
    """A pull as callers see it. `watermark`: all up to here is in, absent before the first run. `trouble`: what kept it, in plain words."""

    kind: PullKind
    does: str
    state: PullState
    watermark: str | None
    last_run_at: datetime | None
    next_run_at: datetime
    trouble: str


class Pulls(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is fetched of one account."""

    account: str
    pulls: tuple[PullShown, ...]
