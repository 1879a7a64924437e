"""Identifiers, clusters and links as rows, and the transactions that change them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec
from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableError, TableMeta, condition_failed, conflicted, connection, moment, seconds, table_name
from chalicelib.identity.rules import Attach, Join, add_counts, count_keys
from chalicelib.identity.words import Cluster, Found, IdentifierType, Key, Link, Newcomer, Rank, read_key


class IdentifierRow(Row):
    """`pk` `<brand>#I#<type>#<account>#<hash>`, `sk` @. `twin` is the hash of the unionid WeChat attested for an openid."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    cluster = UnicodeAttribute()
    sealed = UnicodeAttribute()
    masked = UnicodeAttribute()
    first_at = NumberAttribute()
    twin = UnicodeAttribute(null=True)


class ClusterRow(Row):
    """`pk` `<brand>#C#<cluster>`, `sk` @. A tombstone once `into` is set; tombstones stay."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    version = NumberAttribute()
    into = UnicodeAttribute(null=True)
    seed = UnicodeAttribute()
    counts = JSONAttribute()
    absorbed = JSONAttribute()
    first_at = NumberAttribute()


class LinkRow(Row):
    """`pk` of its cluster, `sk` `L#<a>|<b>`. The link that joined two persons announces it."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    rank = NumberAttribute()
    first_at = NumberAttribute()
    last_at = NumberAttribute()
    source = UnicodeAttribute()
    rejected = UnicodeAttribute(null=True)
    fact = UnicodeAttribute(null=True)
    fact_body = UnicodeAttribute(null=True)


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


def read_identifiers(brand: str, keys: Iterable[Key]) -> list[Found]:
    """The identifiers as of now."""
    rows = IdentifierRow.batch_get([(identifier_pk(brand, key), "@") for key in keys], consistent_read=True)
    return [_found(row) for row in rows]


def read_cluster(brand: str, cluster_id: str, *, consistent: bool = False) -> Cluster | None:
    try:
        row = ClusterRow.get(f"{brand}#C#{cluster_id}", "@", consistent_read=consistent)
    except ClusterRow.DoesNotExist:
        return None
    return Cluster(
        id=cluster_id,
        version=int(row.version),
        into=row.into,
        seed=read_key(row.seed),
        counts=row.counts,
        absorbed=tuple(row.absorbed),
        first_at=moment(row.first_at),
    )


def list_links(brand: str, cluster_id: str) -> list[Link]:
    """The links as of now."""
    return [_link(row) for row in LinkRow.query(f"{brand}#C#{cluster_id}", LinkRow.sk.startswith("L#"), consistent_read=True)]


def read_link(brand: str, cluster_id: str, a: Key, b: Key) -> Link | None:
    try:
        return _link(LinkRow.get(f"{brand}#C#{cluster_id}", _edge(a, b), consistent_read=True))
    except LinkRow.DoesNotExist:
        return None


def keep_link(brand: str, cluster_id: str, link: Link, old: Link | None) -> bool:
    """Keep an assertion beside what else its row says; `False` when the row is no longer as it was read."""
    changes: list[Any] = [
        LinkRow.rank.set(int(link.rank)),
        LinkRow.first_at.set(seconds(link.first_at)),
        LinkRow.last_at.set(seconds(link.last_at)),
        LinkRow.source.set(link.source),
    ]
    if link.rejected:
        changes.append(LinkRow.rejected.set(link.rejected))
    condition = LinkRow.pk.does_not_exist()
    if old is not None:
        times = (LinkRow.first_at == seconds(old.first_at)) & (LinkRow.last_at == seconds(old.last_at))
        condition = (LinkRow.rank == int(old.rank)) & times
    row = LinkRow(f"{brand}#C#{cluster_id}", _edge(link.a, link.b))
    return _unchanged(lambda: row.update(changes, condition=condition))


def begin_person(brand: str, cluster_id: str, newcomers: list[Newcomer], link: Link | None, *, now: datetime) -> bool:
    """A new cluster with its first identifiers; `False` when one of them was written meanwhile."""
    keys = [newcomer.key for newcomer in newcomers]

    def write(transaction: TransactWrite) -> None:
        transaction.save(_cluster_row(brand, cluster_id, keys, now=now), condition=ClusterRow.pk.does_not_exist())
        for newcomer in newcomers:
            row = _identifier_row(brand, cluster_id, newcomer, _twin(newcomer.key, link), now=now)
            transaction.save(row, condition=IdentifierRow.pk.does_not_exist())
        if link is not None:
            transaction.save(_link_row(brand, cluster_id, link))

    return _committed(write)


def attach_identifier(brand: str, plan: Attach, newcomer: Newcomer, link: Link, *, now: datetime) -> bool:
    """A further identifier for a cluster; `False` when the cluster or the identifier changed meanwhile."""

    def write(transaction: TransactWrite) -> None:
        row = _identifier_row(brand, plan.cluster.id, newcomer, _twin(newcomer.key, link), now=now)
        transaction.save(row, condition=IdentifierRow.pk.does_not_exist())
        counts = add_counts(plan.cluster.counts, count_keys([newcomer.key]))
        _change_cluster(transaction, brand, plan.cluster, [ClusterRow.counts.set(counts)])
        transaction.save(_link_row(brand, plan.cluster.id, link))
        _tell_twin(transaction, brand, link, plan.cluster.id, newcomer=newcomer.key)

    return _committed(write)


def join_clusters(brand: str, plan: Join, link: Link) -> bool:
    """Two clusters become one, in a transaction of constant size: no identifier is re-pointed here. `False` when one changed meanwhile."""
    survivor, loser = plan.survivor, plan.loser
    fact = {"person": survivor.id, "absorbed": loser.id, "rank": link.rank.name, "source": link.source, "at": link.last_at.isoformat()}

    def write(transaction: TransactWrite) -> None:
        grown = [
            ClusterRow.counts.set(add_counts(survivor.counts, loser.counts)),
            ClusterRow.absorbed.set([*survivor.absorbed, loser.id, *loser.absorbed]),
            ClusterRow.first_at.set(seconds(min(survivor.first_at, loser.first_at))),
        ]
        _change_cluster(transaction, brand, survivor, grown)
        _change_cluster(transaction, brand, loser, [ClusterRow.into.set(survivor.id)])
        row = _link_row(brand, survivor.id, link)
        row.fact, row.fact_body = "person.joined", msgspec.json.encode(fact).decode()
        transaction.save(row)
        _tell_twin(transaction, brand, link, survivor.id, newcomer=None)

    return _committed(write)


def set_twin(brand: str, link: Link) -> bool:
    """Note on an openid which unionid WeChat attested for it, so that the next login needs no look at the links."""
    pair = _openid_and_twin(link)
    if pair is None:
        return True
    openid, twin = pair
    row = IdentifierRow(identifier_pk(brand, openid), "@")
    return _unchanged(lambda: row.update([IdentifierRow.twin.set(twin)], condition=IdentifierRow.pk.exists()))


def repoint(brand: str, key: Key, *, losers: Iterable[str], survivor: str) -> None:
    """Point an identifier at the surviving cluster, if it points at one that was absorbed."""
    row = IdentifierRow(identifier_pk(brand, key), "@")
    _met(lambda: row.update([IdentifierRow.cluster.set(survivor)], condition=IdentifierRow.cluster.is_in(*losers)))


def keep_follow(brand: str, key: Key, *, follows: bool, at: datetime) -> bool:
    """The last word wins by WeChat's time; within one second an unfollow wins, so that order does not matter."""
    newer = FollowRow.changed_at < seconds(at)
    if not follows:
        newer = newer | ((FollowRow.changed_at == seconds(at)) & (FollowRow.follows == True))  # noqa: E712 - a condition expression
    row = FollowRow(identifier_pk(brand, key), "F", follows=follows, changed_at=seconds(at))
    return _met(lambda: row.save(FollowRow.pk.does_not_exist() | newer))


def read_follow(brand: str, key: Key) -> bool | None:
    """Does this openid follow? Nothing when it never said."""
    try:
        return bool(FollowRow.get(identifier_pk(brand, key), "F").follows)
    except FollowRow.DoesNotExist:
        return None


def _met(write: Callable[[], object]) -> bool:
    """Did the write's condition hold?"""
    try:
        write()
    except TableError as error:
        if not condition_failed(error):
            raise
        return False
    return True


def _unchanged(write: Callable[[], object]) -> bool:
    """Was everything still as it had been read? A transaction in the way means that it will not be for long."""
    try:
        return _met(write)
    except TableError as error:
        if not conflicted(error):
            raise
        return False


def _committed(write: Callable[[TransactWrite], None]) -> bool:
    def commit() -> None:
        with TransactWrite(connection=connection()) as transaction:
            write(transaction)

    return _unchanged(commit)


def _change_cluster(transaction: TransactWrite, brand: str, cluster: Cluster, actions: list[Any]) -> None:
    transaction.update(
        ClusterRow(f"{brand}#C#{cluster.id}", "@"),
        [*actions, ClusterRow.version.set(cluster.version + 1)],
        condition=ClusterRow.version == cluster.version,
    )


def _tell_twin(transaction: TransactWrite, brand: str, link: Link, cluster_id: str, *, newcomer: Key | None) -> None:
    pair = _openid_and_twin(link)
    if pair is not None and pair[0] != newcomer:
        row = IdentifierRow(identifier_pk(brand, pair[0]), "@")
        told: list[Any] = [IdentifierRow.twin.set(pair[1]), IdentifierRow.cluster.set(cluster_id)]
        transaction.update(row, told, condition=IdentifierRow.pk.exists())


def _twin(key: Key, link: Link | None) -> str | None:
    pair = link and _openid_and_twin(link)
    return pair[1] if pair and pair[0] == key else None


def _openid_and_twin(link: Link) -> tuple[Key, str] | None:
    """The openid of a link WeChat attested between an openid and a unionid, with the unionid's hash."""
    pair = {key.type: key for key in (link.a, link.b)}
    if link.rank < Rank.attested or link.rejected or set(pair) != {IdentifierType.openid, IdentifierType.unionid}:
        return None
    return pair[IdentifierType.openid], pair[IdentifierType.unionid].hash


def _identifier_row(brand: str, cluster_id: str, newcomer: Newcomer, twin: str | None, *, now: datetime) -> IdentifierRow:
    return IdentifierRow(
        identifier_pk(brand, newcomer.key),
        "@",
        cluster=cluster_id,
        sealed=newcomer.sealed,
        masked=newcomer.masked,
        first_at=seconds(now),
        twin=twin,
    )


def _cluster_row(brand: str, cluster_id: str, keys: list[Key], *, now: datetime) -> ClusterRow:
    return ClusterRow(
        f"{brand}#C#{cluster_id}", "@", version=1, seed=str(keys[0]), counts=count_keys(keys), absorbed=[], first_at=seconds(now)
    )


def _link_row(brand: str, cluster_id: str, link: Link) -> LinkRow:
    return LinkRow(
        f"{brand}#C#{cluster_id}",
        _edge(link.a, link.b),
        rank=int(link.rank),
        first_at=seconds(link.first_at),
        last_at=seconds(link.last_at),
        source=link.source,
    )


def _edge(a: Key, b: Key) -> str:
    first, second = sorted((str(a), str(b)))
    return f"L#{first}|{second}"


def _link(row: LinkRow) -> Link:
    a, b = row.sk.removeprefix("L#").split("|")
    return Link(
        a=read_key(a),
        b=read_key(b),
        rank=Rank(int(row.rank)),
        first_at=moment(row.first_at),
        last_at=moment(row.last_at),
        source=row.source,
        rejected=row.rejected or "",
    )


def _found(row: IdentifierRow) -> Found:
    return Found(
        key=read_key(row.pk.split("#I#", 1)[1]),
        cluster=row.cluster,
        sealed=row.sealed,
        masked=row.masked,
        first_at=moment(row.first_at),
        twin=row.twin,
    )
