"""Every follower asked about now and again, by the back-fill of the identity room."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.accounts.flows import tokens
from chalicelib.accounts.words import Account
from chalicelib.beijing import day_of, start_of
from chalicelib.identity.flows import jobs
from chalicelib.identity.words.jobs import JobKind, JobShown, JobState
from chalicelib.pulls.rules import outcomes
from chalicelib.pulls.tables import figures
from chalicelib.pulls.words import DayOfFigures, Pull, Reason, Source, Step
from chalicelib.world import World

ACTOR = "pull"


def work_followers(account: Account, pull: Pull, source: Source, *, world: World, now: datetime) -> Step:
    """Start a back-fill, look after it, keep what it came to; `position` is its id while it runs."""
    if not pull.position:
        # Asked first, so that an account that may not ask is told so instead of getting a job that fails.
        tokens.with_token(account, lambda token: world.wechat.list_followers(token, ""), world=world, now=now)
        job = jobs.start_backfill(account, actor=ACTOR, world=world, now=now)
        return Step(outcomes.move(pull, now=now, next_at=now + outcomes.SOON, position=job.id), 1)
    job = jobs.show_job(account, JobKind.backfill)
    if job.state is JobState.running:
        return Step(outcomes.move(pull, now=now, next_at=now + outcomes.SOON, position=job.id))
    if job.state is JobState.failed:
        again = outcomes.move(pull, now=now)
        return Step(outcomes.stop(again, Reason.failed, now=now, what=job.trouble))
    day = day_of(job.started_at)
    figures.keep_figures(account.brand, account.name, pull.kind, DayOfFigures(day=day, told_at=job.changed_at, lines=(_line(job),)))
    following = start_of(day) + timedelta(days=world.settings.followers_every_days)
    return Step(outcomes.move(pull, now=now, watermark=str(day), next_at=following))


def _line(job: JobShown) -> dict[str, int]:
    return {"seen": job.seen, "joined": job.joined, "without_unionid": job.without_unionid, "unknown": job.unknown}
