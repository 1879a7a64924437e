"""Due rows in DynamoDB: what any table of ours that holds them shares."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pynamodb.attributes import NumberAttribute

from chalicelib.aws.tables import Row, held, moment, seconds
from chalicelib.due import Due, partition


class DueRow(Row):
    """`pk` `DUE#<minute>#<shard>`, `sk` `<second>#<brand>#<id>`: hand this to its queue at that second."""


class WatermarkRow(Row):
    """`pk` DUE, `sk` watermark: every minute before it is swept."""

    minute = NumberAttribute()


class DueRows:
    """The due rows of one table."""

    def __init__(self, due: type[DueRow], watermark: type[WatermarkRow]) -> None:
        self._due = due
        self._watermark = watermark

    def list_due(self, minute: datetime, shard: int, *, until: datetime, most: int) -> list[Due]:
        """What is due in one minute and shard, up to a second."""
        rows = self._due.query(partition(minute, shard), self._due.sk < f"{seconds(until) + 1:012d}", limit=most, consistent_read=True)
        return [Due(row.sk.split("#", 2)[1], row.sk.split("#", 2)[2], row.pk, row.sk) for row in rows]

    def drop(self, handed_over: Iterable[Due]) -> None:
        with self._due.batch_write() as batch:
            for due in handed_over:
                batch.delete(self._due(due.pk, due.sk))

    def read_watermark(self) -> datetime | None:
        try:
            return moment(self._watermark.get("DUE", "watermark", consistent_read=True).minute)
        except self._watermark.DoesNotExist:
            return None

    def move_watermark(self, to: datetime) -> None:
        """Forward only: of two sweeps at once the further one counts."""
        row, minute = self._watermark("DUE", "watermark"), self._watermark.minute
        held(lambda: row.update([minute.set(seconds(to))], condition=minute.does_not_exist() | (minute < seconds(to))))
