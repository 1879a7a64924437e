"""Brands and accounts as rows."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.accounts.words import Account, CallbackMode, Kind
from chalicelib.aws.tables import Row, TableError, TableMeta, committed, condition_failed, connection, moment, seconds, table_name

REGISTRY = "#brands"
ORIGINS = "#origins"


class BrandRow(Row):
    """`pk` the word #brands, `sk` the brand: the list of brands that schedules walk."""

    class Meta(TableMeta):
        table_name = table_name("accounts")

    title = UnicodeAttribute(default="")
    created_at = NumberAttribute()


class AccountRow(Row):
    """`pk` the brand, `sk` `account#<name>`. Not `ready` until its secret is written."""

    class Meta(TableMeta):
        table_name = table_name("accounts")

    kind = UnicodeAttribute()
    appid = UnicodeAttribute()
    title = UnicodeAttribute(default="")
    original_id = UnicodeAttribute(default="")
    callback_mode = UnicodeAttribute()
    web_origins = UnicodeAttribute(default="")
    web_login = BooleanAttribute(default=True)
    platform = UnicodeAttribute(default="")
    created_at = NumberAttribute()
    ready = BooleanAttribute()


class AppidRow(Row):
    """`pk` the brand, `sk` `appid#<appid>`: an appid belongs to one account of the brand."""

    class Meta(TableMeta):
        table_name = table_name("accounts")

    account = UnicodeAttribute()


class OriginRow(Row):
    """`pk` the word #origins, `sk` `<origin>#<account>` of an account with pages there: a browser asks by the origin alone."""

    class Meta(TableMeta):
        table_name = table_name("accounts")


def create_brand(brand: str, title: str, *, now: datetime) -> bool:
    """Enter a brand; `False` when it is there already."""
    return _created(BrandRow(REGISTRY, brand, title=title, created_at=seconds(now)))


def list_brands() -> list[str]:
    return [row.sk for row in BrandRow.query(REGISTRY)]


def has_brand(brand: str) -> bool:
    try:
        BrandRow.get(REGISTRY, brand, consistent_read=True)
    except BrandRow.DoesNotExist:
        return False
    return True


def claim_account(account: Account) -> bool:
    """Enter an account that is not ready yet, with its appid; `False` when one of the two is taken by a ready account."""
    row = _row(account, ready=False)
    marker = AppidRow(account.brand, f"appid#{account.appid}", account=account.name)
    try:
        with TransactWrite(connection=connection()) as transaction:
            transaction.save(
                row, condition=AccountRow.pk.does_not_exist() | (AccountRow.ready.is_in(False) & (AccountRow.appid == account.appid))
            )
            transaction.save(marker, condition=AppidRow.pk.does_not_exist() | (AppidRow.account == account.name))
    except TableError as error:
        if not condition_failed(error):
            raise
        return False
    return True


def finish_account(account: Account) -> None:
    AccountRow(account.brand, f"account#{account.name}").update([AccountRow.ready.set(True)], condition=AccountRow.pk.exists())


def change_web_origins(account: Account, origins: tuple[str, ...], *, web_login: bool = True) -> bool:
    """Keep the origins of an account's pages in place of those `account` has; `False` when they are others by now."""
    row = AccountRow(account.brand, f"account#{account.name}")
    unchanged = AccountRow.pk.exists() & (AccountRow.web_origins == " ".join(account.web_origins))

    def change(transaction: TransactWrite) -> None:
        new = " ".join(origins)
        transaction.update(row, [AccountRow.web_origins.set(new), AccountRow.web_login.set(web_login)], condition=unchanged)
        for origin in origins:
            transaction.save(OriginRow(ORIGINS, f"{origin}#{account.id}"))
        for origin in set(account.web_origins) - set(origins):
            transaction.delete(OriginRow(ORIGINS, f"{origin}#{account.id}"))

    return committed(change)


def is_web_origin(origin: str) -> bool:
    """Has any account pages at this origin?"""
    return next(iter(OriginRow.query(ORIGINS, OriginRow.sk.startswith(f"{origin}#"), limit=1)), None) is not None


def read_account(brand: str, name: str) -> Account | None:
    """The account once it is ready."""
    try:
        row = AccountRow.get(brand, f"account#{name}", consistent_read=True)
    except AccountRow.DoesNotExist:
        return None
    return _account(row) if row.ready else None


def list_accounts(brand: str) -> list[Account]:
    return [_account(row) for row in AccountRow.query(brand, AccountRow.sk.startswith("account#")) if row.ready]


def _created(row: Row) -> bool:
    try:
        row.save(Row.pk.does_not_exist())
    except TableError as error:
        if not condition_failed(error):
            raise
        return False
    return True


def _row(account: Account, *, ready: bool) -> AccountRow:
    return AccountRow(
        account.brand,
        f"account#{account.name}",
        kind=account.kind.value,
        appid=account.appid,
        title=account.title,
        original_id=account.original_id,
        callback_mode=account.callback_mode.value,
        web_origins=" ".join(account.web_origins),
        web_login=account.web_login,
        platform=account.platform,
        created_at=seconds(account.created_at),
        ready=ready,
    )


def _account(row: AccountRow) -> Account:
    name = row.sk.removeprefix("account#")
    return Account(
        id=f"{row.pk}.{name}",
        brand=row.pk,
        name=name,
        kind=Kind(row.kind),
        appid=row.appid,
        title=row.title,
        original_id=row.original_id,
        callback_mode=CallbackMode(row.callback_mode),
        web_origins=tuple(row.web_origins.split()),
        web_login=row.web_login,
        platform=row.platform,
        created_at=moment(row.created_at),
    )
