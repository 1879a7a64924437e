"""Exposures as rows: one for each subject, experiment and day, and what they come to."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, seconds, table_name
from chalicelib.experiments.words import Exposed
from chalicelib.ids import digest

SHARDS = 16
KEPT_S = 400 * 86400
MARKED_S = 3 * 86400


class ExposureRow(Row):
    """`pk` `<brand>#X#<experiment>#<digest of the subject>`, `sk` the day: this subject is counted."""

    class Meta(TableMeta):
        table_name = table_name("showings")

    variant = UnicodeAttribute()
    gone_at = NumberAttribute()


class ExposedRow(Row):
    """`pk` `<brand>#XN#<experiment>#<shard>`, `sk` `<day>#<variant>`: how many subjects."""

    class Meta(TableMeta):
        table_name = table_name("showings")

    subjects = NumberAttribute()
    gone_at = NumberAttribute()


def count_once(brand: str, experiment: str, variant: str, subject: str, *, day: str, now: datetime) -> bool:
    """Count a subject for the day, mark and count in one transaction; `False` when it is counted already, or somebody is in the way."""
    of_subject = digest(subject)
    mark = ExposureRow(f"{brand}#X#{experiment}#{of_subject}", day, variant=variant, gone_at=seconds(now) + MARKED_S)
    counter = ExposedRow(f"{brand}#XN#{experiment}#{int(of_subject, 16) % SHARDS}", f"{day}#{variant}")

    def write(transaction: TransactWrite) -> None:
        transaction.save(mark, condition=ExposureRow.pk.does_not_exist())
        transaction.update(counter, [ExposedRow.subjects.add(1), ExposedRow.gone_at.set(seconds(now) + KEPT_S)])

    return committed(write)


def is_counted(brand: str, experiment: str, subject: str, *, day: str) -> bool:
    try:
        ExposureRow.get(f"{brand}#X#{experiment}#{digest(subject)}", day, consistent_read=True)
    except ExposureRow.DoesNotExist:
        return False
    return True


def list_exposed(brand: str, experiment: str, *, since: str, until: str) -> list[Exposed]:
    """What was counted on these days, both included, unsummed: a query for each shard."""
    rows = [
        row
        for shard in range(SHARDS)
        for row in ExposedRow.query(f"{brand}#XN#{experiment}#{shard}", ExposedRow.sk.between(since, f"{until}#~"))
    ]
    return [Exposed(day=row.sk.split("#")[0], variant=row.sk.split("#")[1], subjects=int(row.subjects)) for row in rows]
