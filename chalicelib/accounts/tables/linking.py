"""What WeChat was asked about links of mini programs, as rows beside the accounts."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.accounts.words import Account
from chalicelib.accounts.words.linking import Asked
from chalicelib.aws.tables import Row, TableMeta, held, moment, seconds, table_name


class AskedRow(Row):
    """`pk` the brand, `sk` `link#<official account's name>#<mini program's appid>`."""

    class Meta(TableMeta):
        table_name = table_name("accounts")

    link_at = NumberAttribute(null=True)
    unlink_at = NumberAttribute(null=True)


def list_asked(official: Account) -> list[Asked]:
    """Everything that was asked for an official account."""
    return [_asked(row) for row in AskedRow.query(official.brand, AskedRow.sk.startswith(_name(official, "")), consistent_read=True)]


def keep_asked(official: Account, asked: Asked, *, before: Asked | None) -> bool:
    """Keep what WeChat is being asked in the place of what was read before; `False` when somebody else asks just now."""
    link_at, unlink_at = (None if each is None else seconds(each) for each in (asked.link_at, asked.unlink_at))
    row = AskedRow(official.brand, _name(official, asked.appid), link_at=link_at, unlink_at=unlink_at)
    return held(lambda: row.save(_unchanged(before)))


def forget_asked(official: Account, asked: Asked, *, before: Asked | None) -> None:
    """WeChat did not do it: all is as it was before."""
    if before is not None:
        keep_asked(official, before, before=asked)
        return
    held(lambda: AskedRow(official.brand, _name(official, asked.appid)).delete(_unchanged(asked)))


def _unchanged(before: Asked | None) -> Condition:
    if before is None:
        return AskedRow.pk.does_not_exist()
    condition: Condition = _is(AskedRow.link_at, before.link_at) & _is(AskedRow.unlink_at, before.unlink_at)
    return condition


def _is(attribute: NumberAttribute, at: datetime | None) -> Condition:
    return attribute.does_not_exist() if at is None else attribute == seconds(at)


def _asked(row: AskedRow) -> Asked:
    return Asked(appid=row.sk.split("#")[2], link_at=_moment(row.link_at), unlink_at=_moment(row.unlink_at))


def _name(official: Account, appid: str) -> str:
    return f"link#{official.name}#{appid}"


def _moment(epoch_s: float | None) -> datetime | None:
    return None if epoch_s is None else moment(epoch_s)
