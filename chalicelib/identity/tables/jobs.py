"""Jobs as rows: how far each has come."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.tables import Row, TableMeta, held, moment, seconds, table_name
from chalicelib.identity.words.jobs import Job, JobKind, JobState


class JobRow(Row):
    """`pk` `<brand>#J`, `sk` `<account>#<kind>`: an account has one job of each kind, running or over."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    id = UnicodeAttribute()
    state = UnicodeAttribute()
    position = UnicodeAttribute(null=True)
    seen = NumberAttribute()
    joined = NumberAttribute()
    without_unionid = NumberAttribute()
    unknown = NumberAttribute()
    started_at = NumberAttribute()
    changed_at = NumberAttribute()
    waits_until = NumberAttribute(null=True)
    trouble = UnicodeAttribute(default="")
    version = NumberAttribute()
    from_account = UnicodeAttribute(default="")


def begin_job(job: Job) -> bool:
    """Keep a new job in the place of one that is over; `False` when one is running."""
    return held(lambda: _row(job).save(JobRow.state != JobState.running.value))


def read_job(brand: str, account: str, kind: JobKind) -> Job | None:
    try:
        return _job(JobRow.get(_pk(brand), f"{account}#{kind.value}", consistent_read=True))
    except JobRow.DoesNotExist:
        return None


def list_running(brand: str) -> list[Job]:
    """Every job of a brand that is not over, as of now: few rows, one query."""
    return [_job(row) for row in JobRow.query(_pk(brand), consistent_read=True) if row.state == JobState.running.value]


def keep_job(job: Job, *, version: int) -> bool:
    """Keep how far a job has come; `False` when it was moved on since `version` was read, or is another job by now."""
    return held(lambda: _row(job).save((JobRow.id == job.id) & (JobRow.version == version)))


def _pk(brand: str) -> str:
    return f"{brand}#J"


def _row(job: Job) -> JobRow:
    return JobRow(
        _pk(job.brand),
        f"{job.account}#{job.kind.value}",
        id=job.id,
        state=job.state.value,
        position=job.position,
        seen=job.seen,
        joined=job.joined,
        without_unionid=job.without_unionid,
        unknown=job.unknown,
        started_at=seconds(job.started_at),
        changed_at=seconds(job.changed_at),
        waits_until=None if job.waits_until is None else seconds(job.waits_until),
        trouble=job.trouble,
        version=job.version,
        from_account=job.from_account,
    )


def _job(row: JobRow) -> Job:
    account, kind = row.sk.rsplit("#", 1)
    return Job(
        brand=row.pk.removesuffix("#J"),
        account=account,
        kind=JobKind(kind),
        id=row.id,
        state=JobState(row.state),
        position=row.position,
        seen=int(row.seen),
        joined=int(row.joined),
        without_unionid=int(row.without_unionid),
        unknown=int(row.unknown),
        started_at=moment(row.started_at),
        changed_at=moment(row.changed_at),
        waits_until=None if row.waits_until is None else moment(row.waits_until),
        trouble=row.trouble,
        version=int(row.version),
        from_account=row.from_account,
    )
