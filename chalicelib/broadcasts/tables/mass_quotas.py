"""How often the audiences of an account were sent to in each period, and how WeChat counts the account."""

from __future__ import annotations

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, seconds, table_name
from chalicelib.broadcasts.rules.mass_quotas import resets_at
from chalicelib.broadcasts.words.masses import Per, Used

KEPT_S = 100 * 86400


class UsedRow(Row):
    """`pk` `<brand>#MASSQUOTA#<account's name>`, `sk` the period."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    used = UnicodeAttribute()
    version = NumberAttribute()
    gone_at = NumberAttribute()


class PerRow(Row):
    """`pk` as `UsedRow`, `sk` @: how WeChat counts this account."""

    class Meta(TableMeta):
        table_name = table_name("counters")

    per = UnicodeAttribute()


def read_used(brand: str, account: str, period: str) -> Used:
    try:
        row = UsedRow.get(_pk(brand, account), period, consistent_read=True)
    except UsedRow.DoesNotExist:
        return Used()
    return msgspec.json.decode(row.used, type=Used)


def keep(transaction: TransactWrite, brand: str, account: str, period: str, used: Used) -> None:
    """Have a transaction keep a count, if nobody has since it was read in its version."""
    gone_at = seconds(resets_at(period)) + KEPT_S
    kept = msgspec.structs.replace(used, version=used.version + 1)
    row = UsedRow(_pk(brand, account), period, used=msgspec.json.encode(kept).decode(), version=kept.version, gone_at=gone_at)
    transaction.save(row, condition=UsedRow.version == used.version if used.version else UsedRow.pk.does_not_exist())


def read_per(brand: str, account: str) -> Per:
    """By the month, until somebody says that it is by the day."""
    try:
        return Per(PerRow.get(_pk(brand, account), "@", consistent_read=True).per)
    except PerRow.DoesNotExist:
        return Per.month


def keep_per(brand: str, account: str, per: Per) -> None:
    PerRow(_pk(brand, account), "@", per=per.value).save()


def _pk(brand: str, account: str) -> str:
    return f"{brand}#MASSQUOTA#{account}"
