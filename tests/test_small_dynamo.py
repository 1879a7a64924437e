"""The small DynamoDB answers as moto does, whatever the rooms ask."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.aws.tables import TableError, code_of, keep_wrapped_key
from chalicelib.identity.rules.plans import Attach, Confirm, Join
from chalicelib.identity.tables import clusters as identity
from chalicelib.identity.tables import identifiers, reviews
from chalicelib.identity.tables.clusters import Rearranged
from chalicelib.identity.words import Cannot, Cluster, IdentifierType, Key, Link, Newcomer, Rank, Shape
from chalicelib.sessions import tables as sessions
from chalicelib.sessions.words import Session
from tests.house import NOON, House
from tests.small_dynamo import SmallDynamo, in_place_of_dynamodb

BRAND = "demo"
KEYS = [Key(kind, "oa" if kind is IdentifierType.openid else "", f"{number}{number}") for kind in IdentifierType for number in range(3)]
CLUSTERS = ["01A", "01B", "01C"]
Ask = Callable[[], Any]


def test_the_rooms_cannot_tell_it_from_moto(house: House) -> None:
    dice, small = random.Random(2026), SmallDynamo()

    for step in range(200):
        ask = some_request(dice)
        theirs = answer_to(ask)
        with in_place_of_dynamodb(small):
            ours = answer_to(ask)
        assert ours == theirs, f"step {step}"

    assert small.rows() == sorted(house.rows("identities"), key=lambda row: (row["pk"]["S"], row["sk"]["S"]))


def test_an_old_read_shows_an_item_as_it_was_before_its_last_write_and_a_consistent_one_never_does() -> None:
    with in_place_of_dynamodb(SmallDynamo(old_reads=1.0)):
        keep_wrapped_key(BRAND, "hash", "wrapped", now=NOON)
        old = identifiers.read_follow(BRAND, KEYS[0])
        identifiers.keep_follow(BRAND, KEYS[0], follows=True, at=NOON)

        assert old is None
        assert identifiers.read_follow(BRAND, KEYS[0]) is None
        assert keep_wrapped_key(BRAND, "hash", "another", now=NOON) == "wrapped"


def test_an_item_named_twice_in_one_transaction_is_refused() -> None:
    newcomer = Newcomer(KEYS[0], "sealed", "masked")
    with in_place_of_dynamodb(SmallDynamo()), pytest.raises(TableError) as refused:
        identity.begin_person(BRAND, "01A", [newcomer, newcomer], None, Shape(counts={}), now=NOON)

    assert code_of(refused.value) == "ValidationException"


def test_the_stream_tells_a_new_item_from_a_changed_one_and_is_silent_when_nothing_changed() -> None:
    small = SmallDynamo()
    with in_place_of_dynamodb(small):
        identifiers.keep_follow(BRAND, KEYS[0], follows=True, at=NOON)
        identifiers.keep_follow(BRAND, KEYS[0], follows=False, at=NOON)
        sessions.keep_session(some_session(random.Random(0), KEYS[0]), "sealed")
        sessions.keep_session(some_session(random.Random(0), KEYS[0]), "sealed")
        sessions.end_session(BRAND, str(KEYS[0]), "01S")

    assert [record["eventName"] for record in small.stream] == ["INSERT", "MODIFY", "INSERT"]


def answer_to(ask: Ask) -> Any:
    """What a request gives, or how it is refused."""
    try:
        answer = ask()
    except TableError as error:
        return type(error).__name__, code_of(error)
    return sorted(answer, key=str) if isinstance(answer, list) else answer


def some_request(dice: random.Random) -> Ask:
    """One call of a room's tables, likely to meet what earlier calls left."""
    key, other = dice.sample(KEYS, 2)
    cluster, link = some_cluster(dice), some_link(dice)
    another = some_cluster(dice, but=cluster.id)
    newcomer = Newcomer(key, "sealed", "masked")
    session = some_session(dice, key)
    seed = dice.random()
    at, follows, version = NOON + timedelta(seconds=dice.randint(0, 2)), dice.random() < 0.5, dice.randint(0, 2)
    requests: list[Ask] = [
        lambda: identity.begin_person(BRAND, cluster.id, [newcomer, Newcomer(other, "s", "m")], link, cluster.shape, now=at),
        lambda: identity.attach_identifier(BRAND, Attach(key, cluster, cluster.shape), newcomer, link, now=at),
        lambda: identity.attach_identifier(BRAND, Attach(key, newest(cluster), cluster.shape), newcomer, link, now=at),
        lambda: identity.join_clusters(BRAND, Join(cluster, newest(another), cluster.shape), link),
        lambda: identity.join_clusters(BRAND, Join(newest(cluster), newest(another), cluster.shape), link),
        lambda: identity.confirm_link(BRAND, Confirm(cluster, cluster.shape), link),
        lambda: identity.confirm_link(BRAND, Confirm(newest(cluster), cluster.shape), link),
        lambda: identity.keep_arrangement(BRAND, some_arrangement(random.Random(seed), newest(cluster), newest(another), link), now=at),
        lambda: identity.keep_part(BRAND, cluster.id, another.id, key, now=at),
        lambda: reviews.list_reviews(BRAND, after=None, limit=5),
        lambda: identity.read_link(BRAND, cluster.id, link.edge),
        lambda: identifiers.set_twin(BRAND, link),
        lambda: identifiers.repoint(BRAND, key, losers=CLUSTERS[:version] or ["01Z"], survivor="01C"),
        lambda: identifiers.keep_follow(BRAND, key, follows=follows, at=at),
        lambda: identifiers.read_follow(BRAND, key),
        lambda: identifiers.read_identifier(BRAND, key),
        lambda: identifiers.read_identifiers(BRAND, KEYS),
        lambda: identity.read_cluster(BRAND, cluster.id),
        lambda: identity.read_said(BRAND, cluster.id),
        lambda: sessions.keep_session(session, "sealed"),
        lambda: sessions.read_session(BRAND, str(key), session.id),
        lambda: sessions.advance_session(session, now=at, ends_at=at),
        lambda: sessions.end_session(BRAND, str(key), session.id),
    ]
    return dice.choice(requests)


def some_cluster(dice: random.Random, *, but: str = "") -> Cluster:
    cluster_id = dice.choice([each for each in CLUSTERS if each != but])
    return Cluster(
        id=cluster_id, version=dice.randint(1, 2), into=None, seed=KEYS[0], shape=Shape(counts={}), parts={}, absorbed=(), first_at=NOON
    )


def newest(cluster: Cluster) -> Cluster:
    """The cluster as its row has it now, if it has one."""
    return identity.read_cluster(BRAND, cluster.id, consistent=True) or cluster


def some_link(dice: random.Random) -> Link:
    a, b = dice.sample(KEYS, 2)
    return Link(a=a, b=b, rank=dice.choice((Rank.verified, Rank.attested)), first_at=NOON, last_at=NOON, source="wx.login")


def some_arrangement(dice: random.Random, survivor: Cluster, loser: Cluster, link: Link) -> Rearranged:
    parted = dice.random() < 0.5
    return Rearranged(
        survivor=survivor,
        loser=dice.choice([None, loser]),
        shape=Shape(counts={}, weak=parted),
        parts={str(link.b): "01P"} if parted else {},
        link=dice.choice([None, link]),
        followed=parted,
        cannot=dice.choice([None, Cannot(a=link.a, b=link.b, active=parted, at=NOON, by="operator", reason="test")]),
        disputed=parted,
        facts=[("person.split", {"person": survivor.id})] if parted else [],
    )


def some_session(dice: random.Random, key: Key) -> Session:
    return Session(brand=BRAND, key=str(key), id="01S", account="mini", generation=dice.randint(1, 2), refreshed_at=NOON, ends_at=NOON)
