"""Long works over an account's people: begun by a caller, worked off a few batches a minute, resumed where they stopped."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from chalicelib.accounts import tables as accounts
from chalicelib.accounts.flows import register
from chalicelib.accounts.words import Account, Kind
from chalicelib.errors import Declined, Invalid, LiandongError, Missing, Refused
from chalicelib.identity.flows import coverage
from chalicelib.identity.flows.followers import work_followers
from chalicelib.identity.flows.migration import work_migration
from chalicelib.identity.tables import jobs as tables
from chalicelib.identity.words.coverage import Measurement
from chalicelib.identity.words.jobs import Job, JobKind, JobShown, JobState, Progress
from chalicelib.staff.flows import record
from chalicelib.world import World

log = logging.getLogger("liandong.jobs")
RUN_FOR = timedelta(seconds=40)
"""No batch is begun later than this: the function has 55 seconds."""
DAILY_QUOTA = 45009
QUOTA_PAUSE = timedelta(hours=1)
Turn = Callable[[], "Turn | None"]
"""A batch of one work; what it gives is the next batch of the same work, if that may be done in the same minute."""
WORK = {JobKind.backfill: work_followers, JobKind.migration: work_migration}


def start_backfill(account: Account, *, actor: str, world: World, now: datetime) -> JobShown:
    """Have every follower of an official account asked about. While one is running, it is that one."""
    if account.kind is not Kind.official_account:
        raise Missing("Only an official account has followers: name one.", code="account_missing")
    return _start(account, JobKind.backfill, actor=actor, world=world, now=now)


def start_migration(account: Account, from_appid: str, *, actor: str, world: World, now: datetime) -> JobShown:
    """Have every openid we know of a former account followed to this one. While one is running, it is that one."""
    former = next((each for each in register.list_accounts(account.brand) if each.appid == from_appid), None)
    if former is None:
        raise Missing("No account of this brand has this appid - at `$.from_appid`.", code="account_missing")
    if former.id == account.id:
        raise Invalid("An account is not migrated to itself - at `$.from_appid`.")
    return _start(account, JobKind.migration, from_account=former.name, actor=actor, world=world, now=now)


def show_job(account: Account, kind: JobKind) -> JobShown:
    """How far an account's job has come, or how it ended."""
    job = tables.read_job(account.brand, account.id, kind)
    if job is None:
        raise Missing(code="job_missing")
    return _show(job)


def work_jobs(*, world: World, now: datetime) -> int:
    """Work on every running job and on each brand's coverage of the day, a batch of each in turn; how many batches were done."""
    brands = accounts.list_brands()
    running = [job for brand in brands for job in tables.list_running(brand)]
    turns: list[Turn | None] = [_turn_of_job(job, world, now) for job in running if job.waits_until is None or job.waits_until <= now]
    turns += [_turn_of_coverage(coverage.list_due(brand, world=world, now=now), world, now) for brand in brands]
    done = 0
    for _ in range(world.settings.job_batches_per_minute):
        going_on = []
        for turn in filter(None, turns):
            if world.now() - now >= RUN_FOR:
                return done
            going_on.append(turn())
            done += 1
        turns = going_on
    return done


def _start(account: Account, kind: JobKind, *, from_account: str = "", actor: str, world: World, now: datetime) -> JobShown:
    running = tables.read_job(account.brand, account.id, kind)
    if running is not None and running.state is JobState.running:
        return _show(running)
    job = Job(
        brand=account.brand,
        account=account.id,
        kind=kind,
        id=world.new_id(),
        state=JobState.running,
        position=None,
        seen=0,
        joined=0,
        without_unionid=0,
        unknown=0,
        started_at=now,
        changed_at=now,
        waits_until=None,
        trouble="",
        version=1,
        from_account=from_account,
    )
    record(account.brand, f"{kind.value}.started", {"account": account.id, "job": job.id}, actor=actor, world=world, now=now)
    return _show(job) if tables.begin_job(job) else show_job(account, kind)


def _turn_of_job(job: Job, world: World, now: datetime) -> Turn:
    def work() -> Turn | None:
        moved = _work_batch(job, world=world, now=now)
        if moved is None or moved.state is not JobState.running or moved.trouble:
            return None
        return _turn_of_job(moved, world, now)

    return work


def _turn_of_coverage(due: list[Measurement], world: World, now: datetime) -> Turn | None:
    return (lambda: _turn_of_coverage(coverage.count_next(due, world=world, now=now), world, now)) if due else None


def _work_batch(job: Job, *, world: World, now: datetime) -> Job | None:
    """One batch of a job and its row after it; nothing when somebody else has moved the job on."""
    try:
        account = register.find_account(job.account, world=world, now=now)
        position, progress = WORK[job.kind](account, job, world=world, now=now)
    except LiandongError as error:
        log.warning("the job %s of %s stopped: %s", job.kind.value, job.account, error.message)
        moved = _after_trouble(job, error, now=now)
    else:
        moved = _after_batch(job, position, progress, now=now)
    return moved if tables.keep_job(moved, version=job.version) else None


def _after_batch(job: Job, position: str | None, progress: Progress, *, now: datetime) -> Job:
    return msgspec.structs.replace(
        job,
        state=JobState.done if position is None else JobState.running,
        position=position,
        seen=job.seen + progress.seen,
        joined=job.joined + progress.joined,
        without_unionid=job.without_unionid + progress.without_unionid,
        unknown=job.unknown + progress.unknown,
        changed_at=now,
        waits_until=None,
        trouble="",
        version=job.version + 1,
    )


def _after_trouble(job: Job, error: LiandongError, *, now: datetime) -> Job:
    """What WeChat refuses for good ends the job; after a used-up quota it waits; anything else is tried again in a minute."""
    exhausted = isinstance(error, Declined) and error.errcode == DAILY_QUOTA
    over = isinstance(error, Refused) and not exhausted
    return msgspec.structs.replace(
        job,
        state=JobState.failed if over else JobState.running,
        changed_at=now,
        waits_until=now + QUOTA_PAUSE if exhausted else None,
        trouble=error.message,
        version=job.version + 1,
    )


def _show(job: Job) -> JobShown:
    return JobShown(
        id=job.id,
        account=job.account,
        kind=job.kind,
        state=job.state,
        seen=job.seen,
        joined=job.joined,
        without_unionid=job.without_unionid,
        unknown=job.unknown,
        started_at=job.started_at,
        changed_at=job.changed_at,
        trouble=job.trouble,
    )
