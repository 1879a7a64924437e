"""Clusters, links and cannot-links as rows, and the transactions that change them.

Every change of a cluster or of what lies in it moves its version, and is written only if the version is the one that was read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import Row, TableMeta, committed, held, moment, seconds, table_name
from chalicelib.identity.rules.plans import Attach, Confirm, Join
from chalicelib.identity.tables.identifiers import openid_of, save_newcomer, tell_twin
from chalicelib.identity.tables.reviews import ReviewRow, review_pk
from chalicelib.identity.words import Cannot, Cluster, Key, Link, Newcomer, Rank, Said, Shape, read_key

Changes = list[tuple[str, dict[str, object]]]


class ClusterRow(Row):
    """`pk` `<brand>#C#<cluster>`, `sk` @. A tombstone once `into` is set; tombstones stay."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    version = NumberAttribute()
    into = UnicodeAttribute(null=True)
    seed = UnicodeAttribute()
    counts = JSONAttribute()
    weak = BooleanAttribute(null=True)
    guarded = BooleanAttribute(null=True)
    oldest_phone = NumberAttribute(null=True)
    newest_phone = NumberAttribute(null=True)
    parts = JSONAttribute(null=True)
    absorbed = JSONAttribute()
    first_at = NumberAttribute()
    turn = NumberAttribute(null=True)


class LinkRow(Row):
    """`pk` of its cluster, `sk` `L#<a>|<b>`. The link that joined two persons announces it."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    rank = NumberAttribute()
    first_at = NumberAttribute()
    last_at = NumberAttribute()
    source = UnicodeAttribute()
    taken_back = BooleanAttribute(null=True)
    facts = UnicodeAttribute(null=True)


class SaidRow(Row):
    """A cluster's header, its links, its cannot-links (`sk` `N#<a>|<b>`) as one query gives them: whatever of the three a row is."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    seed = UnicodeAttribute(null=True)
    rank = NumberAttribute(null=True)
    first_at = NumberAttribute(null=True)
    last_at = NumberAttribute(null=True)
    source = UnicodeAttribute(null=True)
    taken_back = BooleanAttribute(null=True)
    active = BooleanAttribute(null=True)
    at = NumberAttribute(null=True)
    by = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)


class ChangeRow(Row):
    """`pk` of its cluster, `sk` `Z#<version>`: what a new arrangement meant for whom; announced, and kept as the log."""

    class Meta(TableMeta):
        table_name = table_name("identities")

    facts = UnicodeAttribute()
    at = NumberAttribute()


class Rearranged(msgspec.Struct, frozen=True, kw_only=True):
    """One or two clusters as they shall be: whose each identifier is, with the assertion that made it so."""

    survivor: Cluster
    loser: Cluster | None
    shape: Shape
    parts: dict[str, str]
    link: Link | None
    followed: bool
    cannot: Cannot | None
    disputed: bool
    facts: Changes


def read_cluster(brand: str, cluster_id: str, *, consistent: bool = False) -> Cluster | None:
    try:
        return _cluster(ClusterRow.get(_pk(brand, cluster_id), "@", consistent_read=consistent))
    except ClusterRow.DoesNotExist:
        return None


def read_clusters(brand: str, cluster_ids: Iterable[str], *, consistent: bool = False) -> list[Cluster]:
    """Those of the headers that are there."""
    return [_cluster(row) for row in ClusterRow.batch_get([(_pk(brand, each), "@") for each in cluster_ids], consistent_read=consistent)]


def read_said(brand: str, cluster_id: str) -> Said:
    """What a cluster began with and all that was said within it, as of now: one query."""
    rows = list(SaidRow.query(_pk(brand, cluster_id), SaidRow.sk < "O", consistent_read=True))
    return Said(
        seeds={row.pk.rsplit("#", 1)[1]: read_key(row.seed) for row in rows if row.seed is not None},
        links=tuple(_link(row) for row in rows if row.sk.startswith("L#")),
        cannots=tuple(_cannot(row) for row in rows if row.sk.startswith("N#")),
    )


def read_link(brand: str, cluster_id: str, edge: str) -> Link | None:
    try:
        return _link(LinkRow.get(_pk(brand, cluster_id), f"L#{edge}", consistent_read=True))
    except LinkRow.DoesNotExist:
        return None


def begin_person(brand: str, cluster_id: str, newcomers: list[Newcomer], link: Link | None, shape: Shape, *, now: datetime) -> bool:
    """A new cluster with its first identifiers; `False` when one of them was written meanwhile."""

    def write(transaction: TransactWrite) -> None:
        row = ClusterRow(_pk(brand, cluster_id), "@", version=1, seed=str(newcomers[0].key), absorbed=[], first_at=seconds(now))
        _shape_row(row, shape)
        transaction.save(row, condition=ClusterRow.pk.does_not_exist())
        for newcomer in newcomers:
            save_newcomer(transaction, brand, cluster_id, newcomer, link, now=now)
        if link is not None:
            transaction.save(_link_row(brand, cluster_id, link))

    return committed(write)


def attach_identifier(brand: str, plan: Attach, newcomer: Newcomer, link: Link, *, now: datetime) -> bool:
    """A further identifier for a cluster; `False` when the cluster or the identifier changed meanwhile."""

    def write(transaction: TransactWrite) -> None:
        save_newcomer(transaction, brand, plan.cluster.id, newcomer, link, now=now)
        _change(transaction, brand, plan.cluster, _shape_changes(plan.shape))
        transaction.save(_link_row(brand, plan.cluster.id, link))
        if openid_of(link) != newcomer.key:
            tell_twin(transaction, brand, link, plan.cluster.id)

    return committed(write)


def join_clusters(brand: str, plan: Join, link: Link) -> bool:
    """Two clusters become one, in a transaction of constant size: no identifier is re-pointed here. `False` when one changed meanwhile."""
    survivor, loser = plan.survivor, plan.loser
    fact: dict[str, object] = {
        "person": survivor.id,
        "absorbed": loser.id,
        "rank": link.rank.name,
        "source": link.source,
        "at": link.last_at.isoformat(),
    }

    def write(transaction: TransactWrite) -> None:
        _change(transaction, brand, survivor, [*_shape_changes(plan.shape), *_growth(survivor, loser)])
        _change(transaction, brand, loser, [ClusterRow.into.set(survivor.id)])
        row = _link_row(brand, survivor.id, link)
        row.facts = _facts([("person.joined", fact)])
        transaction.save(row)
        tell_twin(transaction, brand, link, survivor.id)

    return committed(write)


def confirm_link(brand: str, plan: Confirm, link: Link) -> bool:
    """Keep a link within a cluster; `False` when the cluster changed meanwhile."""

    def write(transaction: TransactWrite) -> None:
        _change(transaction, brand, plan.cluster, _shape_changes(plan.shape))
        _keep_link(transaction, brand, plan.cluster.id, link)
        tell_twin(transaction, brand, link, plan.cluster.id)

    return committed(write)


def keep_arrangement(brand: str, new: Rearranged, *, now: datetime) -> bool:
    """Who is who from now on, with what was asserted; `False` when a cluster changed meanwhile."""
    survivor, loser = new.survivor, new.loser

    def write(transaction: TransactWrite) -> None:
        parts = ClusterRow.parts.set(new.parts) if new.parts else ClusterRow.parts.remove()
        _change(transaction, brand, survivor, [*_shape_changes(new.shape), parts, *(_growth(survivor, loser) if loser else [])])
        if loser is not None:
            _change(transaction, brand, loser, [ClusterRow.into.set(survivor.id), ClusterRow.parts.remove()])
            if loser.parts:
                transaction.delete(ReviewRow(review_pk(brand), loser.id))
        if new.link is not None:
            _keep_link(transaction, brand, survivor.id, new.link)
            if new.followed:
                tell_twin(transaction, brand, new.link, survivor.id)
        if new.cannot is not None:
            transaction.save(_cannot_row(brand, survivor.id, new.cannot))
        if new.facts:
            row = ChangeRow(_pk(brand, survivor.id), f"Z#{survivor.version + 1:012}", facts=_facts(new.facts), at=seconds(now))
            transaction.save(row)
        review = ReviewRow(review_pk(brand), survivor.id, opened_at=seconds(now))
        if new.disputed:
            transaction.save(review)
        elif survivor.parts:
            transaction.delete(review)

    return committed(write)


def keep_part(brand: str, person: str, cluster_id: str, seed: Key, *, now: datetime) -> None:
    """A person who is a part of a cluster and began none: its id leads to the cluster, and its seed to the part."""
    row = ClusterRow(_pk(brand, person), "@", version=1, into=cluster_id, seed=str(seed), counts={}, absorbed=[], first_at=seconds(now))
    held(lambda: row.save(ClusterRow.pk.does_not_exist()))


def _change(transaction: TransactWrite, brand: str, cluster: Cluster, actions: list[Any]) -> None:
    transaction.update(
        ClusterRow(_pk(brand, cluster.id), "@"),
        [*actions, ClusterRow.version.set(cluster.version + 1)],
        condition=ClusterRow.version == cluster.version,
    )


def _growth(survivor: Cluster, loser: Cluster) -> list[Any]:
    return [
        ClusterRow.absorbed.set([*survivor.absorbed, loser.id, *loser.absorbed]),
        ClusterRow.first_at.set(seconds(min(survivor.first_at, loser.first_at))),
    ]


def _shape_changes(shape: Shape) -> list[Any]:
    changes: list[Any] = [ClusterRow.counts.set(shape.counts)]
    changes.append(ClusterRow.weak.set(True) if shape.weak else ClusterRow.weak.remove())
    changes.append(ClusterRow.guarded.set(True) if shape.guarded else ClusterRow.guarded.remove())
    if shape.oldest_phone is not None:
        changes.append(ClusterRow.oldest_phone.set(seconds(shape.oldest_phone)))
    if shape.newest_phone is not None:
        changes.append(ClusterRow.newest_phone.set(seconds(shape.newest_phone)))
    return changes


def _shape_row(row: ClusterRow, shape: Shape) -> None:
    row.counts, row.weak, row.guarded = shape.counts, shape.weak or None, shape.guarded or None
    row.oldest_phone = None if shape.oldest_phone is None else seconds(shape.oldest_phone)
    row.newest_phone = None if shape.newest_phone is None else seconds(shape.newest_phone)


def _facts(facts: Changes) -> str:
    return msgspec.json.encode([{"kind": kind, "body": body} for kind, body in facts]).decode()


def _pk(brand: str, cluster_id: str) -> str:
    return f"{brand}#C#{cluster_id}"


def _cluster(row: ClusterRow) -> Cluster:
    return Cluster(
        id=row.pk.rsplit("#", 1)[1],
        version=int(row.version),
        into=row.into,
        seed=read_key(row.seed),
        shape=Shape(
            counts=row.counts,
            weak=bool(row.weak),
            guarded=bool(row.guarded),
            oldest_phone=None if row.oldest_phone is None else moment(row.oldest_phone),
            newest_phone=None if row.newest_phone is None else moment(row.newest_phone),
        ),
        parts=row.parts or {},
        absorbed=tuple(row.absorbed),
        first_at=moment(row.first_at),
        turn=int(row.turn or 0),
    )


def _link_row(brand: str, cluster_id: str, link: Link) -> LinkRow:
    return LinkRow(
        _pk(brand, cluster_id),
        f"L#{link.edge}",
        rank=int(link.rank),
        first_at=seconds(link.first_at),
        last_at=seconds(link.last_at),
        source=link.source,
    )


def _keep_link(transaction: TransactWrite, brand: str, cluster_id: str, link: Link) -> None:
    """A link's row as it is now; what it announced when it joined two persons stays on it."""
    changes: list[Any] = [
        LinkRow.rank.set(int(link.rank)),
        LinkRow.first_at.set(seconds(link.first_at)),
        LinkRow.last_at.set(seconds(link.last_at)),
        LinkRow.source.set(link.source),
        LinkRow.taken_back.set(True) if link.taken_back else LinkRow.taken_back.remove(),
    ]
    transaction.update(LinkRow(_pk(brand, cluster_id), f"L#{link.edge}"), changes)


def _link(row: LinkRow | SaidRow) -> Link:
    a, b = row.sk.removeprefix("L#").split("|")
    return Link(
        a=read_key(a),
        b=read_key(b),
        rank=Rank(int(row.rank)),
        first_at=moment(row.first_at),
        last_at=moment(row.last_at),
        source=row.source,
        taken_back=bool(row.taken_back),
    )


def _cannot_row(brand: str, cluster_id: str, cannot: Cannot) -> SaidRow:
    return SaidRow(
        _pk(brand, cluster_id), f"N#{cannot.edge}", active=cannot.active, at=seconds(cannot.at), by=cannot.by, reason=cannot.reason
    )


def _cannot(row: SaidRow) -> Cannot:
    a, b = row.sk.removeprefix("N#").split("|")
    return Cannot(a=read_key(a), b=read_key(b), active=bool(row.active), at=moment(row.at), by=row.by, reason=row.reason)
