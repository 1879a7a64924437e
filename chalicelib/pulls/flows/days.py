"""Figures fetched day by day: kept first, and only then is the day behind the pull."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.accounts.flows import tokens
from chalicelib.accounts.words import Account
from chalicelib.beijing import A_DAY, day_of, start_of
from chalicelib.pulls.flows.reconciling import reconcile_days
from chalicelib.pulls.rules import days, outcomes
from chalicelib.pulls.tables import figures
from chalicelib.pulls.words import DayOfFigures, Pull, PullKind, Reason, Source, Step, Way
from chalicelib.wechat.figures import Told
from chalicelib.world import World


def work_day(account: Account, pull: Pull, source: Source, *, world: World, now: datetime) -> Step:
    """The next day, or week or month, once its figures are there."""
    day, settings = outcomes.next_day(pull), world.settings
    last = days.last_of(day, source.period)
    ready_at = days.ready_at(last, source, hour=settings.figures_ready_hour)
    if now < ready_at:
        return Step(outcomes.move(pull, now=now, next_at=ready_at))
    told, calls = _fetch(account, source, day, last, world=world, now=now)
    believed_at = days.ready_at(last, source, hour=settings.figures_empty_hour)
    if told.delayed or (not told.lines and now < believed_at):
        return Step(outcomes.stop(pull, Reason.not_ready, now=now, what=str(day)), calls)
    figures.keep_figures(account.brand, account.name, pull.kind, DayOfFigures(day=day, told_at=now, lines=told.lines))
    if pull.kind is PullKind.follower_changes:
        reconcile_days(account, day, world=world, now=now)
    following = days.ready_at(days.last_of(last + A_DAY, source.period), source, hour=settings.figures_ready_hour)
    return Step(outcomes.move(pull, now=now, watermark=str(last), next_at=max(following, now)), calls, more=following <= now)


def take_snapshot(account: Account, pull: Pull, source: Source, *, world: World, now: datetime) -> Step:
    """How it is today. A day on which nobody could ask is missing for good, as WeChat keeps none of it."""
    today = day_of(now)
    if pull.kind is PullKind.tags:
        lines = tokens.with_token(account, world.wechat.list_tags, world=world, now=now).lines
    else:
        lines = (tokens.with_token(account, world.wechat.fetch_channel, world=world, now=now),)
    figures.keep_figures(account.brand, account.name, pull.kind, DayOfFigures(day=today, told_at=now, lines=lines))
    tomorrow = start_of(today + A_DAY) + timedelta(hours=world.settings.figures_ready_hour)
    return Step(outcomes.move(pull, now=now, watermark=str(today), next_at=tomorrow), 1)


def _fetch(account: Account, source: Source, day: date, last: date, *, world: World, now: datetime) -> tuple[Told, int]:
    """What WeChat tells of these days, and how many calls that took."""
    if source.way is Way.lives:
        return _fetch_lives(account, day, world=world, now=now)
    report = source.report
    assert report is not None
    fetch = partial(world.wechat.fetch_figures, report=report, first=day, last=last)
    return tokens.with_token(account, fetch, world=world, now=now), 1


def _fetch_lives(account: Account, day: date, *, world: World, now: datetime) -> tuple[Told, int]:
    """Every live room of a day: a handful of pages."""
    first_s, last_s = days.seconds_of(day)
    lines: list[dict[str, Any]] = []
    following: str | None = ""
    calls = 0
    while following is not None:
        list_next = partial(world.wechat.list_lives, first_s=first_s, last_s=last_s, following=following)
        page = tokens.with_token(account, list_next, world=world, now=now)
        lines.extend(page.lines)
        following, calls = page.following, calls + 1
    return Told(tuple(lines)), calls
