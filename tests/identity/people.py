"""Identifiers to begin from, what is known of them, and the batch function every history is held against."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.aws.facts import Fact, facts_of
from chalicelib.errors import Missing
from chalicelib.identity import flows
from chalicelib.identity.flows import linking
from chalicelib.identity.rules import persons
from chalicelib.identity.words import Cannot, Identifier, IdentifierType, Key, Link, Person, Place, Rank
from chalicelib.identity.words import Said as Told
from tests.house import NOON
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

    def link(self, a: Identifier, b: Identifier, rank: Rank = Rank.attested, source: str = "wx.login", at: datetime | None = None) -> Place:
        now = self.ground.clock()
        return flows.assert_link(self.brand, a, b, rank=rank, source=source, at=at or now, world=self.ground.world, now=now)

    def tell_apart(self, a: Identifier, b: Identifier, *, active: bool = True, at: datetime | None = None) -> tuple[str, str]:
        now = self.ground.clock()
        key_a, key_b = self.key(a), self.key(b)
        return linking.tell_apart(
            self.brand, key_a, key_b, active=active, by="operator", reason="test", at=at or now, world=self.ground.world, now=now
        )

    def say(self, said: Said) -> Place | tuple[str, str]:
        if said.active is None:
            return self.link(said.a, said.b, said.rank, "history", said.at)
        return self.tell_apart(said.a, said.b, active=said.active, at=said.at)

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
        return [fact for record in self.ground.dynamo.stream for fact in facts_of(record)]

    def links(self) -> list[dict[str, Any]]:
        """Link rows as plain values."""
        rows = self.ground.dynamo.rows(pk=f"{self.brand}#C#", sk="L#")
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


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """One assertion of a history: a link, or with `active` an operator's word that two are apart, or no longer."""

    a: Identifier
    b: Identifier
    rank: Rank = Rank.attested
    at: datetime = NOON
    active: bool | None = None


def batch(people: People, met: Iterable[Identifier], said: Iterable[Said]) -> Partition:
    """The partition these assertions make, computed at once from the set of them."""
    by_key = {people.key(each): each for each in [*met, *(each for one in said for each in (one.a, one.b))]}
    links, cannots = [], []
    for one in said:
        a, b, at = people.key(one.a), people.key(one.b), one.at.replace(microsecond=0)
        if one.active is None:
            links.append(Link(a=a, b=b, rank=one.rank, first_at=at, last_at=at, source="history"))
        else:
            cannots.append(Cannot(a=a, b=b, active=one.active, at=at, by="operator", reason="history"))
    everything = persons.add_said(Told(seeds={}, links=tuple(links), cannots=tuple(cannots)))
    arrangement = persons.arrange(by_key, everything.links, everything.cannots, reissue=timedelta(days=90))
    return frozenset(frozenset(by_key[key] for key in group) for group in arrangement.groups)


def union_find(met: Iterable[Identifier], links: Iterable[Pair]) -> Partition:
    """The partition of links of which none is rejected: plain union-find, an oracle that shares no line with the product."""
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
    """What holds after every history: limits, headers, tombstones, announcements that add up, complete views."""
    clusters = {row["pk"].rsplit("#", 1)[1]: row for row in people.clusters()}
    partition = people.partition(identifiers)
    for group in partition:
        person = people.find(next(iter(group)))
        view = people.describe(person)
        assert view.id == person, "a person's id leads to that person"
        assert len(view.identifiers) == len(group), "a person's view lists every identifier once"
        assert persons.broken_limit(persons.count_keys(map(people.key, group))) is None, "limits hold"
    living = {name: row for name, row in clusters.items() if "into" not in row}
    for name, row in living.items():
        members = [each for each in identifiers if home_of(people, each, clusters) == name]
        assert msgspec.json.decode(row["counts"]) == persons.count_keys(map(people.key, members)), "the header counts what the cluster has"
    for name, row in clusters.items():
        if "into" in row:
            assert people.describe(name).id in {people.find(each) for each in identifiers}, "an old id leads to somebody"
    known = {row["pk"]["S"].split("#I#")[1] for row in people.ground.dynamo.rows(pk=f"{people.brand}#I#", sk="@")}
    assert known == {str(people.key(each)) for each in identifiers}


def check_announcements(people: People, identifiers: list[Identifier]) -> None:
    """Whoever was ever somebody and is nobody now was said to be joined into another."""
    began = {row["pk"].rsplit("#", 1)[1] for row in people.clusters() if row["counts"] != "{}"}
    parted = {person for fact in people.facts() if fact.kind == "person.split" for person in fact.body["parted"]}
    gone = (began | parted) - {people.find(each) for each in identifiers}
    told = {fact.body["absorbed"] for fact in people.facts() if fact.kind == "person.joined"}
    told |= {fact.body["person"] for fact in people.facts() if fact.kind == "person.split"}
    assert gone <= told


def home_of(people: People, each: Identifier, clusters: dict[str, dict[str, Any]]) -> str:
    """The living cluster of an identifier, by its row and the tombstones."""
    row = people.ground.dynamo.rows(pk=f"{people.brand}#I#{people.key(each)}", sk="@")[0]
    name = row["cluster"]["S"]
    while "into" in clusters[name]:
        name = clusters[name]["into"]
    return str(name)
