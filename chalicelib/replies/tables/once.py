"""Who had which material, as rows."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.accounts.words import Account
from chalicelib.aws.tables import Row, TableMeta, held, seconds, table_name


class OnceRow(Row):
    """`pk` `<brand>#once#<account>#<key of the material>`, `sk` the identifier's key. `cause`: the callback it was given for."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    cause = UnicodeAttribute()
    at = NumberAttribute()


def take(account: Account, key: str, person: str, cause: str, *, now: datetime) -> str:
    """Give somebody a material for this cause, unless they had it; the cause they have it for."""
    row = OnceRow(_pk(account, key), person, cause=cause, at=seconds(now))
    if held(lambda: row.save(OnceRow.pk.does_not_exist())):
        return cause
    return str(OnceRow.get(_pk(account, key), person, consistent_read=True).cause)


def take_again(account: Account, key: str, person: str, cause: str, *, instead_of: str, now: datetime) -> bool:
    """Give it for this cause because what was sent for the one before was lost; `False` when somebody else has done so."""
    row = OnceRow(_pk(account, key), person, cause=cause, at=seconds(now))
    return held(lambda: row.save(OnceRow.cause == instead_of))


def _pk(account: Account, key: str) -> str:
    return f"{account.brand}#once#{account.name}#{key}"
