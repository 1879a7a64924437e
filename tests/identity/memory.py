"""The rows of the identity room as plain dicts, and workers that take turns at them: for as many histories as no table could play.

`Memory` stands in for the two modules of tables the flows write through, with their signatures and their conditions, so the flows'
own loop runs as it is. `test_memory.py` holds it against the rows.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import pytest
from greenlet import getcurrent, greenlet

from chalicelib.errors import Busy
from chalicelib.identity.flows import linking
from chalicelib.identity.flows import people as looking
from chalicelib.identity.rules.plans import Attach, Confirm, Join
from chalicelib.identity.tables.clusters import Rearranged
from chalicelib.identity.words import Cannot, Cluster, Found, Key, Link, Newcomer, Said, Shape
from tests.faults import Crash

WORKERS = 4
MOST_CRASHES = 12
Answer = TypeVar("Answer")
replace = msgspec.structs.replace


class Crew:
    """Some workers, of whom one works at a time: before each call of a table it may be another one's turn, and around it one may end.

    They are greenlets, so that a turn costs next to nothing. What crashed or was refused is delivered again.
    """

    def __init__(self, dice: random.Random, *, chance: float) -> None:
        self.calls = 0
        self.interrupted = 0
        self._dice = dice
        self._chance = chance
        self._crashes_left = MOST_CRASHES
        self._works: deque[Callable[[], object]] = deque()
        self._foreman: greenlet | None = None

    def run(self, works: Iterable[Callable[[], object]]) -> None:
        """Have all of it done, each worker taking the next work as soon as its last one is done."""
        self._works = deque(works)
        self._foreman = getcurrent()
        workers = [greenlet(self._work) for _ in range(WORKERS)]
        while workers:
            worker = self._dice.choice(workers)
            worker.switch()
            if worker.dead:
                workers.remove(worker)
        self._foreman = None

    def call(self, do: Callable[[], Answer]) -> Answer:
        """One call of a table."""
        if self._foreman is None:
            return do()
        self.calls += 1
        self._foreman.switch()
        self._crash()
        answer = do()
        self._crash()
        return answer

    def is_unlucky(self) -> bool:
        """Is another transaction in the way?"""
        return self._foreman is not None and self._dice.random() < self._chance

    def _work(self) -> None:
        while self._works:
            work = self._works.popleft()
            try:
                work()
            except (Crash, Busy):
                self.interrupted += 1
                self._works.append(work)

    def _crash(self) -> None:
        if self._crashes_left and self._dice.random() < self._chance:
            self._crashes_left -= 1
            raise Crash


class Memory:
    """Identifiers, clusters and what was said in them. A write checks its conditions and is done as a whole, or not at all.

    What only shortens look-ups, the twins of openids and mended pointers, is not kept.
    """

    def __init__(self, crew: Crew) -> None:
        self.identifiers: dict[Key, Found] = {}
        self.clusters: dict[str, Cluster] = {}
        self.links: dict[str, dict[str, Link]] = {}
        self.cannots: dict[str, dict[str, Cannot]] = {}
        self.reviews: set[str] = set()
        self.commits = 0
        self.refusals = 0
        self._crew = crew

    def read_identifier(self, brand: str, key: Key, *, consistent: bool = False) -> Found | None:
        return self._crew.call(lambda: self.identifiers.get(key))

    def read_identifiers(self, brand: str, keys: Iterable[Key]) -> list[Found]:
        return self._crew.call(lambda: [self.identifiers[key] for key in keys if key in self.identifiers])

    def read_cluster(self, brand: str, cluster_id: str, *, consistent: bool = False) -> Cluster | None:
        return self._crew.call(lambda: self.clusters.get(cluster_id))

    def read_said(self, brand: str, cluster_id: str) -> Said:
        return self._crew.call(
            lambda: Said(
                seeds={cluster_id: self.clusters[cluster_id].seed},
                links=tuple(self.links.get(cluster_id, {}).values()),
                cannots=tuple(self.cannots.get(cluster_id, {}).values()),
            )
        )

    def read_clusters(self, brand: str, cluster_ids: Iterable[str], *, consistent: bool = False) -> list[Cluster]:
        return self._crew.call(lambda: [self.clusters[each] for each in cluster_ids])

    def read_link(self, brand: str, cluster_id: str, edge: str) -> Link | None:
        return self._crew.call(lambda: self.links.get(cluster_id, {}).get(edge))

    def set_twin(self, brand: str, link: Link) -> None:
        pass

    def begin_person(
        self, brand: str, cluster_id: str, newcomers: list[Newcomer], link: Link | None, shape: Shape, *, now: datetime
    ) -> bool:
        def write() -> None:
            self._add_cluster(cluster_id, newcomers[0].key, shape, None, now)
            for newcomer in newcomers:
                self._add_identifier(cluster_id, newcomer, now)
            if link is not None:
                self._keep_link(cluster_id, link)

        return self._commit(lambda: cluster_id not in self.clusters and self._are_new(newcomers), write)

    def attach_identifier(self, brand: str, plan: Attach, newcomer: Newcomer, link: Link, *, now: datetime) -> bool:
        def write() -> None:
            self._add_identifier(plan.cluster.id, newcomer, now)
            self._change(plan.cluster, plan.shape)
            self._keep_link(plan.cluster.id, link)

        return self._commit(lambda: self._are_new([newcomer]) and self._is_as_read(plan.cluster), write)

    def join_clusters(self, brand: str, plan: Join, link: Link) -> bool:
        def write() -> None:
            self._change(plan.survivor, plan.shape, **_growth(plan.survivor, plan.loser))
            self._change(plan.loser, plan.loser.shape, into=plan.survivor.id)
            self._keep_link(plan.survivor.id, link)

        return self._commit(lambda: self._is_as_read(plan.survivor) and self._is_as_read(plan.loser), write)

    def confirm_link(self, brand: str, plan: Confirm, link: Link) -> bool:
        def write() -> None:
            self._change(plan.cluster, plan.shape)
            self._keep_link(plan.cluster.id, link)

        return self._commit(lambda: self._is_as_read(plan.cluster), write)

    def keep_arrangement(self, brand: str, new: Rearranged, *, now: datetime) -> bool:
        survivor, loser = new.survivor, new.loser

        def write() -> None:
            self._change(survivor, new.shape, parts=new.parts, **(_growth(survivor, loser) if loser else {}))
            if loser is not None:
                self._change(loser, loser.shape, into=survivor.id, parts={})
                self.reviews.discard(loser.id)
            if new.link is not None:
                self._keep_link(survivor.id, new.link)
            if new.cannot is not None:
                a, b = _in_order(new.cannot)
                self.cannots.setdefault(survivor.id, {})[new.cannot.edge] = replace(new.cannot, a=a, b=b, at=_whole(new.cannot.at))
            (self.reviews.add if new.disputed else self.reviews.discard)(survivor.id)

        return self._commit(lambda: self._is_as_read(survivor) and (loser is None or self._is_as_read(loser)), write)

    def keep_part(self, brand: str, person: str, cluster_id: str, seed: Key, *, now: datetime) -> None:
        def write() -> None:
            if person not in self.clusters:
                self._add_cluster(person, seed, Shape(counts={}), cluster_id, now)

        self._crew.call(write)

    def _commit(self, holds: Callable[[], bool], write: Callable[[], None]) -> bool:
        def commit() -> bool:
            if self._crew.is_unlucky() or not holds():
                self.refusals += 1
                return False
            write()
            self.commits += 1
            return True

        return self._crew.call(commit)

    def _are_new(self, newcomers: Iterable[Newcomer]) -> bool:
        return not any(newcomer.key in self.identifiers for newcomer in newcomers)

    def _is_as_read(self, cluster: Cluster) -> bool:
        return self.clusters[cluster.id].version == cluster.version

    def _change(self, cluster: Cluster, shape: Shape, **changes: Any) -> None:
        old = self.clusters[cluster.id]
        kept = replace(
            shape,
            oldest_phone=_whole(shape.oldest_phone or old.shape.oldest_phone),
            newest_phone=_whole(shape.newest_phone or old.shape.newest_phone),
        )
        self.clusters[cluster.id] = replace(old, version=cluster.version + 1, shape=kept, **changes)

    def _add_cluster(self, cluster_id: str, seed: Key, shape: Shape, into: str | None, now: datetime) -> None:
        kept = replace(shape, oldest_phone=_whole(shape.oldest_phone), newest_phone=_whole(shape.newest_phone))
        self.clusters[cluster_id] = Cluster(
            id=cluster_id, version=1, into=into, seed=seed, shape=kept, parts={}, absorbed=(), first_at=_whole(now)
        )

    def _add_identifier(self, cluster_id: str, newcomer: Newcomer, now: datetime) -> None:
        self.identifiers[newcomer.key] = Found(newcomer.key, cluster_id, newcomer.sealed, newcomer.masked, _whole(now), None)

    def _keep_link(self, cluster_id: str, link: Link) -> None:
        a, b = _in_order(link)
        kept = replace(link, a=a, b=b, first_at=_whole(link.first_at), last_at=_whole(link.last_at))
        self.links.setdefault(cluster_id, {})[link.edge] = kept


def _growth(survivor: Cluster, loser: Cluster) -> dict[str, Any]:
    absorbed = (*survivor.absorbed, loser.id, *loser.absorbed)
    return {"absorbed": absorbed, "first_at": min(survivor.first_at, loser.first_at)}


def _in_order(pair: Link | Cannot) -> list[Key]:
    """Rows name a pair in the order of its text."""
    return sorted((pair.a, pair.b), key=str)


def _whole(moment: Any) -> Any:
    """Rows keep whole seconds."""
    return None if moment is None else moment.replace(microsecond=0)


@contextmanager
def in_place_of_the_rows(memory: Memory) -> Iterator[Memory]:
    """The flows of this room read and write here."""
    with pytest.MonkeyPatch.context() as patch:
        for flows in (linking, looking):
            patch.setattr(flows, "tables", memory)
            patch.setattr(flows, "identifiers", memory)
        yield memory
