"""How many people are known by more than an openid: counted once a day from a sample of each account, a shard at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby, islice

import msgspec

from chalicelib.accounts.flows import register
from chalicelib.aws.metrics import put_metric
from chalicelib.identity.rules import coverage as rules
from chalicelib.identity.tables import clusters, identifiers
from chalicelib.identity.tables import coverage as tables
from chalicelib.identity.tables.identifiers import SHARDS
from chalicelib.identity.words import Cluster, Key
from chalicelib.identity.words.coverage import AccountFigure, DayOfCoverage, Mark, Measurement
from chalicelib.world import World


def list_days(brand: str, *, days: int, before: date | None, world: World, now: datetime) -> tuple[list[DayOfCoverage], date | None]:
    """The figures of so many days, newest first, and where earlier ones begin. A day is shown once all of it is counted."""
    found = list(islice(_list_counted(brand, before=before, world=world, now=now), days + 1))
    return [_describe(day, measured) for day, measured in found[:days]], found[days - 1][0] if len(found) > days else None


def list_due(brand: str, *, world: World, now: datetime) -> list[Measurement]:
    """What of today is still to be counted, account by account."""
    day = _today(world, now)
    begun = tables.list_measurements(brand, day)
    names = [account.name for account in register.list_accounts(brand)]
    new = {
        name: Measurement(brand=brand, account=name, day=day, shards=(), changed_at=now, version=0) for name in names if name not in begun
    }
    return [each for name, each in sorted({**begun, **new}.items()) if not _is_whole(each)]


def count_next(due: Sequence[Measurement], *, world: World, now: datetime) -> list[Measurement]:
    """Count one shard of the first that is due; what is due then, nothing if somebody else counts as well."""
    first, *others = due
    moved = _count_shard(first, world=world, now=now)
    if not tables.keep_measurement(moved, version=first.version):
        return []
    left = others if _is_whole(moved) else [moved, *others]
    if not left:
        _tell(first.brand, first.day)
    return left


def _count_shard(measured: Measurement, *, world: World, now: datetime) -> Measurement:
    """A measurement with its next shard. Counted again after a crash it is the same shard again."""
    most = world.settings.coverage_sample // len(SHARDS)
    digit = SHARDS[len(measured.shards)]
    keys = identifiers.list_openids(measured.brand, measured.account, digit, after=None, limit=most + 1)
    size, exact = rules.estimate_size([key.hash for key in keys], sample=most)
    shard = rules.count_shard(_look_at(measured.brand, keys[:most]), size=size, exact=exact)
    return msgspec.structs.replace(measured, shards=(*measured.shards, shard), changed_at=now, version=measured.version + 1)


def _look_at(brand: str, keys: Iterable[Key]) -> list[Mark]:
    """What is known of the people behind some openids; who was met this very moment may be missing."""
    found = identifiers.read_identifiers(brand, keys, consistent=False)
    living = _find_living(brand, {each.cluster for each in found})
    return [rules.mark_of(living[each.cluster], each.key) for each in found if each.cluster in living]


def _find_living(brand: str, cluster_ids: Iterable[str]) -> dict[str, Cluster]:
    """The living cluster each of these leads to: one round of reads, and one more for each join whose pointers are not mended yet."""
    wanted, known = set(cluster_ids), dict[str, Cluster]()
    unread = wanted
    while unread:
        read = {each.id: each for each in clusters.read_clusters(brand, unread)}
        known |= read
        unread = {each.into for each in read.values() if each.into} - set(known)
    return {each: living for each in wanted if (living := _follow(each, known))}


def _follow(cluster_id: str, known: dict[str, Cluster]) -> Cluster | None:
    cluster = known.get(cluster_id)
    return _follow(cluster.into, known) if cluster and cluster.into else cluster


def _tell(brand: str, day: date) -> None:
    overall = _describe(day, list(tables.list_measurements(brand, day).values())).overall
    if overall.unified is not None:
        put_metric("IdentityCoverage", overall.unified.share)


def _list_counted(brand: str, *, before: date | None, world: World, now: datetime) -> Iterator[tuple[date, list[Measurement]]]:
    """Days of which all is counted. Of a day that is over that is whatever was, of today it is every account there is."""
    accounts = {account.name for account in register.list_accounts(brand)}
    for day, found in groupby(tables.list_newest(brand, before=before), key=lambda each: each.day):
        whole = [each for each in found if _is_whole(each)]
        if whole and (day < _today(world, now) or accounts <= {each.account for each in whole}):
            yield day, whole


def _describe(day: date, measured: Sequence[Measurement]) -> DayOfCoverage:
    figures = {f"{each.brand}.{each.account}": rules.figure_of(each.shards) for each in measured}
    return DayOfCoverage(
        day=day,
        as_of=max(each.changed_at for each in measured),
        overall=rules.overall_figure([each.shards for each in measured]),
        accounts=[
            AccountFigure(account=account, **msgspec.structs.asdict(figure)) for account, figure in sorted(figures.items()) if figure.people
        ],
    )


def _is_whole(measured: Measurement) -> bool:
    return len(measured.shards) == len(SHARDS)


def _today(world: World, now: datetime) -> date:
    return rules.day_of(now, utc_offset_h=world.settings.utc_offset_h)
