"""What the rows refuse: each condition, met and not met."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from chalicelib.aws.tables import connection
from chalicelib.identity import tables
from chalicelib.identity.rules import Attach, Join
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
    return tables.begin_person(BRAND, name, [newcomer(key) for key in keys], None, now=NOON)


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
        BRAND, Attach(rows.phone, rows.cluster(FIRST)), newcomer(rows.phone), link(rows.openid, rows.phone), now=NOON
    )

    assert attached is False
    assert rows.snapshot() == before


def test_nothing_is_attached_to_a_person_that_changed_meanwhile(rows: Rows) -> None:
    begin(FIRST, rows.openid)
    seen = rows.cluster(FIRST)
    tables.attach_identifier(BRAND, Attach(rows.phone, seen), newcomer(rows.phone), link(rows.openid, rows.phone), now=NOON)
    before = rows.snapshot()

    attached = tables.attach_identifier(BRAND, Attach(rows.member, seen), newcomer(rows.member), link(rows.openid, rows.member), now=NOON)

    assert attached is False
    assert rows.snapshot() == before


@pytest.mark.parametrize("changed", [FIRST, SECOND])
def test_persons_of_whom_one_changed_meanwhile_are_not_joined(rows: Rows, changed: str) -> None:
    begin(FIRST, rows.openid)
    begin(SECOND, rows.unionid)
    plan = Join(rows.cluster(FIRST), rows.cluster(SECOND))
    tables.attach_identifier(
        BRAND, Attach(rows.phone, rows.cluster(changed)), newcomer(rows.phone), link(rows.openid, rows.phone), now=NOON
    )
    before = rows.snapshot()

    joined = tables.join_clusters(BRAND, plan, link(rows.openid, rows.unionid))

    assert joined is False
    assert rows.snapshot() == before


def test_a_join_is_made_once(rows: Rows) -> None:
    begin(FIRST, rows.openid)
    begin(SECOND, rows.unionid)
    plan = Join(rows.cluster(FIRST), rows.cluster(SECOND))
    tables.join_clusters(BRAND, plan, link(rows.openid, rows.unionid))
    before = rows.snapshot()

    again = tables.join_clusters(BRAND, plan, link(rows.openid, rows.unionid))

    assert again is False
    assert rows.snapshot() == before


def test_a_join_writes_no_identifier_that_is_not_there(rows: Rows) -> None:
    begin(FIRST, rows.phone)
    begin(SECOND, rows.unionid)
    before = rows.snapshot()

    joined = tables.join_clusters(BRAND, Join(rows.cluster(FIRST), rows.cluster(SECOND)), link(rows.openid, rows.unionid))

    assert joined is False
    assert rows.snapshot() == before


def test_a_twin_is_noted_on_an_identifier_that_is_there_and_on_no_other(rows: Rows) -> None:
    begin(FIRST, rows.openid)

    noted = tables.set_twin(BRAND, link(rows.openid, rows.unionid))
    noted_elsewhere = tables.set_twin(BRAND, link(rows.people.key(openid("mini", "oVisitor1")), rows.unionid))

    found = tables.read_identifier(BRAND, rows.openid)
    assert (noted, noted_elsewhere) == (True, False)
    assert found is not None
    assert found.twin == rows.unionid.hash
    assert len(rows.people.ground.dynamo.rows(pk=f"{BRAND}#I#")) == 1


@pytest.mark.parametrize("rank", [Rank.declared, Rank.verified])
def test_only_what_wechat_attested_makes_a_twin(rows: Rows, rank: Rank) -> None:
    begin(FIRST, rows.openid)

    tables.set_twin(BRAND, link(rows.openid, rows.unionid, rank))

    found = tables.read_identifier(BRAND, rows.openid)
    assert found is not None
    assert found.twin is None


def test_a_new_link_does_not_overwrite_one_that_was_written_meanwhile(rows: Rows) -> None:
    strong, weak = link(rows.openid, rows.phone, Rank.verified), link(rows.openid, rows.phone, Rank.declared)
    tables.keep_link(BRAND, FIRST, strong, None)

    kept = tables.keep_link(BRAND, FIRST, weak, None)

    assert kept is False
    assert tables.list_links(BRAND, FIRST) == [strong]


@pytest.mark.parametrize(
    "meanwhile", [{"rank": Rank.attested}, {"last_at": SOON}, {"first_at": NOON - timedelta(days=1)}], ids=["rank", "last", "first"]
)
def test_a_repeated_link_does_not_overwrite_what_was_repeated_meanwhile(rows: Rows, meanwhile: dict[str, object]) -> None:
    fields = {"a": rows.openid, "b": rows.phone, "rank": Rank.declared, "first_at": NOON, "last_at": NOON, "source": "form"}
    old, newer = Link(**fields), Link(**{**fields, **meanwhile})  # type: ignore[arg-type]
    tables.keep_link(BRAND, FIRST, old, None)
    tables.keep_link(BRAND, FIRST, newer, old)

    kept = tables.keep_link(BRAND, FIRST, Link(**{**fields, "rank": Rank.verified}), old)  # type: ignore[arg-type]

    assert kept is False
    assert tables.list_links(BRAND, FIRST) == [newer]


def test_a_pointer_is_moved_from_those_who_were_taken_in_and_from_nobody_else(rows: Rows) -> None:
    begin(FIRST, rows.openid)
    begin(SECOND, rows.phone)

    for key in (rows.openid, rows.phone, rows.member):
        tables.repoint(BRAND, key, losers=[SECOND], survivor="01M7VHRXG0CCCCCCCCCCCCCCCC")

    places = {found.key: found.cluster for found in tables.read_identifiers(BRAND, [rows.openid, rows.phone])}
    assert places == {rows.openid: FIRST, rows.phone: "01M7VHRXG0CCCCCCCCCCCCCCCC"}
    assert tables.read_identifier(BRAND, rows.member) is None


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
    tables.keep_follow(BRAND, rows.openid, follows=first[0], at=NOON + timedelta(seconds=first[1]))

    kept = tables.keep_follow(BRAND, rows.openid, follows=then[0], at=NOON + timedelta(seconds=then[1]))

    assert kept is keeps
    assert tables.read_follow(BRAND, rows.openid) is follows
