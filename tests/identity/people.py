"""Identifiers to begin from, what is known of them, and the batch function every history is held against."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from chalicelib.aws.facts import Fact, fact_of
from chalicelib.errors import Missing
from chalicelib.identity import flows
from chalicelib.identity.rules import LIMITS, constraint_of
from chalicelib.identity.words import Identifier, IdentifierType, Key, Person, Place, Rank
from tests.small_world import SmallWorld

BRAND = "demo"
Partition = frozenset[frozenset[Identifier]]
Pair = tuple[Identifier, Identifier]


def openid(account: str, value: str) -> Identifier:
    return Identifier(IdentifierType.openid, value, account)


def unionid(value: str) -> Identifier:
    return Identifier(IdentifierType.unionid, value)


def phone(value: str) -> Identifier:
    return Identifier(IdentifierType.phone, value)


def member_no(value: str) -> Identifier:
    return Identifier(IdentifierType.member_no, value)


def app_uid(value: str) -> Identifier:
    return Identifier(IdentifierType.app_uid, value)


class People:
    """The identity room of one brand, spoken to in a test's words."""

    def __init__(self, ground: SmallWorld, brand: str = BRAND) -> None:
        self.ground = ground
        self.brand = brand

    def recognise(self, who: Identifier, union: str | None = None) -> Place:
        return flows.recognise(self.brand, who, union, source="wx.login", world=self.ground.world, now=self.ground.clock())

    def meet(self, who: Identifier) -> Place:
        return flows.meet(self.brand, who, world=self.ground.world, now=self.ground.clock())

    def link(self, a: Identifier, b: Identifier, rank: Rank = Rank.attested, source: str = "wx.login") -> Place:
        now = self.ground.clock()
        return flows.assert_link(self.brand, a, b, rank=rank, source=source, at=now, world=self.ground.world, now=now)

    def find(self, who: Identifier) -> str:
        return flows.find_person(self.brand, who, world=self.ground.world, now=self.ground.clock())

    def describe(self, person: str) -> Person:
        return flows.describe_person(self.brand, person)

    def key(self, who: Identifier) -> Key:
        return flows.key_of(self.brand, who, world=self.ground.world, now=self.ground.clock())

    def hear(self, fact: Fact) -> None:
        flows.hear(fact)

    def facts(self) -> list[Fact]:
        """What the stream has announced so far."""
        return [fact for fact in map(fact_of, self.ground.dynamo.stream) if fact is not None]

    def links(self, *, rejected: bool = False) -> list[dict[str, Any]]:
        """Link rows, the accepted or the rejected ones, as plain values."""
        rows = [row for row in self.ground.dynamo.rows(pk=f"{self.brand}#C#", sk="L#") if ("rejected" in row) == rejected]
        return [{name: next(iter(value.values())) for name, value in row.items()} for row in rows]

    def clusters(self) -> list[dict[str, Any]]:
        rows = self.ground.dynamo.rows(pk=f"{self.brand}#C#", sk="@")
        return [{name: next(iter(value.values())) for name, value in row.items()} for row in rows]

    def partition(self, identifiers: Iterable[Identifier]) -> Partition:
        """Who is one person with whom, as look-ups say."""
        persons: dict[str, set[Identifier]] = {}
        for each in identifiers:
            try:
                persons.setdefault(self.find(each), set()).add(each)
            except Missing:
                continue
        return frozenset(map(frozenset, persons.values()))


def batch(met: Iterable[Identifier], links: Iterable[Pair]) -> Partition:
    """The partition these links make, computed at once: plain union-find."""
    leader: dict[Identifier, Identifier] = {each: each for each in met}

    def find(each: Identifier) -> Identifier:
        leader.setdefault(each, each)
        while leader[each] != each:
            each = leader[each]
        return each

    for a, b in links:
        leader[find(a)] = find(b)
    groups: dict[Identifier, set[Identifier]] = {}
    for each in list(leader):
        groups.setdefault(find(each), set()).add(each)
    return frozenset(map(frozenset, groups.values()))


def check_bookkeeping(people: People, identifiers: list[Identifier]) -> None:
    """What holds after every history: limits, counts, tombstones, one announcement for each join, complete views."""
    tombstones = {row["pk"].rsplit("#", 1)[1] for row in people.clusters() if "into" in row}
    absorbed = sorted(fact.body["absorbed"] for fact in people.facts())
    assert absorbed == sorted(tombstones), "each join is announced exactly once"
    for group in people.partition(identifiers):
        person = people.find(next(iter(group)))
        view = people.describe(person)
        assert len(view.identifiers) == len(group), "a person's view lists every identifier once"
        cluster = next(row for row in people.clusters() if row["pk"].endswith(person))
        counts: dict[str, int] = {}
        for each in group:
            counts[constraint_of(people.key(each))] = counts.get(constraint_of(people.key(each)), 0) + 1
        assert msgspec.json.decode(cluster["counts"]) == counts, "the header counts what the person has"
        assert all(count <= LIMITS[IdentifierType(name.split("#")[0])] for name, count in counts.items()), "limits hold"
    for old in tombstones:
        assert people.describe(old).id not in tombstones, "a joined person's id leads to the living one"
    known = {row["pk"]["S"].split("#I#")[1] for row in people.ground.dynamo.rows(pk=f"{people.brand}#I#", sk="@")}
    assert known == {str(people.key(each)) for each in identifiers}
