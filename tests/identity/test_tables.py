"""What the rows refuse: each condition, met and not met."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.aws.tables import connection
from chalicelib.identity.rules import persons
from chalicelib.identity.rules.plans import Attach, Confirm, Join
from chalicelib.identity.tables import clusters as tables
from chalicelib.identity.tables import identifiers, reviews
from chalicelib.identity.tables.clusters import Rearranged
from chalicelib.identity.words import Cluster, Key, Link, Newcomer, Rank
from tests.house import NOON
from tests.identity.people import BRAND, People, member_no, openid, phone, unionid

FIRST, SECOND = "01M7VHRXG0AAAAAAAAAAAAAAAA", "01M7VHRXG0BBBBBBBBBBBBBBBB"
SOON = NOON + timedelta(seconds=60)


class Rows:
    """Identifiers and what begins with them, as the tables take them."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.openid = people.key(openid("oa", "oFollower1"))
        self.unionid = people.key(unionid("uPerson1"))
        self.phone = people.key(phone("13812345678"))
        self.member = people.key(member_no("M-000123"))

    def snapshot(self) -> str:
        return json.dumps(self.people.ground.dynamo.rows(), sort_keys=True)

    def cluster(self, name: str) -> Cluster:
        found = tables.read_cluster(BRAND, name, consistent=True)
        assert found is not None
        return found


@pytest.fixture
def rows(people: People) -> Rows:
    return Rows(people)


def newcomer(key: Key) -> Newcomer:
    return Newcomer(key, "sealed", "masked")


def link(a: Key, b: Key, rank: Rank = Rank.attested) -> Link:
    return Link(a=a, b=b, rank=rank, first_at=NOON, last_at=NOON, source="wx.login")


def begin(name: str, *keys: Key) -> bool:
    return tables.begin_person(BRAND, name, [newcomer(key) for key in keys], None, persons.shape_of(keys, []), now=NOON)


def attach(key: Key, cluster: Cluster) -> Attach:
    return Attach(key, cluster, persons.add_shapes(cluster.shape, persons.shape_of([key], [])))


def join(survivor: Cluster, loser: Cluster) -> Join:
    return Join(survivor, loser, persons.add_shapes(survivor.shape, loser.shape))


def rearranged(
    survivor: Cluster, loser: Cluster | None = None, *, link: Link | None = None, parts: dict[str, str] | None = None
) -> Rearranged:
    return Rearranged(
        survivor=survivor,
        loser=loser,
        shape=survivor.shape,
        parts=parts or {},
        link=link,
        followed=True,
        cannot=None,
        disputed=bool(parts),
        facts=[("person.split", {"person": survivor.id, "parted": []})],
    )


def test_transactions_share_one_connection() -> None:
    assert connection() is connection()


def test_an_id_that_is_taken_is_never_given_to_a_second_person(rows: Rows) -> None:
    begin(FIRST, rows.openid)
    before = rows.snapshot()

    again = begin(FIRST, rows.phone)

    assert again is False
    assert rows.snapshot() == before


def test_an_identifier_that_was_met_meanwhile_begins_no_second_person(rows: Rows) -> None:
    begin(FIRST, rows.openid)
    before = rows.snapshot()

    again = begin(SECOND, rows.phone, rows.openid)

    assert again is False
    assert rows.snapshot() == before


def test_an_identifier_that_was_met_meanwhile_is_not_attached(rows: Rows) -> None:
    begin(FIRST, rows.openid)
    begin(SECOND, rows.phone)
    before = rows.snapshot()

    attached = tables.attach_identifier(
        BRAND, attach(rows.phone, rows.cluster(FIRST)), newcomer(rows.phone), link(rows.openid, rows.phone), now=NOON
    )

    assert attached is False
    assert rows.snapshot() == before


def test_nothing_is_attached_to_a_person_that_changed_meanwhile(rows: Rows) -> None:
    begin(FIRST, rows.openid)
    seen = rows.cluster(FIRST)
    tables.attach_identifier(BRAND, attach(rows.phone, seen), newcomer(rows.phone), link(rows.openid, rows.phone), now=NOON)
    before = rows.snapshot()

    attached = tables.attach_identifier(BRAND, attach(rows.member, seen), newcomer(rows.member), link(rows.openid, rows.member), now=NOON)

    assert attached is False
    assert rows.snapshot() == before


@pytest.mark.parametrize("changed", [FIRST, SECOND])
def test_persons_of_whom_one_changed_meanwhile_are_not_joined(rows: Rows, changed: str) -> None:
    begin(FIRST, rows.openid)
    begin(SECOND, rows.unionid)
    plan = join(rows.cluster(FIRST), rows.cluster(SECOND))
    tables.attach_identifier(
        BRAND, attach(rows.phone, rows.cluster(changed)), newcomer(rows.phone), link(rows.openid, rows.phone), now=NOON
    )
    before = rows.snapshot()

    joined = tables.join_clusters(BRAND, plan, link(rows.openid, rows.unionid))

    assert joined is False
    assert rows.snapshot() == before


def test_a_join_is_made_once(rows: Rows) -> None:
    begin(FIRST, rows.openid)
    begin(SECOND, rows.unionid)
    plan = join(rows.cluster(FIRST), rows.cluster(SECOND))
    tables.join_clusters(BRAND, plan, link(rows.openid, rows.unionid))
    before = rows.snapshot()

    again = tables.join_clusters(BRAND, plan, link(rows.openid, rows.unionid))

    assert again is False
    assert rows.snapshot() == before


def test_a_join_writes_no_identifier_that_is_not_there(rows: Rows) -> None:
    begin(FIRST, rows.phone)
    begin(SECOND, rows.unionid)
    before = rows.snapshot()

    joined = tables.join_clusters(BRAND, join(rows.cluster(FIRST), rows.cluster(SECOND)), link(rows.openid, rows.unionid))

    assert joined is False
    assert rows.snapshot() == before


def test_a_twin_is_noted_on_an_identifier_that_is_there_and_on_no_other(rows: Rows) -> None:
    begin(FIRST, rows.openid)

    identifiers.set_twin(BRAND, link(rows.openid, rows.unionid))
    identifiers.set_twin(BRAND, link(rows.people.key(openid("mini", "oVisitor1")), rows.unionid))

    found = identifiers.read_identifier(BRAND, rows.openid)
    assert found is not None
    assert found.twin == rows.unionid.hash
    assert len(rows.people.ground.dynamo.rows(pk=f"{BRAND}#I#")) == 1


@pytest.mark.parametrize("rank", [Rank.declared, Rank.verified])
def test_only_what_wechat_attested_makes_a_twin(rows: Rows, rank: Rank) -> None:
    begin(FIRST, rows.openid)

    identifiers.set_twin(BRAND, link(rows.openid, rows.unionid, rank))

    found = identifiers.read_identifier(BRAND, rows.openid)
    assert found is not None
    assert found.twin is None


def test_a_link_is_kept_only_in_a_cluster_that_is_as_it_was_read(rows: Rows) -> None:
    begin(FIRST, rows.openid, rows.phone)
    plan = Confirm(rows.cluster(FIRST), rows.cluster(FIRST).shape)
    strong, weak = link(rows.openid, rows.phone, Rank.verified), link(rows.openid, rows.phone, Rank.declared)
    tables.confirm_link(BRAND, plan, strong)

    kept = tables.confirm_link(BRAND, plan, weak)

    assert kept is False
    assert tables.read_link(BRAND, FIRST, strong.edge) == strong


@pytest.mark.parametrize("changed", [FIRST, SECOND])
def test_an_arrangement_of_clusters_that_changed_meanwhile_is_not_kept(rows: Rows, changed: str) -> None:
    begin(FIRST, rows.openid)
    begin(SECOND, rows.unionid)
    new = rearranged(rows.cluster(FIRST), rows.cluster(SECOND), link=link(rows.openid, rows.unionid))
    tables.keep_arrangement(BRAND, rearranged(rows.cluster(changed)), now=NOON)
    before = rows.snapshot()

    kept = tables.keep_arrangement(BRAND, new, now=NOON)

    assert kept is False
    assert rows.snapshot() == before


def test_what_waits_for_an_operator_is_listed_until_it_waits_no_longer(rows: Rows) -> None:
    for name, key in ((FIRST, rows.openid), (SECOND, rows.unionid)):
        begin(name, key)
        tables.keep_arrangement(BRAND, rearranged(rows.cluster(name), parts={str(rows.phone): "01P"}), now=NOON)

    assert reviews.list_reviews(BRAND, after=None, limit=10) == [(FIRST, NOON), (SECOND, NOON)]
    assert reviews.list_reviews(BRAND, after=FIRST, limit=10) == [(SECOND, NOON)]
    tables.keep_arrangement(BRAND, rearranged(rows.cluster(FIRST)), now=NOON)
    assert reviews.list_reviews(BRAND, after=None, limit=10) == [(SECOND, NOON)]
    tables.keep_arrangement(BRAND, rearranged(rows.cluster(FIRST), rows.cluster(SECOND)), now=NOON)
    assert reviews.list_reviews(BRAND, after=None, limit=10) == []


def test_the_id_of_a_part_is_never_taken_from_somebody_else(rows: Rows) -> None:
    begin(FIRST, rows.openid)
    before = rows.snapshot()

    tables.keep_part(BRAND, FIRST, SECOND, rows.phone, now=NOON)

    assert rows.snapshot() == before


def test_a_pointer_is_moved_from_those_who_were_taken_in_and_from_nobody_else(rows: Rows) -> None:
    begin(FIRST, rows.openid)
    begin(SECOND, rows.phone)

    for key in (rows.openid, rows.phone, rows.member):
        identifiers.repoint(BRAND, key, losers=[SECOND], survivor="01M7VHRXG0CCCCCCCCCCCCCCCC")

    places = {found.key: found.cluster for found in identifiers.read_identifiers(BRAND, [rows.openid, rows.phone])}
    assert places == {rows.openid: FIRST, rows.phone: "01M7VHRXG0CCCCCCCCCCCCCCCC"}
    assert identifiers.read_identifier(BRAND, rows.member) is None


@pytest.mark.parametrize(
    ("first", "then", "keeps", "follows"),
    [
        ((True, 1), (False, 2), True, False),
        ((False, 1), (True, 2), True, True),
        ((True, 2), (False, 1), False, True),
        ((False, 2), (True, 1), False, False),
        ((True, 1), (False, 1), True, False),
        ((False, 1), (True, 1), False, False),
        ((True, 1), (True, 1), False, True),
        ((False, 1), (False, 1), False, False),
    ],
)
def test_the_last_word_about_following_wins_and_an_unfollow_wins_within_one_second(
    rows: Rows, first: tuple[bool, int], then: tuple[bool, int], keeps: bool, follows: bool
) -> None:
    identifiers.keep_follow(BRAND, rows.openid, follows=first[0], at=NOON + timedelta(seconds=first[1]))

    kept = identifiers.keep_follow(BRAND, rows.openid, follows=then[0], at=NOON + timedelta(seconds=then[1]))

    assert kept is keeps
    assert identifiers.read_follow(BRAND, rows.openid) is follows
