"""How many people are known by more than an openid, judged from a sample. Pure.

Hashes are keyed and spread evenly, so the first openids of a shard are as good as any. The sixteen shards are sixteen samples of the
same people: how much they differ tells how far off the whole may be, whatever makes them differ.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from chalicelib.identity.rules.persons import count_keys
from chalicelib.identity.words import Cluster, IdentifierType, Key, read_key
from chalicelib.identity.words.coverage import Figure, Mark, Shard, Share, Sums

HASH_DIGITS = 32
STUDENT_T = 2.13
"""Nineteen of twenty cases, of sixteen samples."""
NONE_SEEN = 3.0
"""Of n looked at none is something: in nineteen of twenty cases fewer than 3/n of all are."""


def day_of(now: datetime, *, utc_offset_h: int) -> date:
    """The day it is, so many hours ahead of UTC."""
    return (now + timedelta(hours=utc_offset_h)).date()


def mark_of(cluster: Cluster, key: Key) -> Mark:
    """What counts of the person who has an identifier of this cluster. Costs no read: the header counts what the cluster has."""
    person = cluster.person_of(key)
    if not cluster.parts:
        counts = cluster.shape.counts
    elif person != cluster.id:
        counts = count_keys(read_key(each) for each, whose in cluster.parts.items() if whose == person)
    else:
        others = count_keys(map(read_key, cluster.parts))
        counts = {constraint: count - others.get(constraint, 0) for constraint, count in cluster.shape.counts.items()}
    of_type = {kind: sum(count for constraint, count in counts.items() if constraint.startswith(f"{kind}#")) for kind in IdentifierType}
    openids = max(of_type[IdentifierType.openid], 1)  # a header read a moment old may not count this one yet
    return Mark(openids, of_type[IdentifierType.unionid] > 0, of_type[IdentifierType.phone] > 0)


def estimate_size(hashes: Sequence[str], *, sample: int) -> tuple[float, bool]:
    """How many hashes a shard has, from its first `sample` and one more if there is one; and whether that is their exact number.

    The n-th of N evenly spread hashes lies at about n/N of the shard's space: at u, N is about (n - 1)/u, in the mean exactly. Its
    standard error is N/√(n - 2): 5.7 % of one shard and 1.4 % of sixteen, where n is 312.
    """
    if len(hashes) <= sample:
        return float(len(hashes)), True
    space = 16 ** (HASH_DIGITS - 1)
    return (sample - 1) * space / (int(hashes[sample - 1][1:], 16) + 1), False


def count_shard(marks: Sequence[Mark], *, size: float, exact: bool) -> Shard:
    """What the openids looked at say about all of their shard."""
    factor = size / len(marks) if marks else 0.0
    return Shard(
        len(marks),
        exact,
        openids=_add_up([(mark, factor) for mark in marks]),
        persons=_add_up([(mark, factor / mark.openids) for mark in marks]),
    )


def figure_of(shards: Sequence[Shard]) -> Figure:
    """An account's figure: its people are its openids."""
    return _figure([each.openids for each in shards], shards)


def overall_figure(accounts: Sequence[Sequence[Shard]]) -> Figure:
    """The figure of everybody who has an openid at one of these accounts; who has several counts once."""
    groups = [_total([shard.persons for shard in same_place]) for same_place in zip(*accounts, strict=True)]
    return _figure(groups, [shard for account in accounts for shard in account])


def _figure(groups: Sequence[Sums], shards: Sequence[Shard]) -> Figure:
    total, exact = _total(groups), all(shard.exact for shard in shards)
    sampled = sum(shard.sampled for shard in shards)
    mean = total.people / max(len(groups), 1)

    def share(parts: Sequence[float]) -> Share | None:
        if not total.people:
            return None
        ratio = sum(parts) / total.people
        off = _spread([part - ratio * group.people for part, group in zip(parts, groups, strict=True)]) / total.people
        margin = 0.0 if exact else min(max(off, NONE_SEEN / sampled), 1.0)
        return Share(share=round(ratio, 4), margin=round(margin, 4))

    return Figure(
        people=round(total.people),
        people_margin=0 if exact else math.ceil(_spread([group.people - mean for group in groups])),
        sampled=sampled,
        unified=share([group.unified for group in groups]),
        unionid=share([group.unionid for group in groups]),
        phone=share([group.phone for group in groups]),
    )


def _spread(differences: Sequence[float]) -> float:
    """How far the sum of some samples may be off, by how far each is from what it should be if all were alike."""
    count = len(differences)
    return STUDENT_T * math.sqrt(count / (count - 1) * sum(each * each for each in differences))


def _add_up(marks: Sequence[tuple[Mark, float]]) -> Sums:
    sums = (
        sum(weight for _, weight in marks),
        sum(weight for mark, weight in marks if mark.unionid or mark.phone),
        sum(weight for mark, weight in marks if mark.unionid),
        sum(weight for mark, weight in marks if mark.phone),
    )
    return Sums(*(round(each, 3) for each in sums))


def _total(parts: Sequence[Sums]) -> Sums:
    return Sums(
        sum(each.people for each in parts),
        sum(each.unified for each in parts),
        sum(each.unionid for each in parts),
        sum(each.phone for each in parts),
    )
