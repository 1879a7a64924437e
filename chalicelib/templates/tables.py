"""The templates of an account as one row: WeChat allows a few dozen."""

from __future__ import annotations

from datetime import datetime

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.accounts.words import Account
from chalicelib.aws.tables import Row, TableMeta, held, moment, seconds, table_name
from chalicelib.templates.words import Synced, Template


class TemplatesRow(Row):
    """`pk` `<brand>#templates#<account>`, `sk` @."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    templates = UnicodeAttribute()
    synced_at = NumberAttribute()


def read_synced(account: Account) -> Synced | None:
    try:
        row = TemplatesRow.get(_pk(account), "@")
    except TemplatesRow.DoesNotExist:
        return None
    return Synced(synced_at=moment(row.synced_at), templates=msgspec.json.decode(row.templates, type=tuple[Template, ...]))


def keep_synced(account: Account, templates: tuple[Template, ...], *, now: datetime) -> bool:
    """Keep what WeChat told, unless what it told later is kept already."""
    row = TemplatesRow(_pk(account), "@", templates=msgspec.json.encode(templates).decode(), synced_at=seconds(now))
    return held(lambda: row.save(TemplatesRow.pk.does_not_exist() | (TemplatesRow.synced_at <= seconds(now))))


def _pk(account: Account) -> str:
    return f"{account.brand}#templates#{account.name}"
