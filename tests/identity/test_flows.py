"""People met, linked, looked up: what each costs and what is left behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import pairwise, permutations

import pytest

from chalicelib.errors import Busy, Invalid, Missing
from chalicelib.identity.flows import linking, reviewing
from chalicelib.identity.flows import people as looking
from chalicelib.identity.tables import clusters
from chalicelib.identity.words import Identifier, IdentifierType, Rank, Rejection
from chalicelib.patience import LONGEST_PAUSE_S
from tests.faults import Chaos, try_every_order
from tests.identity.people import People, app_uid, member_no, openid, phone, unionid
from tests.small_world import small_world

FOLLOWER, VISITOR, UNION = openid("oa", "oFollower1"), openid("mini", "oVisitor1"), unionid("uPerson1")
BUYER, MEMBER, PHONE = openid("shop", "oBuyer1"), member_no("M-000123"), phone("13812345678")
CHAIN = [FOLLOWER, VISITOR, BUYER, UNION, MEMBER, PHONE, app_uid("app-user-1")]


@pytest.fixture
def people_with_old_reads() -> Iterator[People]:
    """The identity room where every eventually consistent read is one write behind."""
    with small_world(old_reads=1.0) as ground:
        yield People(ground)


def cost_of(people: People, act: Callable[[], object]) -> list[str]:
    """The calls to DynamoDB an act makes; a capital C marks a consistent read."""
    before = len(people.ground.dynamo.calls)
    act()
    calls = people.ground.dynamo.calls[before:]
    return [operation + (" C" if asked.get("ConsistentRead") else "") for operation, asked in calls]


def snapshot(people: People) -> str:
    return json.dumps(people.ground.dynamo.rows(), sort_keys=True)


def shown(people: People, person: str) -> set[tuple[str, str | None]]:
    return {(each.type.value, each.account) for each in people.describe(person).identifiers}


def make_chain(people: People) -> list[str]:
    """Seven persons, each taken in by an older one, the youngest first; their ids, oldest first."""
    persons = []
    for each in CHAIN:
        persons.append(people.meet(each).person)
        people.ground.clock.advance(seconds=1)
    for older, younger in reversed(list(pairwise(CHAIN))):
        people.link(older, younger, Rank.verified)
    return persons


# -- meeting ---------------------------------------------------------------------------------------------------


def test_somebody_met_twice_is_one_person(people: People) -> None:
    assert people.recognise(FOLLOWER) == people.recognise(FOLLOWER)


def test_a_late_unionid_never_makes_a_second_person(people: People) -> None:
    before = people.recognise(VISITOR).person

    after = people.recognise(VISITOR, UNION.value).person

    assert after == before
    assert people.find(UNION) == before
    assert len(people.clusters()) == 1
    assert shown(people, before) == {("openid", "demo.mini"), ("unionid", None)}


def test_a_follower_and_a_visitor_with_one_unionid_are_one_person(people: People) -> None:
    follower = people.recognise(FOLLOWER, UNION.value).person

    visitor = people.recognise(VISITOR, UNION.value).person

    assert visitor == follower
    assert people.facts() == []


def test_persons_known_apart_are_joined_by_the_unionid_and_the_older_one_stays(people: People) -> None:
    older = people.recognise(FOLLOWER).person
    people.ground.clock.advance(days=1)
    younger = people.recognise(VISITOR, UNION.value).person

    joined = people.recognise(FOLLOWER, UNION.value).person

    assert older < younger
    assert joined == people.find(VISITOR) == people.find(UNION) == older
    assert people.describe(younger) == people.describe(older)


def test_a_pair_seen_before_costs_two_eventually_consistent_reads_and_no_write(people: People) -> None:
    people.recognise(VISITOR, UNION.value)

    assert cost_of(people, lambda: people.recognise(VISITOR, UNION.value)) == ["GetItem", "GetItem"]
    assert cost_of(people, lambda: people.recognise(VISITOR)) == ["GetItem", "GetItem"]


@pytest.mark.parametrize("first", [FOLLOWER, VISITOR])
def test_a_pair_that_joined_two_persons_costs_two_reads_from_then_on(people: People, first: Identifier) -> None:
    people.recognise(first)
    people.recognise(BUYER, UNION.value)
    people.recognise(first, UNION.value)

    assert cost_of(people, lambda: people.recognise(first, UNION.value)) == ["GetItem", "GetItem"]


def test_a_pair_linked_by_somebody_else_before_is_known_once_wechat_has_said_it(people: People) -> None:
    people.link(VISITOR, UNION, Rank.declared)

    people.recognise(VISITOR, UNION.value)

    assert cost_of(people, lambda: people.recognise(VISITOR, UNION.value)) == ["GetItem", "GetItem"]


def test_a_pair_an_operator_joined_costs_two_reads_once_wechat_has_said_it(people: People) -> None:
    people.link(VISITOR, UNION, Rank.operator)

    people.recognise(VISITOR, UNION.value)

    assert cost_of(people, lambda: people.recognise(VISITOR, UNION.value)) == ["GetItem", "GetItem"]


def test_an_identifier_linked_to_itself_is_only_met(people: People) -> None:
    place = people.link(phone("13812345678"), phone("+86 138 1234 5678"), Rank.verified)

    assert people.find(PHONE) == place.person
    assert people.links() == []


def test_what_names_nobody_is_never_met(people: People) -> None:
    attempts: list[Callable[[], object]] = [
        lambda: people.recognise(openid("oa", "undefined")),
        lambda: people.recognise(FOLLOWER, "null"),
        lambda: people.link(FOLLOWER, phone("13800138000")),
        lambda: people.meet(member_no("0")),
    ]

    for attempt in attempts:
        with pytest.raises(Invalid):
            attempt()

    assert people.ground.dynamo.rows() == []


def test_values_are_kept_sealed_and_hashed_and_never_as_they_are(people: People) -> None:
    people.link(FOLLOWER, PHONE, Rank.verified)
    people.recognise(FOLLOWER, UNION.value)

    kept = snapshot(people)

    for each in (FOLLOWER, UNION, PHONE):
        assert each.value not in kept
    assert "13812345678" not in kept


def test_somebody_who_changes_again_and_again_is_busy_after_twelve_tries(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "begin_person", lambda *args, **kwargs: False)

    with pytest.raises(Busy):
        people.recognise(VISITOR)
    with pytest.raises(Busy):
        people.recognise(VISITOR, UNION.value)

    assert len(people.ground.pauses) == 2 * linking.TRIES
    assert all(0 <= pause <= LONGEST_PAUSE_S for pause in people.ground.pauses)
    assert len(set(people.ground.pauses)) > 1
    assert len(set(people.ground.pauses)) > 10


# -- joins -----------------------------------------------------------------------------------------------------


def test_a_join_is_one_transaction_of_four_items(people: People) -> None:
    people.recognise(FOLLOWER)
    people.recognise(VISITOR, UNION.value)
    before = len(people.ground.dynamo.calls)

    people.recognise(FOLLOWER, UNION.value)

    writes = [asked["TransactItems"] for operation, asked in people.ground.dynamo.calls[before:] if operation == "TransactWriteItems"]
    assert [len(items) for items in writes] == [4]
    assert {operation for operation, _ in people.ground.dynamo.calls[before:]} == {"GetItem", "TransactWriteItems"}


def test_a_join_of_long_persons_is_no_bigger(people: People) -> None:
    for each in (VISITOR, BUYER, MEMBER):
        people.link(FOLLOWER, each, Rank.verified)
    for each in (UNION, phone("13812345679"), app_uid("app-user-1")):
        people.link(PHONE, each, Rank.verified)
    before = len(people.ground.dynamo.calls)

    people.link(FOLLOWER, PHONE, Rank.verified)

    writes = [asked["TransactItems"] for operation, asked in people.ground.dynamo.calls[before:] if operation == "TransactWriteItems"]
    assert [len(items) for items in writes] == [3]


def test_a_join_is_announced_once_with_who_was_taken_in_and_why(people: People) -> None:
    older = people.recognise(FOLLOWER).person
    people.ground.clock.advance(seconds=1)
    younger = people.recognise(VISITOR, UNION.value).person

    people.recognise(FOLLOWER, UNION.value)
    people.recognise(FOLLOWER, UNION.value)
    people.link(FOLLOWER, UNION)

    (fact,) = people.facts()
    assert (fact.kind, fact.brand) == ("person.joined", "demo")
    at = people.ground.clock().isoformat()
    assert fact.body == {"person": older, "absorbed": younger, "rank": "attested", "source": "wx.login", "at": at}


def test_a_link_heard_again_still_tells_that_it_joined_two_persons(people: People) -> None:
    people.recognise(FOLLOWER)
    people.recognise(VISITOR, UNION.value)
    people.recognise(FOLLOWER, UNION.value)
    people.ground.clock.advance(days=1)

    people.link(FOLLOWER, UNION)

    (row,) = [row for row in people.links() if "facts" in row]
    assert "person.joined" in row["facts"]
    assert int(row["last_at"]) - int(row["first_at"]) == timedelta(days=1).total_seconds()


def test_joins_of_joins_are_found_by_every_identifier_before_any_pointer_is_mended(people: People) -> None:
    persons = make_chain(people)

    assert {people.find(each) for each in CHAIN} == {persons[0]}


def test_the_ids_of_joined_persons_keep_working(people: People) -> None:
    persons = make_chain(people)
    for fact in people.facts():
        people.hear(fact)

    assert [people.describe(person).id for person in persons] == [persons[0]] * len(persons)


def test_a_view_after_joins_of_joins_lists_every_identifier_once_and_masked(people: People) -> None:
    persons = make_chain(people)

    view = people.describe(persons[0])

    assert len(view.identifiers) == len(CHAIN)
    assert [(each.type.value, each.account, each.masked) for each in view.identifiers] == [
        ("app_uid", None, "ap****-1"),
        ("member_no", None, "M****"),
        ("openid", "demo.mini", "oV****r1"),
        ("openid", "demo.oa", "oF****r1"),
        ("openid", "demo.shop", "o****"),
        ("phone", None, "138****5678"),
        ("unionid", None, "u****"),
    ]
    assert {each.rank for each in view.identifiers} == {"verified"}


def test_a_view_dates_from_the_first_meeting_of_whoever_was_joined(people: People) -> None:
    first = people.ground.clock()
    people.recognise(FOLLOWER)
    people.ground.clock.advance(days=30)
    people.recognise(VISITOR, UNION.value)
    people.recognise(FOLLOWER, UNION.value)

    assert people.describe(people.find(VISITOR)).first_at == first


@pytest.mark.parametrize("order", ["as they came", "the last one first", "each twice"])
def test_once_pointers_are_mended_a_look_up_by_any_identifier_costs_two_reads(people: People, order: str) -> None:
    make_chain(people)
    facts = {"as they came": people.facts(), "the last one first": people.facts()[::-1], "each twice": people.facts() * 2}[order]

    for fact in facts:
        people.hear(fact)

    for each in CHAIN:
        assert cost_of(people, partial(people.find, each)) == ["GetItem", "GetItem"]


def test_identifiers_of_a_person_taken_in_twice_are_mended_with_the_others(people: People) -> None:
    people.link(UNION, MEMBER, Rank.verified)
    people.ground.clock.advance(seconds=-1)
    people.meet(VISITOR)
    people.link(VISITOR, UNION)
    people.hear(people.facts()[0])
    people.ground.clock.advance(seconds=-1)
    people.meet(FOLLOWER)
    people.link(FOLLOWER, VISITOR)
    people.hear(people.facts()[1])

    assert cost_of(people, lambda: people.find(MEMBER)) == ["GetItem", "GetItem"]
    assert people.find(MEMBER) == people.find(FOLLOWER)


def test_hearing_of_a_join_twice_has_one_effect(people: People) -> None:
    make_chain(people)
    for fact in people.facts():
        people.hear(fact)
    before = snapshot(people)

    for fact in people.facts():
        people.hear(fact)

    assert snapshot(people) == before


# -- contested -------------------------------------------------------------------------------------------------


def test_a_second_unionid_for_one_openid_takes_it_over_because_wechat_said_so_last(people: People) -> None:
    person = people.recognise(VISITOR, UNION.value).person
    people.ground.clock.advance(seconds=1)

    after = people.recognise(VISITOR, "uSomebodyElse")

    assert after.rejection is None
    assert people.find(VISITOR) == people.find(unionid("uSomebodyElse")) == after.person
    assert people.find(UNION) != after.person
    assert person in {people.find(VISITOR), people.find(UNION)}
    assert cost_of(people, lambda: people.recognise(VISITOR, "uSomebodyElse")) == ["GetItem", "GetItem"]


def test_an_openid_goes_back_to_the_unionid_wechat_names_again(people: People) -> None:
    for union in (UNION.value, "uSomebodyElse", UNION.value):
        people.ground.clock.advance(seconds=1)
        people.recognise(VISITOR, union)

    assert people.find(VISITOR) == people.find(UNION) != people.find(unionid("uSomebodyElse"))


def test_a_link_that_is_not_followed_says_why(people: People) -> None:
    people.recognise(VISITOR, UNION.value)

    place = people.link(VISITOR, unionid("uSomebodyElse"), Rank.declared)

    assert place.rejection is Rejection.limit
    assert place.person == people.find(VISITOR) == people.find(UNION)


def test_a_rejected_link_heard_again_keeps_its_first_time_and_its_highest_rank(people: People) -> None:
    people.recognise(VISITOR, UNION.value)
    people.link(VISITOR, unionid("uSomebodyElse"), Rank.verified)
    people.ground.clock.advance(days=1)

    people.link(unionid("uSomebodyElse"), VISITOR, Rank.declared)

    (row,) = [row for row in people.links() if row["rank"] == str(int(Rank.verified))]
    assert int(row["last_at"]) - int(row["first_at"]) == timedelta(days=1).total_seconds()


def test_a_rejected_link_heard_again_at_the_same_time_writes_nothing(people: People) -> None:
    people.recognise(VISITOR, UNION.value)
    people.link(VISITOR, unionid("uSomebodyElse"), Rank.verified)
    before = snapshot(people)

    people.link(VISITOR, unionid("uSomebodyElse"), Rank.verified)

    assert snapshot(people) == before


def test_why_a_link_is_not_followed_is_known_without_reading_again(people: People) -> None:
    people.recognise(VISITOR, UNION.value)
    people.meet(unionid("uSomebodyElse"))

    calls = cost_of(people, lambda: people.link(VISITOR, unionid("uSomebodyElse"), Rank.declared))

    assert calls.count("Query C") == 2
    assert calls[-1] == "TransactWriteItems"


def test_a_rejected_link_repeated_while_an_operator_accepts_it_is_answered_as_of_one_moment() -> None:
    stranger = unionid("uSomebodyElse")

    def play(chaos: Chaos) -> None:
        with small_world(chaos.seed) as ground:
            people = People(ground)
            people.meet(stranger)
            ground.clock.advance(seconds=1)
            people.recognise(VISITOR, UNION.value)
            people.link(VISITOR, stranger, Rank.declared)
            place, _ = chaos.run(
                partial(people.link, VISITOR, stranger, Rank.declared), partial(people.link, VISITOR, stranger, Rank.operator)
            )

            assert (place.rejection is None) == (place.person == people.find(stranger))

    assert try_every_order(play, switches=2) > 20


def test_a_review_read_while_another_link_contradicts_is_of_one_moment() -> None:
    first, second = unionid("uSomebodyElse"), unionid("uAThird")

    def play(chaos: Chaos) -> None:
        with small_world(chaos.seed) as ground:
            people = People(ground)
            people.meet(first)
            ground.clock.advance(seconds=1)
            people.recognise(VISITOR, UNION.value)
            people.link(VISITOR, first, Rank.declared)
            people.meet(second)
            (page, _), _ = chaos.run(
                partial(reviewing.list_reviews, people.brand, after=None, world=ground.world),
                partial(people.link, VISITOR, second, Rank.declared),
            )

            (review,) = page
            assert len(review.persons) == len(review.links) + 1

    assert try_every_order(play, switches=2) > 20


def test_two_followers_of_one_account_with_one_unionid_stay_two_persons(people: People) -> None:
    people.recognise(FOLLOWER, UNION.value)
    people.ground.clock.advance(seconds=1)

    other = people.recognise(openid("oa", "oFollower2"), UNION.value).person

    assert other == people.find(UNION) != people.find(FOLLOWER)


def test_two_unknown_unionids_said_to_be_one_person_become_two(people: People) -> None:
    place = people.link(UNION, unionid("uSomebodyElse"), Rank.declared)

    assert place.person == people.find(UNION)
    assert place.rejection is Rejection.limit
    assert people.find(UNION) != people.find(unionid("uSomebodyElse"))


def test_what_joined_contested_persons_left_behind_is_mended_too(people: People) -> None:
    people.recognise(FOLLOWER, UNION.value)
    people.recognise(VISITOR, "uSomebodyElse")
    people.link(FOLLOWER, VISITOR, Rank.declared)

    for fact in people.facts():
        people.hear(fact)

    for each in (FOLLOWER, VISITOR, UNION, unionid("uSomebodyElse")):
        assert cost_of(people, partial(people.find, each)) == ["GetItem", "GetItem"]


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_of_two_links_within_one_second_neither_is_later_whichever_comes_first(people: People, order: tuple[int, int]) -> None:
    second = people.ground.clock()
    unions = [(unionid("uPerson1"), second.replace(microsecond=900_000)), (unionid("uPerson2"), second.replace(microsecond=100_000))]

    for union, at in (unions[place] for place in order):
        people.link(VISITOR, union, at=at)

    owner = min((union for union, _ in unions), key=lambda union: str(people.key(union)))
    assert people.find(VISITOR) == people.find(owner)


def test_somebody_who_comes_in_beside_a_person_while_they_are_looked_at_is_never_shown_as_theirs() -> None:
    stranger = unionid("uSomebodyElse")

    def play(chaos: Chaos) -> None:
        with small_world(chaos.seed) as ground:
            people = People(ground)
            person = people.recognise(VISITOR, UNION.value).person
            ground.clock.advance(seconds=1)
            people.meet(stranger)
            view, _ = chaos.run(partial(people.describe, person), partial(people.link, VISITOR, stranger, Rank.declared))

            assert sorted(each.type.value for each in view.identifiers) == ["openid", "unionid"]

    assert try_every_order(play, switches=2) > 20


# -- told apart ------------------------------------------------------------------------------------------------


def make_three(people: People) -> str:
    """One person by two links: follower, unionid, visitor."""
    people.recognise(FOLLOWER, UNION.value)
    people.ground.clock.advance(seconds=1)
    return people.recognise(VISITOR, UNION.value).person


def test_a_split_parts_two_identifiers_and_what_hangs_on_each(people: People) -> None:
    person = make_three(people)

    first, second = people.tell_apart(FOLLOWER, VISITOR)

    assert first != second
    assert person in (first, second)
    assert people.find(UNION) == people.find(VISITOR) == second
    assert shown(people, first) == {("openid", "demo.oa")}
    assert shown(people, second) == {("openid", "demo.mini"), ("unionid", None)}
    assert [fact.kind for fact in people.facts()] == ["person.split"]


def test_a_split_holds_however_often_the_links_are_said_again(people: People) -> None:
    make_three(people)
    people.tell_apart(FOLLOWER, VISITOR)
    people.ground.clock.advance(days=1)

    people.link(FOLLOWER, UNION)
    people.link(VISITOR, UNION)
    people.link(FOLLOWER, VISITOR, Rank.verified)

    assert people.find(FOLLOWER) != people.find(VISITOR)


def test_undoing_a_split_gives_the_person_back_with_every_old_id(people: People) -> None:
    person = make_three(people)
    first, second = people.tell_apart(FOLLOWER, VISITOR)
    people.ground.clock.advance(seconds=1)

    people.tell_apart(FOLLOWER, VISITOR, active=False)

    assert {people.find(each) for each in (FOLLOWER, VISITOR, UNION)} == {person}
    assert {people.describe(each).id for each in (first, second)} == {person}
    assert [fact.kind for fact in people.facts()] == ["person.split", "person.joined"]


@pytest.mark.parametrize("order", list(permutations((MEMBER, PHONE))))
def test_every_id_given_in_a_split_goes_on_to_whoever_has_what_it_began_with(people: People, order: tuple[Identifier, Identifier]) -> None:
    first, second = order
    people.link(FOLLOWER, first, Rank.verified)
    people.link(first, second, Rank.verified)
    people.tell_apart(first, second)
    given = people.find(second)
    people.ground.clock.advance(seconds=1)
    people.tell_apart(first, second, active=False)
    people.tell_apart(FOLLOWER, first)
    people.ground.clock.advance(seconds=1)

    people.tell_apart(first, second)

    assert people.describe(given).id == people.find(second)
    for each in (FOLLOWER, first, second):
        assert people.describe(people.find(each)).id == people.find(each)


def test_a_split_that_comes_late_does_not_undo_its_own_undoing(people: People) -> None:
    make_three(people)
    early = people.ground.clock()
    people.ground.clock.advance(seconds=1)

    people.tell_apart(FOLLOWER, VISITOR, active=False)
    people.tell_apart(FOLLOWER, VISITOR, at=early)

    assert people.find(FOLLOWER) == people.find(VISITOR)


def test_two_who_were_told_apart_before_they_were_linked_are_never_joined(people: People) -> None:
    people.meet(FOLLOWER)
    people.meet(VISITOR)
    people.tell_apart(FOLLOWER, VISITOR)

    make_three(people)

    assert people.find(FOLLOWER) != people.find(VISITOR)


def test_nobody_unknown_is_told_apart(people: People) -> None:
    people.meet(FOLLOWER)

    with pytest.raises(Missing):
        people.tell_apart(FOLLOWER, VISITOR)


def test_a_persons_openid_is_found_only_within_their_part(people: People) -> None:
    make_three(people)
    first, second = people.tell_apart(FOLLOWER, VISITOR)

    assert looking.find_openid(people.brand, first, "oa", world=people.ground.world) == FOLLOWER.value
    assert looking.find_openid(people.brand, second, "oa", world=people.ground.world) is None


def test_a_person_has_two_phones_and_a_third_stays_apart(people: People) -> None:
    for number in ("13812345671", "13812345672", "13812345673"):
        people.link(FOLLOWER, phone(number), Rank.verified)

    assert people.find(phone("13812345671")) == people.find(phone("13812345672")) == people.find(FOLLOWER)
    assert people.find(phone("13812345673")) != people.find(FOLLOWER)


# -- looking up ------------------------------------------------------------------------------------------------


def test_nobody_is_found_by_an_identifier_nobody_has(people: People) -> None:
    with pytest.raises(Missing):
        people.find(FOLLOWER)


@pytest.mark.parametrize("text", ["01M7VHRXG0G83EFRTNJJN6PQ8A", "nobody", "", "x" * 3000, "../C#1"])
def test_an_id_that_is_nobodys_is_missing(people: People, text: str) -> None:
    with pytest.raises(Missing):
        people.describe(text)


def test_an_identifier_that_is_visible_before_its_person_finds_the_person_all_the_same(people_with_old_reads: People) -> None:
    person = people_with_old_reads.link(VISITOR, UNION, Rank.declared).person
    people_with_old_reads.link(VISITOR, UNION, Rank.attested)

    assert people_with_old_reads.find(VISITOR) == person
    assert people_with_old_reads.recognise(VISITOR, UNION.value).person == person


def test_somebody_met_this_moment_is_found_and_written_to(people_with_old_reads: People) -> None:
    person = people_with_old_reads.recognise(VISITOR, UNION.value).person

    assert people_with_old_reads.find(VISITOR) == people_with_old_reads.find(UNION) == person
    assert looking.find_openid("demo", person, "mini", world=people_with_old_reads.ground.world) == VISITOR.value


def test_a_view_shows_a_join_at_once(people_with_old_reads: People) -> None:
    older = people_with_old_reads.recognise(FOLLOWER).person
    people_with_old_reads.ground.clock.advance(seconds=1)
    younger = people_with_old_reads.recognise(VISITOR, UNION.value).person
    people_with_old_reads.recognise(FOLLOWER, UNION.value)

    for person in (older, younger):
        view = people_with_old_reads.describe(person)
        assert (view.id, len(view.identifiers)) == (older, 3)


def test_the_owner_of_an_identifier_is_seen_joined_at_once(people_with_old_reads: People) -> None:
    people_with_old_reads.recognise(FOLLOWER)
    people_with_old_reads.ground.clock.advance(seconds=1)
    people_with_old_reads.recognise(VISITOR, UNION.value)
    people_with_old_reads.recognise(FOLLOWER, UNION.value)

    views = [people_with_old_reads.describe(people_with_old_reads.find(each)) for each in (FOLLOWER, VISITOR, UNION)]

    assert views[0] == views[1] == views[2]
    assert len(views[0].identifiers) == 3


def test_a_persons_openid_at_an_account_is_found_from_any_of_the_persons_ids(people: People) -> None:
    older = people.recognise(FOLLOWER).person
    people.ground.clock.advance(seconds=1)
    younger = people.recognise(VISITOR, UNION.value).person
    people.recognise(FOLLOWER, UNION.value)

    def openid_at(account: str, person: str) -> str | None:
        return looking.find_openid("demo", person, account, world=people.ground.world)

    assert {openid_at("oa", person) for person in (older, younger)} == {FOLLOWER.value}
    assert {openid_at("mini", person) for person in (older, younger)} == {VISITOR.value}
    assert openid_at("shop", older) is None


def test_equal_identifiers_of_two_brands_are_two_persons(people: People) -> None:
    other = People(people.ground, "other")
    mine, theirs = people.recognise(VISITOR, UNION.value), other.recognise(VISITOR, UNION.value)

    assert mine.person != theirs.person
    assert mine.key.hash != theirs.key.hash
    with pytest.raises(Missing):
        other.describe(mine.person)
    with pytest.raises(Missing):
        other.find(Identifier(IdentifierType.openid, FOLLOWER.value, "oa"))


# -- following -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)])
def test_whether_somebody_follows_does_not_depend_on_the_order_of_arrival(people: People, order: tuple[int, ...]) -> None:
    told = [(True, 0), (False, 5), (True, 5)]

    for place in order:
        follows, second = told[place]
        at = people.ground.clock() + timedelta(seconds=second)
        looking.note_follow("demo", FOLLOWER, follows=follows, at=at, world=people.ground.world, now=people.ground.clock())

    assert looking.is_following("demo", FOLLOWER, world=people.ground.world, now=people.ground.clock()) is False


def test_whoever_never_said_anything_is_not_known_to_follow(people: People) -> None:
    assert looking.is_following("demo", FOLLOWER, world=people.ground.world, now=people.ground.clock()) is None
