"""Tickets and authorisations of third-party platforms as rows, beside the access tokens."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from chalicelib.accounts.words import Account
from chalicelib.accounts.words.platforms import Grant, Ticket
from chalicelib.aws.tables import Row, TableMeta, held, moment, seconds, table_name


class TicketRow(Row):
    """`pk` the brand, `sk` `<component_appid>#component_ticket`."""

    class Meta(TableMeta):
        table_name = table_name("credentials")

    sealed = UnicodeAttribute(null=True)
    pushed_at = NumberAttribute(null=True)
    asked_at = NumberAttribute(null=True)


class GrantRow(Row):
    """`pk` the brand, `sk` `<component_appid>#authorization#<appid>`. Without `sealed` it was taken back, and only that is remembered."""

    class Meta(TableMeta):
        table_name = table_name("credentials")

    sealed = UnicodeAttribute(default="")
    title = UnicodeAttribute(default="")
    original_id = UnicodeAttribute(default="")
    permissions = UnicodeAttribute(default="")
    since = NumberAttribute()
    heard_at = NumberAttribute(null=True)
    code_hash = UnicodeAttribute(default="")
    revision = NumberAttribute()


def read_ticket(platform: Account) -> Ticket:
    try:
        row = TicketRow.get(platform.brand, _ticket_name(platform), consistent_read=True)
    except TicketRow.DoesNotExist:
        return Ticket(sealed=None, pushed_at=None, asked_at=None)
    return Ticket(sealed=row.sealed, pushed_at=_moment(row.pushed_at), asked_at=_moment(row.asked_at))


def keep_ticket(platform: Account, sealed: str, pushed_at: datetime) -> None:
    """Keep a ticket, unless a later one is kept: they may come in any order."""
    later = TicketRow.pushed_at.does_not_exist() | (TicketRow.pushed_at < seconds(pushed_at))
    actions: list[Action] = [TicketRow.sealed.set(sealed), TicketRow.pushed_at.set(seconds(pushed_at))]
    held(lambda: TicketRow(platform.brand, _ticket_name(platform)).update(actions, condition=later))


def note_ticket_asked(platform: Account, *, now: datetime, before: datetime) -> bool:
    """Note that WeChat is being asked for a ticket; `False` when somebody asked after `before`."""
    free = TicketRow.asked_at.does_not_exist() | (TicketRow.asked_at <= seconds(before))
    row = TicketRow(platform.brand, _ticket_name(platform))
    return held(lambda: row.update([TicketRow.asked_at.set(seconds(now))], condition=free))


def read_grant(platform: Account, appid: str) -> Grant | None:
    """What an account has authorised, also when it has taken that back."""
    try:
        return _grant(GrantRow.get(platform.brand, _grant_name(platform.appid, appid), consistent_read=True))
    except GrantRow.DoesNotExist:
        return None


def list_grants(platform: Account) -> list[Grant]:
    """Whatever is authorised now."""
    rows = GrantRow.query(platform.brand, GrantRow.sk.startswith(_grant_name(platform.appid, "")), consistent_read=True)
    return [_grant(row) for row in rows if row.sealed]


def keep_grant(grant: Grant, *, before: Grant | None) -> bool:
    """Keep an authorisation in the place of the one that was read before; `False` when that is another by now."""
    unchanged = GrantRow.pk.does_not_exist() if before is None else GrantRow.revision == before.revision
    revision = 1 if before is None else before.revision + 1
    return held(lambda: _row(grant, revision).save(unchanged))


def _row(grant: Grant, revision: int) -> GrantRow:
    return GrantRow(
        grant.brand,
        _grant_name(grant.platform_appid, grant.appid),
        sealed=grant.sealed,
        title=grant.title,
        original_id=grant.original_id,
        permissions=" ".join(map(str, grant.permissions)),
        since=seconds(grant.since),
        heard_at=None if grant.heard_at is None else seconds(grant.heard_at),
        code_hash=grant.code_hash,
        revision=revision,
    )


def _grant(row: GrantRow) -> Grant:
    platform_appid, _, appid = row.sk.split("#")
    return Grant(
        brand=row.pk,
        platform_appid=platform_appid,
        appid=appid,
        sealed=row.sealed,
        title=row.title,
        original_id=row.original_id,
        permissions=tuple(map(int, row.permissions.split())),
        since=moment(row.since),
        heard_at=_moment(row.heard_at),
        code_hash=row.code_hash,
        revision=int(row.revision),
    )


def _ticket_name(platform: Account) -> str:
    return f"{platform.appid}#component_ticket"


def _grant_name(platform_appid: str, appid: str) -> str:
    return f"{platform_appid}#authorization#{appid}"


def _moment(epoch_s: float | None) -> datetime | None:
    return None if epoch_s is None else moment(epoch_s)
