"""How far each pull has come, as rows."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.tables import Row, TableMeta, held, moment, seconds, table_name
from chalicelib.pulls.words import Pull, PullKind, Reason


class PullRow(Row):
    """`pk` `<brand>#P`, `sk` `<account>#<kind>`."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    watermark = UnicodeAttribute()
    position = UnicodeAttribute(default="")
    next_at = NumberAttribute()
    last_run_at = NumberAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    trouble = UnicodeAttribute(default="")
    version = NumberAttribute()


def read_pull(brand: str, account: str, kind: PullKind) -> Pull | None:
    try:
        return _pull(PullRow.get(_pk(brand), f"{account}#{kind.value}", consistent_read=True))
    except PullRow.DoesNotExist:
        return None


def list_pulls(brand: str, account: str = "") -> dict[tuple[str, PullKind], Pull]:
    """A brand's pulls, or those of one of its accounts, as of now: few rows, one query. Kinds that are gone are left out."""
    only = PullRow.sk.startswith(f"{account}#") if account else None
    known = {kind.value for kind in PullKind}
    rows = PullRow.query(_pk(brand), only, consistent_read=True)
    pulls = [_pull(row) for row in rows if row.sk.rpartition("#")[2] in known]
    return {(pull.account, pull.kind): pull for pull in pulls}


def keep_pull(pull: Pull, *, version: int) -> bool:
    """Keep how far a pull has come; `False` when it was moved on since `version` was read, 0 where there was none."""
    row = PullRow(
        _pk(pull.brand),
        f"{pull.account}#{pull.kind.value}",
        watermark=pull.watermark,
        position=pull.position,
        next_at=seconds(pull.next_at),
        last_run_at=None if pull.last_run_at is None else seconds(pull.last_run_at),
        reason=None if pull.reason is None else pull.reason.value,
        trouble=pull.trouble,
        version=pull.version,
    )
    return held(lambda: row.save(PullRow.version == version if version else PullRow.pk.does_not_exist()))


def _pk(brand: str) -> str:
    return f"{brand}#P"


def _pull(row: PullRow) -> Pull:
    account, _, kind = row.sk.rpartition("#")
    return Pull(
        brand=row.pk.removesuffix("#P"),
        account=account,
        kind=PullKind(kind),
        watermark=row.watermark,
        position=row.position,
        next_at=moment(row.next_at),
        last_run_at=None if row.last_run_at is None else moment(row.last_run_at),
        reason=None if row.reason is None else Reason(row.reason),
        trouble=row.trouble,
        version=int(row.version),
    )
