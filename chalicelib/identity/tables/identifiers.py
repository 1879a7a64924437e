"""Identifiers as rows: whose each is, and whether an openid follows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, held, moment, seconds, table_name
from chalicelib.identity.words import Found, IdentifierType, Key, Link, Newcomer, Rank, read_key

SHARDS = "0123456789abcdef"
"""The first digits of hashes."""


class AccountIndex(GlobalSecondaryIndex["IdentifierRow"]):
    """The openids of an account: `<brand>#<account>#<first digit of the hash>`. Sparse: nothing else is in it."""

    class Meta(TableMeta):
        index_name = "by_account"
        projection = KeysOnlyProjection()

    openid_of = UnicodeAttribute(hash_key=True)
    pk = UnicodeAttribute(range_key=True)


class IdentifierRow(Row):
    """`pk` `<brand>#I#<type>#<account>#<hash>`, `sk` @. `twin` is the hash of the unionid WeChat attested for an openid.

    `sealed` and `masked` are empty once who gave it has taken it back.
    """

    class Meta(TableMeta):
        table_name = table_name("identities")

    cluster = UnicodeAttribute()
    sealed = UnicodeAttribute()
    masked = UnicodeAttribute()
    first_at = NumberAttribute()
    twin = UnicodeAttribute(null=True)
    openid_of = UnicodeAttribute(null=True)
    by_account = AccountIndex()


class FollowRow(Row):
    """`pk` of an openid, `sk` F: does it follow the account? The last word by WeChat's CreateTime."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    follows = BooleanAttribute()
    changed_at = NumberAttribute()


def identifier_pk(brand: str, key: Key) -> str:
    return f"{brand}#I#{key}"


def read_identifier(brand: str, key: Key, *, consistent: bool = False) -> Found | None:
    """Half a read unit, or a whole one when consistent."""
    try:
        return _found(IdentifierRow.get(identifier_pk(brand, key), "@", consistent_read=consistent))
    except IdentifierRow.DoesNotExist:
        return None


def read_identifiers(brand: str, keys: Iterable[Key], *, consistent: bool = True) -> list[Found]:
    """The identifiers there are, as of now unless told otherwise."""
    rows = IdentifierRow.batch_get([(identifier_pk(brand, key), "@") for key in keys], consistent_read=consistent)
    return [_found(row) for row in rows]


def list_openids(brand: str, account: str, shard: str, *, after: str | None, limit: int) -> list[Key]:
    """Openids of one account whose hash begins with a digit, from after one of them; a moment behind the table."""
    later = AccountIndex.pk > after if after else None
    rows = IdentifierRow.by_account.query(f"{brand}#{account}#{shard}", later, limit=limit)
    return [read_key(row.pk.split("#I#", 1)[1]) for row in rows]


def some_have_unionid(brand: str, account: str, *, most: int) -> bool:
    """Has any of an account's openids a unionid? Looks at so many of each shard until one has."""
    for shard in SHARDS:
        keys = list_openids(brand, account, shard, after=None, limit=most)
        if keys and any(found.twin for found in read_identifiers(brand, keys)):
            return True
    return False


def repoint(brand: str, key: Key, *, losers: Iterable[str], survivor: str) -> None:
    """Point an identifier at the surviving cluster, if it points at one that was absorbed."""
    row = IdentifierRow(identifier_pk(brand, key), "@")
    held(lambda: row.update([IdentifierRow.cluster.set(survivor)], condition=IdentifierRow.cluster.is_in(*losers)))


def fill(brand: str, newcomer: Newcomer, *, now: datetime) -> None:
    """Give an identifier its value again, if it was emptied: it is heard of for the first time then."""
    row = IdentifierRow(identifier_pk(brand, newcomer.key), "@")
    told: list[Any] = [
        IdentifierRow.sealed.set(newcomer.sealed),
        IdentifierRow.masked.set(newcomer.masked),
        IdentifierRow.first_at.set(seconds(now)),
    ]
    held(lambda: row.update(told, condition=IdentifierRow.sealed == ""))


def set_twin(brand: str, link: Link) -> None:
    """Note on an openid which unionid WeChat attested for it, so that the next login needs no look at the links."""
    pair = _openid_and_twin(link)
    if pair is None:
        return
    openid, twin = pair
    row = IdentifierRow(identifier_pk(brand, openid), "@")
    held(lambda: row.update([IdentifierRow.twin.set(twin)], condition=IdentifierRow.pk.exists()))


def tell_twin(transaction: TransactWrite, brand: str, link: Link, cluster_id: str) -> None:
    """The same as part of a transaction that changes the openid's cluster."""
    pair = _openid_and_twin(link)
    if pair is not None:
        row = IdentifierRow(identifier_pk(brand, pair[0]), "@")
        told: list[Any] = [IdentifierRow.twin.set(pair[1]), IdentifierRow.cluster.set(cluster_id)]
        transaction.update(row, told, condition=IdentifierRow.pk.exists())


def save_newcomer(transaction: TransactWrite, brand: str, cluster_id: str, newcomer: Newcomer, link: Link | None, *, now: datetime) -> None:
    """A new identifier's row, as part of the transaction that gives it a person; fails when somebody met it meanwhile."""
    pair = _openid_and_twin(link) if link else None
    row = IdentifierRow(
        identifier_pk(brand, newcomer.key),
        "@",
        cluster=cluster_id,
        sealed=newcomer.sealed,
        masked=newcomer.masked,
        first_at=seconds(now),
        twin=pair[1] if pair and pair[0] == newcomer.key else None,
        openid_of=_place_in_account(brand, newcomer.key),
    )
    transaction.save(row, condition=IdentifierRow.pk.does_not_exist())


def openid_of(link: Link) -> Key | None:
    """The openid WeChat attested a unionid for, if the link is of that kind."""
    pair = _openid_and_twin(link)
    return pair[0] if pair else None


def _place_in_account(brand: str, key: Key) -> str | None:
    return f"{brand}#{key.account}#{key.hash[0]}" if key.type is IdentifierType.openid else None


def _openid_and_twin(link: Link) -> tuple[Key, str] | None:
    """The openid of a link WeChat attested between an openid and a unionid, with the unionid's hash."""
    pair = {key.type: key for key in (link.a, link.b)}
    if link.rank != Rank.attested or set(pair) != {IdentifierType.openid, IdentifierType.unionid}:
        return None
    return pair[IdentifierType.openid], pair[IdentifierType.unionid].hash


def keep_follow(brand: str, key: Key, *, follows: bool, at: datetime) -> bool:
    """The last word wins by WeChat's time; within one second an unfollow wins, so that order does not matter."""
    newer = FollowRow.changed_at < seconds(at)
    if not follows:
        newer = newer | ((FollowRow.changed_at == seconds(at)) & (FollowRow.follows == True))  # noqa: E712 - a condition expression
    row = FollowRow(identifier_pk(brand, key), "F", follows=follows, changed_at=seconds(at))
    return held(lambda: row.save(FollowRow.pk.does_not_exist() | newer))


def read_follow(brand: str, key: Key) -> bool | None:
    """Does this openid follow? Nothing when it never said."""
    try:
        return bool(FollowRow.get(identifier_pk(brand, key), "F").follows)
    except FollowRow.DoesNotExist:
        return None


def _found(row: IdentifierRow) -> Found:
    return Found(
        key=read_key(row.pk.split("#I#", 1)[1]),
        cluster=row.cluster,
        sealed=row.sealed,
        masked=row.masked,
        first_at=moment(row.first_at),
        twin=row.twin,
    )
