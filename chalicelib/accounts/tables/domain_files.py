"""Files by which WeChat proves domains, as rows."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.aws.tables import Row, TableMeta, held, table_name

FILES = "#files"


class DomainFileRow(Row):
    """`pk` the word #files, `sk` the name: whoever asks for it names no brand. `account`: whose it is."""

    class Meta(TableMeta):
        table_name = table_name("accounts")

    account = UnicodeAttribute()
    content = UnicodeAttribute()


def keep_file(account_id: str, name: str, content: str) -> bool:
    """Keep a file in the place of the account's own of that name; `False` when another account has one."""
    row = DomainFileRow(FILES, name, account=account_id, content=content)
    return held(lambda: row.save(DomainFileRow.pk.does_not_exist() | (DomainFileRow.account == account_id)))


def drop_file(account_id: str, name: str) -> None:
    """Forget a file, if it is the account's own."""
    row = DomainFileRow(FILES, name)
    held(lambda: row.delete(condition=DomainFileRow.account == account_id))


def read_file(name: str) -> str | None:
    try:
        return str(DomainFileRow.get(FILES, name).content)
    except DomainFileRow.DoesNotExist:
        return None
