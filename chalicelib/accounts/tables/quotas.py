"""Quotas as rows: one for each API of an account and day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.update import Action

from chalicelib.accounts.words.quotas import Api, Metered, Standing
from chalicelib.aws.tables import Row, TableMeta, held, moment, seconds, table_name

KEPT = timedelta(days=40)


class QuotaRow(Row):
    """`pk` `<brand>#quota#<account>`, `sk` `<day>#<path>`."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    leased = NumberAttribute(default=0)
    most = NumberAttribute(null=True)
    used = NumberAttribute(null=True)
    told_at = NumberAttribute(null=True)
    stopped_until = NumberAttribute(null=True)
    gone_at = NumberAttribute()


def read_standing(metered: Metered) -> Standing:
    try:
        return _standing(QuotaRow.get(*_keys(metered), consistent_read=True))
    except QuotaRow.DoesNotExist:
        return Standing()


def list_standings(brand: str, account: str, day: date) -> dict[Api, Standing]:
    rows = QuotaRow.query(_pk(brand, account), QuotaRow.sk.startswith(f"{day}#"), consistent_read=True)
    return {Api(row.sk.split("#", 1)[1]): _standing(row) for row in rows}


def lease(metered: Metered, calls: int, *, ceiling: int | None, now: datetime) -> bool:
    """Take so many calls out of the day, unless that would go over the ceiling or the API is stopped."""
    condition = QuotaRow.stopped_until.does_not_exist() | (QuotaRow.stopped_until <= seconds(now))
    if ceiling is not None:
        condition &= QuotaRow.leased.does_not_exist() | (QuotaRow.leased <= ceiling - calls)
    return held(lambda: _row(metered).update([QuotaRow.leased.add(calls), _goes(now)], condition=condition))


def stop(metered: Metered, until: datetime, *, now: datetime) -> None:
    _row(metered).update([QuotaRow.stopped_until.set(seconds(until)), _goes(now)])


def keep_told(metered: Metered, *, most: int, used: int, correction: int, stopped: bool, now: datetime) -> None:
    """Keep what WeChat has told, and mend what was leased by a difference: leases of this moment count beside it."""
    actions: list[Action] = [
        QuotaRow.most.set(most),
        QuotaRow.used.set(used),
        QuotaRow.told_at.set(seconds(now)),
        QuotaRow.leased.add(correction),
        _goes(now),
    ]
    if not stopped:
        actions.append(QuotaRow.stopped_until.remove())
    _row(metered).update(actions)


def begin_anew(metered: Metered) -> None:
    """Nothing is used and nothing stopped; what WeChat's limit is stays known."""
    _row(metered).update([QuotaRow.leased.set(0), QuotaRow.used.set(0), QuotaRow.stopped_until.remove()])


def _row(metered: Metered) -> QuotaRow:
    return QuotaRow(*_keys(metered))


def _keys(metered: Metered) -> tuple[str, str]:
    return _pk(metered.brand, metered.account), f"{metered.day}#{metered.api.value}"


def _pk(brand: str, account: str) -> str:
    return f"{brand}#quota#{account}"


def _goes(now: datetime) -> Action:
    return QuotaRow.gone_at.set(seconds(now + KEPT))


def _standing(row: QuotaRow) -> Standing:
    return Standing(
        leased=int(row.leased),
        most=None if row.most is None else int(row.most),
        used=None if row.used is None else int(row.used),
        told_at=None if row.told_at is None else moment(row.told_at),
        stopped_until=None if row.stopped_until is None else moment(row.stopped_until),
    )
