"""Whatever the order, the crashes and the repeats: the persons are those the links make."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import permutations

import pytest

from chalicelib.identity.words import Identifier, Rank
from tests.faults import FAULTS, Chaos, Fate, Work, try_every_fault, try_every_order, try_seeds
from tests.house import NOON
from tests.identity.people import (
    Pair,
    People,
    Said,
    app_uid,
    batch,
    check_announcements,
    check_bookkeeping,
    member_no,
    openid,
    phone,
    union_find,
    unionid,
)
from tests.small_world import small_world

ACCOUNTS = ("oa", "mini", "shop")
FOLLOWER, VISITOR, UNION = openid("oa", "oFollower1"), openid("mini", "oVisitor1"), unionid("uPerson1")
ONE_PERSON = frozenset({frozenset({FOLLOWER, VISITOR, UNION})})
MEMBER = member_no("M-000123")
EVERYBODY = [FOLLOWER, VISITOR, UNION]


def play_with(script: Callable[[People], list[Work]], check: Callable[[People], None], **ground: float) -> Callable[[Chaos], None]:
    """A play: the works of a script at once, then a check on calm ground."""

    def play(chaos: Chaos) -> None:
        with small_world(chaos.seed, **ground) as small:
            people = People(small)
            chaos.run(*script(people))
            small.dynamo.old_reads = 0
            check(people)

    return play


def follow_and_log_in(people: People) -> list[Work]:
    return [lambda: people.recognise(FOLLOWER, UNION.value), lambda: people.recognise(VISITOR, UNION.value)]


def log_in_and_follow(people: People) -> list[Work]:
    return list(reversed(follow_and_log_in(people)))


def is_one_person(people: People) -> None:
    assert people.partition(EVERYBODY) == ONE_PERSON
    check_bookkeeping(people, EVERYBODY)


@pytest.mark.parametrize("script", [follow_and_log_in, log_in_and_follow])
def test_a_follower_and_a_visitor_with_one_unionid_are_one_person_in_every_order(script: Callable[[People], list[Work]]) -> None:
    orders = try_every_order(play_with(script, is_one_person))

    assert orders > 50


@pytest.mark.parametrize("script", [follow_and_log_in, log_in_and_follow])
def test_a_crash_at_any_step_followed_by_a_redelivery_leaves_one_person(script: Callable[[People], list[Work]]) -> None:
    calls = try_every_fault(play_with(script, is_one_person))

    assert calls > 50


def test_the_same_login_twice_at_the_same_moment_makes_one_person() -> None:
    def twice(people: People) -> list[Work]:
        return [lambda: people.recognise(VISITOR, UNION.value)] * 2

    def check(people: People) -> None:
        assert people.partition(EVERYBODY) == frozenset({frozenset({VISITOR, UNION})})
        check_bookkeeping(people, [VISITOR, UNION])

    assert try_every_order(play_with(twice, check)) > 10


def test_two_known_persons_joined_twice_at_the_same_moment_are_joined_once() -> None:
    def script(people: People) -> list[Work]:
        people.recognise(FOLLOWER)
        people.recognise(openid("shop", "oBuyer1"), UNION.value)
        return [lambda: people.recognise(FOLLOWER, UNION.value)] * 2

    def check(people: People) -> None:
        assert len(people.facts()) == 1
        check_bookkeeping(people, [FOLLOWER, UNION, openid("shop", "oBuyer1")])

    assert try_every_order(play_with(script, check), switches=3) > 100


def test_a_login_without_unionid_and_a_follow_with_it_at_the_same_moment_make_two_persons_until_a_late_unionid_joins_them() -> None:
    def script(people: People) -> list[Work]:
        return [lambda: people.recognise(VISITOR), lambda: people.recognise(FOLLOWER, UNION.value)]

    def check(people: People) -> None:
        people.recognise(VISITOR, UNION.value)
        is_one_person(people)

    assert try_every_order(play_with(script, check)) > 10


def test_pointers_are_mended_though_the_survivor_is_taken_in_meanwhile() -> None:
    def script(people: People) -> list[Work]:
        for each in (FOLLOWER, VISITOR):
            people.meet(each)
            people.ground.clock.advance(seconds=1)
        people.link(UNION, MEMBER, Rank.verified)
        people.link(VISITOR, UNION)

        def join_and_hear() -> None:
            people.link(FOLLOWER, VISITOR, Rank.verified)
            people.hear(people.facts()[1])

        return [hearing(people, 0), join_and_hear]

    orders = try_every_order(play_with(script, check_pointers), switches=1)

    assert orders > 20


def test_two_hundred_first_logins_at_once_on_three_ends_make_one_person() -> None:
    ends = [openid(account, "oPerson1") for account in ACCOUNTS]
    chaos = Chaos(2026, at={step: FAULTS[step % len(FAULTS)] for step in range(0, 2000, 5)})

    with small_world(2026, old_reads=0.3) as small:
        people = People(small)
        chaos.run(*(partial(people.recognise, ends[number % 3], UNION.value) for number in range(200)))
        small.dynamo.old_reads = 0

        assert people.partition([*ends, UNION]) == frozenset({frozenset({*ends, UNION})})
        assert sum("into" not in row for row in people.clusters()) == 1
        check_bookkeeping(people, [*ends, UNION])
        met = {fate for fate in FAULTS if any(fate.value in step for step in chaos.tape)}
        assert met == set(FAULTS) - {Fate.asked_twice}  # all they write are transactions, which bear a token


def test_what_is_repeated_of_a_shared_value_decides_nothing_between_an_operators_words() -> None:
    hub, owners = app_uid("everybodys-app"), [member_no(f"owner-{number}") for number in range(7)]
    shared = [Said(a=hub, b=owner, at=NOON - timedelta(days=9)) for owner in owners]
    first, second = (
        Said(a=hub, b=owner, rank=Rank.operator, at=NOON - timedelta(days=days)) for owner, days in ((owners[0], 3), (owners[1], 2))
    )
    repeat = Said(a=hub, b=owners[0], rank=Rank.attested, at=NOON)

    for order in permutations([first, second, repeat, *shared[-1:]]):
        with small_world() as small:
            people = People(small)
            for each in [*shared[:-1], *order]:
                people.say(each)

            assert people.partition([hub, *owners]) == batch(people, [], [*shared, first, second, repeat])
            assert people.find(hub) == people.find(owners[1]) != people.find(owners[0])


@pytest.mark.parametrize("late", [0, -1])
def test_a_value_on_the_brink_of_being_shared_is_an_operators_to_give_to_somebody(late: int) -> None:
    """What hangs on when it was heard of is only whether a value has its five owners or, a shared one counted with them, nobody."""
    hub, brink = app_uid("everybodys-app"), openid("oa", "oBrink")
    owners = [app_uid(f"owner-{number}") for number in range(5)]
    others = [openid("mini", f"oOther{number}") for number in range(6)]
    told = [*(Said(a=hub, b=other) for other in others), *(Said(a=brink, b=owner) for owner in owners)]
    told.insert(late % (len(told) + 1), Said(a=brink, b=hub))

    with small_world() as small:
        people = People(small)
        for each in told:
            people.say(each)
        has_owner = people.find(brink) in {people.find(owner) for owner in owners}
        people.link(brink, owners[3], Rank.operator)

        assert has_owner is (late == -1)
        made = batch(people, [], [*told, Said(a=brink, b=owners[3], rank=Rank.operator)])
        assert people.partition([hub, brink, *owners, *others]) == made


def test_every_history_of_true_links_ends_in_the_persons_the_links_make() -> None:
    try_seeds(play_true_links, 75)


@pytest.mark.long
def test_thousands_of_histories_of_true_links_end_in_the_persons_the_links_make() -> None:
    try_seeds(play_true_links, 3000)


def test_every_history_of_contradicting_assertions_ends_in_the_persons_their_set_makes() -> None:
    try_seeds(play_contradictions, 25)


@pytest.mark.long
def test_thousands_of_histories_of_contradicting_assertions_end_in_the_persons_their_set_makes() -> None:
    try_seeds(play_contradictions, 3000)


def play_true_links(chaos: Chaos) -> None:
    """Some persons, each linked to itself by several sources, at once, repeated, interrupted, with reads that are not the newest."""
    dice = random.Random(chaos.seed)
    persons = [some_person(number, dice) for number in range(dice.randint(1, 2))]
    links = [link for person in persons for link in some_links(person, dice)]
    met = [dice.choice(person) for person in persons if dice.random() < 0.5]
    identifiers = [each for person in persons for each in person]

    with small_world(chaos.seed, old_reads=0.3) as small:
        people = People(small)
        works = [*(assertion(people, link, dice) for link in links), *(meeting(people, each) for each in met)]
        dice.shuffle(works)
        chaos.run(*chaos.deliveries(works[::2]))
        early = [hearing(people, number) for number in range(len(people.facts()))]
        chaos.run(*chaos.deliveries([*works[1::2], *early]))
        small.dynamo.old_reads = 0
        before_mending = people.partition(identifiers)
        chaos.run(*chaos.deliveries([hearing(people, number) for number in range(len(early), len(people.facts()))]))

        assert before_mending == union_find(met, links)
        assert people.partition(identifiers) == union_find(met, links)
        check_bookkeeping(people, [each for group in union_find(met, links) for each in group])
        check_pointers(people)


def play_contradictions(chaos: Chaos) -> None:
    """Links of all ranks and times, splits and their undoing: at once, repeated, interrupted, on reads that are not the newest.

    Afterwards the persons are those the set of assertions makes, computed at once, and so they are after everything is said again.
    """
    dice = random.Random(chaos.seed)
    groups = [some_person(number, dice) for number in range(2)]
    identifiers = [each for group in groups for each in group]
    said = [Said(a=a, b=b, rank=some_rank(dice), at=some_time(dice)) for group in groups for a, b in some_links(group, dice)]
    across = [(dice.choice(groups[0]), dice.choice(groups[1])) for _ in range(dice.randint(0, 3))]
    said += [Said(a=a, b=b, rank=some_rank(dice), at=some_time(dice)) for a, b in across]
    pairs = [dice.sample(identifiers, 2) for _ in range(dice.randint(0, 2))]
    split = [Said(a=a, b=b, active=dice.random() < 0.6, at=some_time(dice)) for a, b in pairs for _ in range(dice.randint(1, 2))]

    with small_world(chaos.seed, old_reads=0.3) as small:
        people = People(small)
        everybody = [partial(people.meet, each) for each in identifiers]
        chaos.run(*everybody)
        chaos.run(*chaos.deliveries([partial(people.say, each) for each in [*said, *split]]))
        small.dynamo.old_reads = 0

        assert people.partition(identifiers) == batch(people, identifiers, [*said, *split])
        check_bookkeeping(people, identifiers)
        check_announcements(people, identifiers)
        chaos.run(*chaos.deliveries([hearing(people, number) for number in range(len(people.facts()))]))
        chaos.run(*chaos.deliveries([partial(people.say, each) for each in [*said, *split]]))
        assert people.partition(identifiers) == batch(people, identifiers, [*said, *split])
        check_pointers(people)


def some_rank(dice: random.Random) -> Rank:
    return dice.choice((Rank.observed, Rank.declared, Rank.verified, Rank.attested, Rank.operator))


def some_time(dice: random.Random) -> datetime:
    """Some of them so far apart that a phone may have been given to somebody else."""
    return NOON - timedelta(days=dice.choice((0, 1, 2, 100, 200)), seconds=dice.randint(0, 2))


def some_person(number: int, dice: random.Random) -> list[Identifier]:
    """A person with at most one identifier of each kind, two phones excepted."""
    everything = [
        unionid(f"union-{number}"),
        *(openid(account, f"open-{account}-{number}") for account in ACCOUNTS),
        phone(f"1380000{number}001"),
        phone(f"1380000{number}002"),
        member_no(f"member-{number}"),
        app_uid(f"app-user-{number}"),
    ]
    return dice.sample(everything, dice.randint(2, 6))


def some_links(person: list[Identifier], dice: random.Random) -> list[Pair]:
    """Links that hold a person together, and a few more."""
    links = [(each, dice.choice(person[:place])) for place, each in enumerate(person) if place]
    links += [(a, b) for a, b in (dice.sample(person, 2) for _ in range(dice.randint(0, 2)))]
    return [link if dice.random() < 0.5 else link[::-1] for link in links]


def assertion(people: People, link: Pair, dice: random.Random) -> Work:
    a, b = link
    if (a.type, b.type) == ("openid", "unionid"):
        return lambda: people.recognise(a, b.value)
    rank = dice.choice((Rank.verified, Rank.attested))
    return lambda: people.link(a, b, rank)


def meeting(people: People, who: Identifier) -> Work:
    return lambda: people.meet(who)


def hearing(people: People, number: int) -> Work:
    return lambda: people.hear(people.facts()[number])


def check_pointers(people: People) -> None:
    """After mending, every identifier points at a living person, so that a look-up takes two reads."""
    living = {row["pk"].rsplit("#", 1)[1] for row in people.clusters() if "into" not in row}
    for row in people.ground.dynamo.rows(pk=f"{people.brand}#I#", sk="@"):
        assert row["cluster"]["S"] in living
