"""What was counted of an account's people on a day, as rows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.aws.tables import Row, TableMeta, held, moment, seconds, table_name
from chalicelib.identity.words.coverage import Measurement, Shard

PAGE = 100


class MeasurementRow(Row):
    """`pk` `<brand>#D`, `sk` `<day>#<account>`. `shards` holds what is counted so far, as JSON. Kept for ever."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    shards = UnicodeAttribute()
    changed_at = NumberAttribute()
    version = NumberAttribute()


def list_measurements(brand: str, day: date) -> dict[str, Measurement]:
    """What is counted of a day so far, by account, as of now."""
    rows = MeasurementRow.query(_pk(brand), MeasurementRow.sk.startswith(f"{day}#"), consistent_read=True)
    return {each.account: each for each in map(_measurement, rows)}


def list_newest(brand: str, *, before: date | None) -> Iterable[Measurement]:
    """What was counted, the latest day first, of days before one of them; read as it is asked for."""
    earlier = MeasurementRow.sk < str(before) if before else None
    return map(_measurement, MeasurementRow.query(_pk(brand), earlier, scan_index_forward=False, page_size=PAGE))


def keep_measurement(new: Measurement, *, version: int) -> bool:
    """Keep what is counted by now; `False` when somebody counted on since `version` was read, 0 where nothing was."""
    row = MeasurementRow(
        _pk(new.brand),
        f"{new.day}#{new.account}",
        shards=msgspec.json.encode(new.shards).decode(),
        changed_at=seconds(new.changed_at),
        version=new.version,
    )
    return held(lambda: row.save(MeasurementRow.version == version if version else MeasurementRow.pk.does_not_exist()))


def _pk(brand: str) -> str:
    return f"{brand}#D"


def _measurement(row: MeasurementRow) -> Measurement:
    day, account = row.sk.split("#")
    return Measurement(
        brand=row.pk.removesuffix("#D"),
        account=account,
        day=date.fromisoformat(day),
        shards=msgspec.json.decode(row.shards, type=tuple[Shard, ...]),
        changed_at=moment(row.changed_at),
        version=int(row.version),
    )
