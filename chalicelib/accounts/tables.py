"""Brands, accounts and access tokens as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.accounts.words import Account, CallbackMode, Kind, Token
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


class TokenRow(Row):
    """`pk` the brand, `sk` `<appid>#access_token`. `lease` is held by the one that asks WeChat, `asker` by the one that has it asked."""

    class Meta(TableMeta):
        table_name = table_name("credentials")

    token = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)
    version = NumberAttribute(default=0)
    lease = UnicodeAttribute(null=True)
    lease_until = NumberAttribute(null=True)
    asker = UnicodeAttribute(null=True)
    asker_until = NumberAttribute(null=True)
    confirmed_version = NumberAttribute(null=True)
    confirmed_at = NumberAttribute(null=True)


class TokenState(msgspec.Struct, frozen=True, kw_only=True):
    """What the token row says. `confirmed_at`: when WeChat last answered with the same token although it had been rejected."""

    token: Token | None
    version: int
    confirmed_version: int | None
    confirmed_at: datetime | None


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


def change_web_origins(account: Account, origins: tuple[str, ...]) -> bool:
    """Keep the origins of an account's pages in place of those `account` has; `False` when they are others by now."""
    row = AccountRow(account.brand, f"account#{account.name}")
    unchanged = AccountRow.pk.exists() & (AccountRow.web_origins == " ".join(account.web_origins))

    def change(transaction: TransactWrite) -> None:
        transaction.update(row, [AccountRow.web_origins.set(" ".join(origins))], condition=unchanged)
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


def read_token(brand: str, appid: str) -> TokenState:
    try:
        row = TokenRow.get(brand, _sk(appid), consistent_read=True)
    except TokenRow.DoesNotExist:
        return TokenState(token=None, version=0, confirmed_version=None, confirmed_at=None)
    token = None
    if row.token is not None:
        token = Token(value=row.token, version=int(row.version), expires_at=moment(row.expires_at))
    return TokenState(
        token=token,
        version=int(row.version),
        confirmed_version=None if row.confirmed_version is None else int(row.confirmed_version),
        confirmed_at=None if row.confirmed_at is None else moment(row.confirmed_at),
    )


def become_asker(brand: str, appid: str, asker: str, *, now: datetime, for_s: int) -> bool:
    """Become the only one that invokes the minter; of a herd the others just wait. A repeat of our own counts, its answer was lost."""
    free = TokenRow.asker_until.does_not_exist() | (TokenRow.asker_until < seconds(now)) | (TokenRow.asker == asker)
    until = seconds(now + timedelta(seconds=for_s))
    return _updated(TokenRow(brand, _sk(appid)), [TokenRow.asker.set(asker), TokenRow.asker_until.set(until)], free)


def stop_asking(brand: str, appid: str, asker: str) -> None:
    _updated(TokenRow(brand, _sk(appid)), [TokenRow.asker.remove(), TokenRow.asker_until.remove()], TokenRow.asker == asker)


def take_lease(brand: str, appid: str, lease: str, seen: TokenState, *, now: datetime, for_s: int) -> bool:
    """Become the only one that asks WeChat, unless another is, or WeChat has been asked since the row was seen."""
    unmoved = TokenRow.version == seen.version if seen.version else TokenRow.version.does_not_exist()
    unasked = TokenRow.confirmed_at == seconds(seen.confirmed_at) if seen.confirmed_at else TokenRow.confirmed_at.does_not_exist()
    free = TokenRow.lease.does_not_exist() | (TokenRow.lease_until < seconds(now)) | (TokenRow.lease == lease)
    until = seconds(now + timedelta(seconds=for_s))
    return _updated(TokenRow(brand, _sk(appid)), [TokenRow.lease.set(lease), TokenRow.lease_until.set(until)], unmoved & unasked & free)


def keep_token(brand: str, appid: str, lease: str, token: Token) -> None:
    """Store a new token and give the lease back. If the lease was lost meanwhile nothing changes, here and below."""
    changes = [TokenRow.token.set(token.value), TokenRow.expires_at.set(seconds(token.expires_at)), TokenRow.version.set(token.version)]
    _give_back(brand, appid, lease, changes)


def prolong_token(brand: str, appid: str, lease: str, *, expires_at: datetime) -> None:
    """WeChat gave the token we have, because it is older by our clock than by WeChat's: note its life, and give the lease back."""
    _give_back(brand, appid, lease, [TokenRow.expires_at.set(seconds(expires_at))])


def confirm_token(brand: str, appid: str, lease: str, version: int, *, expires_at: datetime, now: datetime) -> None:
    """WeChat insists on the token it had rejected: note that, and give the lease back."""
    changes = [TokenRow.confirmed_version.set(version), TokenRow.confirmed_at.set(seconds(now))]
    _give_back(brand, appid, lease, [TokenRow.expires_at.set(seconds(expires_at)), *changes])


def drop_lease(brand: str, appid: str, lease: str) -> None:
    _give_back(brand, appid, lease, [])


def _give_back(brand: str, appid: str, lease: str, changes: Sequence[Action]) -> None:
    _updated(TokenRow(brand, _sk(appid)), [*changes, TokenRow.lease.remove(), TokenRow.lease_until.remove()], TokenRow.lease == lease)


def _sk(appid: str) -> str:
    return f"{appid}#access_token"


def _updated(row: TokenRow, actions: list[Action], condition: Condition) -> bool:
    try:
        row.update(actions, condition=condition)
    except TableError as error:
        if not condition_failed(error):
            raise
        return False
    return True


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
        created_at=moment(row.created_at),
    )
