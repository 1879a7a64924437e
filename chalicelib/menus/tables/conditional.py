"""Menus for some people, as rows."""

from __future__ import annotations

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.accounts.words import Account
from chalicelib.aws.tables import Row, TableMeta, held, table_name
from chalicelib.menus.words.holidays import Conditional


class ConditionalRow(Row):
    """`pk` `<brand>#menu_conditional`, `sk` `<account>#<name>`. `revision` moves with every change."""

    class Meta(TableMeta):
        table_name = table_name("documents")

    menu = UnicodeAttribute()
    revision = NumberAttribute()


Found = tuple[Conditional, int]
"""A menu and the revision it was read at."""


def list_conditional(account: Account) -> list[Found]:
    """An account's menus for some people, by name."""
    beginning = ConditionalRow.sk.startswith(f"{account.name}#")
    return [_found(row) for row in ConditionalRow.query(_pk(account.brand), beginning, consistent_read=True)]


def list_all(brand: str) -> list[tuple[str, Conditional]]:
    """Those of all accounts of a brand, each with its account's name."""
    return [(row.sk.partition("#")[0], _found(row)[0]) for row in ConditionalRow.query(_pk(brand), consistent_read=True)]


def read(account: Account, name: str) -> Found | None:
    try:
        return _found(ConditionalRow.get(_pk(account.brand), f"{account.name}#{name}", consistent_read=True))
    except ConditionalRow.DoesNotExist:
        return None


def keep(account: Account, menu: Conditional, *, before: int) -> bool:
    """Keep a menu in the place of the one with this revision, 0 for none; `False` when somebody else has changed it."""
    row = ConditionalRow(_pk(account.brand), f"{account.name}#{menu.name}", menu=msgspec.json.encode(menu).decode(), revision=before + 1)
    if held(lambda: row.save(ConditionalRow.pk.does_not_exist() if before == 0 else ConditionalRow.revision == before)):
        return True
    return read(account, menu.name) == (menu, before + 1)  # our own write stands in the way, whose answer was lost


def drop(account: Account, name: str, *, before: int) -> bool:
    row = ConditionalRow(_pk(account.brand), f"{account.name}#{name}")
    return held(lambda: row.delete(ConditionalRow.revision == before))


def _pk(brand: str) -> str:
    return f"{brand}#menu_conditional"


def _found(row: ConditionalRow) -> Found:
    return msgspec.json.decode(row.menu, type=Conditional), int(row.revision)
